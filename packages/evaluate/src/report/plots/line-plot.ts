import { Markup, markup } from "../markup.js";
import type { Drawing } from "../peers.js";
import { thinned } from "./thin.js";

/** An axis, from the first value of its domain to the second. */
export interface Axis {
  readonly label: string;
  readonly domain: readonly [number, number];
  /** Shares are written as per cent. */
  readonly unit: "share" | "number";
  /** Equal ratios take equal lengths; then the domain must lie above 0, and what is below it is drawn at its edge. */
  readonly logarithmic?: boolean;
}

/** A line. `style` is one of the stylesheet's, told apart by colour and dashes; steps keep a point's height up to the next. */
export interface Series {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  readonly style: SeriesStyle;
  readonly steps?: boolean;
}

export type SeriesStyle = "first" | "second" | "third" | "reference";

/** Something at one place of a plot. `label` is read aloud, and shown where a pointer rests. */
export type Mark =
  | {
      readonly kind: "point";
      readonly x: number;
      readonly y: number;
      readonly label: string;
      readonly style: SeriesStyle;
    }
  | {
      readonly kind: "range";
      readonly x: number;
      readonly low: number;
      readonly high: number;
      readonly label: string;
      readonly style: SeriesStyle;
    }
  | { readonly kind: "vertical"; readonly x: number; readonly label: string };

export interface LinePlot {
  /** Unique in the document: the ids of title and description begin with it. */
  readonly id: string;
  readonly title: string;
  /** What is to be seen, for who cannot see it. */
  readonly description: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  readonly marks?: readonly Mark[];
  /** Small ones have fewer ticks, and axes without names. */
  readonly small?: boolean;
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly ticks: number;
}

const LARGE: Frame = { width: 480, height: 340, left: 60, right: 454, top: 12, bottom: 290, ticks: 5 };
const SMALL: Frame = { width: 220, height: 190, left: 46, right: 200, top: 10, bottom: 164, ticks: 2 };
/** How far from its point a mark reaches. */
const REACH = 4.5;

type Scale = ((value: number) => number) & { ticks(count?: number): number[] };

/** Lines over two axes, as an SVG whose colours are the stylesheet's. */
export function linePlot(drawing: Drawing, plot: LinePlot): Markup {
  const frame = plot.small === true ? SMALL : LARGE;
  const { width, height, left, right, top, bottom } = frame;
  const x = scaleOf(drawing, plot.x, [left, right]);
  const y = scaleOf(drawing, plot.y, [bottom, top]);
  const [titleId, descriptionId] = [`${plot.id}-title`, `${plot.id}-desc`];
  return markup`<svg class="plot" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${titleId} ${descriptionId}">
<title id="${titleId}">${plot.title}</title>
<desc id="${descriptionId}">${plot.description}</desc>
${horizontalTicks(plot.x, x, frame)}${verticalTicks(plot.y, y, frame)}
<path class="frame" d="M${left},${top}V${bottom}H${right}"/>
${plot.small !== true && axisNames(plot, frame)}
${plot.series.map((series) => pathOf(drawing, series, x, y))}
${(plot.marks ?? []).map((mark) => markOf(mark, x, y, frame))}
</svg>`;
}

function scaleOf({ scaleLinear, scaleLog }: Drawing, axis: Axis, range: [number, number]): Scale {
  const scale = axis.logarithmic === true ? scaleLog() : scaleLinear();
  const placed = scale.domain(axis.domain).range(range).clamp(true);
  return Object.assign((value: number) => placed(value), { ticks: (count?: number) => placed.ticks(count) });
}

function ticksOf(axis: Axis, scale: Scale, count: number): { value: number; text: string }[] {
  const all = scale.ticks(count);
  // Between the powers of ten there are no names.
  const values = axis.logarithmic === true ? all.filter(isPowerOfTen) : all;
  return values.map((value) => ({ value, text: axis.unit === "share" ? percentOf(value) : numberOf(value) }));
}

function isPowerOfTen(value: number): boolean {
  return /^1(e[+-]\d+)?$/.test(value.toExponential());
}

/** As few digits as tell ticks apart, which are sums of tenths and not quite exact. */
function percentOf(value: number): string {
  return `${numberOf(value * 100)} %`;
}

function numberOf(value: number): string {
  return String(Number(value.toPrecision(6))).replace("-", "−");
}

function horizontalTicks(axis: Axis, scale: Scale, { top, bottom, ticks }: Frame): Markup[] {
  return ticksOf(axis, scale, ticks).map(({ value, text }) => {
    const at = round(scale(value));
    return markup`<path class="grid" d="M${at},${top}V${bottom}"/><text class="tick" x="${at}" y="${bottom + 16}" text-anchor="middle">${text}</text>`;
  });
}

function verticalTicks(axis: Axis, scale: Scale, { left, right, ticks }: Frame): Markup[] {
  return ticksOf(axis, scale, ticks).map(({ value, text }) => {
    const at = round(scale(value));
    return markup`<path class="grid" d="M${left},${at}H${right}"/><text class="tick" x="${left - 7}" y="${at + 4}" text-anchor="end">${text}</text>`;
  });
}

function axisNames({ x, y }: LinePlot, { height, left, right, top, bottom }: Frame): Markup {
  const middle = (top + bottom) / 2;
  return markup`<text class="axis" x="${(left + right) / 2}" y="${height - 10}" text-anchor="middle">${x.label}</text><text class="axis" transform="translate(13 ${middle}) rotate(-90)" text-anchor="middle">${y.label}</text>`;
}

function pathOf({ line, curveStepAfter, curveLinear }: Drawing, series: Series, x: Scale, y: Scale): Markup {
  const points = thinned({ x: Array.from(series.x, x), y: Array.from(series.y, y) });
  const path = line<[number, number]>()
    .curve(series.steps === true ? curveStepAfter : curveLinear)
    .digits(1);
  // Numbers and letters of d3-shape's, and longer than any text.
  const data = new Markup(path(points) ?? "");
  return markup`<path class="line ${series.style}" d="${data}"/>`;
}

function markOf(mark: Mark, x: Scale, y: Scale, { top, bottom }: Frame): Markup {
  const at = round(x(mark.x));
  const title = markup`<title>${mark.label}</title>`;
  if (mark.kind === "vertical") return markup`<path class="marker" d="M${at},${top}V${bottom}">${title}</path>`;
  if (mark.kind === "point") {
    return markup`<circle class="mark ${mark.style}" cx="${at}" cy="${round(y(mark.y))}" r="${REACH}">${title}</circle>`;
  }
  const [low, high] = [round(y(mark.low)), round(y(mark.high))];
  const [west, east] = [round(at - REACH), round(at + REACH)];
  return markup`<path class="range ${mark.style}" d="M${west},${low}H${east}M${at},${low}V${high}M${west},${high}H${east}">${title}</path>`;
}

/** A sample of a series' line, for a legend. */
export function swatch(style: SeriesStyle): Markup {
  return markup`<svg class="swatch" viewBox="0 0 34 10" width="34" height="10" aria-hidden="true"><path class="line ${style}" d="M1,5H33"/></svg>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
