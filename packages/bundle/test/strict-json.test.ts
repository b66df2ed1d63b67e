import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type JsonLimits, NotStrictJson, strictJson } from "../src/strict-json.js";

const LIMITS: JsonLimits = { depth: 8, values: 1000, keys: 1000, stringLength: 1000 };

const reasonOf = (text: string, limits: Partial<JsonLimits> = {}): string => {
  try {
    strictJson(text, { ...LIMITS, ...limits });
  } catch (error) {
    expect(error).toBeInstanceOf(NotStrictJson);
    return (error as Error).message;
  }
  return "none";
};

describe("strictJson", () => {
  it("is JSON.parse where every key occurs once", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.boolean(), (value, spaced) => {
        const text = JSON.stringify(value, null, spaced ? 2 : 0);
        const isHostile = text.includes('"__proto__"');
        if (!isHostile) expect(strictJson(text, { ...LIMITS, depth: 20 })).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  it("refuses a key that occurs twice in one object, however it is written", () => {
    for (const text of [
      '{"a":1,"a":1}',
      '{"a":1,"b":{"c":[1,{"d":1, "e":2,\n"d" : 3}]}}',
      '{"a":1,"\\u0061":2}',
      '{"toString":1,"toString":2}',
      '{"\\"":1,"\\"":2}',
      '{"":{},"":{}}',
    ])
      expect(reasonOf(text), text).toMatch(/twice in one object/);
  });

  it("refuses a key that is the prototype to some readers, however it is written, but not the text", () => {
    for (const text of ['{"__proto__":{}}', '[{"a":{"__proto__":1}}]', '{"\\u005f_proto__":1}'])
      expect(reasonOf(text), text).toMatch(/has the key "__proto__"/);
    expect(reasonOf('{"a":"__proto__","constructor":1}')).toBe("none");
  });

  it("refuses more values, keys or characters than so before it parses them", () => {
    expect(reasonOf("[1,2,[3],{}]", { values: 7 })).toBe("none");
    expect(reasonOf("[1,2,[3],{}]", { values: 6 })).toMatch(/more than 6 values/);
    expect(reasonOf(`[${"{},".repeat(5_000_000)}`)).toMatch(/more than 1000 values/);
    expect(reasonOf('{"a":{"b":":"}}', { keys: 2 })).toBe("none");
    expect(reasonOf('{"a":{"b":":"}}', { keys: 1 })).toMatch(/more than 1 keys/);
    expect(reasonOf('["abc,:[{"]', { stringLength: 8 })).toBe("none");
    expect(reasonOf('["abc,:[{"]', { stringLength: 7 })).toMatch(/string of more than 7 characters/);
    expect(reasonOf(`"${"x".repeat(5_000_000)}`)).toMatch(/string of more than 1000/);
  });

  it("lets equal keys be in different objects, and equal texts that are no keys", () => {
    for (const text of [
      '[{"a":1},{"a":1}]',
      '{"a":{"a":{"a":"a"}},"b":["a","a"]}',
      '{"a":"b","b":"a"}',
      '{"a":"x\\":","b":"{\\"a\\":1}"}',
    ])
      expect(reasonOf(text), text).toBe("none");
  });

  it("refuses what is nested too deep before it parses it, brackets in strings apart", () => {
    expect(reasonOf("[".repeat(5_000_000))).toMatch(/deeper than 8/);
    expect(reasonOf(`${"[".repeat(9)}${"]".repeat(9)}`)).toMatch(/deeper than 8/);
    expect(reasonOf(`${"[".repeat(8)}${"]".repeat(8)}`)).toBe("none");
    expect(reasonOf('["[[[[[[[[[[[[["]')).toBe("none");
  });

  it("refuses what is no JSON, whatever is cut or changed", () => {
    expect(reasonOf("")).toBe("is not JSON");
    expect(reasonOf('{"a":1')).toBe("is not JSON");
    expect(reasonOf('{"a')).toBe("is not JSON");
    const whole = '{"a":[1,"b\\\\",{"c":null}],"d":"\\u00e9"}';
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.string({ maxLength: 2 }), (at, put) => {
        const text = whole.slice(0, at) + put + whole.slice(at + 1);
        const parses = (() => {
          try {
            JSON.parse(text);
            return true;
          } catch {
            return false;
          }
        })();
        if (!parses) expect(reasonOf(text)).toMatch(/is not JSON|deeper/);
      }),
      { numRuns: 500 },
    );
  });
});
