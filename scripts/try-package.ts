/**
 * `npm run try-package`: packs the tarball and uses it as a stranger would: an empty folder, an empty home, the npm and Node of the machine.
 * Ends with one line, `N passed, N failed`.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { addCounts } from "./test/suite-result.ts";

const root = dirname(import.meta.dirname);
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const temporary = mkdtempSync(join(tmpdir(), "bw-package-"));
const tarball = join(temporary, `batchwise-${manifest.version}.tgz`);
const home = join(temporary, "home");
const folder = join(temporary, "project");
const results: { passed: number; failed: number; skipped: number }[] = [];

try {
  for (const path of [home, folder]) mkdirSync(path);
  // Each step stands on the one before: after a failed install, npx would look for the command elsewhere.
  if (attempt("`npm pack` makes the tarball", packTarball)) {
    attempt("the tarball holds what it should and nothing else", checkContents);
    if (attempt("`npm install` of the tarball works in an empty folder", installPackage)) {
      attempt("`npx batchwise --version` prints the version", checkVersion);
      attempt("`import` of the package works with the Node that came with it", importPackage);
      attempt("`npx batchwise score` leaves the right predictions.csv", score);
      attempt(
        "with install scripts blocked, a Node 24 in PATH is used, or the message says what to do",
        useWithoutOwnNode,
      );
    }
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
console.log(addCounts(results));
process.exitCode = results.some(({ failed }) => failed > 0) ? 1 : 0;

function packTarball(): void {
  run("npm", ["pack", "--silent", "--pack-destination", temporary], root);
}

function checkContents(): void {
  const names = run("tar", ["-tzf", tarball], temporary).trim().split("\n");
  const wanted = [
    "bin/batchwise",
    "dist/.built",
    "dist/index.js",
    "dist/index.d.ts",
    "dist/cli/main.js",
    "LICENSE",
    "README.md",
  ];
  wanted.push(
    "CHANGELOG.md",
    "python/batchwise_worker/__main__.py",
    "protocol/README.md",
    "docs/reference/settings.md",
  );
  const missing = wanted.filter((name) => !names.includes(`package/${name}`));
  if (missing.length > 0) throw new Error(`missing: ${missing.join(", ")}`);
  const surplus = names.filter((name) =>
    /\.test\.|\/tests?\/|__pycache__|\.pyc$|\.map$|package\/(?:src|scripts|bench)\//.test(name),
  );
  if (surplus.length > 0) throw new Error(`should not be there: ${surplus.join(", ")}`);
  const bytes = readFileSync(tarball).length;
  if (bytes > 1024 * 1024) throw new Error(`has ${bytes} bytes, wanted is at most 1 MiB: is there data in it?`);
}

function installPackage(): void {
  run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", tarball], folder);
}

function checkVersion(): void {
  expectEqual(run("npx", ["batchwise", "--version"], folder).trim(), manifest.version);
}

function importPackage(): void {
  const code =
    "const names = Object.keys(await import('batchwise')); console.log(process.version.split('.')[0], names.length > 0)";
  const node = join(folder, "node_modules", "node", "bin", "node");
  expectEqual(run(node, ["--input-type=module", "-e", code], folder).trim(), "v24 true");
}

function score(): void {
  mkdirSync(join(folder, "input", "deeper"), { recursive: true });
  for (const [name, text] of [
    ["b.txt", "bb"],
    ["a.txt", "a"],
    ["deeper/c.txt", "ccc"],
  ] as const) {
    writeFileSync(join(folder, "input", name), text);
  }
  const script = [
    "import os",
    "",
    "def init():",
    "    pass",
    "",
    "def run(mini_batch):",
    '    return ["%s %d" % (os.path.basename(path), os.path.getsize(path)) for path in mini_batch]',
    "",
  ];
  writeFileSync(join(folder, "score.py"), script.join("\n"));
  const args = [
    "batchwise",
    "score",
    "--script",
    "score.py",
    "--input",
    "input",
    "--output-path",
    "output",
    "--mini-batch-size",
    "1",
  ];
  run("npx", args, folder);
  expectEqual(readFileSync(join(folder, "output", "predictions.csv"), "utf8"), "a.txt 1\nb.txt 2\nc.txt 3\n");
}

function useWithoutOwnNode(): void {
  const blocked = join(temporary, "blocked");
  mkdirSync(blocked);
  run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", tarball], blocked);
  const command = join(blocked, "node_modules", ".bin", "batchwise");
  if (existsSync(join(blocked, "node_modules", "node", "bin", "node")))
    throw new Error("the install script ran all the same");

  const ownNode = join(folder, "node_modules", "node", "bin");
  const withNode24 = spawnSync(command, ["--version"], {
    env: { ...stranger(), PATH: `${ownNode}${delimiter}${stranger().PATH}` },
    encoding: "utf8",
  });
  expectEqual(withNode24.stdout.trim(), manifest.version);

  const tooOld = join(temporary, "too-old");
  mkdirSync(tooOld);
  writeFileSync(join(tooOld, "node"), "#!/bin/sh\necho v20.0.0\n", { mode: 0o755 });
  const withNode20 = spawnSync(command, ["--version"], {
    env: { ...stranger(), PATH: `${tooOld}${delimiter}${stranger().PATH}` },
    encoding: "utf8",
  });
  expectEqual(withNode20.status, 2);
  if (!withNode20.stderr.includes("Node.js 24"))
    throw new Error(`the message does not name Node.js 24: ${withNode20.stderr}`);
}

/** The environment of somebody else: an empty home, none of this repository's programs in PATH, none of the npm settings that `npm run` hands on. */
function stranger(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) {
    // How a registry is reached is the machine's affair; everything else that npm has set belongs to the run of this script.
    const isForeign =
      /^npm_(?!config_(?:registry|cafile|proxy|https_proxy|noproxy)$)/i.test(name) || name.startsWith("BATCHWISE_");
    if (!isForeign) env[name] = value;
  }
  const folders = (process.env.PATH ?? "").split(delimiter).filter((path) => !path.includes("node_modules"));
  return { ...env, HOME: home, XDG_CACHE_HOME: undefined, VIRTUAL_ENV: undefined, PATH: folders.join(delimiter) };
}

function attempt(title: string, step: () => void): boolean {
  const startedAt = performance.now();
  let problem: string | undefined;
  try {
    step();
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${problem === undefined ? "ok    " : "FAILED"}  ${title} (${seconds} s)`);
  if (problem !== undefined) console.log(problem.replace(/^/gm, "        "));
  results.push({ passed: problem === undefined ? 1 : 0, failed: problem === undefined ? 0 : 1, skipped: 0 });
  return problem === undefined;
}

function run(program: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, env: stranger(), encoding: "utf8" });
  if (error !== undefined) throw new Error(`cannot start ${program}: ${error.message}`, { cause: error });
  if (status !== 0) throw new Error(`\`${program} ${args.join(" ")}\` ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

function expectEqual(actual: unknown, wanted: unknown): void {
  if (actual !== wanted) throw new Error(`wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(actual)}`);
}
