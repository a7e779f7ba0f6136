/**
 * Conda's names for packages whose name on PyPI is another, or which PyPI does not have. A name that stands in no table is taken to be the
 * same on both sides, as nearly all are. A name belongs here only when the answer is sure.
 */

/** Conda name → PyPI name of the same package. */
const renamed: Readonly<Record<string, string>> = {
  "dask-core": "dask",
  "matplotlib-base": "matplotlib",
  "msgpack-python": "msgpack",
  opencv: "opencv-python-headless",
  "py-opencv": "opencv-python-headless",
  "py-xgboost": "xgboost",
  "py-xgboost-cpu": "xgboost",
  "pyarrow-core": "pyarrow",
  pytables: "tables",
  "python-flatbuffers": "flatbuffers",
  "python-graphviz": "graphviz",
  pytorch: "torch",
  "pytorch-cpu": "torch",
  "pytorch-gpu": "torch",
  ruamel_yaml: "ruamel.yaml",
  "seaborn-base": "seaborn",
  "tensorflow-base": "tensorflow",
  "tensorflow-mkl": "tensorflow",
};

/** Libraries that PyPI's wheels carry inside themselves, and pieces of conda's own machinery: nothing is to be installed. */
const carried = new Set([
  "_libgcc_mutex",
  "_openmp_mutex",
  "arrow-cpp",
  "blas",
  "bzip2",
  "ca-certificates",
  "conda",
  "cpuonly",
  "cuda",
  "cuda-runtime",
  "cudatoolkit",
  "cudnn",
  "freetype",
  "intel-openmp",
  "jpeg",
  "ld_impl_linux-64",
  "libblas",
  "libcblas",
  "libffi",
  "libgcc",
  "libgcc-ng",
  "libgfortran",
  "libgfortran-ng",
  "libgomp",
  "liblapack",
  "libopenblas",
  "libpng",
  "libprotobuf",
  "libsqlite",
  "libstdcxx",
  "libstdcxx-ng",
  "libtiff",
  "libuuid",
  "libxgboost",
  "libzlib",
  "llvm-openmp",
  "mkl",
  "mkl-service",
  "mkl_fft",
  "mkl_random",
  "nccl",
  "ncurses",
  "nomkl",
  "numpy-base",
  "openblas",
  "openssl",
  "python_abi",
  "pytorch-cuda",
  "pytorch-mutex",
  "readline",
  "sqlite",
  "tk",
  "xz",
  "zlib",
]);

/** Programs and libraries that PyPI does not have, or has under this name as something else. */
const absent = new Set([
  "blosc",
  "boost",
  "cmake",
  "compilers",
  "cxx-compiler",
  "c-compiler",
  "cupy-core",
  "ffmpeg",
  "fortran-compiler",
  "gcc",
  "gdal",
  "geos",
  "git",
  "graphviz",
  "gxx",
  "hdf5",
  "imagemagick",
  "java-jdk",
  "leptonica",
  "libgdal",
  "lz4-c",
  "make",
  "mamba",
  "nodejs",
  "openjdk",
  "openmpi",
  "pandoc",
  "perl",
  "poppler",
  "proj",
  "pyqt",
  "r",
  "rust",
  "snappy",
  "tesseract",
  "unixodbc",
  "wget",
  "zstd",
]);

export type CondaAnswer =
  | { readonly kind: "package"; readonly name: string }
  | { readonly kind: "carried" }
  | { readonly kind: "absent" };

/** What a conda package name means for pip. `name` in lower case. */
export function translateCondaName(name: string): CondaAnswer {
  if (carried.has(name)) return { kind: "carried" };
  const isCompiler = /^(gcc|gxx|gfortran|binutils|sysroot)_/.test(name);
  if (absent.has(name) || name.startsWith("r-") || isCompiler) return { kind: "absent" };
  return { kind: "package", name: Object.hasOwn(renamed, name) ? (renamed[name] ?? name) : name };
}
