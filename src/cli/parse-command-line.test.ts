import { describe, expect, test } from "vitest";
import { settingNames, settingOf } from "../config/settings.ts";
import { parseCommandLine } from "./parse-command-line.ts";

function helpOf(...args: string[]): string {
  const parsed = parseCommandLine(args);
  if (parsed.command !== "help") throw new Error(`${parsed.command} instead of help`);
  return parsed.text;
}

describe("help", () => {
  test("of score names every setting with its sentence, its range and an example", () => {
    // Line breaks depend on the width of the terminal.
    const text = helpOf("score", "--help").replace(/\s+/g, " ");
    for (const name of settingNames) {
      const { flag, help, env } = settingOf(name);
      expect(text).toContain(flag);
      expect(text).toContain(help);
      if (env !== undefined) expect(text).toContain(`env: ${env}`);
    }
    expect(text).toContain("--no-isolate-failures");
    expect(text).toContain("(default: 30)");
    expect(text).toContain("Examples: batchwise score --script");
  });

  test("of resume names what may change, and not what may not", () => {
    const text = helpOf("resume", "-h");
    for (const name of settingNames) {
      const { flag, resume } = settingOf(name);
      expect(new RegExp(`\\s${flag}\\b(?!-)`).test(text), flag).toBe(resume);
    }
    expect(text).toContain("--retry-failed");
  });

  test.for([["--help"], ["-h"], ["help"], ["--he"], ["help", "nothing"]])("%j lists the commands", (args) => {
    const text = helpOf(...args);
    for (const command of ["score", "resume", "replay"]) expect(text).toMatch(new RegExp(`^ {2}${command} `, "m"));
  });

  test("wins over what is wrong elsewhere on the line", () => {
    expect(helpOf("score", "--script", "x", "more", "-h")).toContain("Usage: batchwise score");
  });
});

describe("a command line", () => {
  test("gives settings with the place they were written at", () => {
    const parsed = parseCommandLine([
      "score",
      "--input",
      "a",
      "--input=b",
      "--no-isolate-failures",
      "-m",
      "5",
      "--",
      "--threshold",
      "-h",
    ]);
    if (parsed.command !== "score") throw new Error("not score");
    const raw = Object.fromEntries(
      [...parsed.flags].map(([name, written]) => [name, "raw" in written ? [written.raw, written.place.label] : null]),
    );
    expect(raw).toEqual({
      inputs: [["a", "b"], "--input"],
      isolateFailures: [false, "--no-isolate-failures"],
      miniBatchSize: ["5", "--mini-batch-size"],
    });
    expect(parsed.scriptArguments).toEqual(["--threshold", "-h"]);
  });

  test("takes the last of an option that is given twice", () => {
    const parsed = parseCommandLine([
      "score",
      "--workers",
      "1",
      "--workers",
      "2",
      "--no-isolate-failures",
      "--isolate-failures",
    ]);
    if (parsed.command !== "score") throw new Error("not score");
    expect(parsed.flags.get("workers")).toMatchObject({ raw: "2" });
    expect(parsed.flags.get("isolateFailures")).toMatchObject({ raw: true });
  });

  test.for([
    [["resume"], /needs NAME/],
    [["replay", "j"], /needs MINI_BATCH/],
    [["resume", "j", "k"], /does not know what to do with "k"/],
    [["resume", "j", "--", "x"], /does not know what to do with "x"/],
    [["resume", "j", "--input", "x"], /there is no option --input/],
    [["score", "--retry-failed"], /there is no option --retry-failed/],
    [["nonsense"], /there is no command "nonsense"/],
    [["--verison"], /there is no option --verison/],
  ] as const)("%j is refused", ([args, message]) => {
    expect(() => parseCommandLine(args)).toThrow(message);
  });
});
