/** Tests that the catalogue names more than once, and short ways to name one of a folder. */

export const kills = ["test/chaos/random-kills.test.ts", "as many kills of driver, guardians and workers"] as const;
export const calls = [
  "test/chaos/syscall-faults.test.ts",
  "a system call of each kind fails once, for ever, or kills",
] as const;
export const power = ["test/chaos/power-loss.test.ts", "from states that a power cut leaves"] as const;
export const damage = ["test/chaos/mutations.test.ts", "a changed byte in rows file or ledger"] as const;
export const protocol = ["test/chaos/protocol-faults.test.ts", "does no harm: every item is scored once"] as const;
export const accounting = ["test/chaos/accounting.test.ts", "are what a simple model says"] as const;
export const model = ["test/chaos/commit-model.test.ts", "a death and two crashes anywhere"] as const;
export const killedIn = [
  "test/chaos/process-faults.test.ts",
  "costs no attempt, and its mini-batch runs again",
] as const;
export const deadline = [
  "test/chaos/process-faults.test.ts",
  "at most two seconds late, and no process is left",
] as const;

export const failures = (title: string) => ["test/contract/failures.test.ts", title] as const;
export const files = (title: string) => ["test/contract/output-files.test.ts", title] as const;
export const limits = (title: string) => ["test/contract/limits.test.ts", title] as const;
export const resume = (title: string) => ["test/contract/resume.test.ts", title] as const;
export const processes = (title: string) => ["test/chaos/process-faults.test.ts", title] as const;
export const machine = (title: string) => ["test/chaos/machine-faults.test.ts", title] as const;
export const cli = (file: string, title: string) => [`src/cli/${file}.test.ts`, title] as const;
export const input = (file: string, title: string) => [`src/input/${file}.test.ts`, title] as const;
export const output = (file: string, title: string) => [`src/output/${file}.test.ts`, title] as const;
export const worker = (file: string, title: string) => [`python/tests/test_${file}.py`, title] as const;
