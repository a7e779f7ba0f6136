import { randomInt } from "node:crypto";

const letters = "abcdefghijkmnpqrstuvwxyz23456789";

/** A name that is readable, sorts by time and is hardly ever taken: `score-20261123-174500-abcd` (local time). Jobs of an endpoint begin with its name. */
export function makeJobName(now: Date = new Date(), prefix = "score"): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  let tail = "";
  while (tail.length < 4) tail += letters[randomInt(letters.length)];
  return `${prefix}-${day}-${time}-${tail}`;
}
