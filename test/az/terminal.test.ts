/** What only a terminal shows: the prompt of `delete`, colours, the live table. A Python program plays the terminal. */

import { expect, test } from "vitest";
import { makeTempFolder, writeTree } from "../support/temp-folder.ts";
import { type AzPlace, makeAzPlace, writeDeployment } from "./az-place.ts";

/** Runs a command on a terminal, types the first argument once the second is seen, and prints what the terminal saw. */
const terminal = `
import os, pty, sys
typed, awaited, command = sys.argv[1].encode().decode("unicode_escape").encode(), sys.argv[2].encode(), sys.argv[3:]
pid, fd = pty.fork()
if pid == 0:
    os.environ.pop("NO_COLOR", None)
    os.environ["TERM"] = "xterm"
    os.execvp(command[0], command)
seen = b""
sent = False
while True:
    try:
        data = os.read(fd, 4096)
    except OSError:
        break
    if not data:
        break
    seen += data
    if awaited in seen and not sent:
        os.write(fd, typed)
        sent = True
_, status = os.waitpid(pid, 0)
sys.stdout.write(seen.decode())
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128)
`;

async function openTerminal(): Promise<AzPlace> {
  const folder = makeTempFolder();
  writeTree(folder, { "terminal.py": terminal });
  return await makeAzPlace(folder);
}

const typing = (text: string, awaited: string, command: string) =>
  `"$BATCHWISE_PYTHON" terminal.py '${text}' '${awaited}' ${command}`;

test("delete asks until it gets an answer; no and the end of the input cancel", async () => {
  const az = await openTerminal();
  await az.run("az ml batch-endpoint create -n asked");
  const remove = "batchwise batch-endpoint delete -n asked";
  for (const answer of ["maybe\\nn\\n", "\\x04"]) {
    const { code, stdout } = await az.run(typing(answer, "(y/n)", remove));
    expect(code).toBe(1);
    expect(stdout).toContain("Operation cancelled.");
  }
  expect(await az.run("az ml batch-endpoint show -n asked")).toMatchObject({ code: 0 });
  expect(await az.run(typing("y\\n", "(y/n)", remove))).toMatchObject({ code: 0 });
  expect(await az.run("az ml batch-endpoint show -n asked")).toMatchObject({ code: 3 });
});

test("jsonc and yamlc have colours on a terminal, json has none", async () => {
  const az = await openTerminal();
  await az.run("az ml batch-endpoint create -n painted");
  const show = (format: string) =>
    az.run(typing("", "nothing", `batchwise batch-endpoint show -n painted -o ${format}`));
  expect((await show("jsonc")).stdout).toContain('\u001b[34m"name"');
  expect((await show("yamlc")).stdout).toContain("\u001b[34mname");
  expect((await show("json")).stdout).not.toContain("\u001b[");
});

test("watch draws the table on a screen of its own and leaves it at Ctrl-C", async () => {
  const az = await openTerminal();
  writeDeployment(az.folder, "names");
  await az.run(
    "az ml batch-endpoint create -n names\naz ml batch-deployment create -f deployment.yml --set-default\naz ml batch-endpoint invoke -n names --input in --job-name seen\naz ml job stream -n seen",
  );
  const { code, stdout } = await az.run(typing("\\x03", "Completed", "batchwise watch"));
  expect(code).toBe(0);
  expect(stdout).toContain("\u001b[?1049h");
  expect(stdout).toMatch(/seen\s+Completed/);
  expect(stdout.trimEnd().endsWith("\u001b[?1049l")).toBe(true);
});

test("job stream at Ctrl-C leaves the job alone; a second stream tells it from the beginning", async () => {
  const az = await openTerminal();
  writeDeployment(az.folder, "names");
  writeTree(az.folder, {
    "code/score.py":
      "import os, time\ndef init():\n    pass\ndef run(mini_batch):\n    print('waiting', flush=True)\n    while not os.path.exists(os.environ['GO']):\n        time.sleep(0.02)\n    return mini_batch\n",
  });
  const go = `${az.folder}/go`;
  await az.run(
    `az ml batch-endpoint create -n names\naz ml batch-deployment create -f deployment.yml --set-default --set settings.environment_variables.GO=${go}\naz ml batch-endpoint invoke -n names --input in --job-name held`,
  );
  const stopped = await az.run(typing("\\x03", "preparing job", "batchwise job stream -n held"));
  expect(stopped.code).toBe(1);
  expect(stopped.stdout).toContain("job held goes on");
  const following = az.run("az ml job logs -n held --follow");
  await az.run(`touch ${go}`);
  const { code, stdout } = await az.run("az ml job stream -n held");
  expect(code).toBe(0);
  expect(stdout).toContain("preparing job held");
  const logs = await following;
  expect(logs.code).toBe(0);
  expect(logs.stdout).toMatch(/==> worker \d <==/);
  expect(logs.stdout).toContain("waiting");
  const replayed = await az.run("TMPDIR=$PWD az ml job replay -n held --mini-batch 0");
  expect(replayed).toMatchObject({ code: 0 });
  expect(replayed.stderr).toContain("nothing was committed");
});
