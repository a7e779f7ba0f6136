import { BatchwiseError } from "../errors.ts";

/** A deployment by its names; the endpoint is null for `batchwise score`, which has none. */
export interface DeploymentName {
  readonly endpoint: string | null;
  readonly deployment: string | null;
}

const example = `it maps names to interpreters: BATCHWISE_PYTHONS='{"blue": "/opt/blue/bin/python", "my-endpoint/green": "python3.11"}'`;

/**
 * The interpreter that the environment variables set for a deployment, whatever its files say: its entry in BATCHWISE_PYTHONS (by `endpoint/deployment` before
 * `deployment`, without regard to case), else BATCHWISE_PYTHON. Null when neither is set.
 *
 * Throws BatchwiseError `invalid_value`.
 */
export function findPythonOverride(env: NodeJS.ProcessEnv, { endpoint, deployment }: DeploymentName): string | null {
  const pythons = readPythons(env.BATCHWISE_PYTHONS);
  if (deployment !== null) {
    const own = endpoint === null ? undefined : pythons.get(`${endpoint}/${deployment}`.toLowerCase());
    const found = own ?? pythons.get(deployment.toLowerCase());
    if (found !== undefined) return found;
  }
  return env.BATCHWISE_PYTHON || null;
}

function readPythons(text: string | undefined): ReadonlyMap<string, string> {
  if (!text) return new Map();
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw new BatchwiseError("invalid_value", `BATCHWISE_PYTHONS (environment variable) is no JSON: ${text}`, {
      hint: example,
      cause,
    });
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw new BatchwiseError("invalid_value", "BATCHWISE_PYTHONS (environment variable) is no JSON object", {
      hint: example,
    });
  }
  return new Map(
    Object.entries(content).map(([name, path]) => {
      if (typeof path === "string" && path !== "") return [name.toLowerCase(), path];
      throw new BatchwiseError("invalid_value", `BATCHWISE_PYTHONS (environment variable): ${name} has no path`, {
        hint: example,
      });
    }),
  );
}
