import { code, type Rule } from "../finding.ts";

const words = ["score.py"];
const script = (text: string) => ({ files: { "score.py": code(text) }, words });

/** Rules about init() and run() as such. */
export const contractRules: readonly Rule[] = [
  {
    id: "script-syntax",
    level: "error",
    title: "Python cannot read the scoring script.",
    why: "No worker can load the script, so the job fails before the first file. The script is read by the Python that the job would run under: what a newer Python understands may be a mistake for it.",
    fix: "Correct the line, or ask for another Python in the environment file (`python=3.11`).",
    bad: script(`
      def init():
          pass

      def run(mini_batch:  # here
          return mini_batch
    `),
    good: script(`
      def init():
          pass

      def run(
          mini_batch,
      ):
          return mini_batch
    `),
  },
  {
    id: "no-init",
    level: "error",
    title: "The script has no function init().",
    why: "Each worker calls init() once before the first run(); without it no worker can start.",
    fix: "Add `def init():`. It loads the model; it may also do nothing.",
    bad: script(`
      def run(mini_batch):  # the first line is named: here
          return mini_batch
    `),
    good: {
      files: {
        "score.py": code(`
          from helpers import init

          def run(mini_batch):
              return mini_batch
        `),
        "helpers.py": "def init():\n    pass\n",
      },
      words,
    },
  },
  {
    id: "no-run",
    level: "error",
    title: "The script has no function run(mini_batch).",
    why: "run(mini_batch) is what scores the files; without it no worker can start.",
    fix: "Add `def run(mini_batch):` at the top level of the script. A method of a class is not found.",
    bad: script(`
      class Scorer:  # the first line is named: here
          def run(self, mini_batch):
              return mini_batch

      def init():
          pass
    `),
    good: script(`
      class Scorer:
          def run(self, mini_batch):
              return mini_batch

      run = Scorer().run

      def init():
          pass
    `),
  },
  {
    id: "wrong-arity",
    level: "error",
    title: "init() or run() cannot be called with what it is given.",
    why: "init() is called without arguments; run() with the list of file paths and, when it takes a second argument, with the mini_batch_context. Anything else is a TypeError at the first call.",
    fix: "Write `def init():` and `def run(mini_batch):`. What else the script needs comes from arguments, environment variables or globals that init() sets.",
    bad: script(`
      def init():
          pass

      def run(mini_batch, context, threshold):  # here
          return mini_batch
    `),
    good: script(`
      def init():
          pass

      def run(mini_batch, mini_batch_context, threshold=0.5):
          return mini_batch
    `),
  },
  {
    id: "async-function",
    level: "error",
    title: "init() or run() is an async function.",
    why: "Workers call plain functions. An async one would return a coroutine, which is no rows, and nothing in it would run.",
    fix: "Make it a plain function and call `asyncio.run(...)` inside it.",
    bad: script(`
      def init():
          pass

      async def run(mini_batch):  # here
          return mini_batch
    `),
    good: script(`
      import asyncio

      def init():
          pass

      async def score(mini_batch):
          return mini_batch

      def run(mini_batch):
          return asyncio.run(score(mini_batch))
    `),
  },
  {
    id: "returns-none",
    level: "error",
    title: "run() returns None on some path.",
    why: "None is no rows: the attempt fails, is tried again, and in the end its files count as failed. The commonest cause is an `except` that logs the error and goes on to the end of the function.",
    fix: "Return a list on every path, `[]` when there is nothing to say, or let the exception out so that the files count as failed for what really happened.",
    bad: script(`
      def init():
          pass

      def run(mini_batch):
          try:
              return [len(path) for path in mini_batch]
          except ValueError:  # here
              print("cannot score")
    `),
    good: script(`
      def init():
          pass

      def run(mini_batch):
          while True:
              try:
                  return [len(path) for path in mini_batch]
              except ValueError as error:
                  raise RuntimeError("cannot score") from error
    `),
  },
  {
    id: "wrong-return-type",
    level: "error",
    title: "run() returns something that is no list of rows.",
    why: "Rows are the elements of what run() returns. A text would be taken apart into characters, a dict into its keys, a set has no order: so the attempt fails and says so.",
    fix: "Return a list with one element for each file, a DataFrame, a Series, an array or a generator. One row of text is `[text]`.",
    bad: script(`
      import json

      def init():
          pass

      def run(mini_batch):
          return json.dumps([len(path) for path in mini_batch])  # here
    `),
    good: script(`
      import json

      def init():
          pass

      def run(mini_batch):
          return [json.dumps({"file": path}) for path in mini_batch]
    `),
  },
  {
    id: "forgotten-global",
    level: "error",
    title: "A name that functions share is set without `global`.",
    why: "Without `global` a name that a function sets is local to that function. What init() sets is gone when init() ends, and run() fails with a NameError for every mini-batch; what run() reads first and sets later has no value yet, an UnboundLocalError.",
    fix: "Declare it first in the function that sets it: `global model`.",
    bad: script(`
      def init():
          model = len  # here

      def run(mini_batch):
          return [model(path) for path in mini_batch]
    `),
    good: script(`
      def init():
          global model
          size = len
          model = size

      def run(mini_batch):
          size = model
          return [size(path) for path in mini_batch]
    `),
  },
];
