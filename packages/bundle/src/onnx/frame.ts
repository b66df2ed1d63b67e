import { pickColumns, sideBySide } from "./arithmetic.js";
import type { GraphBuilder, Value } from "./graph-builder.js";

/**
 * A column of numbers by its place in the matrix, or a text by the input it came from and what fills its missing cells.
 * Numbers that an encoder made may have rows that it refuses, which matters if the column is there after the last step:
 * `taken` is rows × 1, true where it does not.
 */
export type FrameColumn =
  | { readonly name: string; readonly place: number; readonly taken: Value | null }
  | { readonly name: string; readonly text: Value; readonly fill: string | null };

export type TextColumn = Extract<FrameColumn, { readonly text: Value }>;
export type NumberColumn = Exclude<FrameColumn, TextColumn>;

/** Columns on their way through the steps. Those that are numbers lie in one matrix of doubles, each in a place of its own. */
export interface Frame {
  /** rows × width; null where there are no numbers. The places that no column has are of no use any more. */
  readonly matrix: Value | null;
  readonly width: number;
  readonly columns: readonly FrameColumn[];
}

export function isText(column: FrameColumn): column is TextColumn {
  return "text" in column;
}

/** Finds columns by name, the first of several: a step before has seen that they are there. */
export function finder({ columns }: Frame): (name: string) => FrameColumn {
  const byName = new Map<string, FrameColumn>();
  for (const column of columns) if (!byName.has(column.name)) byName.set(column.name, column);
  return (name) => byName.get(name)!;
}

/** The frame with only what columns have in its matrix, in their order. */
export function compact(graph: GraphBuilder, frame: Frame): Frame {
  const places = frame.columns.flatMap((column) => (isText(column) ? [] : [column.place]));
  if (places.length === frame.width && places.every((place, at) => place === at)) return frame;
  if (places.length === 0) return { ...frame, matrix: null, width: 0 };
  let next = 0;
  return {
    matrix: pickColumns(graph, frame.matrix!, places, "columns"),
    width: places.length,
    columns: frame.columns.map((column) => (isText(column) ? column : { ...column, place: next++ })),
  };
}

/** New columns of a step: their names, and a matrix with a column for each; null where there are none. */
export interface MadeColumns {
  readonly names: readonly string[];
  readonly matrix: Value | null;
  /** As that of a column, for all of them. */
  readonly taken: Value | null;
}

/** The frame with some columns replaced by new ones, side by side in the place of the old one. */
export function replaceColumns(graph: GraphBuilder, frame: Frame, made: ReadonlyMap<string, MadeColumns>): Frame {
  const added: Value[] = frame.matrix === null ? [] : [frame.matrix];
  let { width } = frame;
  const columns = frame.columns.flatMap((column): FrameColumn[] => {
    const own = made.get(column.name);
    if (own === undefined) return [column];
    if (own.matrix !== null) added.push(own.matrix);
    return own.names.map((name) => ({ name, place: width++, taken: own.taken }));
  });
  return { matrix: added.length === 0 ? null : sideBySide(graph, added, "columns"), width, columns };
}
