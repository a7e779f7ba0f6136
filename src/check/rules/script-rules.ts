import { code, type Rule } from "../finding.ts";

const words = ["score.py"];
const script = (text: string) => ({ files: { "score.py": code(text) }, words });

/** Rules about what a script does besides init() and run() themselves. */
export const scriptRules: readonly Rule[] = [
  {
    id: "parse-args",
    level: "error",
    title: "The script calls parse_args() rather than parse_known_args().",
    why: "Every job passes arguments of its own to the script, `--logging_level` among them, as Azure ML does. parse_args() does not know them, prints a usage message and ends the worker.",
    fix: "Write `args, _ = parser.parse_known_args()`.",
    bad: script(`
      import argparse

      def init():
          parser = argparse.ArgumentParser()
          parser.add_argument("--threshold", type=float, default=0.5)
          args = parser.parse_args()  # here
          print(args.threshold)

      def run(mini_batch):
          return mini_batch
    `),
    good: script(`
      import argparse

      def init():
          parser = argparse.ArgumentParser()
          parser.add_argument("--threshold", type=float, default=0.5)
          args, _ = parser.parse_known_args()
          print(args.threshold)

      def run(mini_batch):
          return mini_batch

      if __name__ == "__main__":
          argparse.ArgumentParser().parse_args()
    `),
  },
  {
    id: "reserved-argument",
    level: "warning",
    title: "The script declares an argument that belongs to the runner.",
    why: "Azure ML's runner takes these arguments for itself and never hands them on, so the script always sees its default.",
    fix: "Give the argument another name, or leave it out: what it says is in the deployment file.",
    bad: script(`
      import argparse

      def init():
          parser = argparse.ArgumentParser()
          parser.add_argument("--error_threshold", type=int, default=10)  # here
          print(parser.parse_known_args())

      def run(mini_batch):
          return mini_batch
    `),
    good: script(`
      import argparse

      def init():
          parser = argparse.ArgumentParser()
          parser.add_argument("--logging_level")
          parser.add_argument("--score_threshold", type=int, default=10)
          print(parser.parse_known_args())

      def run(mini_batch):
          return mini_batch
    `),
  },
  {
    id: "fixed-output-file",
    level: "error",
    title: "Every mini-batch writes the same file in the output folder.",
    why: "Many workers run at once, so whose file stays is chance; Azure ML loses rows that way. Batchwise names the conflict and fails the job (`on_conflict: concat` or `last` in the deployment file settles it otherwise).",
    fix: 'Name the file after an input file of the mini-batch, for example `f"{Path(mini_batch[0]).stem}.csv"`, or return the rows from run() and leave writing to `append_row`.',
    bad: script(`
      import os
      from pathlib import Path

      def init():
          global output
          output = Path(os.environ["AZUREML_BI_OUTPUT_PATH"])

      def run(mini_batch):
          (output / "predictions.csv").write_text("a,b")  # here
          return mini_batch
    `),
    good: script(`
      import os
      from pathlib import Path

      def init():
          global output
          output = Path(os.environ["AZUREML_BI_OUTPUT_PATH"])

      def run(mini_batch):
          for path in mini_batch:
              (output / f"{Path(path).stem}.csv").write_text("a,b")
          return mini_batch
    `),
  },
  {
    id: "relative-path",
    level: "error",
    title: "The script reads a file by a relative path.",
    why: "The working directory of a worker is a private, empty scratch folder, so a file that lies beside the script is not found there.",
    fix: 'Make the path from `__file__`: `Path(__file__).parent / "labels.txt"`. What belongs to the model lies below AZUREML_MODEL_DIR.',
    bad: script(`
      def init():
          global labels
          with open("labels.txt") as file:  # here
              labels = file.read().split()

      def run(mini_batch):
          return [labels[len(path) % len(labels)] for path in mini_batch]
    `),
    good: script(`
      from pathlib import Path

      def init():
          global labels
          labels = (Path(__file__).parent / "labels.txt").read_text().split()

      def run(mini_batch):
          with open("scratch.txt", "w") as file:
              file.write(str(labels))
          return [open("scratch.txt").read() for path in mini_batch]
    `),
  },
  {
    id: "model-path-missing",
    level: "error",
    title: "The script looks for something below AZUREML_MODEL_DIR that is not there.",
    why: "AZUREML_MODEL_DIR holds the model under the name of its own folder or file: with `model: {path: model}` the files are in `$AZUREML_MODEL_DIR/model/`. init() fails when the path is another one.",
    fix: "Write the path as it is: the message says what is there.",
    bad: {
      files: {
        "score.py": code(`
          import os
          from pathlib import Path

          def init():
              global weights
              weights = Path(os.environ["AZUREML_MODEL_DIR"], "weights.txt").read_text()  # here

          def run(mini_batch):
              return [weights for path in mini_batch]
        `),
        "model/weights.txt": "1\n",
      },
      words: ["score.py", "--model", "model"],
    },
    good: {
      files: {
        "score.py": code(`
          import os
          from pathlib import Path

          def init():
              global weights, labels
              folder = Path(os.environ["AZUREML_MODEL_DIR"])
              weights = (folder / "model" / "weights.txt").read_text()
              labels = folder / "model" / "labels.txt"
              labels = labels.read_text() if labels.exists() else ""

          def run(mini_batch):
              return [weights + labels for path in mini_batch]
        `),
        "model/weights.txt": "1\n",
      },
      words: ["score.py", "--model", "model"],
    },
  },
  {
    id: "import-missing",
    level: "error",
    title: "The script imports a module that its environment does not have.",
    why: "init() fails with a ModuleNotFoundError in every worker. It is a warning where that cannot be known for sure: when another package of the environment may bring the module along, or when no environment is named.",
    fix: "Add the package to the environment file. Its name may differ from the module's: `sklearn` is in `scikit-learn`, `PIL` in `pillow`, `cv2` in `opencv-python`.",
    bad: {
      files: {
        "score.py": code(`
          import sklearn
          import yaml  # here

          def init():
              print(sklearn, yaml)

          def run(mini_batch):
              return mini_batch
        `),
        "conda.yaml": code(`
          dependencies:
            - python>=3.8
            - pip:
                - scikit-learn
        `),
      },
      words: ["score.py", "--environment", "conda.yaml"],
    },
    good: {
      files: {
        "score.py": code(`
          import json
          import numpy
          import sklearn
          try:
              import yaml
          except ImportError:
              yaml = None

          def init():
              print(json, numpy, sklearn, yaml)

          def run(mini_batch):
              return mini_batch
        `),
        "conda.yaml": code(`
          dependencies:
            - python>=3.8
            - pip:
                - scikit-learn
        `),
      },
      words: ["score.py", "--environment", "conda.yaml"],
    },
  },
  {
    id: "load-in-run",
    level: "warning",
    title: "run() loads the model again for every mini-batch.",
    why: "init() runs once in each worker, run() once for each mini-batch: with 100,000 mini-batches the model is loaded 100,000 times, and the time of a run() call counts against its timeout.",
    fix: "Load it in init() and keep it in a global.",
    bad: script(`
      import os
      import pickle

      def init():
          pass

      def run(mini_batch):
          with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"), "rb") as file:
              model = pickle.load(file)  # here
          return [model for path in mini_batch]
    `),
    good: script(`
      import pickle

      model = None

      def init():
          pass

      def load():
          global model
          if model is None:
              with open(__file__, "rb") as file:
                  model = pickle.load(file)
          return model

      def run(mini_batch):
          return [read(path) or load() for path in mini_batch]

      def read(path):
          with open(path, "rb") as file:
              return pickle.load(file)
    `),
  },
];
