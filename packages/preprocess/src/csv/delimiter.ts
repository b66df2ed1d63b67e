import { MlsecError } from "../errors.js";
import { FieldReader } from "./field-reader.js";

const CANDIDATES = [",", ";", "\t", "|"];
const RECORDS = 50;
const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * The delimiter of the records with which a file begins: the candidate that splits most of them into as many fields as
 * the first one has, of equals the one that makes more fields. A comma where none splits anything.
 */
export function detectDelimiter(bytes: Uint8Array, length: number, final: boolean, comment: number): string {
  let best = ",";
  let bestScore = 0;
  for (const candidate of CANDIDATES) {
    const counts = fieldCounts(bytes, length, final, candidate.charCodeAt(0), comment);
    const width = counts[0] ?? 1;
    if (width < 2) continue;
    const alike = counts.filter((count) => count === width).length / counts.length;
    const score = alike + width / (width + 1000);
    if (score > bestScore) {
      best = candidate;
      bestScore = score;
    }
  }
  return best;
}

function fieldCounts(bytes: Uint8Array, length: number, final: boolean, delimiter: number, comment: number): number[] {
  const reader = new FieldReader(delimiter);
  const counts: number[] = [];
  let at = 0;
  while (at < length && counts.length < RECORDS) {
    const byte = bytes[at]!;
    if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
      at++;
    } else if (byte === comment) {
      while (at < length && bytes[at] !== LINE_FEED && bytes[at] !== CARRIAGE_RETURN) at++;
    } else {
      let count = 0;
      for (; ; at++) {
        at = reader.read(bytes, at, length, final);
        if (at === -1) return counts;
        count++;
        if (at >= length || bytes[at] !== delimiter) break;
      }
      counts.push(count);
    }
  }
  return counts;
}

/** The byte of a delimiter. @throws MlsecError `invalid-option` unless it is one ASCII character and no quote. */
export function delimiterByte(delimiter = ","): number {
  const byte = delimiter.charCodeAt(0);
  if (delimiter.length !== 1 || byte > 127 || byte === QUOTE || byte === LINE_FEED || byte === CARRIAGE_RETURN) {
    throw new MlsecError("invalid-option", `A delimiter is one ASCII character, not ${JSON.stringify(delimiter)}.`, {
      got: delimiter,
    });
  }
  return byte;
}
