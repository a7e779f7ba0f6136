import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

function listPages(): string[] {
  const { stdout } = spawnSync("git", ["ls-files", "-z", "-co", "--exclude-standard", "*.md"], {
    cwd: root,
    encoding: "utf8",
  });
  return stdout.split("\0").filter((path) => path !== "" && existsSync(join(root, path)));
}

test("each link of a page to a file of the repository leads somewhere", () => {
  const broken: string[] = [];
  for (const page of listPages()) {
    // Code blocks show text as it is; what looks like a link there is none.
    const text = readFileSync(join(root, page), "utf8").replace(/^```[\s\S]*?^```$|`[^`\n]*`/gm, "");
    for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target) || target.startsWith("#")) continue;
      if (!existsSync(resolve(root, dirname(page), target.replace(/#.*/, "")))) broken.push(`${page}: ${target}`);
    }
  }
  expect(broken).toEqual([]);
});
