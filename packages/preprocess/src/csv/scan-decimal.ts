const ZERO = 0x30;
const MINUS = 0x2d;
const PLUS = 0x2b;
const SMALL_E = 0x65;
/** `'.' - '0'`, so that the byte of a point is recognised where a digit was expected. */
const POINT_DIGIT = -2;

const LARGEST_EXACT = 9007199254740992;
const LARGEST_EXACT_POWER = 22;
/** Digits that one float64 surely holds, and that one 32-bit integer holds. */
const DIGITS_OF_DOUBLE = 15;
const DIGITS_OF_INT32 = 9;

/** 10^0 to 10^22: the powers of ten that float64 holds exactly. */
const POWERS_OF_TEN: Float64Array = /* @__PURE__ */ Float64Array.from({ length: LARGEST_EXACT_POWER + 1 }, (_, k) =>
  Number(`1e${k}`),
);

/**
 * Reads the decimal number that begins at `start` into `out[index]`, correctly rounded, and returns the place of the
 * first byte after it. Where nothing begins there that this function can read, `out[index]` is NaN (a missing cell, if
 * the field is empty) and the result is `start`: the caller finds no field's end there and has `Number()` read the
 * field. Never reads past a byte that is not of a number, so a field's end must be among `bytes`.
 *
 * Two integers of at most nine digits each, around one point, take one division, which rounds correctly while the digits
 * fit into 53 bits (Clinger, "How to read floating point numbers accurately", 1990). What is longer goes to
 * `scanLongDecimal`.
 */
export function scanDecimal(bytes: Uint8Array, start: number, out: Float64Array, index: number): number {
  let at = start;
  const negative = bytes[at] === MINUS;
  if (negative) at++;
  const first = at;
  let whole = 0;
  let digit = bytes[at]! - ZERO;
  while (digit >= 0 && digit <= 9) {
    whole = (Math.imul(whole, 10) + digit) | 0;
    digit = bytes[++at]! - ZERO;
  }
  const wholeDigits = at - first;
  if (digit === POINT_DIGIT) {
    const afterPoint = at + 1;
    let part = 0;
    digit = bytes[++at]! - ZERO;
    while (digit >= 0 && digit <= 9) {
      part = (Math.imul(part, 10) + digit) | 0;
      digit = bytes[++at]! - ZERO;
    }
    const decimals = at - afterPoint;
    if (wholeDigits <= DIGITS_OF_INT32 && decimals <= DIGITS_OF_INT32 && wholeDigits + decimals > 0) {
      const power = POWERS_OF_TEN[decimals]!;
      const mantissa = whole * power + part;
      if (mantissa < LARGEST_EXACT && !isExponent(bytes[at]!)) {
        const value = mantissa / power;
        out[index] = negative ? -value : value;
        return at;
      }
    }
    return scanLongDecimal(bytes, start, first, out, index);
  }
  if (wholeDigits <= DIGITS_OF_INT32 && !isExponent(digit + ZERO)) {
    if (wholeDigits === 0) {
      out[index] = Number.NaN;
      return start;
    }
    out[index] = negative ? -whole : whole;
    return at;
  }
  return scanLongDecimal(bytes, start, first, out, index);
}

function isExponent(byte: number): boolean {
  return (byte | 0x20) === SMALL_E;
}

/** As `scanDecimal`, for up to 30 significant digits and powers of ten from −22 to 22. */
function scanLongDecimal(bytes: Uint8Array, start: number, first: number, out: Float64Array, index: number): number {
  out[index] = Number.NaN;
  let high = 0;
  let low = 0;
  let highDigits = 0;
  let lowDigits = 0;
  let decimals = 0;
  let afterPoint = 0;
  let at = first;
  for (; ; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit >= 0 && digit <= 9) {
      decimals += afterPoint;
      if (highDigits < DIGITS_OF_DOUBLE) {
        high = high * 10 + digit;
        if (high > 0) highDigits++;
      } else if (lowDigits < DIGITS_OF_DOUBLE) {
        low = low * 10 + digit;
        lowDigits++;
      } else {
        return start;
      }
    } else if (digit === POINT_DIGIT && afterPoint === 0) {
      afterPoint = 1;
    } else {
      break;
    }
  }
  if (at - first === afterPoint) return start;
  let power = -decimals;
  if (isExponent(bytes[at]!)) {
    const sign = bytes[++at]!;
    if (sign === MINUS || sign === PLUS) at++;
    const firstOfExponent = at;
    let exponent = 0;
    for (let digit = bytes[at]! - ZERO; digit >= 0 && digit <= 9; digit = bytes[++at]! - ZERO) {
      exponent = exponent * 10 + digit;
    }
    if (at === firstOfExponent) return start;
    power += sign === MINUS ? -exponent : exponent;
  }
  if (!(power >= -LARGEST_EXACT_POWER && power <= LARGEST_EXACT_POWER)) return start;
  const magnitude = lowDigits === 0 ? scaled(high, power) : scaledLong(high, low, lowDigits, power);
  if (Number.isNaN(magnitude)) return start;
  out[index] = bytes[start] === MINUS ? -magnitude : magnitude;
  return at;
}

function scaled(mantissa: number, power: number): number {
  return power < 0 ? mantissa / POWERS_OF_TEN[-power]! : mantissa * POWERS_OF_TEN[power]!;
}

/**
 * `(high · 10^lowDigits + low) · 10^power`, correctly rounded, or NaN where it lies too close to the middle between two
 * floats to tell.
 *
 * All is kept as the unevaluated sum of two floats (Dekker, "A floating-point technique for extending the available
 * precision", 1971), whose relative error is far below 2^−95. The sum rounds correctly unless the rest that rounding
 * leaves, made larger by 2^−20 of itself, would round elsewhere.
 */
function scaledLong(high: number, low: number, lowDigits: number, power: number): number {
  const shift = POWERS_OF_TEN[lowDigits]!;
  const product = high * shift;
  const mantissa = product + low;
  // Both summands' errors: of the sum (Knuth's two-sum) and of the product.
  const back = mantissa - product;
  const rest = product - (mantissa - back) + (low - back) + productError(high, shift, product);
  const scale = POWERS_OF_TEN[Math.abs(power)]!;
  let value: number;
  let correction: number;
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
  return rounded + left * (1 + 1 / 1048576) === rounded ? rounded : Number.NaN;
}

const SPLITTER = 134217729;

/** `a · b − product` exactly, where `product` is the rounded `a · b` (Dekker's product with Veltkamp's split). */
function productError(a: number, b: number, product: number): number {
  const bigA = a * SPLITTER;
  const highA = bigA - (bigA - a);
  const lowA = a - highA;
  const bigB = b * SPLITTER;
  const highB = bigB - (bigB - b);
  const lowB = b - highB;
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
}
