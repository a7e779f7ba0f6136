import { code, type Rule } from "../finding.ts";

const plainScript = code(`
  def init():
      pass

  def run(mini_batch):
      return mini_batch
`);

const deployment = (text: string, files: Readonly<Record<string, string>> = {}) => ({
  files: { "deployment.yml": code(text), "code/score.py": plainScript, "model/weights.txt": "1\n", ...files },
  words: ["deployment.yml"],
});

/** Rules about deployment files and what they name. */
export const deploymentRules: readonly Rule[] = [
  {
    id: "yaml-syntax",
    level: "error",
    title: "The file is no YAML, or not the one that is wanted.",
    why: "Nothing can be read from the file. Duplicate keys count as a mistake too: which of the two is meant cannot be known.",
    fix: "Correct the place that is named; indentation is by spaces, and text with `: ` in it stands in quotes.",
    bad: deployment(`
      name: blue
      endpoint_name: digits
      name: green  # here
    `),
    good: deployment(`
      name: blue
      endpoint_name: digits
      description: "name: green"
      code_configuration: {code: code, scoring_script: score.py}
    `),
  },
  {
    id: "unknown-key",
    level: "error",
    title: "The file has a key that is not known.",
    why: "A key with a slip in it would otherwise be ignored, and the default would hold in silence.",
    fix: "The message names the nearest key that is known; the reference lists them all.",
    bad: deployment(`
      name: blue
      endpoint_name: digits
      code_configuration: {code: code, scoring_script: score.py}
      mini_bach_size: 5  # here
    `),
    good: deployment(`
      name: blue
      endpoint_name: digits
      code_configuration: {code: code, scoring_script: score.py}
      tags: {mini_bach_size: "5"}
      settings: {mini_batch_size: 5}
    `),
  },
  {
    id: "missing-key",
    level: "error",
    title: "A key that is needed is not there.",
    why: "The resource cannot be made without it.",
    fix: "Add the key. On the command line `--name`, `--endpoint-name` or `--set` may supply it as well; then this finding does not count.",
    bad: deployment(`
      name: blue  # the first line is named: here
      code_configuration: {code: code, scoring_script: score.py}
    `),
    good: deployment(`
      endpoint_name: digits
      name: blue
      code_configuration: {code: code, scoring_script: score.py}
    `),
  },
  {
    id: "invalid-value",
    level: "error",
    title: "A key has a value that is not allowed.",
    why: "`create` refuses the file with the same message.",
    fix: "The message says what is allowed.",
    bad: deployment(`
      name: blue
      endpoint_name: digits
      code_configuration: {code: code, scoring_script: score.py}
      settings:
        mini_batch_size: ten  # here
    `),
    good: deployment(`
      name: blue
      endpoint_name: digits
      code_configuration: {code: code, scoring_script: score.py}
      settings:
        mini_batch_size: "10"
        output_action: Append_Row
    `),
  },
  {
    id: "path-missing",
    level: "error",
    title: "The file names a path that does not exist.",
    why: "Paths are relative to the file that names them, not to the current directory, and `$HOME` or `~` are not expanded.",
    fix: "Correct the path, or make what it names.",
    bad: deployment(`
      name: blue
      endpoint_name: digits
      model: {path: models}  # here
      code_configuration: {code: code, scoring_script: score.py}
    `),
    good: deployment(`
      name: blue
      endpoint_name: digits
      model: {path: ./model/}
      code_configuration: {code: code, scoring_script: score.py}
    `),
  },
  {
    id: "no-script",
    level: "error",
    title: "The deployment has neither a scoring script nor an MLflow model.",
    why: "Only MLflow models score without a script, since they say themselves how they are loaded.",
    fix: "Add `code_configuration: {code: FOLDER, scoring_script: FILE}`.",
    bad: deployment(`
      name: blue  # the first line is named: here
      endpoint_name: digits
      model: {path: model}
    `),
    good: deployment(
      `
      name: blue
      endpoint_name: digits
      model: {path: model, type: mlflow_model}
    `,
      { "model/MLmodel": "flavors:\n  python_function: {loader_module: mlflow.sklearn}\n" },
    ),
  },
  {
    id: "mlmodel-missing",
    level: "error",
    title: "The model is called an MLflow model and has no file MLmodel.",
    why: "The file MLmodel says how the model is loaded; without it the folder is just files.",
    fix: "Point `path` at the folder that mlflow saved (the one with MLmodel in it), or leave out `type: mlflow_model`.",
    bad: deployment(`
      name: blue
      endpoint_name: digits
      model:
        path: model  # here
        type: mlflow_model
    `),
    good: deployment(
      `
      name: blue
      endpoint_name: digits
      model:
        path: model
        type: mlflow_model
    `,
      { "model/saved/MLmodel": "flavors:\n  python_function: {loader_module: mlflow.sklearn}\n" },
    ),
  },
  {
    id: "nothing-written",
    level: "warning",
    title: "output_action is summary_only, and the script never uses AZUREML_BI_OUTPUT_PATH.",
    why: "With summary_only what run() returns is counted and thrown away: the job completes and its output is empty.",
    fix: "Write files below AZUREML_BI_OUTPUT_PATH, or set `output_action: append_row`.",
    bad: deployment(`
      name: blue
      endpoint_name: digits
      code_configuration: {code: code, scoring_script: score.py}
      settings:
        output_action: summary_only  # here
    `),
    good: deployment(
      `
      name: blue
      endpoint_name: digits
      code_configuration: {code: code, scoring_script: score.py}
      settings:
        output_action: summary_only
    `,
      {
        "code/score.py": code(`
          import os

          def init():
              global output
              output = os.environ["AZUREML_BI_OUTPUT_PATH"]

          def run(mini_batch):
              return mini_batch
        `),
      },
    ),
  },
  {
    id: "one-file-per-call",
    level: "warning",
    title: "mini_batch_size is 1, and each call of run() does something slow first.",
    why: "What run() does once for a mini-batch (start a program, open a connection, load a model) is done once for every file then.",
    fix: "Raise `mini_batch_size`, or move that work to init().",
    bad: deployment(
      `
      name: blue
      endpoint_name: digits
      code_configuration: {code: code, scoring_script: score.py}
      settings:
        mini_batch_size: 1  # here
    `,
      {
        "code/score.py": code(`
          import subprocess

          def init():
              pass

          def run(mini_batch):
              lines = subprocess.run(["wc", "-l"] + mini_batch, capture_output=True, text=True).stdout
              return lines.split()[: len(mini_batch)]
        `),
      },
    ),
    good: deployment(
      `
      name: blue
      endpoint_name: digits
      code_configuration: {code: code, scoring_script: score.py}
      settings:
        mini_batch_size: 1
    `,
      {
        "code/score.py": code(`
          import subprocess

          def init():
              pass

          def run(mini_batch):
              return [subprocess.run(["wc", path], capture_output=True, text=True).stdout for path in mini_batch]
        `),
      },
    ),
  },
  {
    id: "environment-invalid",
    level: "error",
    title: "The environment cannot be built from what its file says.",
    why: "The job cannot start: its Python has to be built first.",
    fix: "The message says which entry is meant and what to write instead.",
    bad: deployment(`
      name: blue
      endpoint_name: digits
      code_configuration: {code: code, scoring_script: score.py}
      environment:
        conda_file: {dependencies: "numpy"}  # here
    `),
    good: deployment(`
      name: blue
      endpoint_name: digits
      code_configuration: {code: code, scoring_script: score.py}
      environment:
        conda_file: {channels: [conda-forge], dependencies: [pip, {pip: [numpy]}]}
    `),
  },
  {
    id: "python-not-installed",
    level: "warning",
    title: "The environment asks for a Python version that this machine does not have.",
    why: "Environments are built on a Python that is installed already. On this machine the job could not start; another one may have it.",
    fix: "Install that version (`uv python install 3.11`, `pyenv install 3.11`), ask for one that is there, or use `--python-version-fallback`.",
    bad: deployment(`
      name: blue
      endpoint_name: digits
      code_configuration: {code: code, scoring_script: score.py}
      environment:
        conda_file: {dependencies: ["python=3.99"]}  # here
    `),
    good: deployment(`
      name: blue
      endpoint_name: digits
      code_configuration: {code: code, scoring_script: score.py}
      environment:
        conda_file: {dependencies: ["python>=3.8"]}
    `),
  },
];
