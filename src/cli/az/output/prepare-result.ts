/** Resource group of an ARM id, with or without `azureml:` before it. */
const groupInId = /^(?:azureml:)?\/?\/?subscriptions\/[^/]+\/resourceGroups\/([^/]+)\//i;

/**
 * What `az` does to every result before it is printed: keys sorted, and a key `resourceGroup` in each object whose `id` holds one. Undefined values are dropped.
 * The order of the keys carries on to tsv and table; a query that names its keys gives them in its own order.
 */
export function prepareResult(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => prepareResult(each));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  const id = "id" in value && typeof value.id === "string" ? value.id : null;
  const group = id === null ? undefined : groupInId.exec(id)?.[1];
  if (group !== undefined && !("resourceGroup" in value)) entries.push(["resourceGroup", group]);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, prepareResult(each)]),
  );
}
