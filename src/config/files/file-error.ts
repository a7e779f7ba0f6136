import { BatchwiseError } from "../../errors.ts";
import type { FileProblem } from "./field.ts";
import type { SourceContent } from "./source.ts";

/** How a file's mistakes are told: Azure has one way for endpoints and deployments, another one for assets. */
export type ErrorStyle = "fields" | "numbered";

/** One error for everything that is wrong in a file: Azure's words, then a line for each place. */
export function makeFileError(
  schema: string,
  style: ErrorStyle,
  problems: readonly FileProblem[],
  content: Pick<SourceContent, "place">,
): BatchwiseError {
  const places = problems.map((problem) => describeProblem(problem, content)).join("\n");
  const message =
    style === "fields"
      ? `Validation for ${schema} failed:\n\n${JSON.stringify(nestMessages(problems), null, 2)}\n\n${places}`
      : `${listCauses(problems)}\nDetails: Validation for ${schema} failed:\n\n${listDetails(problems)}\n${places}\n\n${listResolutions(problems)}`;
  return new BatchwiseError("file_invalid", message);
}

/** `deployment.yml:12:3: settings.mini_batch_size: Not a valid integer.` */
export function describeProblem(problem: FileProblem, content: Pick<SourceContent, "place">): string {
  const where = content.place(problem.at);
  const key = formatPath(problem.path);
  const hint = problem.hint === null ? "" : ` (${problem.hint})`;
  return `${where === null ? "" : `${where}: `}${key === "" ? "" : `${key}: `}${problem.message}${hint}`;
}

function formatPath(path: FileProblem["path"]): string {
  return path.map((step, index) => (typeof step === "number" ? `[${step}]` : index === 0 ? step : `.${step}`)).join("");
}

type Messages = { [key: string]: Messages | string[] };

/** `{key: [messages]}`, nested as in the file. */
function nestMessages(problems: readonly FileProblem[]): Messages {
  // No prototype: a file may well have a key `__proto__`.
  const top: Messages = Object.create(null);
  for (const { path, message } of problems) {
    const steps = path.length === 0 ? ["_schema"] : path.map(String);
    const last = steps.pop() as string;
    let level = top;
    for (const step of steps) {
      const next = level[step];
      if (next === undefined || Array.isArray(next)) level[step] = Object.create(null);
      level = level[step] as Messages;
    }
    const known = level[last];
    level[last] = Array.isArray(known) ? [...known, message] : [message];
  }
  return top;
}

/** The kinds of mistakes, and what to do about each. */
const causes: readonly { readonly test: RegExp; readonly cause: string; readonly resolution: string }[] = [
  {
    test: /^Unknown field/,
    cause: "A least one unrecognized parameter is specified",
    resolution: "Remove any parameters not prescribed by the yaml schema.",
  },
  {
    test: /^Missing data/,
    cause: "One or more required fields are missing",
    resolution: "Ensure all required parameters required by the yaml schema are specified.",
  },
  {
    test: /./,
    cause: "One or more fields are invalid",
    resolution:
      "Double-check that all specified parameters are of the correct types and formats prescribed by the yaml schema.",
  },
];

function causesOf(problems: readonly FileProblem[]): (typeof causes)[number][] {
  return [...new Set(problems.map(({ message }) => causes.find(({ test }) => test.test(message))))].filter(
    (cause) => cause !== undefined,
  );
}

function listCauses(problems: readonly FileProblem[]): string {
  const lines = causesOf(problems).map(({ cause }, index) => `${index + 1}) ${cause}`);
  return `The yaml file you provided does not match the prescribed schema:\n\n${lines.join("\n")}\n`;
}

function listDetails(problems: readonly FileProblem[]): string {
  return problems.map(({ path, message }) => `(x) ${formatPath(path)}:\n- ${message}\n`).join("\n");
}

function listResolutions(problems: readonly FileProblem[]): string {
  const lines = causesOf(problems).map(({ resolution }, index) => `${index + 1}) ${resolution}`);
  return `Resolutions:\n${lines.join("\n")}`;
}
