import type { Attribute, Graph, Node, Tensor, ValueInfo } from "./model.js";

/** The name of a tensor in the graph. */
export type Value = string;

/** The operators of classical machine learning. */
export const ML_DOMAIN = "ai.onnx.ml";

type Attributes = Readonly<Record<string, Attribute>>;

/** Nodes and constants, with names that nothing else of the graph has. */
export class GraphBuilder {
  private readonly nodes: Node[] = [];
  private readonly constants = new Map<string, Tensor>();
  /** Names of constants that are one number, by type and number: there are many of them. */
  private readonly scalars = new Map<string, Value>();
  private readonly names: Set<string>;
  /** How often a name has been wanted. */
  private readonly wanted = new Map<string, number>();

  /** @param taken names that are not to be given: those of inputs and outputs. */
  constructor(taken: Iterable<string>) {
    this.names = new Set(taken);
  }

  /** The output of a node of ai.onnx. @param name what it is called, or begins with where that is taken; default the type. */
  node(type: string, inputs: readonly Value[], attributes: Attributes = {}, name: string = type): Value {
    const made = this.freshName(name);
    this.add({ type, domain: "", inputs, outputs: [made], attributes: new Map(Object.entries(attributes)) });
    return made;
  }

  /** The outputs of a node that has several, or of an operator of another domain. */
  nodeOf(
    domain: string,
    type: string,
    inputs: readonly Value[],
    attributes: Attributes,
    outputs: readonly string[],
  ): Value[] {
    // An output without a name is one that is not there.
    const made = outputs.map((name) => (name === "" ? "" : this.freshName(name)));
    this.add({ type, domain, inputs, outputs: made, attributes: new Map(Object.entries(attributes)) });
    return made;
  }

  /** Makes a value the output of the given name. */
  output(value: Value, name: string): void {
    this.add({ type: "Identity", domain: "", inputs: [value], outputs: [name], attributes: new Map() });
  }

  private add(node: Node): void {
    this.nodes.push(node);
  }

  constant(name: string, tensor: Tensor): Value {
    const made = this.freshName(name);
    this.constants.set(made, tensor);
    return made;
  }

  /** A row of doubles, to be applied to each row. */
  doubles(name: string, values: ArrayLike<number>): Value {
    return this.constant(name, { type: "double", shape: [values.length], values });
  }

  double(value: number): Value {
    return this.scalar("double", value);
  }

  float(value: number): Value {
    return this.scalar("float", value);
  }

  integer(value: number): Value {
    return this.scalar("int64", value);
  }

  integers(name: string, values: ArrayLike<number>): Value {
    return this.constant(name, { type: "int64", shape: [values.length], values });
  }

  private scalar(type: "double" | "float" | "int64", value: number): Value {
    const key = `${type} ${Object.is(value, -0) ? "-0" : value}`;
    const known = this.scalars.get(key);
    if (known !== undefined) return known;
    const made = this.constant(key, { type, shape: [], values: [value] });
    this.scalars.set(key, made);
    return made;
  }

  build(name: string, inputs: readonly ValueInfo[], outputs: readonly ValueInfo[]): Graph {
    return { name, inputs, outputs, nodes: this.nodes, constants: this.constants };
  }

  private freshName(wanted: string): string {
    let number = (this.wanted.get(wanted) ?? 0) + 1;
    let name = number === 1 ? wanted : `${wanted} ${number}`;
    while (this.names.has(name)) name = `${wanted} ${++number}`;
    this.wanted.set(wanted, number);
    this.names.add(name);
    return name;
  }
}
