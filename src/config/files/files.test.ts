// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how pipelines are written.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeTempFolder, writeTree } from "../../../test/support/temp-folder.ts";
import { BatchwiseError } from "../../errors.ts";
import { parseDataFile, parseEnvironmentFile, parseModelFile } from "./asset-files.ts";
import { parseComponentFile } from "./component-file.ts";
import { parseComputeFile } from "./compute-file.ts";
import { parseDatastoreFile } from "./datastore-file.ts";
import { type ModelDeploymentFile, parseDeploymentFile } from "./deployment-file.ts";
import { parseEndpointFile } from "./endpoint-file.ts";
import { parseInvokeFile } from "./invoke-file.ts";
import { parseJobFile } from "./job-file.ts";
import { parseSetArguments } from "./set-arguments.ts";
import type { SetValue, YamlSource } from "./source.ts";

type Parse = (source: YamlSource, sets: readonly SetValue[]) => unknown;

/** Every kind of file, with the least that it takes. */
const kinds: readonly (readonly [string, Parse, string])[] = [
  ["endpoint", parseEndpointFile, "name: mnist"],
  ["deployment", parseDeploymentFile, "name: blue\nendpoint_name: mnist"],
  ["model deployment", parseDeploymentFile, "name: blue\nendpoint_name: mnist\ntype: model"],
  [
    "pipeline deployment",
    parseDeploymentFile,
    "name: blue\nendpoint_name: mnist\ntype: pipeline\ncomponent: azureml:c:1",
  ],
  ["model", parseModelFile, "name: m"],
  ["environment", parseEnvironmentFile, "name: e"],
  ["data", parseDataFile, "path: x"],
  ["compute", parseComputeFile, "name: c\ntype: amlcompute"],
  ["datastore", parseDatastoreFile, "name: d\ntype: azure_blob"],
  ["component", parseComponentFile, "name: c"],
  ["invocation", parseInvokeFile, "endpoint: mnist"],
  [
    "pipeline job",
    parseJobFile,
    "type: pipeline\njobs:\n  score:\n    type: parallel\n    task: {}\n    input_data: ${{inputs.x}}",
  ],
];

function write(text: string): { path: string } {
  const path = join(makeTempFolder(), "file.yml");
  writeFileSync(path, text);
  return { path };
}

function refusal(action: () => unknown): BatchwiseError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(BatchwiseError);
    return error as BatchwiseError;
  }
  throw new Error("it was accepted");
}

describe.for(kinds)("a file of kind %s", ([, parse, least]) => {
  test("takes the least, and what show prints beside", () => {
    parse(write(least), []);
    if (parse !== parseInvokeFile) parse(write(`${least}\n$schema: x\nid: y\ncreation_context: {created_at: z}`), []);
  });

  test("is refused with line, column and the key that was meant", () => {
    const error = refusal(() => parse(write(`${least}\ndescripton: x`), []));
    expect(error.code).toBe("file_invalid");
    expect(error.message).toContain("Unknown field.");
    expect(error.message).toMatch(
      new RegExp(`file\\.yml:${least.split("\n").length + 1}:1: descripton: Unknown field\\.`),
    );
  });

  test.for([
    ["an alias bomb", bomb()],
    ["10,000 levels in flow", "[".repeat(10_000)],
    [
      "10,000 levels of indentation",
      Array.from({ length: 10_000 }, (_, level) => `${" ".repeat(level)}a:`)
        .join("\n")
        .slice(0, 250_000),
    ],
    ["10,000 dashes", "- ".repeat(10_000)],
    ["a key twice", "name: a\nname: b"],
    ["a second document", "a: 1\n---\nb: 2"],
    ["a tag", "a: !!js/function x"],
    ["a list", "- a"],
    ["text", "text"],
    ["nothing", ""],
    ["a NUL", "a: \0"],
  ] as const)("that is %s is refused at once", ([, text]) => {
    const source = write(text);
    const began = performance.now();
    const { code } = refusal(() => parse(source, []));
    expect(["yaml_invalid", "file_invalid"]).toContain(code);
    // The aim is 100 ms; the machine may be busy.
    expect(performance.now() - began).toBeLessThan(500);
  });

  test("of 100 MB is refused within 50 MB", () => {
    const source = write("");
    writeFileSync(source.path, Buffer.alloc(100 * 1024 * 1024, "a: b\n"));
    const before = process.memoryUsage().rss;
    expect(refusal(() => parse(source, [])).code).toBe("yaml_invalid");
    expect(process.memoryUsage().rss - before).toBeLessThan(50 * 1024 * 1024);
  });

  test("with __proto__ changes nothing but is refused", () => {
    const error = refusal(() => parse(write(`${least}\n__proto__: {polluted: 1}`), []));
    expect(error.message).toContain("__proto__");
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    const tags =
      parse === parseInvokeFile || parse === parseJobFile
        ? null
        : `${least}\ntags: {__proto__: {a: 1}, constructor: x}`;
    if (tags !== null) expect(refusal(() => parse(write(tags), [])).message).toContain("Not a valid string.");
    expect(({} as Record<string, unknown>).a).toBeUndefined();
  });

  test("whatever is in it, it is read or refused in words", () => {
    const keys = fc.constantFrom(
      "name",
      "type",
      "tags",
      "path",
      "settings",
      "model",
      "environment",
      "inputs",
      "jobs",
      "compute",
      "resources",
      "retry_settings",
      "mini_batch_size",
      "x",
      "__proto__",
      "toString",
    );
    const values = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom<unknown>(null, true, 1, 1.5, -1, "text", "", "azureml:a:1", "pipeline", "model"),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(keys, tie("value"), { maxKeys: 4 }),
      ),
    })).value;
    fc.assert(
      fc.property(fc.dictionary(keys, values, { maxKeys: 6 }), (value) => {
        try {
          parse({ value, baseDir: "/" }, []);
        } catch (error) {
          if (!(error instanceof BatchwiseError)) throw error;
        }
      }),
      { numRuns: 200 },
    );
  });
});

