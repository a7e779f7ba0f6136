import type { Command, CommandGroup } from "./command.ts";
import { commandSummaries, groupSummaries } from "./command-summaries.ts";

/** Groups of verbs; each is loaded only when it is used. */
export const groupIndex = {
  "batch-endpoint": {
    summary: groupSummaries["batch-endpoint"],
    load: async () => (await import("../commands/batch-endpoint.ts")).batchEndpoint,
  },
  "batch-deployment": {
    summary: groupSummaries["batch-deployment"],
    load: async () => (await import("../commands/batch-deployment.ts")).batchDeployment,
  },
  job: {
    summary: groupSummaries.job,
    load: async () => (await import("../commands/job.ts")).job,
  },
  model: { summary: groupSummaries.model, load: async () => (await import("../commands/model.ts")).model },
  data: { summary: groupSummaries.data, load: async () => (await import("../commands/data.ts")).data },
  environment: {
    summary: groupSummaries.environment,
    load: async () => (await import("../commands/environment.ts")).environment,
  },
  compute: {
    summary: groupSummaries.compute,
    load: async () => (await import("../commands/compute.ts")).compute,
  },
  datastore: {
    summary: groupSummaries.datastore,
    load: async () => (await import("../commands/datastore.ts")).datastore,
  },
  component: {
    summary: groupSummaries.component,
    load: async () => (await import("../commands/component.ts")).component,
  },
  workspace: {
    summary: groupSummaries.workspace,
    load: async () => (await import("../commands/workspace.ts")).workspace,
  },
} as const satisfies Record<string, { summary: string; load: () => Promise<CommandGroup> }>;

/** Commands without a group. */
export const commandIndex = {
  check: {
    summary: commandSummaries.check,
    load: async () => (await import("../commands/check.ts")).check,
  },
  init: { summary: commandSummaries.init, load: async () => (await import("../commands/init.ts")).init },
  doctor: {
    summary: commandSummaries.doctor,
    load: async () => (await import("../commands/doctor.ts")).doctor,
  },
  gc: { summary: commandSummaries.gc, load: async () => (await import("../commands/gc.ts")).gc },
  watch: { summary: commandSummaries.watch, load: async () => (await import("../commands/watch.ts")).watch },
  shim: { summary: commandSummaries.shim, load: async () => (await import("../commands/shim.ts")).shim },
  completion: {
    summary: commandSummaries.completion,
    load: async () => (await import("../commands/completion.ts")).completion,
  },
} as const satisfies Record<string, { summary: string; load: () => Promise<Command> }>;

/** How a group may be called besides its name. */
const synonyms: Readonly<Record<string, keyof typeof groupIndex>> = {
  "batch-endpoints": "batch-endpoint",
  "batch-deployments": "batch-deployment",
  jobs: "job",
  models: "model",
};

export function findGroup(word: string): keyof typeof groupIndex | null {
  const name = word.toLowerCase();
  if (Object.hasOwn(groupIndex, name)) return name as keyof typeof groupIndex;
  return Object.hasOwn(synonyms, name) ? (synonyms[name] as keyof typeof groupIndex) : null;
}

export function findCommand(word: string): keyof typeof commandIndex | null {
  const name = word.toLowerCase();
  return Object.hasOwn(commandIndex, name) ? (name as keyof typeof commandIndex) : null;
}

/** Whether a word begins a command of `az ml`, or one of ours that is declared in the same way. */
export function isVerbCommand(word: string): boolean {
  return findGroup(word) !== null || findCommand(word) !== null;
}
