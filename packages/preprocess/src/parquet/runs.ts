import { corrupt } from "./corrupt.js";
import { ThriftWalker } from "./thrift.js";

/**
 * Checks runs of the RLE / bit-packing hybrid (Parquet's Encodings.md) before they are unpacked: a run that claims more
 * values than there are would grow an array without end.
 *
 * @param bytes the runs, up to the end of their section.
 * @param width bits a value, 0 to 32.
 * @param count values that the runs must hold at least; a bit-packed run may pad it to a multiple of 8.
 * @returns how many of the first `count` values are not 0, where `width` is 1; else 0.
 */
export function checkRuns(bytes: Uint8Array, width: number, count: number): number {
  if (width > 32) throw corrupt(`it packs values of ${width} bits`);
  const walker = new ThriftWalker(bytes);
  let ones = 0;
  for (let seen = 0; seen < count; ) {
    const header = walker.varint();
    const isPacked = header % 2 === 1;
    const values = isPacked ? ((header - 1) / 2) * 8 : header / 2;
    const left = count - seen;
    if (values > left + (isPacked ? 7 : 0)) throw corrupt(`a run of ${values} values stands where ${left} are left`);
    // The padding of the last packed run is not always written.
    const needed = Math.ceil(((isPacked ? Math.min(values, left) : 1) * width) / 8);
    if (walker.at + needed > bytes.length) throw corrupt("a run of values ends too early");
    if (width === 1) {
      ones += isPacked ? countOnes(bytes, walker.at, Math.min(values, left)) : (bytes[walker.at]! & 1) * values;
    }
    walker.at += isPacked ? (values / 8) * width : needed;
    seen += values;
  }
  return ones;
}

function countOnes(bytes: Uint8Array, at: number, count: number): number {
  let ones = 0;
  for (let i = 0; i < count; i++) ones += (bytes[at + (i >> 3)]! >> (i & 7)) & 1;
  return ones;
}
