import { exitCodes } from "../../errors.ts";
import type { Finding } from "../../upkeep/diagnosis-finding.ts";
import { defineCommand } from "../az/command.ts";
import { makeStyle, showText, type TextStream } from "../terminal.ts";

/** `batchwise doctor` */
export const doctor = defineCommand({
  summary: "what this machine has, what it lacks, and how to mend it",
  description: "Ends with 1 when something is missing without which no job can run. Changes nothing.",
  options: {},
  examples: ["batchwise doctor", "batchwise doctor -o json --query \"[?status!='ok']\""],
  table: ({ name, status, found, remedy }) => ({ name, status, found, remedy }),
  text: (result, stream) => formatFindings(result as Finding[], stream),
  async run(_values, call) {
    const { diagnose } = await import("../../upkeep/diagnosis.ts");
    const findings = await diagnose(call.home, process.env);
    if (findings.some(({ status }) => status === "fail")) call.exitCode = exitCodes.failed;
    return findings;
  },
});

function formatFindings(findings: readonly Finding[], stream: TextStream): string {
  const style = makeStyle(stream);
  const paint = { ok: style.green, warn: style.yellow, fail: style.red };
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.flatMap(({ name, status, found, remedy }) => [
    `${paint[status](status.padEnd(4))}  ${name.padEnd(width)}  ${showText(found)}`,
    ...(remedy === null ? [] : [`${" ".repeat(width + 8)}→ ${showText(remedy)}`]),
  ]);
  const count = (status: Finding["status"]) => findings.filter((each) => each.status === status).length;
  return `${lines.join("\n")}\n\n${count("ok")} ok, ${count("warn")} warnings, ${count("fail")} failures\n`;
}
