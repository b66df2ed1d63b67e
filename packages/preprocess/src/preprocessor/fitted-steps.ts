import { indicatorNames, indicators, type OneHotEncoder } from "../encoders/one-hot-encoder.js";
import { type OrdinalEncoder, ordinalCodes } from "../encoders/ordinal-encoder.js";
import { type PiecewiseLinearEncoder, pieceNames, pieces, pieceValue } from "../encoders/piecewise-linear-encoder.js";
import { listSome, MlsecError } from "../errors.js";
import { featureMatrix } from "../feature-matrix.js";
import type { Scaler } from "../scalers/scaler.js";
import { type Fill, fillColumn, type SimpleImputer } from "../simple-imputer.js";
import type { State } from "../state.js";
import { type Frame, type FrameColumn, requireFewColumns } from "./frame.js";
import type { Slot, TextOrigin, ValueMap } from "./slots.js";

/** A step that has learned what it needs. */
export interface FittedStep {
  /** What it makes of columns. */
  apply(frame: Frame): FrameColumn[];
  /** What it makes of one record: recipes of the same functions. `apply` has accepted the same columns before. */
  plan(slots: readonly Slot[]): Slot[];
  /** The columns whose missing cells it fills. */
  readonly imputes?: readonly string[];
  toState(): State;
}

/** @throws MlsecError `duplicate-column` where a column is named twice. */
export function keepColumns(columns: readonly string[]): FittedStep {
  requireDistinct(columns, "Columns");
  return {
    apply: (frame) => columns.map(finder(frame)),
    plan: (slots) => columns.map(finder(slots)),
    toState: () => ({ step: "keepColumns", columns }),
  };
}

export function ordinalEncode(encoder: OrdinalEncoder): FittedStep {
  const byName = named(encoder.columns);
  return {
    apply: (frame) =>
      replaceEach(frame, byName, (column, categories) => {
        const { places, refusal } = categories.placed(textOf(column));
        return [withNumbers({ ...column, refusal }, column.name, ordinalCodes(places))];
      }),
    plan: (slots) =>
      replaceEach(slots, byName, ({ name, origin }, categories) => [
        { name, origin: { from: "code", text: origin as TextOrigin, categories }, maps: [] },
      ]),
    toState: () => ({ step: "ordinalEncode", encoder: encoder.toState() }),
  };
}

export function oneHotEncode(encoder: OneHotEncoder): FittedStep {
  const byName = named(encoder.columns);
  return {
    apply: (frame) =>
      replaceEach(frame, byName, (column, categories) => {
        const names = indicatorNames(categories);
        const { places, refusal } = categories.placed(textOf(column));
        return indicators(categories, places).map((values, place) =>
          withNumbers({ ...column, refusal }, names[place]!, values),
        );
      }),
    plan: (slots) =>
      replaceEach(slots, byName, ({ origin }, categories) =>
        indicatorNames(categories).map((name, place) => ({
          name,
          origin: { from: "indicator", text: origin as TextOrigin, categories, place },
          maps: [],
        })),
      ),
    toState: () => ({ step: "oneHotEncode", encoder: encoder.toState() }),
  };
}

export function piecewiseLinear(encoder: PiecewiseLinearEncoder): FittedStep {
  const byName = named(encoder.columns);
  return {
    apply: (frame) =>
      replaceEach(frame, byName, (column, piecewise) => {
        const names = pieceNames(piecewise);
        return pieces(piecewise, numbersOf(column)).map((values, piece) => withNumbers(column, names[piece]!, values));
      }),
    plan: (slots) =>
      replaceEach(slots, byName, (slot, piecewise) =>
        pieceNames(piecewise).map((name, piece) => {
          const [from, to] = [piecewise.edges[piece]!, piecewise.edges[piece + 1]!];
          return { ...withMap(slot, (value) => pieceValue(from, to, value)), name };
        }),
      ),
    toState: () => ({ step: "piecewiseLinear", encoder: encoder.toState() }),
  };
}

/** Steps of which each part sees the columns as they come; what they make is put side by side. */
export interface UnionPart {
  /** Put before the names of the columns that it makes. */
  readonly name: string;
  /** The columns that it reads. */
  readonly columns: readonly string[];
  readonly steps: readonly FittedStep[];
}

/** @throws MlsecError `duplicate-column` where two parts have one name. */
export function union(parts: readonly UnionPart[]): FittedStep {
  const all = parts.map(({ name, columns, steps }) => ({ name, steps: [keepColumns(columns), ...steps] }));
  requireDistinct(
    parts.map(({ name }) => name),
    "Parts",
  );
  const sideBySide = <T extends { readonly name: string }>(
    made: (steps: readonly FittedStep[]) => readonly T[],
  ): T[] => {
    const columns: T[] = [];
    for (const { name, steps } of all) {
      for (const column of made(steps)) columns.push({ ...column, name: `${name}: ${column.name}` });
      requireFewColumns(columns.length);
    }
    return columns;
  };
  return {
    apply: (frame) => sideBySide((steps) => steps.reduce((before: Frame, step) => step.apply(before), frame)),
    plan: (slots) => sideBySide((steps) => steps.reduce((before: readonly Slot[], step) => step.plan(before), slots)),
    imputes: imputedByAll(parts),
    toState: () => ({
      step: "union",
      parts: parts.map(({ name, columns, steps }) => ({ name, columns, steps: steps.map((step) => step.toState()) })),
    }),
  };
}

/** The columns whose missing cells every part that reads them fills. */
function imputedByAll(parts: readonly UnionPart[]): string[] {
  const fills = parts.map(({ columns, steps }) => {
    const filled = new Set(steps.flatMap(({ imputes = [] }) => imputes));
    return { filled, unfilled: columns.filter((name) => !filled.has(name)) };
  });
  const unfilled = new Set(fills.flatMap((part) => part.unfilled));
  return [...new Set(fills.flatMap(({ filled }) => [...filled]))].filter((name) => !unfilled.has(name));
}

