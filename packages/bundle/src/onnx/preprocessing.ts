import { type InputColumn, type Preprocessor, StateReader } from "@mlsec/preprocess";
import { Arithmetic, allOfRow, cast, pickColumns, sideBySide } from "./arithmetic.js";
import {
  compact,
  type Frame,
  type FrameColumn,
  finder,
  isText,
  type MadeColumns,
  type NumberColumn,
  replaceColumns,
  type TextColumn,
} from "./frame.js";
import type { GraphBuilder, Value } from "./graph-builder.js";
import { signedLog1p } from "./log1p.js";
import { categoriesOf, placesInGraph, policiesOf } from "./lookup.js";
import { OnnxError } from "./onnx-error.js";

/** Where float32 ends: numbers from here on round to infinity. */
const BEYOND_FLOAT32 = 3.4028235677973366e38;

/** A model's matrix in the graph. */
export interface Features {
  /** rows × features, rounded to float32: what every model sees. */
  readonly matrix: Value;
  readonly width: number;
  /** rows × 1: whether the row gets a verdict. */
  readonly isAccepted: Value;
}

/** What all steps share. */
interface Context {
  readonly graph: GraphBuilder;
  readonly math: Arithmetic;
  /** rows × 1 each: all must be true of a row that gets a verdict. */
  readonly conditions: Value[];
}

/**
 * The steps of a preprocessor, computed in doubles with the operations of the bundle format, so that the matrix has the bits
 * that mlsec computes.
 *
 * @throws OnnxError `unsupported-step`.
 */
export function featuresInGraph(graph: GraphBuilder, preprocessor: Preprocessor): Features {
  const context: Context = { graph, math: new Arithmetic(graph), conditions: [] };
  let frame = enter(context, preprocessor.inputs, preprocessor.imputed);
  for (const step of new StateReader(preprocessor.toState(), "preprocessor").objects("steps"))
    frame = applied(context, step, frame);
  const { matrix, width, columns } = compact(graph, frame);
  const { math, conditions } = context;
  const taken = new Set(columns.map((column) => (isText(column) ? null : column.taken)));
  for (const condition of taken) if (condition !== null) conditions.push(condition);
  conditions.push(allOfRow(graph, math.isLess(math.absolute(matrix!), BEYOND_FLOAT32)));
  return {
    matrix: cast(graph, matrix!, "float", "features"),
    width,
    isAccepted: conditions.reduce((a, b) => graph.node("And", [a, b], {}, "row is accepted")),
  };
}

/** The inputs as they come. Infinite numbers that count as missing are NaN from here on; others refuse the row. */
function enter(
  { graph, math, conditions }: Context,
  inputs: readonly InputColumn[],
  filled: ReadonlySet<string>,
): Frame {
  const numbers = inputs.filter(({ type }) => type === "number");
  const columns = inputs.map(({ name, type }) =>
    type === "text"
      ? { name, text: name, fill: null }
      : { name, place: numbers.findIndex((input) => input.name === name), taken: null },
  );
  if (numbers.length === 0) return { matrix: null, width: 0, columns };
  const names = numbers.map(({ name }) => name);
  let matrix = sideBySide(graph, names, "numbers");
  const areFinite = math.isAtLeast(Number.MAX_VALUE, math.absolute(matrix));
  const mayLack = numbers.map(({ name }) => filled.has(name));
  const mayBeInfinite = numbers.map(
    (input, at) => mayLack[at]! && input.type === "number" && input.infinite !== undefined,
  );
  let isGood = areFinite;
  if (mayLack.includes(true)) {
    const isAllowed = (name: string, are: readonly boolean[]): Value =>
      cast(graph, graph.integers(name, are.map(Number)), "bool");
    const isAllowedMissing = graph.node("And", [
      graph.node("IsNaN", [matrix]),
      isAllowed("columns that may lack cells", mayLack),
    ]);
    isGood = graph.node("Or", [isGood, isAllowedMissing]);
    if (mayBeInfinite.includes(true))
      isGood = graph.node("Or", [isGood, isAllowed("columns that may be infinite", mayBeInfinite)]);
    matrix = math.where(areFinite, matrix, Number.NaN);
  }
  conditions.push(allOfRow(graph, isGood));
  return { matrix, width: numbers.length, columns };
}

