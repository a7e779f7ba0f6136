import { fileURLToPath } from "node:url";

/** One folder below `examples/`, and what the demo does with it. */
export interface Example {
  /** Folder name below `examples/`, also part of the job's name. */
  readonly name: string;
  readonly title: string;
  /** Input folder, relative to the example. */
  readonly input: string;
}

export const repositoryRoot = fileURLToPath(new URL("../..", import.meta.url));

export const examples = {
  digits: {
    name: "digits-images",
    title: "Handwritten digits: 897 image files that the model has never seen, an ONNX network, rows of text",
    input: "data/images",
  },
  tumours: {
    name: "tabular-dataframe",
    title: "Tumours: CSV files, a scikit-learn model, run() returns a DataFrame",
    input: "data/tables",
  },
  wines: {
    name: "partitioned-parquet",
    title: "Wines: the script writes parquet files itself, one folder for each grape (summary_only)",
    input: "data/wines",
  },
} as const satisfies Record<string, Example>;

/** The command of the example's README, as typed in the root of a clone. */
export function describeCommand(example: Example): string {
  return `./bin/batchwise score -f examples/${example.name}/deployment.yml --input examples/${example.name}/${example.input}`;
}
