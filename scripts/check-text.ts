/**
 * Checks on the text of the repository's files: how long a source file may get, and words that must not be committed
 * (paths of somebody's machine, hosts of package registries, notes to oneself, tests that are switched off).
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const maxLines = 350;
const manyLines = 300;
/** Tests are lists of cases, and read well when longer. */
const maxTestLines = 600;

interface Ban {
  readonly pattern: RegExp;
  readonly why: string;
}

const bans: readonly Ban[] = [
  { pattern: /(?<![\w.])\/(?:work|root)\/|\/opt\/(?:wheels|pypi)|\/tmp\/bash_jobs/, why: "a path of one machine" },
  {
    pattern:
      /registry\.(?:npmjs\.org|yarnpkg\.com)|\bpypi\.org|pythonhosted\.org|deb\.debian\.org|conda\.anaconda\.org/,
    why: "the host of a package registry; the user's own settings name it",
  },
  { pattern: /\b(?:TODO|FIXME|XXX|HACK)\b/, why: "a note to oneself; do it, or file an issue" },
  { pattern: /\b(?:it|test|describe)\.(?:skip|only|todo)\(|@unittest\.skip\(/, why: "a test that is switched off" },
  { pattern: /^(?:<{7}|>{7}) /, why: "a merge conflict" },
];

/** This file names what it forbids, and its test does too. */
const ownFiles = /^(?:scripts\/check-text\.ts|test\/repo\/check-text\.test\.ts)$/;
const sourceFiles = /^(?:src|scripts|bench|examples|test|python|web)\/.*\.(?:ts|tsx|mjs|py|sh)$/;
const testFiles = /\.test\.ts$|^test\/|\/tests\//;
const binaryFiles = /\.(?:png|jpg|ico|woff2|onnx|pgm|parquet|gz|zip|sqlite)$/;

/** Errors and warnings about one file's text, each as `path:line: what is wrong`. */
export function checkText(path: string, text: string): { errors: string[]; warnings: string[] } {
  const errors: string[] = [];
  const warnings: string[] = [];
  const lines = text.split("\n");
  if (sourceFiles.test(path)) {
    const limit = testFiles.test(path) ? maxTestLines : maxLines;
    const count = text.endsWith("\n") ? lines.length - 1 : lines.length;
    if (count > limit)
      errors.push(`${path}:${limit}: has ${count} lines, wanted are at most ${limit}: give each purpose its file`);
    else if (count > manyLines && limit === maxLines)
      warnings.push(`${path}: has ${count} lines, and ${limit} is the limit`);
  }
  if (ownFiles.test(path)) return { errors, warnings };
  for (const [index, line] of lines.entries()) {
    for (const ban of bans) {
      const match = ban.pattern.exec(line);
      if (match !== null) errors.push(`${path}:${index + 1}: "${match[0]}" is ${ban.why}`);
    }
  }
  return { errors, warnings };
}

/** What git has or would take: files that are ignored are nobody's business. */
function listFiles(root: string): string[] {
  const { stdout, status, stderr } = spawnSync("git", ["ls-files", "-z", "-co", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`cannot list the repository's files: ${stderr}`);
  return stdout.split("\0").filter((path) => path !== "" && existsSync(join(root, path)));
}

if (import.meta.main) {
  const root = dirname(import.meta.dirname);
  let failed = false;
  for (const path of listFiles(root)) {
    if (binaryFiles.test(path)) continue;
    const { errors, warnings } = checkText(path, readFileSync(join(root, path), "utf8"));
    for (const warning of warnings) console.log(`warning: ${warning}`);
    for (const error of errors) console.error(error);
    failed ||= errors.length > 0;
  }
  process.exitCode = failed ? 1 : 0;
}
