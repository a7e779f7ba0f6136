/** Numbers for people. */

/** `1,234,567`. Not by Intl, whose data takes milliseconds to load. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 item`, `2 items` */
export function formatNumberOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** `0.24 s`, `12.3 s`, `4 min 05 s`, `3 h 12 min` */
export function formatDuration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** Items a second with three digits that count: `0.25`, `12.3`, `4,310`. */
export function formatRate(perSecond: number): string {
  if (!Number.isFinite(perSecond)) return "0";
  if (perSecond >= 99.95) return formatCount(Math.round(perSecond));
  return perSecond.toFixed(perSecond >= 9.995 ? 1 : 2);
}

/** `512 B`, `3.4 MiB` */
export function formatBytes(bytes: number): string {
  let value = bytes;
  for (const unit of ["B", "KiB", "MiB", "GiB"]) {
    if (value < 1024) return unit === "B" ? `${value} B` : `${value.toFixed(1)} ${unit}`;
    value /= 1024;
  }
  return `${value.toFixed(1)} TiB`;
}
