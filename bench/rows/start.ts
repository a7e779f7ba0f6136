import type { BenchContext } from "../harness/context.ts";
import type { Contender, Goal, Row } from "../harness/row.ts";
import { expectSuccess, runCommand } from "../harness/run-command.ts";

/** What every command pays before it does anything. */
export const start: Row = {
  name: "start",
  title: "Start of the command",
  async prepare(context) {
    const repeat = context.options.quick ? 3 : Math.max(10, context.options.repeat);
    const contenders = [
      command(context, "batchwise --version", repeat, context.command, ["--version"]),
      command(context, "batchwise --help", repeat, context.command, ["--help"]),
      command(context, "floor: node -e 0", repeat, context.node, ["-e", "0"]),
    ];
    return {
      parameters: `whole process, ${repeat} times each`,
      metrics: [{ key: "wallMs", label: "ms", digits: 0 }],
      ratioOf: "wallMs",
      contenders,
      goals: contenders.slice(0, 2).map(
        ({ name }): Goal => ({
          what: `ms of ${name}`,
          contender: name,
          metric: "wallMs",
          must: 120,
          aim: 80,
          better: "lower",
        }),
      ),
      skipped: [],
    };
  },
};

function command(
  context: BenchContext,
  name: string,
  repeat: number,
  program: string,
  args: readonly string[],
): Contender {
  return {
    name,
    repeat,
    async run(repetition) {
      // The very first start fills the compile cache, as it does for a user once.
      if (repetition === 0) await runCommand(program, args, { env: context.env });
      const result = expectSuccess(await runCommand(program, args, { env: context.env }), name);
      return { metrics: { wallMs: result.wallMs } };
    },
  };
}