function applied(context: Context, step: StateReader, frame: Frame): Frame {
  const { graph, math } = context;
  const kind = step.string("step");
  switch (kind) {
    case "keepColumns":
      return { ...frame, columns: step.strings("columns").map(finder(frame)) };
    case "ordinalEncode":
      return encoded(context, step.object("encoder"), frame, false);
    case "oneHotEncode":
      return encoded(context, step.object("encoder"), frame, true);
    case "imputeMissing":
      return imputed(context, step.object("imputer"), frame);
    case "piecewiseLinear":
      return inPieces(context, step.object("encoder"), frame);
    case "log1p":
      return logarithms(context, step.object("scaler").strings("features"), frame);
    case "clip": {
      const columns = new Set(step.strings("columns"));
      const [min, max] = [step.number("min"), step.number("max")];
      return mapped(graph, frame, (matrix, forEach) =>
        math.clamp(
          matrix,
          forEach("least", (name) => (columns.has(name) ? min : Number.NEGATIVE_INFINITY)),
          forEach("most", (name) => (columns.has(name) ? max : Number.POSITIVE_INFINITY)),
        ),
      );
    }
    case "standardScale":
      return centred(context, step.object("scaler"), "mean", frame);
    case "robustScale":
      return centred(context, step.object("scaler"), "center", frame);
    case "minMaxScale": {
      const scaler = step.object("scaler");
      const [scale, offset] = [byFeature(scaler, "scale"), byFeature(scaler, "offset")];
      return mapped(graph, frame, (matrix, forEach) =>
        math.add(
          math.multiply(
            matrix,
            forEach("scale", (name) => scale.get(name) ?? 1),
          ),
          forEach("offset", (name) => offset.get(name) ?? 0),
        ),
      );
    }
    case "union":
      return united(context, step.objects("parts"), frame);
    default:
      throw new OnnxError(
        "unsupported-step",
        `The step ${JSON.stringify(kind)} cannot be written as ONNX. Train without it, or use a newer version of @mlsec/bundle.`,
        { step: kind },
      );
  }
}

/** The frame with a function of its whole matrix, whose parameters are numbers for each column. */
function mapped(
  graph: GraphBuilder,
  frame: Frame,
  map: (matrix: Value, forEach: (what: string, numberOf: (name: string) => number) => Value) => Value,
): Frame {
  const own = compact(graph, frame);
  if (own.matrix === null) return own;
  const names = own.columns.flatMap((column) => (isText(column) ? [] : [column.name]));
  const matrix = map(own.matrix, (what, numberOf) => graph.doubles(what, Float64Array.from(names, numberOf)));
  return { ...own, matrix };
}

function byFeature(scaler: StateReader, key: string): ReadonlyMap<string, number> {
  const values = scaler.float64(key);
  return new Map(scaler.strings("features").map((name, at) => [name, values[at]!]));
}

/** (x − centre) / scale; other columns minus 0, divided by 1. */
function centred({ graph, math }: Context, scaler: StateReader, key: string, frame: Frame): Frame {
  const [centre, scale] = [byFeature(scaler, key), byFeature(scaler, "scale")];
  return mapped(graph, frame, (matrix, forEach) =>
    math.divide(
      math.subtract(
        matrix,
        forEach(key, (name) => centre.get(name) ?? 0),
      ),
      forEach("scale", (name) => scale.get(name) ?? 1),
    ),
  );
}

function imputed({ graph, math }: Context, imputer: StateReader, frame: Frame): Frame {
  const fills = new Map(imputer.objects("fills").map((fill) => [fill.string("name"), fill.raw("value")]));
  const texts = frame.columns.map((column) => {
    const fill = fills.get(column.name);
    // What a step before has filled is not missing any more.
    return isText(column) && typeof fill === "string" ? { ...column, fill: column.fill ?? fill } : column;
  });
  const own = { ...frame, columns: texts };
  if (!own.columns.some((column) => !isText(column) && fills.has(column.name))) return own;
  return mapped(graph, own, (matrix, forEach) => {
    // A column that is not filled keeps NaN.
    const values = forEach("fills", (name) => (fills.get(name) as number | undefined) ?? Number.NaN);
    return math.where(graph.node("IsNaN", [matrix]), values, matrix);
  });
}

