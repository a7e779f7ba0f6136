import { distance } from "fastest-levenshtein";

/** The known word nearest to what was written, or null when none is near enough to be meant. Case and `-`/`_` do not count. */
export function findNearest(written: string, known: Iterable<string>): string | null {
  const normalize = (word: string) => word.toLowerCase().replaceAll("_", "-");
  const target = normalize(written).slice(0, 100);
  const limit = target.length < 4 ? 1 : Math.max(2, Math.floor(target.length / 3));
  let best: string | null = null;
  let bestDistance = limit + 1;
  for (const word of known) {
    const candidate = normalize(word);
    // A part that was left out ("--batch-size" for "--mini-batch-size") is no typing error, but is just as clear.
    const partial = target.length >= 5 && candidate.includes(target);
    const apart = partial ? 1 : distance(target, candidate);
    if (apart < bestDistance) {
      best = word;
      bestDistance = apart;
    }
  }
  return best;
}

/** The hint for an unknown word: "did you mean …?", or the list of what is known. */
export function describeNearest(written: string, known: readonly string[]): string {
  const nearest = findNearest(written, known);
  return nearest === null ? `known here: ${known.join(", ")}` : `did you mean ${nearest}?`;
}
