/**
 * Length and CRC-32 of a ledger that was closed in order, kept beside it: SQLite's own check finds broken pages, but not a changed byte in a text or a number. The
 * file is removed before the ledger is written again, so a ledger without it is one whose driver was killed.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { privateFileMode, removeTree } from "../storage/durable.ts";
import { readSum } from "./file-sum.ts";
import { makeDamagedError } from "./sqlite.ts";

const sumPath = (ledgerPath: string) => `${ledgerPath}-sum`;

/** Takes down the sum of a closed ledger. When that fails, or a power cut takes it, the next opening does without. */
export function writeLedgerSumQuietly(ledgerPath: string): void {
  try {
    writeFileSync(sumPath(ledgerPath), JSON.stringify(readSum(ledgerPath)), { mode: privateFileMode });
  } catch {
    removeQuietly(sumPath(ledgerPath));
  }
}

/** Throws `ledger_damaged` when the ledger is not as it was closed; forgets the sum, since the ledger is about to change. */
export function takeLedgerSum(ledgerPath: string, doing: string): void {
  const text = readText(sumPath(ledgerPath));
  if (text !== null) {
    const { bytes, crc } = readSum(ledgerPath);
    if (text !== JSON.stringify({ bytes, crc })) {
      throw makeDamagedError(
        doing,
        ledgerPath,
        `when it was closed its length and CRC were ${text}, now ${bytes} and ${crc}`,
      );
    }
  }
  // Opening goes on to sync the folder (ledger-recovery.ts) before the first commit, so this name cannot come back after one.
  removeTree(sumPath(ledgerPath));
}

function removeQuietly(path: string): void {
  try {
    removeTree(path);
  } catch {
    // Half of it would be refused as damage; an empty file, which is what a full disk leaves, is not.
  }
}

/** Null when there is none; an empty one is what a power cut leaves. */
function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8") || null;
  } catch {
    return null;
  }
}
