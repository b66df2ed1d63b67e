/** Types of ONNX values that models here have, by their numbers in onnx.proto (TensorProto.DataType). */
export const ELEMENT_TYPES = { float: 1, int32: 6, int64: 7, string: 8, bool: 9, double: 11 } as const;
export type ElementType = keyof typeof ELEMENT_TYPES;

/** Numbers or texts of a given shape, row-major. Integers are those of the type's range, and safe ones. */
export interface Tensor {
  readonly type: "float" | "double" | "int64" | "string";
  readonly shape: readonly number[];
  readonly values: ArrayLike<number> | readonly string[];
}

/** An attribute of a node: one integer, one text, or a list. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly ints: ArrayLike<number> }
  | { readonly floats: ArrayLike<number> }
  | { readonly texts: readonly string[] };

export interface Node {
  readonly type: string;
  /** "" for the operators of ai.onnx. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

/** An input or output of the graph. A dimension is a number or the name of one that is free. */
export interface ValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly (number | string)[];
  readonly doc: string;
}

export interface Graph {
  readonly name: string;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<string, Tensor>;
}

/** What a file of ONNX says besides its graph. */
export interface Model {
  readonly graph: Graph;
  readonly irVersion: number;
  /** Version of the operators by domain. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly producer: { readonly name: string; readonly version: string };
  readonly doc: string;
  readonly metadata: ReadonlyMap<string, string>;
}
