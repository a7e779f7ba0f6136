/** Tag values end as text, as in Azure ML. */
export function toTexts(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, typeof each === "string" ? each : JSON.stringify(each)]),
  );
}

export function toTextOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}
