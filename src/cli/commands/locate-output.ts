import { resolve } from "node:path";
import type { Catalog } from "../../catalog/catalog.ts";
import { AzError } from "../az/az-error.ts";

/** A path on a datastore as a reference. */
export function onDatastore(datastore: string, path: string): string {
  return `azureml://datastores/${datastore.replace(/^azureml:/, "")}/paths/${path.replace(/^\/+/, "")}`;
}

/** The absolute folder or file that an output path means: in a datastore, by its id too, or on this machine. */
export async function locateOutput(catalog: Catalog, written: string): Promise<string> {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(written) && !/^(azureml|file):/i.test(written)) {
    throw new AzError(1, "Not a valid output_path, it should start with 'azureml:'");
  }
  const { resolveContent } = await import("../../catalog/resolve-reference.ts");
  const datastoreId = /\/datastores\/([^/]+)\/paths\/(.*)$/i.exec(written);
  const isId = /^(azureml:)?\/subscriptions\//i.test(written);
  const text = isId && datastoreId !== null ? onDatastore(datastoreId[1] as string, datastoreId[2] as string) : written;
  const place = resolveContent(catalog, text, process.cwd());
  if (place.kind === "local") return resolve(place.path);
  throw new AzError(1, "Not a valid output_path, it should start with 'azureml:'");
}
