import type { RawPath } from "../storage/path-bytes.ts";
import { sortNames } from "./order.ts";

const unknownLength = -1;
const blockBytes = 1 << 20;
const keyBytes = 6;
const maxNameBytes = 255;
/** Few enough to be sorted as strings at once. */
const smallRange = 1024;

interface Range {
  readonly start: number;
  readonly end: number;
  /** Bytes that all its names begin with, the keys being made of what follows; `unknownLength` when it has no keys yet. */
  common: number;
}

/**
 * The names of a very large folder: held as bytes, and sorted only as far as they are asked for.
 *
 * A million names as strings are 40 MiB and 0.7 s of sorting before the first one is known. Here they are 16 bytes each beside the name itself, and the first
 * ones come after a few passes: quicksort that puts the right part aside (its ranges lie on a stack) and goes on with the left one until that is small
 * enough to be sorted as strings. Ranges are split by keys: the 6 bytes of a name that follow what all names of the range begin with, as a number.
 * When the keys of a range are all equal, it gets new ones from further behind, so each step makes progress: names in a folder differ.
 *
 * First `add`, then `next` until it gives null.
 */
export class NameTable {
  /** Names one behind the other, each after a byte with its length (a name has at most 255). No name crosses the end of a block. */
  readonly #blocks: Buffer[] = [];
  #used = blockBytes;
  #count = 0;
  /** Where each name stands: number of the block times `blockBytes` plus offset. */
  #places: Uint32Array | null = null;
  #keys = new Float64Array(0);
  /** Ranges that are not sorted yet, the first one on top. */
  readonly #ranges: Range[] = [];
  /** Sorted and not given yet, the last one first. */
  #ready: RawPath[] = [];
  #random = 1;

  add(name: RawPath): void {
    if (name.length > maxNameBytes) throw new RangeError(`a name has at most ${maxNameBytes} bytes`);
    if (this.#used + 1 + name.length > blockBytes) {
      this.#blocks.push(Buffer.allocUnsafeSlow(blockBytes));
      this.#used = 0;
    }
    const block = this.#blocks[this.#blocks.length - 1]!;
    block[this.#used] = name.length;
    this.#used += 1 + block.write(name, this.#used + 1, "latin1");
    // A length of 0 ends a block.
    if (this.#used < blockBytes) block[this.#used] = 0;
    this.#count += 1;
  }

  /** The next name in order, or null after the last. */
  next(): RawPath | null {
    if (this.#ready.length === 0 && !this.#sortOn()) return null;
    return this.#ready.pop()!;
  }

  /** Sorts the next range; false when there is none. */
  #sortOn(): boolean {
    if (this.#places === null) this.#begin();
    for (let range = this.#ranges.pop(); range !== undefined; range = this.#ranges.pop()) {
      const { start, end } = range;
      if (end - start <= smallRange) {
        const names: RawPath[] = [];
        for (let at = start; at < end; at += 1) names.push(this.#readName(this.#places![at]!));
        this.#ready = sortNames(names).reverse();
        return names.length > 0;
      }
      if (range.common === unknownLength) this.#setKeys(range);
      this.#split(range);
    }
    return false;
  }

  #begin(): void {
    const places = new Uint32Array(this.#count);
    let count = 0;
    for (const [number, block] of this.#blocks.entries()) {
      for (let at = 0; at < blockBytes && block[at] !== 0; at += 1 + block[at]!) {
        places[count] = number * blockBytes + at;
        count += 1;
      }
    }
    this.#places = places;
    this.#keys = new Float64Array(count);
    this.#ranges.push({ start: 0, end: count, common: unknownLength });
  }

  #readName(place: number): RawPath {
    const block = this.#blocks[Math.floor(place / blockBytes)]!;
    const at = place % blockBytes;
    return block.toString("latin1", at + 1, at + 1 + block[at]!);
  }

  /** Finds how many bytes the names of a range have in common, and makes a key of what follows. */
  #setKeys(range: Range): void {
    const places = this.#places!;
    const first = this.#readName(places[range.start]!);
    let common = first.length;
    for (let index = range.start; index < range.end && common > 0; index += 1) {
      const place = places[index]!;
      const block = this.#blocks[Math.floor(place / blockBytes)]!;
      const at = place % blockBytes;
      common = Math.min(common, block[at]!);
      for (let length = 0; length < common; length += 1) {
        if (block[at + 1 + length] !== first.charCodeAt(length)) common = length;
      }
    }
    range.common = common;
    for (let index = range.start; index < range.end; index += 1) {
      const place = places[index]!;
      const block = this.#blocks[Math.floor(place / blockBytes)]!;
      const at = place % blockBytes;
      const length = block[at]!;
      let key = 0;
      for (let byte = common; byte < common + keyBytes; byte += 1) {
        key = key * 256 + (byte < length ? block[at + 1 + byte]! : 0);
      }
      this.#keys[index] = key;
    }
  }

  /** Parts a range into names below, with and above a key, and puts the three on the stack. */
  #split({ start, end, common }: Range): void {
    const keys = this.#keys;
    const places = this.#places!;
    const pivot = this.#choosePivot(start, end);
    let below = start;
    let above = end;
    for (let at = start; at < above; ) {
      const key = keys[at]!;
      if (key === pivot) at += 1;
      else {
        const to = key < pivot ? below++ : --above;
        const place = places[at]!;
        keys[at] = keys[to]!;
        places[at] = places[to]!;
        keys[to] = key;
        places[to] = place;
        if (key < pivot) at += 1;
      }
    }
    if (above < end) this.#ranges.push({ start: above, end, common });
    // Equal keys: these names have more in common than was known.
    if (below < above) this.#ranges.push({ start: below, end: above, common: unknownLength });
    if (start < below) this.#ranges.push({ start, end: below, common });
  }

  /** Median of some keys at random places. The numbers are the same in each run; names cannot be made to fit them without seeing the folder's own order. */
  #choosePivot(start: number, end: number): number {
    const sample: number[] = [];
    for (let count = 0; count < 9; count += 1) {
      this.#random = (Math.imul(this.#random, 1664525) + 1013904223) >>> 0;
      sample.push(this.#keys[start + (this.#random % (end - start))]!);
    }
    return sample.sort((a, b) => a - b)[4]!;
  }
}
