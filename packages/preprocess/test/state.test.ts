import { isNumericArray, StateReader, toPlain } from "@mlsec/preprocess";
import { describe, expect, test } from "vitest";
import { errorOf } from "./support.js";

const state = {
  number: 1.5,
  integer: 7,
  string: "x",
  boolean: false,
  none: null,
  strings: ["a", "b"],
  object: { deep: { leaf: "no number" } },
  objects: [{ a: 1 }, { a: "x" }],
  list: [1, 0.1, -2],
  typed: Float64Array.of(1, 2),
};
const reader = new StateReader(state, "model");

describe("toPlain", () => {
  test("turns typed arrays into lists, at any depth, and leaves the rest as it is", () => {
    const arrays = { a: Float64Array.of(0.1), b: [{ c: Int32Array.of(-1) }, Uint8Array.of(2), Float32Array.of(0.5)] };
    expect(toPlain(arrays)).toEqual({ a: [0.1], b: [{ c: [-1] }, [2], [0.5]] });
    expect(toPlain({ n: null, t: true, s: "x" })).toEqual({ n: null, t: true, s: "x" });
  });

  test("keeps a key called __proto__ as a key", () => {
    const hostile = JSON.parse('{"__proto__": {"polluted": 1}}');
    expect(JSON.stringify(toPlain(hostile))).toBe('{"__proto__":{"polluted":1}}');
  });

  test("only the four kinds of typed array count", () => {
    expect([new Float64Array(), new Float32Array(), new Int32Array(), new Uint8Array()].every(isNumericArray)).toBe(
      true,
    );
    expect([[], new Uint16Array(), new DataView(new ArrayBuffer(1)), null].some(isNumericArray)).toBe(false);
  });
});

describe("StateReader", () => {
  test("hands out what is as it should be", () => {
    expect(reader.number("number", { min: 1.5, max: 1.5 })).toBe(1.5);
    expect(reader.integer("integer")).toBe(7);
    expect(reader.string("string")).toBe("x");
    expect(reader.oneOf("string", ["w", "x"])).toBe("x");
    expect(reader.boolean("boolean")).toBe(false);
    expect(reader.strings("strings")).toEqual(["a", "b"]);
    expect(reader.object("object").object("deep").string("leaf")).toBe("no number");
    expect(reader.objects("objects")[0]!.number("a")).toBe(1);
    expect(reader.float64("list", 3)).toEqual(Float64Array.of(1, 0.1, -2));
    expect(reader.float64("typed")).toBe(state.typed);
    expect([reader.has("boolean"), reader.has("none"), reader.has("absent"), reader.has("toString")]).toEqual([
      ...[true, false, false, false],
    ]);
  });

  test("takes numbers in a list for float32 or int32 only where these can hold them", () => {
    const numeric = new StateReader({ ok: [0.5, -0], wide: [0.1], big: [2 ** 31], half: [0.5] });
    expect(numeric.float32("ok")).toEqual(Float32Array.of(0.5, -0));
    expect(errorOf(() => numeric.float32("wide")).details["path"]).toBe("state.wide[0]");
    expect(errorOf(() => numeric.int32("big")).details["path"]).toBe("state.big[0]");
    expect(errorOf(() => numeric.int32("half")).details["path"]).toBe("state.half[0]");
  });

  test.each<[string, string, () => unknown]>([
    ["absent", "model.absent", () => reader.number("absent")],
    ["inherited", "model.toString", () => reader.string("toString")],
    ["not a number", "model.string", () => reader.number("string")],
    ["below its minimum", "model.number", () => reader.number("number", { min: 2 })],
    ["above its maximum", "model.number", () => reader.number("number", { max: 1 })],
    ["not whole", "model.number", () => reader.integer("number")],
    ["not a string", "model.number", () => reader.string("number")],
    ["none of the choices", "model.string", () => reader.oneOf("string", ["y", "z"])],
    ["not true or false", "model.integer", () => reader.boolean("integer")],
    ["not a list of strings", "model.list", () => reader.strings("list")],
    ["a string for a list", "model.string", () => reader.strings("string")],
    ["a list for an object", "model.list", () => reader.object("list")],
    ["a typed array for an object", "model.typed", () => reader.object("typed")],
    ["null for an object", "model.none", () => reader.object("none")],
    ["not a list of objects", "model.object", () => reader.objects("object")],
    ["a list of other things", "model.strings[0]", () => reader.objects("strings")],
    ["wrong inside a list", "model.objects[1].a", () => reader.objects("objects")[1]!.number("a")],
    ["wrong deep inside", "model.object.deep.leaf", () => reader.object("object").object("deep").number("leaf")],
    ["of another length", "model.list", () => reader.float64("list", 2)],
    ["another typed array", "model.typed", () => reader.int32("typed")],
    ["a string for numbers", "model.string", () => reader.float64("string")],
    ["out of bounds in a list", "model.list[2]", () => reader.int32("list", 3, { min: 0 })],
    ["of a broken rule", "model.string", () => reader.fail("string", "something else")],
  ])("a value that is %s is invalid-state at %s", (_, path, read) => {
    const error = errorOf(read);
    expect(error).toMatchObject({ code: "invalid-state", details: { path } });
    expect(error.message).toContain(path);
  });

  test.each([[[Number.NaN]], [[Infinity]], [["1"]], [[null]], [[1, undefined]], [Float64Array.of(Number.NaN)]])(
    "numbers %j are not all finite numbers",
    (values) => {
      const at = values.length - 1;
      expect(errorOf(() => new StateReader({ values }).float64("values")).details["path"]).toBe(`state.values[${at}]`);
    },
  );

  test.each([null, undefined, 1, "x", [[]], [new Float64Array(1)]])("%j is not an object to read", (value) => {
    expect(errorOf(() => new StateReader(value, "top"))).toMatchObject({
      code: "invalid-state",
      details: { path: "top" },
    });
  });
});
