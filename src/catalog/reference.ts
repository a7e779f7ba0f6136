import { BatchwiseError } from "../errors.ts";

/** What a text such as `azureml:name:version` refers to. */
export type Reference =
  | { readonly kind: "version"; readonly name: string; readonly version: string }
  | { readonly kind: "label"; readonly name: string; readonly label: string }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "datastore"; readonly datastore: string; readonly path: string }
  | { readonly kind: "jobOutput"; readonly job: string; readonly output: string; readonly path: string }
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "path"; readonly path: string };

/** `…/workspaces/W/models/n/versions/v`, after the prefix; also of a registry. */
const resourcePattern = /\/(?:workspaces|registries)\/[^/]+\/([A-Za-z]+)\/([^/]+)(?:\/(versions|labels)\/([^/]+))?$/i;

/** `azureml://datastores/ds/paths/p`, and the same below the id of a workspace: people append `/paths/p` to the id that `datastore show` prints. */
const datastorePattern =
  /^(?:azureml:\/\/|(?:azureml:)?\/(?=subscriptions\/))(?:subscriptions\/.*?\/workspaces\/[^/]+\/)?datastores\/([^/]+)(?:\/paths\/(.*)|\/(.*))?$/i;

const jobPattern = /^azureml:\/\/jobs\/([^/]+)\/outputs\/([^/]+)(?:\/paths\/(.*))?$/i;

/** Reads a reference. Whatever is none is a path. Throws `reference_invalid` for `azureml:` forms that mean nothing. */
export function parseReference(text: string): Reference {
  const datastore = datastorePattern.exec(text);
  if (datastore !== null) {
    return { kind: "datastore", datastore: datastore[1] ?? "", path: datastore[2] ?? datastore[3] ?? "" };
  }
  const job = jobPattern.exec(text);
  if (job !== null) return { kind: "jobOutput", job: job[1] ?? "", output: job[2] ?? "", path: job[3] ?? "" };
  if (/^(azureml:)?\/subscriptions\//i.test(text) || /^azureml:\/\/(subscriptions|registries)\//i.test(text)) {
    return parseResourceId(text);
  }
  const named = /^azureml:(?!\/)(.+)$/is.exec(text)?.[1];
  if (named !== undefined) return parseName(named, text);
  if (/^[A-Za-z0-9][\w.-]*@[\w.-]+$/.test(text)) return parseName(text, text);
  if (/^azureml:/i.test(text)) throw refuse(text);
  if (/^file:/i.test(text)) return { kind: "path", path: pathOfFileUrl(text) };
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return { kind: "url", url: text };
  return { kind: "path", path: text };
}

/** The name that a compute or datastore goes by: `azureml:c`, `c` or an id. */
export function parseNameReference(text: string): string {
  if (!/^azureml:|^\/subscriptions\//i.test(text)) return text;
  const reference = parseReference(text);
  if (reference.kind === "name") return reference.name;
  throw refuse(text);
}

function parseName(named: string, whole: string): Reference {
  // A version may contain colons; a name may not.
  const match = /^([A-Za-z0-9][\w.-]*)(?::(.+)|@(.+))?$/s.exec(named);
  if (match === null) throw refuse(whole);
  const [, name = "", version, label] = match;
  if (version !== undefined) return { kind: "version", name, version };
  return label === undefined ? { kind: "name", name } : { kind: "label", name, label };
}

function parseResourceId(text: string): Reference {
  const match = resourcePattern.exec(text.replace(/^azureml:\/?(?=\/)/i, "").replace(/^(?=[^/])/, "/"));
  if (match === null) throw refuse(text);
  const [, , rawName = "", word, last] = match;
  const name = decodeName(rawName, text);
  if (word === undefined || last === undefined) return { kind: "name", name };
  const value = decodeName(last, text);
  return word.toLowerCase() === "labels"
    ? { kind: "label", name, label: value }
    : { kind: "version", name, version: value };
}

function decodeName(name: string, whole: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw refuse(whole);
  }
}

/** `file:///data`, `file:/data`, and `file:./data` relative to where it is written. */
function pathOfFileUrl(text: string): string {
  const rest = text.slice("file:".length).replace(/^\/\/(localhost)?(?=\/)/i, "");
  try {
    return decodeURIComponent(rest);
  } catch {
    return rest;
  }
}

function refuse(text: string): BatchwiseError {
  return new BatchwiseError(
    "reference_invalid",
    `${JSON.stringify(text)} is not a valid reference; wanted: azureml:name:version, azureml:name@latest, azureml://datastores/<name>/paths/<path>, azureml://registries/<registry>/<kind>/<name>/versions/<version>, or the id of a resource`,
  );
}
