import type { GraphBuilder, Value } from "./graph-builder.js";
import type { ElementType } from "./model.js";
import { ELEMENT_TYPES } from "./model.js";

/** A value of the graph, or a number that is the same for all rows. */
export type Operand = Value | number;

/** Doubles that are computed element by element, each operation rounded by itself: the arithmetic of a bundle's format. */
export class Arithmetic {
  constructor(readonly graph: GraphBuilder) {}

  add(a: Operand, b: Operand): Value {
    return this.of("Add", a, b);
  }

  subtract(a: Operand, b: Operand): Value {
    return this.of("Sub", a, b);
  }

  multiply(a: Operand, b: Operand): Value {
    return this.of("Mul", a, b);
  }

  divide(a: Operand, b: Operand): Value {
    return this.of("Div", a, b);
  }

  absolute(a: Operand): Value {
    return this.of("Abs", a);
  }

  isLess(a: Operand, b: Operand): Value {
    return this.of("Less", a, b);
  }

  isAtLeast(a: Operand, b: Operand): Value {
    return this.of("GreaterOrEqual", a, b);
  }

  /** `then` where the condition holds. */
  where(condition: Value, then: Operand, otherwise: Operand): Value {
    return this.graph.node("Where", [condition, this.value(then), this.value(otherwise)]);
  }

  /** The lesser of both; NaN stays. (ONNX leaves open what Min, Max and Clip make of it.) */
  atMost(x: Value, high: Operand): Value {
    return this.where(this.isLess(high, x), high, x);
  }

  /** At most `high` and at least `low`; NaN stays. */
  clamp(x: Value, low: Operand, high: Operand): Value {
    return this.atMost(this.where(this.isLess(x, low), low, x), high);
  }

  /** An operator of numbers. */
  of(type: string, ...operands: readonly Operand[]): Value {
    return this.graph.node(
      type,
      operands.map((operand) => this.value(operand)),
    );
  }

  private value(operand: Operand): Value {
    return typeof operand === "number" ? this.graph.double(operand) : operand;
  }
}

/** The value as another type; doubles that become floats are rounded to the nearest. */
export function cast(graph: GraphBuilder, value: Value, to: ElementType, name?: string): Value {
  return graph.node("Cast", [value], { to: { int: ELEMENT_TYPES[to] } }, name);
}

/** Columns of a matrix, in the given order. */
export function pickColumns(graph: GraphBuilder, matrix: Value, places: ArrayLike<number>, name: string): Value {
  return graph.node("Gather", [matrix, graph.integers(`${name} places`, places)], { axis: { int: 1 } }, name);
}

/** Matrices side by side. */
export function sideBySide(graph: GraphBuilder, matrices: readonly Value[], name: string): Value {
  return matrices.length === 1 ? matrices[0]! : graph.node("Concat", matrices, { axis: { int: 1 } }, name);
}

/** For each row whether all of a matrix of truth values is true: rows × 1. */
export function allOfRow(graph: GraphBuilder, matrix: Value): Value {
  const least = graph.node("ReduceMin", [cast(graph, matrix, "int32")], { axes: { ints: [1] }, keepdims: { int: 1 } });
  return cast(graph, least, "bool");
}
