const key = 34;
const string = 32;
const other = 36;

/** JSON text with keys, texts and other values in colours of their own. */
export function colourJson(text: string): string {
  return text.replace(
    /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g,
    (found: string, quoted?: string, colon?: string) => {
      if (quoted === undefined) return paint(other, found);
      return colon === undefined ? paint(string, quoted) : `${paint(key, quoted)}${colon}`;
    },
  );
}

/** YAML text with its keys in colour. */
export function colourYaml(text: string): string {
  return text.replace(
    /^(\s*(?:- )*)([^\s:#-][^:\n]*)(:)(?=\s|$)/gm,
    (_, before: string, name: string, colon: string) => {
      return `${before}${paint(key, name)}${colon}`;
    },
  );
}

function paint(code: number, text: string): string {
  return `\u001b[${code}m${text}\u001b[0m`;
}