function logarithms({ graph }: Context, names: readonly string[], frame: Frame): Frame {
  if (names.length === 0) return frame;
  const places = names.map(finder(frame)).map((column) => numbersOf(column).place);
  const made = signedLog1p(graph, pickColumns(graph, frame.matrix!, places, "counts"));
  const moved = new Map(names.map((name, at) => [name, frame.width + at]));
  return {
    matrix: sideBySide(graph, [frame.matrix!, made], "columns"),
    width: frame.width + names.length,
    columns: frame.columns.map((column) => {
      const place = moved.get(column.name);
      return place === undefined ? column : { ...numbersOf(column), place };
    }),
  };
}

/** How much of each piece of its range lies below a number. */
function inPieces({ graph, math }: Context, encoder: StateReader, frame: Frame): Frame {
  const find = finder(frame);
  const made = new Map<string, FrameColumn[]>();
  const [places, from, range]: [number[], number[], number[]] = [[], [], []];
  for (const column of encoder.objects("columns")) {
    const [name, edges] = [column.string("name"), column.float64("edges")];
    const { place, taken } = numbersOf(find(name));
    const own: FrameColumn[] = [];
    for (const [at, edge] of edges.subarray(0, -1).entries()) {
      own.push({ name: `${name}>${edge}`, place: frame.width + places.length, taken });
      places.push(place);
      from.push(edge);
      range.push(edges[at + 1]! - edge);
    }
    made.set(name, own);
  }
  if (places.length === 0) return frame;
  const all = pickColumns(graph, frame.matrix!, places, "pieces");
  const below = math.subtract(all, graph.doubles("from", from));
  const shares = math.clamp(math.divide(below, graph.doubles("range", range)), 0, 1);
  return {
    matrix: sideBySide(graph, [frame.matrix!, shares], "columns"),
    width: frame.width + places.length,
    columns: frame.columns.flatMap((column) => made.get(column.name) ?? [column]),
  };
}

function numbersOf(column: FrameColumn): NumberColumn {
  return column as NumberColumn;
}

function encoded({ graph, math }: Context, encoder: StateReader, frame: Frame, isOneHot: boolean): Frame {
  const policies = policiesOf(encoder);
  const made = new Map<string, MadeColumns>();
  const find = finder(frame);
  for (const column of encoder.objects("columns")) {
    const own = categoriesOf(column);
    const text = find(own.name) as TextColumn;
    const { values, taken, mayBeNowhere } = placesInGraph(graph, text, own, policies);
    if (!isOneHot) {
      const codes = cast(graph, values, "double");
      const matrix = mayBeNowhere ? math.where(math.isLess(codes, 0), Number.NaN, codes) : codes;
      made.set(own.name, { names: [own.name], matrix, taken });
      continue;
    }
    const names = [...own.categories, ...(own.other ? ["<other>"] : [])].map((category) => `${own.name}=${category}`);
    if (names.length === 0) {
      made.set(own.name, { names, matrix: null, taken });
      continue;
    }
    const all = graph.constant(`all places of ${own.name}`, {
      type: "float",
      shape: [names.length],
      values: Array.from(names.keys()),
    });
    made.set(own.name, { names, matrix: cast(graph, graph.node("Equal", [values, all]), "double"), taken });
  }
  return replaceColumns(graph, frame, made);
}

/** What the parts make of the same columns, side by side. */
function united(context: Context, parts: readonly StateReader[], frame: Frame): Frame {
  const { graph } = context;
  const frames = parts.map((part) => {
    const columns = part.strings("columns").map(finder(frame));
    const made = part
      .objects("steps")
      .reduce((before: Frame, step) => applied(context, step, before), { ...frame, columns });
    return { prefix: part.string("name"), made: compact(graph, made) };
  });
  let width = 0;
  const columns = frames.flatMap(({ prefix, made }) => {
    const offset = width;
    width += made.width;
    return made.columns.map((column) => {
      const name = `${prefix}: ${column.name}`;
      return isText(column) ? { ...column, name } : { ...column, name, place: offset + column.place };
    });
  });
  const matrices = frames.flatMap(({ made }) => (made.matrix === null ? [] : [made.matrix]));
  return { matrix: matrices.length === 0 ? null : sideBySide(graph, matrices, "union"), width, columns };
}
