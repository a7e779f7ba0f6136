import { expect, test } from "vitest";
import { exploreCommitProtocol, type Safeguard } from "./commit-model.ts";

test("two workers, three mini-batches, a death and two crashes anywhere: nothing is lost, doubled or mixed", () => {
  const { states, published, violation } = exploreCommitProtocol();
  expect(violation).toBeNull();
  expect(states).toBeGreaterThan(10_000);
  expect(published).toBeGreaterThan(10);
});

test.each<Safeguard>([
  "sync before the ledger commits",
  "fence of late results",
  "cut at recovery",
  "rows before the ledger",
])("without the %s the exploration finds what goes wrong", (safeguard) => {
  expect(exploreCommitProtocol(safeguard).violation).not.toBeNull();
});
