/** What each group and command is for, in a few words. Apart from command-index.ts, which reaches everything: `batchwise --help` needs the words only. */

export const groupSummaries = {
  "batch-endpoint": "endpoints: durable names that jobs are submitted to",
  "batch-deployment": "deployments: what scores under an endpoint",
  job: "jobs: follow them, fetch their results, stop and resume them",
  model: "registered models",
  data: "registered data",
  environment: "registered environments",
  compute: "where jobs run, and how many at once",
  datastore: "named places of files",
  component: "steps for pipelines",
  workspace: "the one workspace there is",
} as const;

export const commandSummaries = {
  check: "find mistakes in scripts and YAML files, without running anything",
  init: "write a starter folder",
  doctor: "what this machine has, what it lacks, and how to mend it",
  gc: "free what nobody needs",
  watch: "live table of jobs",
  shim: "install an `az` that scripts find",
  completion: "completion for bash, zsh or fish",
} as const;
