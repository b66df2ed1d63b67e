// The beaten track of the row parser (src/csv/row-parser.ts), which says what each step means. The same results by
// other means: delimiters and line ends are found 64 bytes at a time, and a number of up to 16 bytes is read at once.
//
// Addresses are absolute in here; those that go out and come in count from the first byte of the input.

declare function odd(field: i32, row: i32, at: i32): i32;
declare function text(field: i32, start: i32, end: i32, hash: i32): f64;
declare function surplus(field: i32, row: i32, at: i32): i32;
declare function shortage(field: i32, row: i32): void;
declare function commit(): void;
declare function tooLong(row: i32): void;

const READ_NUMBER: u32 = 1;
const READ_TEXT: u32 = 2;
const MAX_RECORD_BYTES: usize = 16 * 1024 * 1024;

const QUOTE: u32 = 0x22;
const MINUS: u32 = 0x2d;
const PLUS: u32 = 0x2b;
const POINT: u8 = 0x2e;
const ZERO: u8 = 0x30;
const LINE_FEED: u8 = 0x0a;
const CARRIAGE_RETURN: u8 = 0x0d;

const POWERS_OF_TEN = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
]);
/** 16 bytes from place n on: the last n are ones. 16 bytes from place 16 + n on: the first 16 − n are. */
const ONES = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);

