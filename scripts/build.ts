/**
 * Compiles src/ to dist/: plain JavaScript with type declarations, plus the files that are not TypeScript (SQL, JSON). The new dist/ is made
 * beside the old one and takes its place whole, so that a command which runs from dist/ meanwhile never sees half of it.
 *
 * `dist/.built` is written last and holds the hash of the sources; bin/batchwise runs from dist/ only when it is there.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const root = dirname(import.meta.dirname);
const startedAt = performance.now();
const partial = join(root, `dist.partial-${process.pid}`);

try {
  compile();
  copyAssets();
  rewriteFileUrls();
  writeFileSync(join(partial, ".built"), `${hashSources()}\n`);
  replaceDist();
  console.log(`built dist/ in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  rmSync(partial, { recursive: true, force: true });
}

function compile(): void {
  const compiler = join(root, "node_modules", ".bin", "tsc");
  const { status } = spawnSync(compiler, ["-p", "tsconfig.build.json", "--outDir", partial], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) throw new Error("the sources do not compile; dist/ is as it was");
}

function copyAssets(): void {
  for (const path of globSync("src/**/*", { cwd: root, withFileTypes: true })) {
    if (!path.isFile() || path.name.endsWith(".ts")) continue;
    const source = join(path.parentPath, path.name);
    cpSync(source, join(partial, relative(join(root, "src"), source)));
  }
}

/**
 * The compiler turns `import "./x.ts"` into `./x.js`, but not `new URL("./x.ts", import.meta.url)`, which is how a thread names its file.
 * Stops when such a file is not there.
 */
function rewriteFileUrls(): void {
  for (const name of globSync("**/*.js", { cwd: partial })) {
    const file = join(partial, name);
    const before = readFileSync(file, "utf8");
    const after = before.replace(/new URL\("(\.[^"]*)\.ts", import\.meta\.url\)/g, 'new URL("$1.js", import.meta.url)');
    for (const [, target] of after.matchAll(/new URL\("(\.[^"]*\.js)", import\.meta\.url\)/g)) {
      if (target !== undefined && !existsSync(resolve(dirname(file), target))) {
        throw new Error(`${name} refers to ${target}, which the build did not make`);
      }
    }
    if (after !== before) writeFileSync(file, after);
  }
}

function hashSources(): string {
  const hash = createHash("sha256");
  const files = globSync("src/**/*", { cwd: root, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort()) {
    hash.update(`${relative(root, path)}\n`).update(readFileSync(path));
  }
  return hash.digest("hex");
}

function replaceDist(): void {
  const dist = join(root, "dist");
  const old = `${dist}.old-${process.pid}`;
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(partial, dist);
  rmSync(old, { recursive: true, force: true });
}
