/** The ledger's thread: it takes calls one at a time and answers them. It blocks in files and SQLite, which is why it is a thread of its own. */

import { parentPort } from "node:worker_threads";
import { decodeGroup } from "./group-codec.ts";
import { Ledger } from "./ledger.ts";
import { type Answer, type Call, packError } from "./ledger-calls.ts";

const port = parentPort!;
let ledger: Ledger | null = null;

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
      return ledger.commit(decodeGroup(call.group));
    case "payloads":
      return ledger.payloads(call.ids);
    case "close":
      return ledger.close();
    default:
      return (ledger[call.name] as (...args: unknown[]) => unknown).apply(ledger, [...call.args]);
  }
}

function answer(message: Answer): void {
  port.postMessage(message);
}
