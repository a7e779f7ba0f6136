/** Which packages bring a module, where the names differ; and what packages bring along. A line belongs here only when it is sure. */

import { normalizeName } from "../environment/requirement-lines.ts";

/** Module to the packages that have it; any one will do. */
const packagesOf: Readonly<Record<string, readonly string[]>> = {
  attr: ["attrs"],
  azureml: ["azureml-core", "azureml-defaults", "azureml-sdk"],
  bs4: ["beautifulsoup4"],
  Crypto: ["pycryptodome"],
  cv2: ["opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless"],
  dateutil: ["python-dateutil"],
  docx: ["python-docx"],
  dotenv: ["python-dotenv"],
  faiss: ["faiss-cpu", "faiss-gpu"],
  fitz: ["pymupdf"],
  "google.protobuf": ["protobuf"],
  imblearn: ["imbalanced-learn"],
  jwt: ["pyjwt"],
  Levenshtein: ["levenshtein", "python-levenshtein"],
  magic: ["python-magic"],
  mlflow: ["mlflow", "mlflow-skinny", "azureml-mlflow"],
  MySQLdb: ["mysqlclient"],
  nacl: ["pynacl"],
  onnxruntime: ["onnxruntime", "onnxruntime-gpu", "onnxruntime-openvino", "onnxruntime-directml"],
  OpenSSL: ["pyopenssl"],
  osgeo: ["gdal"],
  PIL: ["pillow", "pillow-simd"],
  pkg_resources: ["setuptools"],
  pptx: ["python-pptx"],
  psycopg2: ["psycopg2", "psycopg2-binary"],
  serial: ["pyserial"],
  skimage: ["scikit-image"],
  sklearn: ["scikit-learn", "scikit-learn-intelex"],
  slugify: ["python-slugify"],
  tensorflow: ["tensorflow", "tensorflow-cpu", "tensorflow-gpu", "intel-tensorflow"],
  umap: ["umap-learn"],
  xgboost: ["xgboost", "xgboost-cpu"],
  yaml: ["pyyaml"],
  zmq: ["pyzmq"],
};

/** Package to those that it always brings along itself. Only what stands here is known for sure to bring nothing else that matters. */
const brings: Readonly<Record<string, readonly string[]>> = {
  catboost: ["numpy", "pandas", "scipy", "matplotlib", "graphviz", "six", "plotly"],
  joblib: [],
  lightgbm: ["numpy", "scipy"],
  matplotlib: ["numpy", "pillow", "packaging", "python-dateutil", "pyparsing", "cycler", "kiwisolver", "fonttools"],
  numpy: [],
  onnx: ["numpy", "protobuf"],
  onnxruntime: ["numpy", "protobuf", "flatbuffers", "packaging"],
  "opencv-python": ["numpy"],
  "opencv-python-headless": ["numpy"],
  openpyxl: [],
  packaging: [],
  pandas: ["numpy", "python-dateutil", "pytz", "six", "tzdata"],
  pillow: [],
  pip: [],
  polars: [],
  protobuf: [],
  pyarrow: ["numpy"],
  "python-dateutil": ["six"],
  pyyaml: [],
  requests: ["urllib3", "certifi", "idna", "charset-normalizer"],
  "scikit-image": ["numpy", "scipy", "pillow", "networkx", "imageio", "tifffile", "packaging"],
  "scikit-learn": ["numpy", "scipy", "joblib", "threadpoolctl"],
  scipy: ["numpy"],
  setuptools: [],
  six: [],
  tqdm: [],
  wheel: [],
  xgboost: ["numpy", "scipy"],
};

/** The packages that have a module, the likeliest first. `module` is the dotted name. */
export function listPackagesOf(module: string): readonly string[] {
  const steps = module.split(".");
  for (let length = steps.length; length > 0; length--) {
    const name = steps.slice(0, length).join(".");
    if (Object.hasOwn(packagesOf, name)) return packagesOf[name] ?? [];
  }
  return [normalizeName(steps[0] ?? module)];
}

/** How a list of packages answers for a module: has it, has it not, or may have it through a package of which not all is known. */
export function judgeModule(module: string, listed: ReadonlySet<string>): "present" | "absent" | "unknown" {
  const wanted = listPackagesOf(module);
  const top = normalizeName(module.split(".")[0] ?? module);
  // A package may be called after its module in other ways: `python-x`, `pyx`, `x-python`, and parts of one namespace as `azure-storage-blob`.
  const alike = (name: string) =>
    [top, `py${top}`, `python-${top}`, `${top}-python`].includes(name) || name.startsWith(`${top}-`);
  const all = new Set<string>();
  const waiting = [...listed];
  let isAllKnown = true;
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (all.has(name)) continue;
    all.add(name);
    const more = Object.hasOwn(brings, name) ? brings[name] : undefined;
    if (more === undefined && listed.has(name)) isAllKnown = false;
    waiting.push(...(more ?? []));
  }
  if (wanted.some((name) => all.has(name)) || [...all].some(alike)) return "present";
  return isAllKnown ? "absent" : "unknown";
}
