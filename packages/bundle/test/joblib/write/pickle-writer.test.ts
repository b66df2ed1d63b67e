import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type NumpyArray, type PythonObject, readJoblib } from "../../../src/joblib/index.js";
import { pickled } from "../../../src/joblib/write/pickle-writer.js";
import {
  dict,
  int64Array,
  numberArray,
  PythonFloat,
  textArray,
  type Writable,
  WritableObject,
  WritableTuple,
} from "../../../src/joblib/write/values.js";
import { told } from "../told.js";

const readBack = async (value: Writable) => (await readJoblib(pickled(value))).value;

describe("pickled", () => {
  it("writes what the reader reads as the same value", async () => {
    const plain = fc.letrec<{ value: Writable }>((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom(null, true, false),
        fc.maxSafeInteger().map((value) => value + 0),
        fc.double({ noNaN: true }).filter((value) => !Object.is(value, -0)),
        fc.string({ unit: "grapheme" }),
        fc.uint8Array({ maxLength: 300 }),
        fc.array(tie("value"), { maxLength: 5 }),
        fc.array(tie("value"), { maxLength: 5 }).map((items) => new WritableTuple(items)),
        fc.dictionary(fc.string(), tie("value"), { maxKeys: 4, noNullPrototype: true }).map((parts) => dict(parts)),
      ),
    })).value;
    await fc.assert(
      fc.asyncProperty(plain, async (value) => {
        expect(told(await readBack(value))).toEqual(expectedOf(value));
      }),
    );
  });

  it("keeps every bit of arrays, their shapes and texts", async () => {
    const floats = Float64Array.of(0.1, -0, Number.MAX_VALUE, 5e-324, Number.NaN, Number.NEGATIVE_INFINITY);
    const value = (await readBack([
      numberArray(floats, [2, 1, 3]),
      numberArray(Float32Array.of(0.1, 3e38)),
      numberArray(Int32Array.of(-1, 2 ** 31 - 1)),
      int64Array([-2, 2 ** 40]),
      textArray(["", " Flow Duration", "é\u2028", "x".repeat(300)]),
    ])) as NumpyArray[];
    expect(value.map(({ shape, type }) => [shape, type.kind, type.itemSize])).toEqual([
      [[2, 1, 3], "f", 8],
      [[2], "f", 4],
      [[2], "i", 4],
      [[2], "i", 8],
      [[4], "O", 8],
    ]);
    expect(value[0]!.numbers()).toEqual(floats);
    expect(value[1]!.numbers()).toEqual(Float64Array.of(Math.fround(0.1), Math.fround(3e38)));
    expect(value[2]!.values()).toEqual([-1, 2 ** 31 - 1]);
    expect(value[3]!.values()).toEqual([-2, 2 ** 40]);
    expect(value[4]!.values()).toEqual(["", " Flow Duration", "é\u2028", "x".repeat(300)]);
  });

  it("writes an object that is used twice once, and does not confuse a text with a name", async () => {
    const shared = int64Array([1, 2, 3]);
    const [first, second, name] = (await readBack([shared, shared, "name numpy.ndarray"])) as unknown[];
    expect(first).toBe(second);
    expect(name).toBe("name numpy.ndarray");
    expect(pickled([shared, shared]).length).toBeLessThan(pickled([shared, int64Array([1, 2, 3])]).length);
  });

  it("keeps classes, arguments and states of objects, more than 256 of them", async () => {
    const objects = Array.from(
      { length: 300 },
      (_, place) => new WritableObject(`package.Class${place}`, dict({ place, half: new PythonFloat(2) }), [place]),
    );
    const read = (await readBack([...objects, new WritableObject("a.b.C", null), objects[299]!])) as PythonObject[];
    expect(read[299]).toBe(read[301]);
    expect(read[7]).toMatchObject({ qualifiedName: "package.Class7", args: [7], isCall: true });
    expect(read[7]!.attribute("place")).toBe(7);
    expect(read[300]).toMatchObject({ qualifiedName: "a.b.C", isCall: false });
  });

  it("writes whole floats as floats, which Python tells from ints", () => {
    expect(pickled(new PythonFloat(1))).toEqual(Uint8Array.of(0x80, 4, 0x47, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0x2e));
    expect(pickled(1)).toEqual(Uint8Array.of(0x80, 4, 0x4b, 1, 0x2e));
  });

  it("refuses half a surrogate pair, of which UTF-8 would make another text", () => {
    expect(() => pickled(["a\ud800b"])).toThrowError(expect.objectContaining({ code: "unsupported-name" }));
    expect(() => pickled(["\udc00"])).toThrowError(expect.objectContaining({ code: "unsupported-name" }));
    expect(pickled("\u{1f600}").length).toBe(10);
  });
});

/** What `told` says of the value when it was read. */
function expectedOf(value: Writable): unknown {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("hex") };
  if (value instanceof WritableTuple) return { tuple: value.items.map(expectedOf) };
  if (value instanceof Map) return { dict: [...value].map(([key, item]) => [key, expectedOf(item as Writable)]) };
  if (Array.isArray(value)) return value.map(expectedOf);
  if (value === Number.POSITIVE_INFINITY) return { float: "inf" };
  if (value === Number.NEGATIVE_INFINITY) return { float: "-inf" };
  return value;
}
