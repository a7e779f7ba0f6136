import type { Command, CommandGroup } from "./command.ts";

/** Groups of verbs; each is loaded only when it is used. */
export const groupIndex = {
  "batch-endpoint": {
    summary: "endpoints: durable names that jobs are submitted to",
    load: async () => (await import("../commands/batch-endpoint.ts")).batchEndpoint,
  },
  "batch-deployment": {
    summary: "deployments: what scores under an endpoint",
    load: async () => (await import("../commands/batch-deployment.ts")).batchDeployment,
  },
  job: {
    summary: "jobs: follow them, fetch their results, stop and resume them",
    load: async () => (await import("../commands/job.ts")).job,
  },
  model: { summary: "registered models", load: async () => (await import("../commands/model.ts")).model },
  data: { summary: "registered data", load: async () => (await import("../commands/data.ts")).data },
  environment: {
    summary: "registered environments",
    load: async () => (await import("../commands/environment.ts")).environment,
  },
  compute: {
    summary: "where jobs run, and how many at once",
    load: async () => (await import("../commands/compute.ts")).compute,
  },
  datastore: {
    summary: "named places of files",
    load: async () => (await import("../commands/datastore.ts")).datastore,
  },
  component: { summary: "steps for pipelines", load: async () => (await import("../commands/component.ts")).component },
  workspace: {
    summary: "the one workspace there is",
    load: async () => (await import("../commands/workspace.ts")).workspace,
  },
} as const satisfies Record<string, { summary: string; load: () => Promise<CommandGroup> }>;

/** Commands without a group. */
export const commandIndex = {
  check: {
    summary: "find mistakes in scripts and YAML files, without running anything",
    load: async () => (await import("../commands/check.ts")).check,
  },
  init: { summary: "write a starter folder", load: async () => (await import("../commands/init.ts")).init },
  doctor: {
    summary: "what this machine has, what it lacks, and how to mend it",
    load: async () => (await import("../commands/doctor.ts")).doctor,
  },
  gc: { summary: "free what nobody needs", load: async () => (await import("../commands/gc.ts")).gc },
  watch: { summary: "live table of jobs", load: async () => (await import("../commands/watch.ts")).watch },
  shim: { summary: "install an `az` that scripts find", load: async () => (await import("../commands/shim.ts")).shim },
  completion: {
    summary: "completion for bash, zsh or fish",
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
