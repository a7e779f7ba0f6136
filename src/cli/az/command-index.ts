import type { Command, CommandGroup } from "./command.ts";

/** Groups of verbs; each is loaded only when it is used. */
export const groupIndex = {
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
  shim: { summary: "install an `az` that scripts find", load: async () => (await import("../commands/shim.ts")).shim },
  completion: {
    summary: "completion for bash, zsh or fish",
    load: async () => (await import("../commands/completion.ts")).completion,
  },
} as const satisfies Record<string, { summary: string; load: () => Promise<Command> }>;

/** How a group may be called besides its name. */
const synonyms: Readonly<Record<string, keyof typeof groupIndex>> = {};

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
