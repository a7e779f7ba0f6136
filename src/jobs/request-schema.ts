import * as z from "zod";
import type { JobSettings } from "../config/job-settings.ts";
import type { JobRequest } from "./job-request.ts";

const count = z.int().nonnegative();
const texts = z.array(z.string());

/** Strict: a key that is not known means that the file is from another time, or was edited. */
const settingsSchema = z.strictObject({
  name: z.string(),
  script: z.string(),
  codeDir: z.string(),
  model: z.nullable(z.string()),
  inputs: texts.min(1),
  include: texts,
  exclude: texts,
  allowEmpty: z.boolean(),
  outputPath: z.nullable(z.string()),
  outputAction: z.enum(["append_row", "summary_only"]),
  outputFileName: z.string(),
  outputFormat: z.enum(["azureml", "csv", "jsonl"]),
  onConflict: z.enum(["fail", "concat", "last"]),
  overwrite: z.boolean(),
  miniBatchSize: z.int().positive(),
  workers: z.int().positive(),
  timeoutMs: z.union([z.number().positive(), z.literal("auto")]),
  initTimeoutMs: z.number().positive(),
  maxRetries: count,
  errorThreshold: z.int().min(-1),
  isolateFailures: z.boolean(),
  memoryLimitBytes: z.nullable(count),
  maxRssBytes: z.nullable(count),
  memory: z.enum(["auto", "off"]),
  maxLogBytes: count,
  python: z.nullable(z.string()),
  environmentFile: z.nullable(z.string()),
  keepAzureml: z._default(z.boolean(), false),
  pythonVersionFallback: z._default(z.boolean(), false),
  environmentVariables: z.record(z.string(), z.string()),
  gpusPerWorker: z._default(z.nullable(z.number().check(z.nonnegative())), null),
  loggingLevel: z.enum(["warning", "info", "debug"]),
  scriptArguments: texts,
} satisfies Record<keyof JobSettings, z.ZodType>);

const pinned = { name: z.string(), version: z.string(), hash: z.string() };

const requestSchema = z.strictObject({
  version: z.int(),
  batchwise: z.string(),
  created: z.string(),
  token: z.string().regex(/^[0-9a-f]{16,64}$/),
  settings: settingsSchema,
  code: z.strictObject({ folder: z.string(), script: z.string(), files: count, bytes: count, sha256: z.string() }),
  model: z.nullable(z.strictObject({ name: z.string(), files: count, bytes: count, newestMs: z.number() })),
  python: z.nullable(z.strictObject({ executable: z.string(), version: z.string() })),
  origin: z.optional(
    z.strictObject({
      endpoint: z.string(),
      deployment: z.string(),
      model: z.nullable(z.strictObject(pinned)),
      code: z.nullable(z.strictObject({ ...pinned, script: z.string() })),
      environment: z.nullable(z.strictObject(pinned)),
      compute: z.string(),
      instanceCount: count,
      maxConcurrencyPerInstance: count,
      inputs: z.array(z.strictObject({ name: z.string(), type: z.string(), source: z.string() })),
    }),
  ),
  downloads: z.optional(z.array(z.strictObject({ url: z.string(), path: z.string() }))),
  launch: z.optional(z.record(z.string(), z.string())),
  notices: z.optional(texts),
});

/** The request, or in words what is wrong with it. */
export function checkRequest(raw: unknown): JobRequest | string {
  const result = requestSchema.safeParse(raw);
  return result.success ? result.data : z.prettifyError(result.error);
}
