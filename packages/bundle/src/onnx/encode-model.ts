import {
  type Attribute,
  ELEMENT_TYPES,
  type Graph,
  type Model,
  type Node,
  type Tensor,
  type ValueInfo,
} from "./model.js";
import { OnnxError } from "./onnx-error.js";

type Wire = typeof import("@bufbuild/protobuf/wire");
type Writer = InstanceType<Wire["BinaryWriter"]>;

/** Wire type of texts, bytes, messages and packed lists. */
const LENGTH_DELIMITED = 2;
const VARINT = 0;
const FIXED_32 = 5;

/** AttributeProto.AttributeType. */
const ATTRIBUTE_TYPES = { float: 1, int: 2, text: 3, floats: 6, ints: 7, texts: 8 } as const;

/** @throws OnnxError `missing-peer`. */
async function loadWire(): Promise<Wire> {
  try {
    return await import("@bufbuild/protobuf/wire");
  } catch (cause) {
    throw new OnnxError(
      "missing-peer",
      "toOnnx needs the package @bufbuild/protobuf, an optional peer of @mlsec/bundle. Install it: npm install @bufbuild/protobuf",
      { package: "@bufbuild/protobuf" },
      { cause },
    );
  }
}

/**
 * A model as the bytes of its file: a ModelProto of onnx.proto, whose messages and field numbers are
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
 *
 * @throws OnnxError `missing-peer`.
 */
export async function encodeModel(model: Model): Promise<Uint8Array> {
  const { BinaryWriter } = await loadWire();
  return new ModelEncoder(() => new BinaryWriter()).model(model);
}

/** Each method is a message, and writes the fields that models here have. */
class ModelEncoder {
  constructor(private readonly writer: () => Writer) {}

  model({ graph, irVersion, opsets, producer, doc, metadata }: Model): Uint8Array {
    const to = this.writer();
    integer(to, 1, irVersion);
    text(to, 2, producer.name);
    text(to, 3, producer.version);
    text(to, 6, doc);
    bytes(to, 7, this.graph(graph));
    for (const [domain, version] of opsets) bytes(to, 8, this.opset(domain, version));
    for (const [key, value] of metadata) bytes(to, 14, this.entry(key, value));
    return to.finish();
  }

  private opset(domain: string, version: number): Uint8Array {
    const to = this.writer();
    text(to, 1, domain);
    integer(to, 2, version);
    return to.finish();
  }

  private entry(key: string, value: string): Uint8Array {
    const to = this.writer();
    text(to, 1, key);
    text(to, 2, value);
    return to.finish();
  }

  private graph({ name, nodes, constants, inputs, outputs }: Graph): Uint8Array {
    const to = this.writer();
    for (const node of nodes) bytes(to, 1, this.node(node));
    text(to, 2, name);
    for (const [name, tensor] of constants) bytes(to, 5, this.tensor(name, tensor));
    for (const input of inputs) bytes(to, 11, this.value(input));
    for (const output of outputs) bytes(to, 12, this.value(output));
    return to.finish();
  }

  private node({ type, domain, inputs, outputs, attributes }: Node): Uint8Array {
    const to = this.writer();
    for (const input of inputs) text(to, 1, input);
    for (const output of outputs) text(to, 2, output);
    // Named after what it makes, which no other node does.
    text(to, 3, `${type} ${outputs[0]}`);
    text(to, 4, type);
    for (const [name, attribute] of attributes) bytes(to, 5, this.attribute(name, attribute));
    if (domain !== "") text(to, 7, domain);
    return to.finish();
  }

  private attribute(name: string, attribute: Attribute): Uint8Array {
    const to = this.writer();
    text(to, 1, name);
    if ("float" in attribute) to.tag(2, FIXED_32).float(attribute.float);
    else if ("int" in attribute) integer(to, 3, attribute.int);
    else if ("text" in attribute) text(to, 4, attribute.text);
    else if ("floats" in attribute) bytes(to, 7, rawBytes(Float32Array.from(attribute.floats)));
    else if ("ints" in attribute) bytes(to, 8, this.packedIntegers(attribute.ints));
    else for (const item of attribute.texts) text(to, 9, item);
    integer(to, 20, ATTRIBUTE_TYPES[Object.keys(attribute)[0] as keyof typeof ATTRIBUTE_TYPES]);
    return to.finish();
  }

  private packedIntegers(values: ArrayLike<number>): Uint8Array {
    const to = this.writer();
    for (let i = 0; i < values.length; i++) varint(to, values[i]!);
    return to.finish();
  }

  private tensor(name: string, { type, shape, values }: Tensor): Uint8Array {
    const to = this.writer();
    bytes(to, 1, this.packedIntegers(shape));
    integer(to, 2, ELEMENT_TYPES[type]);
    if (type === "string") for (const item of values as readonly string[]) text(to, 6, item);
    text(to, 8, name);
    if (type === "float") bytes(to, 9, rawBytes(Float32Array.from(values as ArrayLike<number>)));
    else if (type === "double") bytes(to, 9, rawBytes(Float64Array.from(values as ArrayLike<number>)));
    else if (type === "int64")
      bytes(to, 9, rawBytes(BigInt64Array.from(Array.from(values as ArrayLike<number>, BigInt))));
    return to.finish();
  }

  private value({ name, type, shape, doc }: ValueInfo): Uint8Array {
    const dimensions = this.writer();
    for (const dimension of shape) {
      const own = this.writer();
      if (typeof dimension === "number") integer(own, 1, dimension);
      else text(own, 2, dimension);
      bytes(dimensions, 1, own.finish());
    }
    const tensorType = this.writer();
    integer(tensorType, 1, ELEMENT_TYPES[type]);
    bytes(tensorType, 2, dimensions.finish());
    const valueType = this.writer();
    bytes(valueType, 1, tensorType.finish());
    const to = this.writer();
    text(to, 1, name);
    bytes(to, 2, valueType.finish());
    text(to, 3, doc);
    return to.finish();
  }
}

function text(to: Writer, field: number, value: string): void {
  to.tag(field, LENGTH_DELIMITED).string(value);
}

function bytes(to: Writer, field: number, value: Uint8Array): void {
  to.tag(field, LENGTH_DELIMITED).bytes(value);
}

function integer(to: Writer, field: number, value: number): void {
  varint(to.tag(field, VARINT), value);
}

/** An int64. From 0 up to 2³² it has the bytes of an uint32, which are written several times as fast. */
function varint(to: Writer, value: number): void {
  if (value >= 0 && value <= 0xffffffff) to.uint32(value);
  else to.int64(value);
}

/** The bytes of numbers; every engine that runs this has them in the order that files have, little-endian. */
function rawBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
