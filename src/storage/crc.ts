/**
 * CRC-32 of two byte strings, one behind the other, from the CRCs of each: the whole rows file has a CRC although it is never read as a whole.
 * The method is zlib's crc32_combine: a CRC is a polynomial over GF(2), and bytes behind it multiply it by x^(8 * bytes), modulo the CRC's own.
 */

const polynomial = 0xedb88320;

/** x^(2^n) for n = 0 … 31; the powers repeat after that. */
const powers = listPowers();

/** CRC-32 of A and B joined, from those of A and of B and the length of B. */
export function combineCrc32(first: number, second: number, secondBytes: number): number {
  let factor = 1 << 31; // x^0: the bits of a CRC stand in reverse
  let power = 3; // 8 bits a byte: x^(2^3)
  for (let left = secondBytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) factor = multiply(powers[power % 32]!, factor);
    power++;
  }
  return (multiply(factor, first) ^ second) >>> 0;
}

/** Product of two polynomials modulo the CRC's. */
function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bits = a; bits !== 0; bits <<= 1) {
    if (bits < 0) product ^= shifted;
    shifted = shifted & 1 ? (shifted >>> 1) ^ polynomial : shifted >>> 1;
  }
  return product;
}

function listPowers(): number[] {
  const list = [1 << 30];
  while (list.length < 32) list.push(multiply(list.at(-1)!, list.at(-1)!));
  return list;
}