function bomb(): string {
  const lines = ["a: &a [x,x,x,x,x,x,x,x,x]"];
  for (const [index, name] of [..."bcdefghij"].entries()) {
    lines.push(`${name}: &${name} [${Array(9).fill(`*${"abcdefghij"[index]}`).join(",")}]`);
  }
  return lines.join("\n");
}

describe("a deployment file", () => {
  const head = "name: blue\nendpoint_name: mnist\n";
  const read = (text: string, sets: string[] = []) =>
    parseDeploymentFile(write(head + text), parseSetArguments(sets)) as ModelDeploymentFile;

  test("takes each setting in either place", () => {
    expect(read("mini_batch_size: 5").run.mini_batch_size).toBe(5);
    expect(read("type: model\nsettings: {mini_batch_size: 5}").run.mini_batch_size).toBe(5);
    expect(
      read("retry_settings: {timeout: 5}\nsettings: {retry_settings: {max_retries: 1}}").run.retry_settings,
    ).toEqual({
      timeout: 5,
      max_retries: 1,
    });
    expect(read("mini_batch_size: 5\nsettings: {mini_batch_size: 5}").run.mini_batch_size).toBe(5);
  });

  test("lower-cases its names, as Azure's client does", () => {
    expect(parseDeploymentFile(write("name: Blue\nendpoint_name: MNIST"), [])).toMatchObject({
      name: "blue",
      endpointName: "mnist",
    });
  });

  test("reads numbers as Azure's client does", () => {
    expect(read('mini_batch_size: "10"').run.mini_batch_size).toBe(10);
    expect(read("mini_batch_size: 1.9").run.mini_batch_size).toBe(1);
    expect(read("mini_batch_size: 010").run.mini_batch_size).toBe(8);
    expect(read("retry_settings: {timeout: auto}").run.retry_settings?.timeout).toBe("auto");
    expect(read("output_action: Append_Row").run.output_action).toBe("append_row");
  });

  test("keeps settings that only Batchwise has as they are written", () => {
    expect(read("output_format: csv\nsettings: {isolate_failures: no}").extra).toEqual({
      outputFormat: "csv",
      isolateFailures: false,
    });
  });

  test.for([
    ["mini_batch_size: ten", "BatchDeploymentSchema", /:3:18: mini_batch_size: Not a valid integer\./],
    ["mini_batch_size: 0", "", /Must be greater than or equal to 1\./],
    ["output_action: never", "", /Value 'never' passed is not in set \['append_row', 'summary_only'\]/],
    [
      "type: model\nsettings: {retry_settings: {timeout: ten}}",
      "ModelBatchDeploymentSchema",
      /:4:38: settings\.retry_settings\.timeout: Not a valid integer/,
    ],
    ["tags: [a]", "", /tags: Not a valid mapping type\./],
    ["settings: {name: x}", "", /:3:12: settings\.name: Unknown field\./],
    [
      "mini_batch_size: 5\nsettings: {mini_batch_size: 6}",
      "",
      /mini_batch_size stands at the top \(line 3\) and below settings/,
    ],
    [
      "code_configuration: {code: ./code}",
      "",
      /:3:22: code_configuration\.scoring_script: scoring script can't be empty/,
    ],
    [
      "output_action: summary_only\noutput_file_name: x",
      "",
      /When output_action is set to summary_only, the output_file_name need not to be specified\./,
    ],
    [
      "resources: {instance_count: 2}\nsettings: {instance_count: 2}",
      "",
      /Can't set instance_count when resources is provided\./,
    ],
    ["output_format: xml", "", /output_format: Value 'xml' passed is not allowed; wanted: one of azureml, csv/],
    ["output_file_name: ../x", "", /Not a valid file name/],
    ["model: {paht: x}", "", /:3:9: model\.paht: Unknown field\. \(did you mean path\?\)/],
    ["model: [x]", "", /model: Invalid input type/],
    ["environment: {build: {dockerfile: x}}", "", /environment\.build\.dockerfile: Unknown field/],
    ["type: pipeline", "PipelineComponentBatchDeploymentSchema", /component: Missing data for required field/],
  ] as const)("is refused: %s", ([text, schema, message]) => {
    const error = refusal(() => read(text));
    expect(error.message).toMatch(/^Validation for \w+ failed:\n\n\{/);
    if (schema !== "") expect(error.message).toContain(`Validation for ${schema} failed:`);
    expect(error.message).toMatch(message);
  });

  test("tells every mistake at once, nested as in the file", () => {
    const { message } = refusal(() => read("mini_batch_sise: 1\nsettings: {retry_settings: {max: 1, timeout: x}}"));
    const json = JSON.parse(message.slice(message.indexOf("{"), message.lastIndexOf("}") + 1));
    expect(json).toEqual({
      mini_batch_sise: ["Unknown field."],
      settings: { retry_settings: { max: ["Unknown field."], timeout: ["Not a valid integer."] } },
    });
  });
});

describe("--set", () => {
  const set = (...words: string[]) => parseSetArguments(words);

  test("supplies required keys, makes missing levels, and is read by the field it goes to", () => {
    const file = parseDeploymentFile(
      { value: {}, baseDir: "/" },
      set(
        "name=blue",
        "endpoint_name=mnist",
        "settings.mini_batch_size=7",
        "settings.environment_variables.A=no",
        "tags.a\\.b=c",
        "model.path=m",
      ),
    ) as ModelDeploymentFile;
    expect(file).toMatchObject({ name: "blue", tags: { "a.b": "c" }, model: { path: "m" } });
    expect(file.run).toMatchObject({ mini_batch_size: 7, environment_variables: { A: "no" } });
  });

  test("wins over the file, and the last one wins", () => {
    const source = write("name: mnist\ndescription: file\ntags: {a: '1', b: '2'}");
    const { value } = parseEndpointFile(source, set("description=one", "description=a=b", "tags.b=3"));
    expect(value).toMatchObject({ description: "a=b", tags: { a: "1", b: "3" } });
  });

  test("names the option where there is no line", () => {
    expect(refusal(() => parseEndpointFile(write("name: mnist"), set("auth_mode=none"))).message).toContain(
      "--set auth_mode: auth_mode: Value 'none' passed is not in set",
    );
  });

  test.for([
    [["name"], "usage error: --set KEY=VALUE [KEY=VALUE ...]"],
    [["model.path=x"], "Cannot use '--set' on properties defined by reference strings: --set model.path"],
    [["tags[0]=x"], "[0] wants a list"],
    [["a..b=x"], "a part of the key is empty"],
    [["a[99999999]=x"], "the key goes too far"],
    [[`${"a.".repeat(100)}b=x`], "the key goes too far"],
    [["tags=a=b"], "Not a valid mapping type."],
  ] as const)("%j is refused", ([words, message]) => {
    const source = write("name: blue\nendpoint_name: mnist\nmodel: azureml:m:1\ntags: {a: b}");
    expect(refusal(() => parseDeploymentFile(source, parseSetArguments(words))).message).toContain(message);
  });

  test("cannot reach a prototype", () => {
    refusal(() => parseEndpointFile(write("name: mnist"), set("__proto__.polluted=1")));
    refusal(() => parseEndpointFile(write("name: mnist"), set("constructor.prototype.polluted=1")));
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe("files of assets", () => {
  test("tell mistakes in numbered lines", () => {
    const { message } = refusal(() => parseModelFile(write("nam: x\npath: y"), []));
    expect(message).toContain("1) A least one unrecognized parameter is specified");
    expect(message).toContain("2) One or more required fields are missing");
    expect(message).toContain("(x) nam:\n- Unknown field.");
    expect(message).toContain("file.yml:1:1: nam: Unknown field. (did you mean name?)");
    expect(message).toContain("Resolutions:");
  });

  test("read versions as Azure's client does, and refuse names that are no text", () => {
    const version = (text: string) => parseModelFile(write(`name: m\npath: x\nversion: ${text}`), []).value.version;
    expect([version("1"), version("1.10"), version("'1.10'"), version("2.0")]).toEqual(["1", "1.1", "1.10", "2.0"]);
    expect(refusal(() => parseModelFile(write("name: 1\npath: x"), [])).message).toContain("Not a valid string.");
  });

  test("know the type of data exactly", () => {
    expect(refusal(() => parseDataFile(write("path: x\ntype: URI_FOLDER"), [])).message).toContain(
      "Must be one of: uri_file, uri_folder, mltable.",
    );
  });

  test("recognize a conda file where an environment is wanted", () => {
    expect(refusal(() => parseEnvironmentFile(write("name: e\ndependencies: [six]"), [])).message).toContain(
      "looks like a conda file",
    );
  });
});

describe("files that cannot be read", () => {
  test.for([
    ["", "Target yaml file is empty"],
    ["- a", "Expect dict but get <class 'list'> after parsing yaml file"],
    ["a: [", "Error while parsing yaml file: "],
  ] as const)("%j", ([text, message]) => {
    expect(refusal(() => parseEndpointFile(write(text), [])).message).toContain(message);
  });

  test("since they are not there", () => {
    expect(refusal(() => parseEndpointFile({ path: "/nowhere/endpoint.yml" }, [])).message).toBe(
      "No such file or directory: /nowhere/endpoint.yml",
    );
  });
});

describe("an invocation", () => {
  test("has data and literals, and what a call may change", () => {
    const text =
      "inputs:\n  images: {type: uri_folder, path: in, mode: ro_mount}\n  label: hello\n  count: {type: integer, default: 3}\noutputs:\n  score: {type: uri_file, path: out}";
    const { value } = parseInvokeFile(
      write(text),
      parseSetArguments(["output_file_name=rows.csv", "retry_settings.timeout=60", "compute.instance_count=2"]),
    );
    expect(Object.fromEntries(value.inputs ?? [])).toMatchObject({
      images: { kind: "data", type: "uri_folder", path: "in" },
      label: { kind: "literal", value: "hello" },
      count: { kind: "data", type: "integer", default: 3 },
    });
    expect(value).toMatchObject({
      output_file_name: "rows.csv",
      retry_settings: { timeout: 60 },
      compute: { instance_count: 2 },
    });
  });
});

describe("a pipeline job", () => {
  test("has one parallel step with its settings", () => {
    const folder = makeTempFolder();
    writeTree(folder, {
      "job.yml":
        "type: pipeline\ninputs: {x: {type: uri_folder, path: in}}\njobs:\n  score:\n    type: parallel\n    mini_batch_size: 10\n    input_data: ${{inputs.x}}\n    task: {type: run_function, code: ./code, entry_script: score.py, environment: azureml:e:1}\n",
    });
    const step = parseJobFile({ path: join(folder, "job.yml") }, []).value.jobs?.get("score");
    expect(step).toMatchObject({ mini_batch_size: { files: 10 }, task: { entry_script: "score.py" } });
  });

  test.for([
    ["type: parallel", "Unsupported job type: parallel."],
    ["type: command", "Unsupported job type: command."],
    ["type: pipeline\njobs: {a: {type: command}}", "Unsupported job type: command."],
    [
      "type: pipeline\njobs: {a: {type: parallel, task: {}, input_data: x, mini_batch_size: 10 kb}}",
      "Not a valid mini_batch_size.",
    ],
    [
      "type: pipeline\njobs: {a: {type: parallel, task: {}, input_data: x, logging_level: info}}",
      "Must be one of: DEBUG, INFO, WARNING.",
    ],
    ["type: pipeline", "jobs:\n- Missing data for required field."],
  ] as const)("is refused: %s", ([text, message]) => {
    expect(refusal(() => parseJobFile(write(text), [])).message).toContain(message);
  });
});
