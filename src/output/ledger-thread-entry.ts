/**
 * The ledger's thread: it takes calls one at a time and answers them. It blocks in files and SQLite, which is why it is a thread of its own.
 * Groups count only in their order, so once one has failed all later ones, which may be on their way already, fail with the same error. A full disk is
 * the exception: nothing was changed, and the driver sends the same group again when there is space.
 */

import { parentPort } from "node:worker_threads";
import { BatchwiseError } from "../errors.ts";
import { decodeGroup } from "./group-codec.ts";
import { Ledger } from "./ledger.ts";
import { type Answer, type Call, packError } from "./ledger-calls.ts";
import type { LedgerGroup } from "./ledger-types.ts";

const port = parentPort!;
let ledger: Ledger | null = null;
let failed: { readonly error: unknown } | null = null;

port.on("message", (call: Call) => {
  try {
    answer({ id: call.id, value: perform(call) });
  } catch (error) {
    answer({ id: call.id, error: packError(error) });
  }
  if (call.name === "close") port.close();
});

function perform(call: Call): unknown {
  if (call.name === "open") {
    ledger = Ledger.open(call.folder, call.options);
    return ledger.takeStock();
  }
  if (ledger === null) throw new Error(`call "${call.name}" came while no ledger is open`);
  switch (call.name) {
    case "commit":
      return commit(ledger, decodeGroup(call.group));
    case "payloads":
      return ledger.payloads(call.ids);
    case "close":
      return ledger.close();
    default:
      return (ledger[call.name] as (...args: unknown[]) => unknown).apply(ledger, [...call.args]);
  }
}

function commit(into: Ledger, group: LedgerGroup): void {
  if (failed !== null) throw failed.error;
  try {
    into.commit(group);
  } catch (error) {
    if (!(error instanceof BatchwiseError && error.code === "disk_full")) failed = { error };
    throw error;
  }
}

function answer(message: Answer): void {
  port.postMessage(message);
}
