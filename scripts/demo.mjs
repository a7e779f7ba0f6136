// npm run demo: three real examples from an empty machine to results. Builds the Python environment from the examples' conda file, makes data and
// models, scores. Everything that can be kept is kept, so the second run takes seconds; the scoring itself is done anew each time.
//
//   npm run demo                  all of it
//   npm run demo -- --prepare     environment, data and models only; then the one-liners of the examples' READMEs work

import { runDemo } from "./demo/run-demo.ts";

process.exitCode = await runDemo(process.argv.slice(2));
