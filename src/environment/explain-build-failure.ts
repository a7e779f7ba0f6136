/** What to do about a failed build, by what pip, uv or venv wrote. First match counts. */
const explanations: readonly (readonly [pattern: RegExp, hint: (match: RegExpExecArray) => string])[] = [
  [
    /ensurepip is not available|No module named '?(venv|ensurepip)/,
    () => "this Python has no venv: install it (Debian and Ubuntu: apt install python3-venv), or put uv on PATH",
  ],
  [/No space left on device/i, () => "the disk is full: make room, or choose another --home"],
  [
    /Temporary failure in name resolution|Failed to establish a new connection|NewConnectionError|ConnectTimeoutError|Read timed out|ProxyError|dns error|error sending request|Could not fetch URL|client error \(Connect\)/i,
    () =>
      "the package index cannot be reached: check the network and the index and proxy settings (pip: pip.conf or PIP_INDEX_URL; uv: uv.toml or UV_DEFAULT_INDEX), then start again",
  ],
  [
    /No matching distribution found for ([^\s(]+)/,
    ([, name]) =>
      `there is no "${name}" for this Python on the package index: check name and version; a package that only conda has needs an environment made with conda, named with --python PATH`,
  ],
  [
    /(?:Because|because) (\S+) was not found in the (?:package registry|provided package locations)/,
    ([, name]) =>
      `uv found no "${name}" on its package index: check the name; uv does not read pip.conf, so name another index in uv.toml or UV_DEFAULT_INDEX`,
  ],
  [
    /ResolutionImpossible|conflicting dependencies|No solution found when resolving/,
    () => "the wanted versions do not fit together: loosen a version that the lines above name",
  ],
  [
    /Requires-Python|requires a different Python/i,
    () =>
      "a package does not support this Python: ask for another one in the file (python=3.11), or for another version of the package",
  ],
  [
    /DO NOT MATCH THE HASHES|Hash mismatch/i,
    () => "a downloaded file differs from the hash in the requirements: update the hashes",
  ],
  [
    /Failed (?:to build|building wheel)|subprocess-exited-with-error|Failed building|metadata-generation-failed/i,
    () =>
      "a package had to be compiled and could not be: ask for a version that has a wheel for this Python, or for another Python (python=3.11)",
  ],
];

/** The hint for a failed build. `output` is what the builder wrote on both streams. */
export function explainBuildFailure(output: string): string {
  for (const [pattern, hint] of explanations) {
    const match = pattern.exec(output);
    if (match !== null) return hint(match);
  }
  return "correct what the lines above name, then start again; nothing half-made is left behind";
}
