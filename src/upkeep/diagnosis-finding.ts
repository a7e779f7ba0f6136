/** One thing that was looked at. `fail`: jobs cannot run. `warn`: some cannot, or only slowly. */
export interface Finding {
  readonly name: string;
  readonly status: "ok" | "warn" | "fail";
  readonly found: string;
  /** What to do; null when all is well. */
  readonly remedy: string | null;
}

export function ok(name: string, found: string): Finding {
  return { name, status: "ok", found, remedy: null };
}

export function warn(name: string, found: string, remedy: string): Finding {
  return { name, status: "warn", found, remedy };
}

export function fail(name: string, found: string, remedy: string): Finding {
  return { name, status: "fail", found, remedy };
}

/** `512 MiB`, `3.4 GiB` */
export function showBytes(bytes: number): string {
  const gigabytes = bytes / 2 ** 30;
  return gigabytes >= 1 ? `${gigabytes.toFixed(1)} GiB` : `${Math.round(bytes / 2 ** 20)} MiB`;
}
