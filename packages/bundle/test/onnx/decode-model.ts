import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** A message by field number: for each field its values, texts and messages as bytes. */
type Fields = ReadonlyMap<number, readonly (number | Uint8Array)[]>;

/** A model as read back from its bytes, as far as tests look at it. */
export interface DecodedModel {
  readonly irVersion: number;
  readonly producer: string;
  readonly opsets: Readonly<Record<string, number>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly inputs: readonly DecodedValue[];
  readonly outputs: readonly DecodedValue[];
  readonly nodes: readonly DecodedNode[];
}

interface DecodedValue {
  readonly name: string;
  /** TensorProto.DataType. */
  readonly type: number;
  readonly shape: readonly (number | string)[];
}

interface DecodedNode {
  readonly type: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Fields>>;
}

/** Reads a ModelProto by the field numbers of onnx.proto. */
export function decodeModel(bytes: Uint8Array): DecodedModel {
  const model = fieldsOf(bytes);
  const graph = fieldsOf(bytesOf(model, 7));
  return {
    irVersion: numberOf(model, 1),
    producer: textOf(model, 2),
    opsets: Object.fromEntries(messages(model, 8).map((entry) => [textOf(entry, 1), numberOf(entry, 2)])),
    metadata: Object.fromEntries(messages(model, 14).map((entry) => [textOf(entry, 1), textOf(entry, 2)])),
    inputs: messages(graph, 11).map(valueInfo),
    outputs: messages(graph, 12).map(valueInfo),
    nodes: messages(graph, 1).map((node) => ({
      type: textOf(node, 4),
      domain: textOf(node, 7),
      inputs: textsOf(node, 1),
      outputs: textsOf(node, 2),
      attributes: Object.fromEntries(messages(node, 5).map((attribute) => [textOf(attribute, 1), attribute])),
    })),
  };
}

/** The list of floats of an attribute. */
export function floatsOf(attribute: Fields | undefined): number[] {
  const packed = bytesOf(attribute!, 7);
  return [...new Float32Array(packed.slice().buffer)];
}

function valueInfo(value: Fields): DecodedValue {
  const tensor = fieldsOf(bytesOf(fieldsOf(bytesOf(value, 2)), 1));
  const shape = messages(fieldsOf(bytesOf(tensor, 2)), 1);
  return {
    name: textOf(value, 1),
    type: numberOf(tensor, 1),
    shape: shape.map((dimension) => (dimension.has(2) ? textOf(dimension, 2) : numberOf(dimension, 1))),
  };
}

function fieldsOf(bytes: Uint8Array): Fields {
  const reader = new BinaryReader(bytes);
  const fields = new Map<number, (number | Uint8Array)[]>();
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    const values = fields.get(field) ?? [];
    fields.set(field, values);
    if (type === WireType.Varint) values.push(Number(reader.int64()));
    else if (type === WireType.Bit32) values.push(reader.float());
    else if (type === WireType.LengthDelimited) values.push(reader.bytes());
    else throw new Error(`The field ${field} has the wire type ${type}.`);
  }
  return fields;
}

function messages(fields: Fields, field: number): Fields[] {
  return (fields.get(field) ?? []).map((value) => fieldsOf(value as Uint8Array));
}

function bytesOf(fields: Fields, field: number): Uint8Array {
  return (fields.get(field)?.[0] ?? new Uint8Array(0)) as Uint8Array;
}

function numberOf(fields: Fields, field: number): number {
  return fields.get(field)![0] as number;
}

function textOf(fields: Fields, field: number): string {
  return new TextDecoder().decode(bytesOf(fields, field));
}

function textsOf(fields: Fields, field: number): string[] {
  return (fields.get(field) ?? []).map((value) => new TextDecoder().decode(value as Uint8Array));
}
