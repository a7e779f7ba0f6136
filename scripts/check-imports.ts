/**
 * Holds the imports of src/ to their direction (docs/architecture.md):
 *
 *     cli ─► http ─► app ─► { check, upkeep } ─► { jobs, driver } ─► catalog ─► { input, output, compute, environment } ─► { worker, storage, config } ─► errors
 *
 * A file imports from its own folder and from any level below, never from a folder on its own level, never from above, and never in a circle.
 * Types count like values: what two folders share lives below both. Packages must be dependencies that a user gets, save in tests,
 * which may also import from test/.
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

/** From the top down. `index` is the package's public index, which nobody imports. */
const levels: readonly (readonly string[])[] = [
  ["index"],
  ["cli"],
  ["http"],
  ["app"],
  ["check", "upkeep"],
  ["jobs", "driver"],
  ["catalog"],
  ["input", "output", "compute", "environment"],
  ["worker", "storage", "config"],
  ["errors"],
];

interface Import {
  readonly from: string;
  readonly line: number;
  readonly specifier: string;
}

interface LocalImport extends Import {
  readonly to: string;
}

/**
 * Finds what breaks the rules.
 *
 * @param root folder that holds `src/` and `package.json`
 * @returns one line of text each, `src/a/b.ts:3: what is wrong`
 */
export function checkImports(root: string): string[] {
  const files = globSync("src/**/*.ts", { cwd: root }).sort();
  const packages = readPackages(root);
  const problems: string[] = [];
  const graph = new Map<string, LocalImport[]>();
  for (const file of files) {
    if (findLevel(file) === -1)
      problems.push(`${file}:1: "${partOf(file)}" has no place in the table of scripts/check-imports.ts`);
    const locals: LocalImport[] = [];
    for (const found of readImports(root, file)) {
      if (found.specifier.startsWith(".")) {
        const to = relative(root, resolve(root, dirname(file), found.specifier));
        if (to === "package.json") continue;
        const problem = judgeLocal(root, file, to);
        if (problem !== undefined) problems.push(`${file}:${found.line}: ${problem}`);
        else locals.push({ ...found, to });
      } else {
        const problem = judgePackage(file, found.specifier, packages);
        if (problem !== undefined) problems.push(`${file}:${found.line}: ${problem}`);
      }
    }
    graph.set(file, locals);
  }
  return [...problems, ...findCycles(graph)];
}

function judgeLocal(root: string, from: string, to: string): string | undefined {
  if (!existsSync(join(root, to))) return `imports ${to}, which does not exist`;
  if (to.startsWith("test/") && from.endsWith(".test.ts")) return undefined;
  if (!to.startsWith("src/")) return `imports ${to}, which lies outside src/`;
  if (partOf(from) === partOf(to)) return undefined;
  if (findLevel(to) > findLevel(from)) return undefined;
  const relation = findLevel(to) === findLevel(from) ? "stands beside it" : "stands above it";
  return `"${partOf(from)}" imports ${to}, but "${partOf(to)}" ${relation}`;
}

function judgePackage(from: string, specifier: string, packages: Packages): string | undefined {
  if (specifier.startsWith("node:")) return undefined;
  const name = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
  if (packages.shipped.has(name)) return undefined;
  if (packages.development.has(name) && from.endsWith(".test.ts")) return undefined;
  return `imports the package "${name}", which is not among the dependencies of package.json`;
}

interface Packages {
  readonly shipped: ReadonlySet<string>;
  readonly development: ReadonlySet<string>;
}

function readPackages(root: string): Packages {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return {
    shipped: new Set(Object.keys(manifest.dependencies ?? {})),
    development: new Set(Object.keys(manifest.devDependencies ?? {})),
  };
}

/** `src/cli/main.ts` → `cli`, `src/errors.ts` → `errors`. */
function partOf(file: string): string {
  return (file.split("/")[1] ?? "").replace(/(\.test)?\.ts$/, "");
}

function findLevel(file: string): number {
  return levels.findIndex((parts) => parts.includes(partOf(file)));
}

// `from "…"` after an import or export clause, a bare `import "…"`, `import("…")`, and a file that is named for a thread or a process.
const importPattern =
  /^\s*(?:import|export)\s[\w$\s{},*]*?from\s*"([^"]+)"|^\s*import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"|new URL\(\s*"(\.[^"]+\.ts)"/gm;

function readImports(root: string, file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  const imports: Import[] = [];
  for (const match of text.matchAll(importPattern)) {
    const specifier = match.slice(1).find((group) => group !== undefined);
    if (specifier === undefined) continue;
    const line = text.slice(0, match.index + match[0].length).split("\n").length;
    imports.push({ from: file, line, specifier });
  }
  return imports;
}

/** Each circle once, at the import that closes it. */
function findCycles(graph: ReadonlyMap<string, readonly LocalImport[]>): string[] {
  const problems: string[] = [];
  const finished = new Set<string>();
  const path: string[] = [];
  function visit(file: string): void {
    path.push(file);
    for (const { to, line } of graph.get(file) ?? []) {
      const start = path.indexOf(to);
      if (start >= 0) problems.push(`${file}:${line}: imports in a circle: ${[...path.slice(start), to].join(" -> ")}`);
      else if (!finished.has(to)) visit(to);
    }
    path.pop();
    finished.add(file);
  }
  for (const file of graph.keys()) if (!finished.has(file)) visit(file);
  return problems;
}

if (import.meta.main) {
  const problems = checkImports(dirname(import.meta.dirname));
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
