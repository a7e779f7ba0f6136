/** Files that the script writes itself below AZUREML_BI_OUTPUT_PATH, and rows in the formats of design §3. */

import { describe, expect, test } from "vitest";
import {
  makeJob,
  numberedFiles,
  readFailedItems,
  readOutput,
  readOutputFiles,
  reopenJob,
  runToEnd,
} from "../support/job.ts";

const writer = (body: string) => `
import os
def init():
    global out
    out = os.environ["AZUREML_BI_OUTPUT_PATH"]
    os.makedirs(os.path.join(out, "made", "in", "init"), exist_ok=True)
def run(mini_batch):
    first = os.path.basename(mini_batch[0])
    ${body.trim().replaceAll("\n", "\n    ")}
    return [os.path.basename(p) for p in mini_batch]
`;

describe("files that the script writes", () => {
  test("join the output when their mini-batch commits, folders made in init() included", async () => {
    const script = writer(`
with open(os.path.join(out, "made", "in", "init", first), "w") as f: f.write("of " + first)
os.makedirs(os.path.join(out, "by", first[:-4]))
open(os.path.join(out, "by", first[:-4], "empty"), "w").close()`);
    const made = makeJob(script, numberedFiles(25));
    expect(await runToEnd(made.job)).toMatchObject({ status: "Completed", scored: 25, scriptFiles: 6 });
    const files = readOutputFiles(made.job);
    expect(Object.keys(files).sort()).toEqual([
      "by/f00000/empty",
      "by/f00010/empty",
      "by/f00020/empty",
      "made/in/init/f00000.txt",
      "made/in/init/f00010.txt",
      "made/in/init/f00020.txt",
      "predictions.csv",
    ]);
    expect(files["made/in/init/f00010.txt"]).toBe("of f00010.txt");
  });

  test("of a failed attempt never join the output", async () => {
    const script = writer(`
for path in mini_batch:
    with open(os.path.join(out, os.path.basename(path)), "w") as f: f.write("x")
    if "bad" in path: raise ValueError("bad")`);
    const made = makeJob(script, { ...numberedFiles(12), "f00005-bad.txt": "" }, { maxRetries: 1 });
    expect(await runToEnd(made.job)).toMatchObject({ status: "Completed", scored: 12, failed: 1 });
    expect(Object.keys(readOutputFiles(made.job)).sort()).toEqual(
      [...Object.keys(numberedFiles(12)), "predictions.csv"].sort(),
    );
  });

  const same = writer(`
with open(os.path.join(out, "all.txt"), "a") as f: f.write(first + ",")`);

  test("of the same name from two mini-batches are a conflict that names both", async () => {
    const outcome = await runToEnd(makeJob(same, numberedFiles(20)).job);
    expect(outcome.status).toBe("Failed");
    expect(outcome.error?.code).toBe("output_conflict");
    expect(outcome.error?.message).toMatch(/all\.txt.*mini-batch \d.*mini-batch \d/);
  });

  test("of the same name are joined in input order with on-conflict concat, and the last wins with last", async () => {
    const joined = makeJob(same, numberedFiles(30), { onConflict: "concat", workers: 3 });
    expect((await runToEnd(joined.job)).status).toBe("Completed");
    expect(readOutputFiles(joined.job)["all.txt"]).toBe("f00000.txt,f00010.txt,f00020.txt,");
    const last = makeJob(same, numberedFiles(30), { onConflict: "last" });
    expect((await runToEnd(last.job)).status).toBe("Completed");
    expect(readOutputFiles(last.job)["all.txt"]).toBe("f00020.txt,");
  });

  test("that are still open when run() returns fail the attempt, with the remedy", async () => {
    const script = writer(`
global handle
handle = open(os.path.join(out, first), "w")
handle.write("never closed")`);
    const made = makeJob(script, numberedFiles(3), { maxRetries: 0, isolateFailures: false });
    expect((await runToEnd(made.job)).status).toBe("Failed");
    expect(readFailedItems(made.job)[0]).toMatchObject({ reason: "output_file" });
    expect(readFailedItems(made.job)[0]?.message).toMatch(/open/);
  });
});

