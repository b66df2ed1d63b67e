import type { Interval } from "../../intervals.js";
import { type Markup, markup } from "../markup.js";

const WIDTH = 140;
const HEIGHT = 14;

/** A bar from 0 to `value` of `greatest`, for a cell beside the number; below 0 it is empty. Not read aloud. */
export function bar(value: number, greatest: number): Markup {
  const length = greatest > 0 ? Math.max(0, Math.min(1, value / greatest)) * WIDTH : 0;
  return inCell(markup`<rect class="bar" x="0" y="2" width="${round(length)}" height="10"/>`);
}

/** A share and its interval on a line from 0 to 1, for a cell beside the numbers. Not read aloud. */
export function intervalBar(value: number, { low, high }: Interval): Markup {
  const [from, to, at] = [low, high, value].map((share) => 3 + share * (WIDTH - 6)) as [number, number, number];
  return inCell(
    markup`<path class="track" d="M3,7H${WIDTH - 3}"/><path class="extent" d="M${round(from)},7H${round(to)}"/><circle class="bar" cx="${round(at)}" cy="7" r="3"/>`,
  );
}

function inCell(content: Markup): Markup {
  return markup`<svg class="cell" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" aria-hidden="true">${content}</svg>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
