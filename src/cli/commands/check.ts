import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { CheckOptions } from "../../check/check-options.ts";
import type { CheckReport } from "../../check/check-targets.ts";
import { exitCodes } from "../../errors.ts";
import { refuseUsage } from "../az/az-error.ts";
import type { Call } from "../az/call.ts";
import { defineCommand, text, toggle } from "../az/command.ts";
import { makeStyle } from "../terminal.ts";

/** `batchwise check SCRIPT_OR_YAML` */
export const check = defineCommand({
  summary: "find mistakes in scripts and YAML files, without running anything",
  description:
    "Reads scoring scripts by their syntax tree, in the Python that a job would use, and YAML files by their schemas; looks whether model paths, imports and settings go together. " +
    "Ends with 1 when a mistake was found; warnings count only with --strict.",
  operands: {
    name: "SCRIPT_OR_YAML",
    min: 0,
    max: 1000,
    help: "Scoring script, YAML file, requirements file, or a folder: its YAML files.",
  },
  options: {
    model: text(["--model"], "Model that the script has; else what the deployment file says.", {
      placeholder: "PATH",
      completes: "file",
    }),
    environment: text(["--environment"], "Conda or requirements file; else what the deployment file says.", {
      placeholder: "FILE",
      completes: "file",
    }),
    python: text(["--python"], "Interpreter that the script runs under; its packages are what it can import.", {
      placeholder: "PATH",
      completes: "file",
    }),
    format: text(["--format"], "text for people, json for programs, github for annotations in a workflow.", {
      placeholder: "FORMAT",
      choices: ["text", "json", "github"],
    }),
    strict: toggle(["--strict"], "End with 1 for warnings, too."),
    explain: text(["--explain"], "Show what a rule is about, and how to do it right.", { placeholder: "RULE" }),
  },
  examples: [
    "batchwise check score.py --model ./model --environment conda.yaml",
    "batchwise check deployment.yml",
    "batchwise check . --format github --strict",
    "batchwise check --explain fixed-output-file",
  ],
  async run(values, call) {
    const show = await import("../../check/format-findings.ts");
    if (values.explain !== null) {
      process.stdout.write(show.renderRule(await findRuleToExplain(values.explain)));
      return null;
    }
    if (call.operands.length === 0) throw refuseUsage("the following arguments are required: SCRIPT_OR_YAML");
    const absent = call.operands.filter((operand) => !existsSync(operand));
    if (absent.length > 0) throw refuseUsage(`there is no file or folder ${absent.join(", ")}`);
    const report = await runCheck(call, values);
    const { errors, warnings } = show.countLevels(report.findings);
    if (errors > 0 || (values.strict && warnings > 0)) call.exitCode = exitCodes.failed;
    if (values.format === "json") return show.describeReport(report);
    const cwd = process.cwd();
    process.stdout.write(
      values.format === "github"
        ? show.formatGithub(report, cwd)
        : show.formatText(report, cwd, makeStyle(process.stdout)),
    );
    return null;
  },
});

interface CheckValues {
  readonly model: string | null;
  readonly environment: string | null;
  readonly python: string | null;
}

async function runCheck(call: Call, values: CheckValues): Promise<CheckReport> {
  const { checkTargets } = await import("../../check/check-targets.ts");
  return checkTargets(call.operands, {
    model: await resolveNamedModel(values.model, call),
    environment: values.environment === null ? null : resolve(values.environment),
    python: values.python,
    home: call.home,
    ...(await makeResolvers(call)),
  });
}

async function resolveNamedModel(written: string | null, call: Call): Promise<string | null> {
  if (written === null) return null;
  const path = resolve(written);
  if (existsSync(path)) return path;
  const registered = (await makeResolvers(call)).resolveModel(written);
  if (registered !== null) return registered;
  throw refuseUsage(`--model ${written}: there is no file, folder or registered model of this name`);
}

type Resolvers = Pick<CheckOptions, "resolveModel" | "resolveEnvironment">;

/** Looks registered models and environments up; answers null for what is not there, and makes no home folder where there is none. */
async function makeResolvers(call: Call): Promise<Resolvers> {
  const { catalogPaths } = await import("../../catalog/catalog-paths.ts");
  if (!existsSync(catalogPaths(call.home).database))
    return { resolveModel: () => null, resolveEnvironment: () => null };
  const catalog = await call.openCatalog();
  const { resolveAsset } = await import("../../catalog/resolve-reference.ts");
  const { keepEnvironmentFile } = await import("../../catalog/environment-definition.ts");
  const { BatchwiseError } = await import("../../errors.ts");
  const find = (kind: "model" | "environment", reference: string) => {
    try {
      return resolveAsset(catalog, kind, reference);
    } catch (error) {
      if (error instanceof BatchwiseError) return null;
      throw error;
    }
  };
  return {
    resolveModel: (reference) => find("model", reference)?.path ?? null,
    resolveEnvironment: (reference) => {
      const environment = find("environment", reference);
      if (environment === null) return null;
      const python = environment.definition?.pythonPath;
      return {
        file: keepEnvironmentFile(catalog.home, environment),
        python: typeof python === "string" ? python : null,
      };
    },
  };
}

async function findRuleToExplain(id: string) {
  const { findRule, rules } = await import("../../check/rules.ts");
  const rule = findRule(id.toLowerCase());
  if (rule !== null) return rule;
  const { describeNearest } = await import("../../config/suggest.ts");
  const ids = rules.map((each) => each.id);
  throw refuseUsage(`--explain: there is no rule '${id}'`, describeNearest(id, ids));
}
