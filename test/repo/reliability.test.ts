import { expect, test } from "vitest";
import { findGaps } from "../../scripts/reliability.ts";
import { catalogue } from "../chaos/catalogue.ts";

test("every row of the catalogue of faults names tests that are there, or says why not", () => {
  expect(findGaps()).toEqual([]);
});

test("gaps in the catalogue are found: a missing row, one without test or reason, a test or file that is gone", () => {
  const others = catalogue.filter(({ row }) => row > 4);
  const row = { fault: "", promise: "" };
  const table = [
    { ...row, row: 2, tests: [] },
    { ...row, row: 3, tests: [["test/repo/reliability.test.ts", "no such" + " title"]] as const },
    { ...row, row: 4, tests: [["test/gone.test.ts", "x"]] as const },
    ...others,
  ];
  expect(findGaps(table)).toEqual([
    "row 1 stands 0 times in the catalogue",
    "row 2 names no test and gives no reason",
    expect.stringContaining("row 3 names a test that is not in"),
    expect.stringContaining("row 4 names a file that is not there"),
  ]);
});
