/** Real processes: killed while they commit, and on a disk that takes no more. */

import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import * as make from "../../test/helpers/ledger-fixtures.ts";
import { Ledger } from "./ledger.ts";

let root: { folder: string; remove: () => void };
let job: string;

beforeEach(() => {
  root = make.makeTestFolder();
  job = join(root.folder, "job");
});

afterEach(() => root.remove());

const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);

/** A program that goes on with a job: each mini-batch is planned, then committed with rows and a file, and its number written to stdout. */
const committer = `
  import { mkdirSync, writeFileSync, writeSync } from "node:fs";
  import { Ledger } from ${url("./ledger.ts")};
  import * as make from ${url("../../test/helpers/ledger-fixtures.ts")};
  const [job, out, create, size] = process.argv.slice(1);
  const ledger = Ledger.open(job, { create: create === "true", settings: make.makeSettings(out) });
  try {
    for (let id = ledger.takeStock().nextPlannedId; ; id++) {
      const pending = ledger.pending();
      if (pending.length === 0) ledger.commit(make.makeGroup({ plan: [make.makePlan(id, id, 1)] }));
      const next = pending.length === 0 ? id : pending[0].id;
      const folder = job + "/workers/" + next + "-" + process.pid;
      mkdirSync(folder, { recursive: true });
      writeFileSync(folder + "/" + next, "x");
      const rows = (next + " ").repeat(Number(size)) + "\\n";
      const files = { folder, entries: [[String(next), 1]] };
      ledger.commit(make.makeGroup(make.pairUp(make.makeResult(next, rows, { scored: 1, files }))));
      writeSync(1, next + "\\n");
      if (pending.length > 0) id--;
    }
  } catch (error) {
    writeSync(1, JSON.stringify({ code: error.code, message: error.message, counts: ledger.counts(), pending: ledger.pending().length }) + "\\n");
    process.exit(7);
  }`;

test("a driver killed at any time loses nothing that it was told is durable", { timeout: 120_000 }, async () => {
  let highest = -1;
  for (let round = 0; round < 12; round++) {
    const args = [job, join(root.folder, "out"), String(round === 0), "20"];
    const child = spawn(process.execPath, ["--input-type=module", "--eval", committer, ...args]);
    let told = "";
    let errors = "";
    child.stdout.on("data", (chunk) => {
      // The moment of the kill is a number of acknowledged groups: no clock has a part in it, and the rest of the way is chance.
      told += chunk;
      if (told.split("\n").length > 1 + round * 3) child.kill("SIGKILL");
    });
    child.stderr.on("data", (chunk) => {
      errors += chunk;
    });
    await new Promise((resolve) => child.on("close", resolve));
    expect(errors).toBe("");
    const acknowledged = told.split("\n").slice(0, -1).map(Number);
    highest = Math.max(highest, ...acknowledged);

    const ledger = Ledger.open(job, { create: false, settings: make.makeSettings(join(root.folder, "out")) });
    const { scored } = ledger.counts();
    expect([highest + 1, highest + 2]).toContain(scored);
    highest = scored - 1;
    const rows = Array.from({ length: scored }, (_, id) => `${`${id} `.repeat(20)}\n`).join("");
    expect(readFileSync(join(job, "rows"), "utf8")).toBe(rows);
    const folders = existsSync(join(job, "files")) ? readdirSync(join(job, "files")) : [];
    expect(folders.length).toBe(scored);
    ledger.close();
  }
  const ledger = Ledger.open(job, { create: false, settings: make.makeSettings(join(root.folder, "out")) });
  expect(ledger.publish().files).toBe(highest + 1);
  ledger.close();
});

test("a disk that takes no more is named with the bytes needed, and the state is that of the last commit", () => {
  // A limit on the size of files stands in for a full disk: everybody may set one. Node.js is told by an error, since the signal is ignored.
  const blocks = 2048;
  const args = [job, join(root.folder, "out"), "true", "100000"];
  const shell = `trap "" XFSZ; ulimit -f ${blocks}; exec "$@"`;
  const command = [process.execPath, "--input-type=module", "--eval", committer, ...args];
  const { stdout, stderr, status } = spawnSync("bash", ["-c", shell, "bash", ...command], { encoding: "utf8" });
  expect([status, stderr]).toEqual([7, ""]);
  const lines = stdout.trimEnd().split("\n");
  const failure = JSON.parse(lines.at(-1)!);
  const done = lines.length - 1;
  expect(failure).toMatchObject({ code: "disk_full", counts: { scored: done }, pending: 1 });
  expect(failure.message).toMatch(
    /^writing rows: the file may not grow at .*\/job\/rows \(EFBIG; \d+ bytes needed, \d+ bytes free\)$/,
  );
  expect(statSync(join(job, "rows")).size).toBe(failure.counts.rowsBytes);
  expect(done).toBeGreaterThan(2);

  const ledger = Ledger.open(job, { create: false, settings: make.makeSettings(join(root.folder, "out")) });
  expect(ledger.counts()).toMatchObject({ scored: done });
  expect(ledger.takeStock().repaired).toEqual({ rowsBytesCut: 0, foldersRemoved: 0 });
  ledger.commit(make.makeGroup(make.pairUp(make.makeResult(ledger.pending()[0]!.id, "x\n"))));
  ledger.close();
});
