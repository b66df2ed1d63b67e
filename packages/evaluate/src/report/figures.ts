import { percent } from "../audit/words.js";
import { type Interval, wilsonInterval } from "../intervals.js";
import { type Markup, markup } from "./markup.js";

/** A number as it is read; the exact one is its `value` attribute, for programs. */
function shown(value: number, text: string): Markup {
  return markup`<data value="${value}">${text}</data>`;
}

/** A share, 0 to 1, as per cent. */
export function share(value: number): Markup {
  return shown(value, percent(value));
}

/** A whole number, its digits in groups of three. */
export function count(value: number): Markup {
  return shown(value, grouped(value));
}

/** Digits in groups of three: 25,192. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A score without a unit, to four digits; those too small for them in powers of ten. */
export function score(value: number): Markup {
  const tiny = value !== 0 && Math.abs(value) < 0.00005;
  return shown(value, (tiny ? value.toExponential(1) : value.toFixed(4)).replaceAll("-", "−"));
}

/** What a cell holds where there is no number. */
export const NONE: Markup = markup`<span class="muted">–</span>`;

/** So many of so many rows: their share, with Wilson's interval. */
export interface Rate extends Interval {
  readonly value: number;
  readonly of: number;
}

/** @param of at least `successes`; 0 gives null, for nothing is known then. */
export function rateOf(successes: number, of: number): Rate | null {
  return of === 0 ? null : { value: successes / of, of, ...wilsonInterval(successes, of) };
}

/** An interval of shares. */
export function interval({ low, high }: Interval): Markup {
  return markup`<span class="interval">${share(low)} to ${share(high)}</span>`;
}