describe("rows", () => {
  test("csv has a header and the file's path below the input", async () => {
    const script = 'import os\ndef init(): pass\ndef run(b): return ["p,%s" % os.path.basename(p) for p in b]\n';
    const made = makeJob(script, { "b/x.txt": "", "a.txt": "" }, { outputFormat: "csv" });
    expect((await runToEnd(made.job)).status).toBe("Completed");
    expect(readOutput(made.job)).toBe('file,prediction\r\na.txt,"p,a.txt"\r\nb/x.txt,"p,x.txt"\r\n');
  });

  test("jsonl keeps types and nesting", async () => {
    const script = "def init(): pass\ndef run(b): return [{'n': 2**70, 'list': [1, None, True]} for p in b]\n";
    const made = makeJob(script, { "a.txt": "" }, { outputFormat: "jsonl" });
    expect((await runToEnd(made.job)).status).toBe("Completed");
    expect(readOutput(made.job)).toBe('{"file": "a.txt", "n": 1180591620717411303424, "list": [1, null, true]}\n');
  });

  test("columns that differ between mini-batches fail the job and name both", async () => {
    const script = `
import pandas as pd
def init(): pass
def run(b): return pd.DataFrame({("a" if "f00000" in b[0] else "b"): list(range(len(b)))})
`;
    const outcome = await runToEnd(makeJob(script, numberedFiles(20), { outputFormat: "csv" }).job);
    expect(outcome.error?.code).toBe("columns_differ");
  });

  test("large results come in parts, more than memory holds of them in a spool file, and are byte for byte right", async () => {
    const script =
      'import os\ndef init(): pass\ndef run(b): return [("%s " % os.path.basename(b[0])) * 100000 for _ in range(12)]\n';
    const made = makeJob(script, numberedFiles(3), { miniBatchSize: 1 });
    expect(await runToEnd(made.job)).toMatchObject({ status: "Completed", rows: 36 });
    const expected = Object.keys(numberedFiles(3))
      .map((name) => `${`${name} `.repeat(100_000)}\n`.repeat(12))
      .join("");
    expect(readOutput(made.job) === expected).toBe(true);
  });

  test("the bytes are the same for any number of workers and any mini-batch that is slow", async () => {
    const script = `
import os, random, time
def init(): pass
def run(b):
    time.sleep(random.random() * 0.01)
    return [os.path.basename(p) for p in b]
`;
    const outputs: string[] = [];
    for (const workers of [1, 4]) {
      const made = makeJob(script, numberedFiles(300), { workers, miniBatchSize: 3 });
      expect((await runToEnd(made.job)).status).toBe("Completed");
      outputs.push(readOutput(made.job));
    }
    expect(outputs[0]).toBe(`${Object.keys(numberedFiles(300)).join("\n")}\n`);
    expect(outputs[1]).toBe(outputs[0]);
  });

  test("an output that exists is refused when it is published, and overwritten when asked for", async () => {
    const made = makeJob("def init(): pass\ndef run(b): return b\n", numberedFiles(3));
    const outputPath = `${made.folder}-out`;
    const job = { ...made.job, settings: { ...made.job.settings, outputPath } };
    expect((await runToEnd(job)).status).toBe("Completed");
    const second = makeJob("def init(): pass\ndef run(b): return [1] * len(b)\n", numberedFiles(3), { outputPath });
    const refused = await runToEnd(second.job);
    expect(refused).toMatchObject({ status: "Interrupted", outputFolder: null });
    expect(refused.error?.code).toBe("output_exists");
    const resumed = await runToEnd(reopenJob(second.job, { overwrite: true }));
    expect(resumed.status).toBe("Completed");
    expect(readOutput(second.job)).toBe("1\n1\n1\n");
  });
});
