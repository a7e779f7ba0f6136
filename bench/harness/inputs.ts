/** Input folders, made once and kept: a stamp beside each, written last, says that it is whole. */

import { spawnSync } from "node:child_process";
import {
  closeSync,
  copyFileSync,
  existsSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { extname, join } from "node:path";
import type { BenchContext } from "./context.ts";
import { countFreeInodes } from "./machine.ts";

/** Makes the input folder of this name unless it is there, and returns its path. */
function ensureInput(context: BenchContext, name: string, files: number, fill: (folder: string) => void): string {
  const folder = join(context.inputs, name);
  const stamp = `${folder}.complete`;
  if (existsSync(stamp)) return folder;
  if (countFreeInodes(context.inputs) < files * 1.1) {
    throw new Error(`${files} files are wanted for the input ${name}, and the file system has too few inodes left`);
  }
  context.note(`making the input ${name} (${files.toLocaleString("en")} files)`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  fill(folder);
  writeFileSync(stamp, "");
  return folder;
}

export const folderName = (index: number) => `folder-${String(index).padStart(5, "0")}`;
const fileName = (index: number) => `item-${String(index).padStart(7, "0")}.bin`;

/** Empty files, in folders of equal size. */
export function ensureEmptyFiles(context: BenchContext, folders: number, perFolder: number): string {
  return ensureInput(context, `empty-${folders}x${perFolder}`, folders * perFolder, (root) => {
    for (let index = 0; index < folders; index++) fillWithEmptyFiles(join(root, folderName(index)), perFolder);
  });
}

/** Empty files in one folder. */
export function ensureFlatFiles(context: BenchContext, files: number): string {
  return ensureInput(context, `flat-${files}`, files, (root) => fillWithEmptyFiles(root, files));
}

/** A tree of further names for the files of another tree: hard links take no inodes. */
export function ensureLinkedTree(context: BenchContext, source: string, name: string, files: number): string {
  return ensureInput(context, name, 0, (root) => {
    for (const folder of readdirSync(source)) {
      mkdirSync(join(root, folder));
      for (const file of readdirSync(join(source, folder)))
        linkSync(join(source, folder, file), join(root, folder, file));
    }
    context.note(`linked ${files.toLocaleString("en")} files`);
  });
}

/** Files of the given sizes, sparse: they have a length, and take no room on the disk. */
export function ensureSizedFiles(context: BenchContext, name: string, sizes: readonly number[]): string {
  return ensureInput(context, name, sizes.length, (root) => {
    for (const [index, size] of sizes.entries()) {
      const file = openSync(join(root, fileName(index)), "wx");
      ftruncateSync(file, size);
      closeSync(file);
    }
  });
}

/** The files of a folder under new names, as many times over as it takes to have `wanted` files: copies, then hard links to the copies. */
export function ensureReplicas(context: BenchContext, name: string, source: string, wanted: number): string {
  return ensureInput(context, `${name}-${wanted}`, wanted, (root) => {
    const originals = readdirSync(source).sort();
    const nameOf = (index: number) =>
      `${fileName(index).replace(/\.bin$/, "")}${extname(originals[index % originals.length]!)}`;
    for (let index = 0; index < wanted; index++) {
      const target = join(root, nameOf(index));
      if (index < originals.length) copyFileSync(join(source, originals[index]!), target);
      else linkSync(join(root, nameOf(index % originals.length)), target);
    }
  });
}

/** What a Python program writes into the folder that it is given. */
export function ensureMadeByPython(
  context: BenchContext,
  name: string,
  files: number,
  command: (folder: string) => readonly [string, ...string[]],
): string {
  return ensureInput(context, name, files, (root) => {
    const [program, ...args] = command(root);
    const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`making the input ${name} failed:\n${stderr}`);
  });
}

function fillWithEmptyFiles(folder: string, count: number): void {
  mkdirSync(folder, { recursive: true });
  for (let index = 0; index < count; index++) closeSync(openSync(join(folder, fileName(index)), "wx"));
}