function requireDistinct(names: readonly string[], what: string): void {
  const known = new Set<string>();
  const twice = names.filter((name) => known.size === known.add(name).size);
  if (twice.length > 0)
    throw new MlsecError("duplicate-column", `${what} have the same name: ${listSome(twice)}.`, { columns: twice });
}

export function imputeMissing(imputer: SimpleImputer): FittedStep {
  const byName = named(imputer.fills);
  return {
    apply: (frame) =>
      replaceEach(frame, byName, (column, fill) => [
        { ...column, cells: fillColumn(column.cells, fill, () => undefined) ?? column.cells },
      ]),
    plan: (slots) => replaceEach(slots, byName, (slot, fill) => [filled(slot, fill)]),
    imputes: imputer.fills.map(({ name }) => name),
    toState: () => ({ step: "imputeMissing", imputer: imputer.toState() }),
  };
}

function filled(slot: Slot, { value }: Fill): Slot {
  if (typeof value === "number") return withMap(slot, (cell) => (Number.isNaN(cell) ? value : cell));
  const origin = slot.origin as TextOrigin;
  return { ...slot, origin: { ...origin, fill: origin.fill ?? value } };
}

export function clip(columns: readonly string[], min: number, max: number): FittedStep {
  if (!(min <= max && max - max === 0 && min - min === 0))
    throw new MlsecError("invalid-option", `Clipping needs finite min <= max, not ${min} and ${max}.`, { min, max });
  const clipped: ValueMap = (value) => Math.min(Math.max(value, min), max);
  const byName = new Map(columns.map((name) => [name, clipped]));
  return {
    apply: (frame) =>
      replaceEach(frame, byName, (column, map) => {
        const values = numbersOf(column);
        const made = new Float64Array(values.length);
        for (let row = 0; row < values.length; row++) made[row] = map(values[row]!);
        return [withNumbers(column, column.name, made)];
      }),
    plan: (slots) => replaceEach(slots, byName, (slot, map) => [withMap(slot, map)]),
    toState: () => ({ step: "clip", columns, min, max }),
  };
}

export function scale(step: string, scaler: Scaler): FittedStep {
  const byName = new Map(scaler.features.map((name, index) => [name, index]));
  return {
    apply: (frame) => {
      const columns = scaler.features.map(finder(frame)).map(numbersOf);
      const scaled = scaler.transform(featureMatrix(scaler.features, columns));
      return replaceEach(frame, byName, (column, index) => [withNumbers(column, column.name, scaled.columns[index]!)]);
    },
    plan: (slots) =>
      replaceEach(slots, byName, (slot, index) => [withMap(slot, (value) => scaler.transformValue(index, value))]),
    toState: () => ({ step, scaler: scaler.toState() }),
  };
}

/** The names, all of which the frame has. @throws MlsecError `missing-column`. */
export function known(frame: Frame, columns: readonly string[]): readonly string[] {
  columns.forEach(finder(frame));
  return columns;
}

/** @throws MlsecError `missing-column`. */
export function find<T extends { readonly name: string }>(columns: readonly T[], name: string): T {
  return finder(columns)(name);
}

/** Finds columns by name, the first of several: in the same time however many there are. It throws `missing-column`. */
function finder<T extends { readonly name: string }>(columns: readonly T[]): (name: string) => T {
  const byName = new Map<string, T>();
  for (const column of columns) if (!byName.has(column.name)) byName.set(column.name, column);
  return (name) => {
    const column = byName.get(name);
    if (column !== undefined) return column;
    throw new MlsecError(
      "missing-column",
      `No column is called ${JSON.stringify(name)} at this step. There are ${listSome([...byName.keys()], 8)}.`,
      { column: name },
    );
  };
}

/** @throws MlsecError `wrong-type`. */
export function numbersOf({ name, cells }: FrameColumn): Float64Array {
  if (cells.kind === "number") return cells.values;
  throw new MlsecError("wrong-type", `Column ${JSON.stringify(name)} holds text where this step needs numbers.`, {
    column: name,
  });
}

function textOf({ name, cells }: FrameColumn): FrameColumn["cells"] {
  if (cells.kind === "text") return cells;
  throw new MlsecError("wrong-type", `Column ${JSON.stringify(name)} holds numbers where this step needs text.`, {
    column: name,
  });
}

/** @throws MlsecError `duplicate-column`: of two entries for one column, two readers could take different ones. */
function named<T extends { readonly name: string }>(items: readonly T[]): ReadonlyMap<string, T> {
  requireDistinct(
    items.map(({ name }) => name),
    "Entries of a step",
  );
  return new Map(items.map((item) => [item.name, item]));
}

/**
 * The columns with each of those that are named in the map replaced.
 *
 * @throws MlsecError `missing-column`, or `too-many-columns` before more are made.
 */
function replaceEach<T extends { readonly name: string }, What>(
  columns: readonly T[],
  byName: ReadonlyMap<string, What>,
  replace: (column: T, what: What) => T[],
): T[] {
  [...byName.keys()].forEach(finder(columns));
  const replaced: T[] = [];
  for (const column of columns) {
    const what = byName.get(column.name);
    if (what === undefined) replaced.push(column);
    else replaced.push(...replace(column, what));
    requireFewColumns(replaced.length);
  }
  return replaced;
}

function withNumbers(column: FrameColumn, name: string, values: Float64Array): FrameColumn {
  return { ...column, name, cells: { kind: "number", values } };
}

function withMap(slot: Slot, map: ValueMap): Slot {
  return { ...slot, maps: [...slot.maps, map] };
}
