import { AzError } from "../az/az-error.ts";
import { defineCommand } from "../az/command.ts";

/** Each calls `batchwise __complete WORDS…`, which prints one candidate a line; a first line `:file` or `:folder` asks the shell for paths. */
const scripts: Readonly<Record<string, string>> = {
  bash: `# bash completion of batchwise; in ~/.bashrc:  source <(batchwise completion bash)
_batchwise() {
  local IFS=$'\\n' current=\${COMP_WORDS[COMP_CWORD]}
  local -a found
  mapfile -t found < <(batchwise __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  case \${found[0]-} in
    :file) mapfile -t COMPREPLY < <(compgen -f -- "$current"); compopt -o filenames ;;
    :folder) mapfile -t COMPREPLY < <(compgen -d -- "$current"); compopt -o filenames ;;
    *) COMPREPLY=("\${found[@]}") ;;
  esac
}
complete -F _batchwise batchwise
`,
  zsh: `#compdef batchwise
# zsh completion of batchwise; in ~/.zshrc after compinit:  source <(batchwise completion zsh)
_batchwise() {
  local -a found
  found=("\${(@f)$(batchwise __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  case \${found[1]} in
    :file) _files ;;
    :folder) _files -/ ;;
    *) compadd -Q -- \${found:#} ;;
  esac
}
compdef _batchwise batchwise
`,
  fish: `# fish completion of batchwise; in ~/.config/fish/config.fish:  batchwise completion fish | source
function __batchwise_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found (batchwise __complete $words[2..-1] 2>/dev/null)
  switch "$found[1]"
    case ':file'
      __fish_complete_path (commandline -ct)
    case ':folder'
      __fish_complete_directories (commandline -ct)
    case '*'
      printf '%s\\n' $found
  end
end
complete -c batchwise -f -a '(__batchwise_complete)'
`,
};

export const completion = defineCommand({
  summary: "print the completion script of a shell: commands, options and the names of what is there",
  options: {},
  operands: { name: "SHELL", min: 1, max: 1, help: "bash, zsh or fish." },
  examples: ["source <(batchwise completion bash)", "batchwise completion fish | source"],
  run: async (_, call) => {
    const script = scripts[call.operands[0] as string];
    if (script === undefined)
      throw new AzError(
        2,
        `'${call.operands[0]}' is not a shell that is known. Allowed values: ${Object.keys(scripts).join(", ")}.`,
      );
    process.stdout.write(script);
    return null;
  },
});
