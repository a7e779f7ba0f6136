import type { Rule } from "./finding.ts";
import { contractRules } from "./rules/contract-rules.ts";
import { deploymentRules } from "./rules/deployment-rules.ts";
import { scriptRules } from "./rules/script-rules.ts";

/** Every rule of `batchwise check`, in the order of the reference. */
export const rules: readonly Rule[] = [...contractRules, ...scriptRules, ...deploymentRules];

const byId = new Map(rules.map((rule) => [rule.id, rule]));

/** The rule with this id, or null. */
export function findRule(id: string): Rule | null {
  return byId.get(id) ?? null;
}
