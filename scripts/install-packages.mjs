// @ts-check
// Brings node_modules into line with package-lock.json, and finds the Node that everything else runs on. Runs on Node 20: plain JavaScript.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

const minimumMajor = 24;

/**
 * Installs what is missing, and nothing when nothing is (a few milliseconds).
 * npm's own record of what it installed, node_modules/.package-lock.json, is the stamp: it is written last, and by every npm command, so an
 * interrupted install and a `npm install` by hand are both seen for what they are.
 *
 * @param {string} root the repository
 * @returns {Promise<void>}
 */
export async function ensurePackages(root) {
  const reason = findReasonToInstall(root);
  if (reason === undefined) return;
  process.stderr.write(`installing npm packages (${reason}) ...\n`);
  // `npm ci` empties node_modules first; where people are at work in it, `npm install` changes only what differs.
  const fresh = process.env.CI !== undefined || !existsSync(join(root, "node_modules"));
  if (fresh && lockMatchesManifest(root)) {
    if (runNpm(root, ["ci"])) return;
    // `npm ci` refuses a registry that lacks one package of another platform; `npm install` passes over what is optional.
    process.stderr.write("`npm ci` failed, trying `npm install` ...\n");
    if (runNpm(root, ["install", "--no-save"])) return;
  } else if (runNpm(root, ["install"])) return;
  throw new Error("npm cannot install the packages; its messages are above");
}

/**
 * The Node 24 that the npm package `node` brought, else the running or first installed one that is new enough.
 *
 * @param {string} root the repository
 * @returns {string | undefined} absolute path
 */
export function findNode(root) {
  const own = join(root, "node_modules", "node", "bin", "node");
  if (existsSync(own)) return own;
  if (Number.parseInt(process.versions.node, 10) >= minimumMajor) return process.execPath;
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const candidate = join(folder, "node");
    if (!existsSync(candidate)) continue;
    const { stdout } = spawnSync(candidate, ["--version"], { encoding: "utf8" });
    if (Number.parseInt((stdout ?? "").replace("v", ""), 10) >= minimumMajor) return candidate;
  }
  return undefined;
}

/**
 * Why an install is needed, or undefined when it is not.
 *
 * @param {string} root the repository
 * @returns {string | undefined}
 */
export function findReasonToInstall(root) {
  if (!existsSync(join(root, "node_modules", ".package-lock.json"))) return "there are none";
  if (!lockMatchesManifest(root)) return "package.json has changed";
  const wanted = readJson(join(root, "package-lock.json")).packages;
  const installed = readJson(join(root, "node_modules", ".package-lock.json")).packages;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === "") continue;
    const found = installed[path];
    // An optional package that is for another system is in the lockfile, not on the disk.
    if (found === undefined ? !entry.optional : found.version !== entry.version) return `${path} differs`;
  }
  if (findNode(root) === undefined) return "Node 24 is missing";
  return undefined;
}

/** @param {string} root @param {string[]} args @returns {boolean} whether npm succeeded */
function runNpm(root, args) {
  // npm says at level "warn" that the Node it runs on is older than ours, which is the very case this file is for.
  const result = spawnSync("npm", [...args, "--loglevel=error", "--no-audit", "--no-fund"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (result.error !== undefined) throw new Error(`cannot start npm: ${result.error.message}`, { cause: result.error });
  return result.status === 0;
}

/** @param {string} root */
function lockMatchesManifest(root) {
  const manifest = readJson(join(root, "package.json"));
  const locked = readJson(join(root, "package-lock.json")).packages[""];
  return ["dependencies", "devDependencies", "optionalDependencies"].every((group) => {
    const sort = (/** @type {Record<string, string>} */ map) => JSON.stringify(Object.entries(map ?? {}).sort());
    return sort(manifest[group]) === sort(locked[group]);
  });
}

/** @param {string} path @returns {any} */
function readJson(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}
