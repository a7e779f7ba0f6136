/** Reads what strace wrote about changes of files into a list of operations, in the order in which they took effect. */

import { readFileSync } from "node:fs";

export type FileOperation =
  | { readonly kind: "create"; readonly path: string; readonly truncate: boolean; readonly exclusive: boolean }
  | { readonly kind: "write"; readonly path: string; readonly offset: number | null; readonly bytes: Buffer }
  | { readonly kind: "truncate"; readonly path: string; readonly size: number }
  | { readonly kind: "sync"; readonly path: string }
  | { readonly kind: "mkdir"; readonly path: string }
  | { readonly kind: "rename"; readonly from: string; readonly path: string }
  | { readonly kind: "link"; readonly from: string; readonly path: string }
  | { readonly kind: "remove"; readonly path: string };

/** The calls that strace has to record: with `-y -xx -s 1048576`. */
export const tracedCalls =
  "openat,write,writev,pwrite64,pwritev,fdatasync,fsync,ftruncate,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,rmdir";

/** Operations below `folder`. A call that another thread's interrupted counts where it ended. */
export function readTrace(log: string, folder: string): FileOperation[] {
  const operations: FileOperation[] = [];
  const unfinished = new Map<string, string>();
  for (const line of readFileSync(log, "utf8").split("\n")) {
    const found = /^(\d+) +(.*)$/.exec(line);
    if (found === null) continue;
    const [, thread, text] = found as unknown as [string, string, string];
    if (text.endsWith("<unfinished ...>")) {
      unfinished.set(thread, text.slice(0, -"<unfinished ...>".length));
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text);
    const whole = resumed === null ? text : (unfinished.get(thread) ?? "") + resumed[1];
    operations.push(...parseCall(whole).filter(({ path }) => path.startsWith(`${folder}/`) || path === folder));
  }
  return operations;
}

function parseCall(text: string): FileOperation[] {
  const found = /^(\w+)\((.*)\) += (-?\d+)/.exec(text);
  if (found === null || found[3]!.startsWith("-")) return [];
  const [, name, untrimmed, result] = found as unknown as [string, string, string, string];
  const args = untrimmed.trim();
  const paths = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"(?!\.\.\.)/g)].map(([, hex]) => decode(hex!));
  const file = decodePath(/^\d+<([^>]*)>/.exec(args)?.[1] ?? "");
  const text0 = paths[0]?.toString() ?? "";
  const text1 = paths[1]?.toString() ?? "";
  switch (name) {
    case "openat":
      if (!args.includes("O_CREAT") && !args.includes("O_TRUNC")) return [];
      return [{ kind: "create", path: text0, truncate: args.includes("O_TRUNC"), exclusive: args.includes("O_EXCL") }];
    case "write":
      return [{ kind: "write", path: file, offset: null, bytes: paths[0]!.subarray(0, Number(result)) }];
    case "writev":
      return [{ kind: "write", path: file, offset: null, bytes: Buffer.concat(paths).subarray(0, Number(result)) }];
    case "pwrite64":
    case "pwritev": {
      const offset = Number(/, (\d+)$/.exec(args)![1]);
      return [{ kind: "write", path: file, offset, bytes: Buffer.concat(paths).subarray(0, Number(result)) }];
    }
    case "ftruncate":
      return [{ kind: "truncate", path: file, size: Number(/, (\d+)$/.exec(args)![1]) }];
    case "fdatasync":
    case "fsync":
      return [{ kind: "sync", path: file }];
    case "mkdir":
    case "mkdirat":
      return [{ kind: "mkdir", path: text0 }];
    case "rename":
    case "renameat":
    case "renameat2":
      return [{ kind: "rename", from: text0, path: text1 }];
    case "link":
    case "linkat":
      return [{ kind: "link", from: text0, path: text1 }];
    default:
      return [{ kind: "remove", path: removedPath(args, text0) }];
  }
}

/** unlinkat names a file relative to an open folder. */
function removedPath(args: string, name: string): string {
  const folder = /^\d+<([^>]*)>/.exec(args)?.[1];
  return folder === undefined || name.startsWith("/") ? name : `${decodePath(folder)}/${name}`;
}

function decode(hex: string): Buffer {
  return Buffer.from(hex.replaceAll("\\x", ""), "hex");
}

function decodePath(text: string): string {
  return text.includes("\\x") ? decode(text).toString() : text.replace(/ \(deleted\)$/, "");
}
