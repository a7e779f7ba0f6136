import { join } from "node:path";
import { expect, test } from "vitest";
import { runCommand } from "../support/command.ts";
import { makeTempFolder, writeTree } from "../support/temp-folder.ts";

test("job list shows jobs of batchwise score too, and job show knows them", async () => {
  const folder = makeTempFolder();
  writeTree(folder, { "code/score.py": "def init(): pass\ndef run(b): return b\n", "in/a.txt": "", "in/b.txt": "" });
  const at = { cwd: folder };
  const scored = await runCommand(
    ["score", "--script", join(folder, "code/score.py"), "--input", join(folder, "in"), "--name", "plain"],
    at,
  );
  expect(scored.code).toBe(0);
  const listed = await runCommand(["job", "list", "--query", "[].{name: name, status: status}"], at);
  expect(JSON.parse(listed.stdout)).toEqual([{ name: "plain", status: "Completed" }]);
  const shown = await runCommand(["job", "show", "-n", "plain", "--query", "status", "-o", "tsv"], at);
  expect(shown.stdout).toBe("Completed\n");
});