/** What numbers are made with, in memory: an engine builds a constant vector anew wherever it is used. */
const ZEROS = memory.data<u16>([0x3030, 0x3030, 0x3030, 0x3030, 0x3030, 0x3030, 0x3030, 0x3030]);
const POINTS = memory.data<u16>([0x2e2e, 0x2e2e, 0x2e2e, 0x2e2e, 0x2e2e, 0x2e2e, 0x2e2e, 0x2e2e]);
const NINES = memory.data<u16>([0x909, 0x909, 0x909, 0x909, 0x909, 0x909, 0x909, 0x909]);
const HUNDREDS = memory.data<u16>([100, 1, 100, 1, 100, 1, 100, 1]);
const MYRIADS = memory.data<u16>([10000, 1, 10000, 1, 10000, 1, 10000, 1]);
const LINE_FEEDS = memory.data<u16>([0xa0a, 0xa0a, 0xa0a, 0xa0a, 0xa0a, 0xa0a, 0xa0a, 0xa0a]);
const RETURNS = memory.data<u16>([0xd0d, 0xd0d, 0xd0d, 0xd0d, 0xd0d, 0xd0d, 0xd0d, 0xd0d]);
const LOW_BYTES = memory.data<u16>([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
const TEN_WORDS = memory.data<u16>([0xa, 0xa, 0xa, 0xa, 0xa, 0xa, 0xa, 0xa]);

let input: usize = 0;
let block: usize = 0;
let offsets: usize = 0;
let modes: usize = 0;
let bounds: usize = 0;
let index: usize = 0;
/** Rows that are read one column after the other: few enough for the processor's nearest cache. */
let groupRows: i32 = 0;
let fields: i32 = 0;
let delimiter: u8 = 0;
let comment: i32 = -1;
/** Rows in the block after `parse`. */
let rowsFilled: i32 = 0;
/** What `scanLongDecimal` read. */
let scanned: f64 = 0;

/** The first address that the caller may use; loads begin up to 16 bytes before the input and end up to 80 after it. */
export function heapBase(): usize {
  return __heap_base;
}

export function setUp(
  inputAt: usize,
  blockAt: usize,
  offsetsAt: usize,
  modesAt: usize,
  boundsAt: usize,
  indexAt: usize,
  rowsOfIndex: i32,
  fieldCount: i32,
  delimiterByte: i32,
  commentByte: i32,
): void {
  input = inputAt;
  block = blockAt;
  offsets = offsetsAt;
  modes = modesAt;
  bounds = boundsAt;
  index = indexAt;
  groupRows = rowsOfIndex;
  fields = fieldCount;
  delimiter = <u8>delimiterByte;
  comment = commentByte;
}

export function rows(): i32 {
  return rowsFilled;
}

/** How many of the block's cells from one on are no NaN. */
export function countNumbers(from: i32, count: i32): i32 {
  let at = block + ((<usize>from) << 3);
  const end = at + ((<usize>count) << 3);
  let pairs = i64x2.splat(0);
  for (; at + 16 <= end; at += 16) {
    const cells = v128.load(at);
    pairs = i64x2.sub(pairs, f64x2.eq(cells, cells));
  }
  let numbers = <i32>(i64x2.extract_lane(pairs, 0) + i64x2.extract_lane(pairs, 1));
  if (at < end) {
    const cell = v128.load64_zero(at);
    numbers -= <i32>i64x2.extract_lane(f64x2.eq(cell, cell), 0);
  }
  return numbers;
}

/** Notes where the first `count` rows of the index begin and end. */
function boundRows(row: i32, count: i32): void {
  const step = rowStep();
  let entry = index;
  for (let i = 0; i < count; i++, entry += step) {
    bound(row + i, <usize>load<u32>(entry) + 1, <usize>load<u32>(entry + step - 4));
  }
}

function bound(row: i32, start: usize, end: usize): void {
  const at = bounds + ((<usize>row) << 3);
  store<u32>(at, <u32>(start - input));
  store<u32>(at, <u32>(end - input), 4);
}

/** A bit for each of 64 bytes that is the delimiter or ends a line. */
function terminators(at: usize, ofDelimiter: v128): u64 {
  return (
    terminators16(v128.load(at), ofDelimiter) |
    (terminators16(v128.load(at, 16), ofDelimiter) << 16) |
    (terminators16(v128.load(at, 32), ofDelimiter) << 32) |
    (terminators16(v128.load(at, 48), ofDelimiter) << 48)
  );
}

function terminators16(bytes: v128, ofDelimiter: v128): u64 {
  return <u64>(
    (<u32>(
      i8x16.bitmask(
        v128.or(
          i8x16.eq(bytes, ofDelimiter),
          v128.or(i8x16.eq(bytes, v128.load(LINE_FEEDS)), i8x16.eq(bytes, v128.load(RETURNS))),
        ),
      )
    ))
  );
}

/**
 * Parses records from `from` on until the block has `rowsToFill` rows or no complete record is left. Returns the place
 * after the last record; −1 − its place where one begins that is not complete.
 */
export function parse(from: i32, length: i32, final: bool, row: i32, rowsToFill: i32): i32 {
  let at = from;
  while (row < rowsToFill && at < length) {
    const wanted = min(rowsToFill - row, groupRows);
    const clean = readColumns(row, indexRows(input + <usize>at, input + <usize>length, wanted));
    if (clean > 0) {
      boundRows(row, clean);
      row += clean;
      at = load<i32>(index + ((<usize>(clean * (fields + 1))) << 2) - 4) + 1 - <i32>input;
    }
    if (clean === wanted) continue;
    // One odd row is read by itself; where they are many, the next ones are not tried in vain.
    const until = clean * 4 < wanted ? min(rowsToFill, row + groupRows) : row + 1;
    at = parseRows(at, length, final, row, until);
    if (at < 0) return at;
    row = rowsFilled;
  }
  rowsFilled = row;
  return at;
}

/**
 * Finds the fields of the next rows, as long as each has as many as there should be and is not too long. Of each row the
 * index gets the place before it and then where each field ends. Returns the number of rows.
 */
function indexRows(from: usize, limit: usize, most: i32): i32 {
  const ofDelimiter = i8x16.splat(delimiter);
  const between = delimiter;
  const last = fields - 1;
  let at = from;
  let base = at;
  let mask = terminators(base, ofDelimiter);
  let entry = index;
  for (let row = 0; row < most; row++) {
    let first = load<u8>(at);
    while ((first === LINE_FEED || first === CARRIAGE_RETURN) && at < limit) {
      if (mask === 0) {
        base = at;
        mask = terminators(base, ofDelimiter);
      }
      mask &= mask - 1;
      first = load<u8>(++at);
    }
    if (at >= limit || <i32>first === comment) return row;
    const start = at;
    store<u32>(entry, <u32>at - 1);
    entry += 4;
    for (let field = 0; ; field++) {
      while (mask === 0) {
        base += 64;
        mask = terminators(base, ofDelimiter);
      }
      at = base + <usize>ctz(mask);
      mask &= mask - 1;
      store<u32>(entry, <u32>at);
      entry += 4;
      if (field === last) break;
      if (load<u8>(at) !== between) return row;
    }
    if (load<u8>(at) === between || at >= limit) return row;
    at++;
    if (at - start > MAX_RECORD_BYTES) return row;
  }
  return most;
}

/**
 * Reads the first `count` rows of the index, one column after the other, because cells of a column are alike. Returns how
 * many of the rows have no odd cell: the others are not read, even if some of their cells are. Texts come last, so that
 * none is handed out that stands in a row split within its quotes.
 */
function readColumns(row: i32, count: i32): i32 {
  for (let field = 0; field < fields; field++) {
    const isNumber = <u32>load<u8>(modes + field) === READ_NUMBER;
    count = isNumber ? readNumbers(field, row, count) : countUnquoted(field, count);
  }
  for (let field = 0; field < fields; field++) {
    if (<u32>load<u8>(modes + field) !== READ_TEXT) continue;
    let entry = entryOf(field);
    for (let i = 0; i < count; i++, entry += rowStep()) {
      readText(field, <usize>load<u32>(entry) + 1, <usize>load<u32>(entry, 4), cellOf(field, row + i));
    }
  }
  return count;
}

function readNumbers(field: i32, row: i32, count: i32): i32 {
  const step = rowStep();
  let entry = entryOf(field);
  let cell = cellOf(field, row);
  for (let i = 0; i < count; i++, entry += step, cell += 8) {
    const at = <usize>load<u32>(entry) + 1;
    const end = <usize>load<u32>(entry, 4);
    const digit = <u32>load<u8>(at) - ZERO;
    // Half of all cells of a flow file are a single digit.
    if (end - at === 1 && digit <= 9) store<f64>(cell, <f64>digit);
    else if (!readNumber(at, end, cell)) return i;
  }
  return count;
}

function countUnquoted(field: i32, count: i32): i32 {
  let entry = entryOf(field);
  for (let i = 0; i < count; i++, entry += rowStep()) {
    if (<u32>load<u8>(<usize>load<u32>(entry) + 1) === QUOTE) return i;
  }
  return count;
}

function rowStep(): usize {
  return (<usize>fields + 1) << 2;
}

function entryOf(field: i32): usize {
  return index + ((<usize>field) << 2);
}

function cellOf(field: i32, row: i32): usize {
  return block + ((<usize>(load<i32>(offsets + ((<usize>field) << 2)) + row)) << 3);
}

function readText(field: i32, start: usize, end: usize, cell: usize): void {
  let hash = 0;
  for (let at = start; at < end; at++) hash = (hash ^ <i32>load<u8>(at)) * 0x01000193;
  store<f64>(cell, start === end ? -1 : text(field, <i32>(start - input), <i32>(end - input), hash));
}

/** As `parse`, row by row and cell by cell, whatever they are. */
function parseRows(from: i32, length: i32, final: bool, row: i32, rowsToFill: i32): i32 {
  const limit = input + <usize>length;
  let at = input + <usize>from;
  while (row < rowsToFill && at < limit) {
    const start = at;
    const first = load<u8>(at);
    if (first === LINE_FEED || first === CARRIAGE_RETURN) {
      at++;
      continue;
    }
    if (<i32>first === comment) {
      while (load<u8>(at) !== LINE_FEED && load<u8>(at) !== CARRIAGE_RETURN) at++;
      if (at === limit && !final) return incomplete(start, row);
      continue;
    }
    let field = 0;
    let isOdd = false;
    for (;;) {
      let end = endOfField(at);
      if (end === limit || !readCell(field, row, at, end)) {
        const after = odd(field, row, <i32>(at - input));
        if (after < 0) return incomplete(start, row);
        isOdd = true;
        end = input + <usize>after;
      }
      field++;
      at = end + 1;
      if (load<u8>(end) === delimiter && end < limit) {
        if (field < fields) continue;
        isOdd = true;
        const after = surplus(field, row, <i32>(at - input));
        if (after < 0) return incomplete(start, row);
        at = input + <usize>after;
      } else if (field < fields) {
        isOdd = true;
        shortage(field, row);
      }
      break;
    }
    if (at - start > MAX_RECORD_BYTES) tooLong(row);
    if (isOdd) commit();
    bound(row, start, at - 1);
    row++;
  }
  rowsFilled = row;
  return <i32>(at - input);
}

/** Reads a field unless it is odd. */
function readCell(field: i32, row: i32, at: usize, end: usize): bool {
  const mode = <u32>load<u8>(modes + field);
  if (mode === READ_NUMBER) return readNumber(at, end, cellOf(field, row));
  if (<u32>load<u8>(at) === QUOTE) return false;
  if (mode === READ_TEXT) readText(field, at, end, cellOf(field, row));
  return true;
}

/** The place of the first terminator from `at` on. */
function endOfField(at: usize): usize {
  const ofDelimiter = i8x16.splat(delimiter);
  let mask = terminators16(v128.load(at), ofDelimiter);
  while (mask === 0) {
    at += 16;
    mask = terminators16(v128.load(at), ofDelimiter);
  }
  return at + <usize>ctz(mask);
}

function incomplete(start: usize, row: i32): i32 {
  rowsFilled = row;
  return -1 - <i32>(start - input);
}

/** Reads the number `start … end − 1`, or the missing cell, into the cell; false where it is none that is plain. */
function readNumber(start: usize, end: usize, cell: usize): bool {
  if (start === end) {
    store<f64>(cell, NaN);
    return true;
  }
  const isNegative = <u32>load<u8>(start) === MINUS;
  const digitsAt = start + <usize>isNegative;
  const length = end - digitsAt;
  if (length - 1 < 16) {
    // The digits end with the 16 bytes; before them are zeros.
    const bytes = v128.load(end - 16);
    const ours = v128.load(ONES + length);
    let digits = v128.and(i8x16.sub(bytes, v128.load(ZEROS)), ours);
    const points = i8x16.bitmask(v128.and(i8x16.eq(bytes, v128.load(POINTS)), ours));
    let decimals: usize = 0;
    if (points !== 0) {
      // What stands before the point moves over it. (A second point is no digit, and found below.)
      const place = <usize>ctz(points);
      decimals = 15 - place;
      const moved = i8x16.shuffle(
        v128.load(ONES),
        digits,
        15,
        16,
        17,
        18,
        19,
        20,
        21,
        22,
        23,
        24,
        25,
        26,
        27,
        28,
        29,
        30,
      );
      digits = v128.bitselect(moved, digits, v128.load(ONES + 31 - place));
    }
    if (!v128.any_true(i8x16.sub_sat_u(digits, v128.load(NINES))) && (points === 0 || length > 1)) {
      // Pairs, fours and eights of digits become numbers: (10 a + b), then (100 a + b), then (10,000 a + b).
      const pairs = i16x8.add(
        i16x8.mul(v128.and(digits, v128.load(LOW_BYTES)), v128.load(TEN_WORDS)),
        i16x8.shr_u(digits, 8),
      );
      const fours = i32x4.dot_i16x8_s(pairs, v128.load(HUNDREDS));
      const eights = i32x4.dot_i16x8_s(i16x8.narrow_i32x4_u(fours, fours), v128.load(MYRIADS));
      const both = i64x2.extract_lane(eights, 0);
      const mantissa = (both & 0xffffffff) * 100000000 + (both >>> 32);
      if (mantissa < 9007199254740992) {
        let value = <f64>mantissa;
        if (decimals !== 0) value /= load<f64>(POWERS_OF_TEN + (decimals << 3));
        store<f64>(cell, isNegative ? -value : value);
        return true;
      }
    }
  }
  if (scanLongDecimal(digitsAt) !== end) return false;
  store<f64>(cell, isNegative ? -scanned : scanned);
  return true;
}

/** `scanLongDecimal` of src/csv/scan-decimal.ts: returns the place after the decimal, 0 where it cannot be read here. */
function scanLongDecimal(first: usize): usize {
  let high: f64 = 0;
  let low: f64 = 0;
  let highDigits = 0;
  let lowDigits = 0;
  let decimals = 0;
  let afterPoint = 0;
  let at = first;
  for (; ; at++) {
    const byte = load<u8>(at);
    const digit = <u32>byte - ZERO;
    if (digit <= 9) {
      decimals += afterPoint;
      if (highDigits < 15) {
        high = high * 10 + <f64>digit;
        if (high > 0) highDigits++;
      } else if (lowDigits < 15) {
        low = low * 10 + <f64>digit;
        lowDigits++;
      } else {
        return 0;
      }
    } else if (byte === POINT && afterPoint === 0) {
      afterPoint = 1;
    } else {
      break;
    }
  }
  if (at - first === <usize>afterPoint) return 0;
  let power = -decimals;
  if ((load<u8>(at) | 0x20) === 0x65) {
    at++;
    const sign = <u32>load<u8>(at);
    if (sign === MINUS || sign === PLUS) at++;
    const firstOfExponent = at;
    let exponent = 0;
    for (let digit = <u32>load<u8>(at) - ZERO; digit <= 9; digit = <u32>load<u8>(++at) - ZERO) {
      // What is larger is out of reach anyway, and must not overflow.
      if (exponent < 100_000_000) exponent = exponent * 10 + <i32>digit;
    }
    if (at === firstOfExponent) return 0;
    power += sign === MINUS ? -exponent : exponent;
  }
  if (power < -22 || power > 22) return 0;
  scanned = lowDigits === 0 ? scaled(high, power) : scaledLong(high, low, lowDigits, power);
  return scanned < 0 ? 0 : at;
}

function scaled(mantissa: f64, power: i32): f64 {
  return power < 0 ? mantissa / powerOfTen(-power) : mantissa * powerOfTen(power);
}

function scaledLong(high: f64, low: f64, lowDigits: i32, power: i32): f64 {
  const shift = powerOfTen(lowDigits);
  const product = high * shift;
  const mantissa = product + low;
  const back = mantissa - product;
  const rest = product - (mantissa - back) + (low - back) + productError(high, shift, product);
  const scale = powerOfTen(power < 0 ? -power : power);
  let value: f64;
  let correction: f64;
  if (power < 0) {
    value = mantissa / scale;
    const exact = value * scale;
    correction = (mantissa - exact - productError(value, scale, exact) + rest) / scale;
  } else {
    value = mantissa * scale;
    correction = productError(mantissa, scale, value) + rest * scale;
  }
  const rounded = value + correction;
  const left = value - rounded + correction;
  return rounded + left * (1 + 1.0 / 1048576) === rounded ? rounded : -1;
}

function productError(a: f64, b: f64, product: f64): f64 {
  const bigA = a * 134217729;
  const highA = bigA - (bigA - a);
  const lowA = a - highA;
  const bigB = b * 134217729;
  const highB = bigB - (bigB - b);
  const lowB = b - highB;
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
}

function powerOfTen(power: i32): f64 {
  return load<f64>(POWERS_OF_TEN + ((<usize>power) << 3));
}
