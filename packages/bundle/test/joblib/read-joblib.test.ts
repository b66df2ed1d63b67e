import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type NumpyArray, type PythonObject, readJoblib } from "../../src/joblib/index.js";
import { told } from "./told.js";

interface Fixture {
  readonly name: string;
  readonly told: unknown;
  readonly files: Readonly<Record<string, string>>;
}

/** Made by interop/make_joblib_fixtures.py. */
const { cases } = JSON.parse(readFileSync(new URL("../fixtures/joblib/values.json", import.meta.url), "utf8")) as {
  cases: Fixture[];
};

function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, "base64"));
}

/** Bytes of texts, one a character. */
function latin1(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "latin1"));
}

describe.each(cases)("what Python wrote: $name", ({ told: expected, files }) => {
  it.each(Object.entries(files))("is read from %s", async (_, base64) => {
    expect(told((await readJoblib(bytesOf(base64))).value)).toEqual(expected);
  });

  it("never ends in anything but a typed error or inert data when its bytes end early or are changed", async () => {
    for (const base64 of Object.values(files)) {
      const bytes = bytesOf(base64);
      const step = Math.max(1, Math.floor(bytes.length / 60));
      for (let at = 0; at < bytes.length; at += step) {
        const changed = bytes.slice();
        changed[at] = (changed[at]! * 31 + 17) & 0xff;
        for (const hostile of [bytes.subarray(0, at), changed]) {
          await readJoblib(hostile).catch((error: unknown) => expect(error).toMatchObject({ name: "JoblibError" }));
        }
      }
    }
  });
});

describe("readJoblib", () => {
  it("tells how a file was written, what it names, and what follows it", async () => {
    const files = cases.find(({ name }) => name === "an array twice")!.files;
    const { compression, protocol, names, trailingBytes } = await readJoblib(
      bytesOf(files["joblib, protocol 5, zlib"]!),
    );
    expect({ compression, protocol, names, trailingBytes }).toEqual({
      compression: "zlib",
      protocol: 5,
      names: ["joblib.numpy_pickle.NumpyArrayWrapper", "numpy.ndarray", "numpy.dtype"],
      trailingBytes: 0,
    });
    expect((await readJoblib(latin1("K\x01.rest"))).trailingBytes).toBe(4);
  });

  it("reads what Python 2 wrote: strings of bytes, old-style objects", async () => {
    expect(told((await readJoblib(latin1("S'a\\x96\\'\\n'\np0\n."))).value)).toBe("a\x96'\n");
    expect(told((await readJoblib(latin1("(imodule\nOld\np0\n(dp1\nS'a'\nI1\nsb."))).value)).toMatchObject({
      object: "module.Old",
      attributes: { a: 1 },
    });
    expect(told((await readJoblib(latin1("(cmodule\nOld\nK\x01o."))).value)).toMatchObject({ object: "module.Old" });
    // numpy.array([1, 258], '<i2') of NumPy 1 on Python 2, its bytes in a string.
    const array =
      "\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R" +
      "(K\x01K\x02\x85cnumpy\ndtype\nU\x02i2K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x04\x01\x00\x02\x01tb.";
    expect(told((await readJoblib(latin1(array))).value)).toEqual({ array: [2], kind: "i", cells: [1, 258] });
  });

  it("reads arrays that joblib did not align, before version 1.2", async () => {
    const wrapper =
      "\x80\x02cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(U\x08subclasscnumpy\nndarray\nU\x05shapeK\x02\x85U\x05orderU\x01C" +
      "U\x05dtypecnumpy\ndtype\nU\x02i1K\x00K\x01\x87Rub\x05\xff.";
    const { value } = await readJoblib(latin1(wrapper));
    expect(Array.from((value as NumpyArray).numbers())).toEqual([5, -1]);
  });

  it("keeps objects of unknown classes as data, whatever they are called", async () => {
    const { value } = await readJoblib(latin1("\x80\x02c__main__\n__proto__\n)\x81}U\x09__proto__K\x01sb."));
    expect(told(value)).toEqual({
      object: "__main__.__proto__",
      attributes: Object.fromEntries([["__proto__", 1]]),
      items: null,
      entries: null,
    });
    expect((value as PythonObject).attribute("constructor")).toBeUndefined();
  });

  it.each([
    ["bz2", "BZh91AY&SY"],
    ["xz", "\xfd7zXZ\0"],
    ["lzma", "]\0\0\x80\0"],
    ["lz4", "\x04\x22\x4d\x18"],
    ["zf", "ZF0x1"],
  ])("names a compression that it does not read: %s", async (compression, begin) => {
    await expect(readJoblib(latin1(begin))).rejects.toMatchObject({
      code: "unsupported-compression",
      details: { compression },
      message: expect.stringContaining('compress=("zlib", 3)'),
    });
  });

  it("unpacks with a function that is given, and holds it to the limit", async () => {
    // An LZ4 frame of one block that is stored as it is: magic, flags, block size, checksum; length, bytes; end.
    const stored = latin1("\x04\x22\x4d\x18\x60\x40\x82\x03\x00\x00\x80K\x07.\x00\x00\x00\x00");
    const lz4 = (packed: Uint8Array): Uint8Array => {
      if (packed[10] !== 0x80) throw new Error("not stored");
      return packed.subarray(11, 11 + packed[7]!);
    };
    expect(await readJoblib(stored, { decompress: { lz4 } })).toMatchObject({ value: 7, compression: "lz4" });
    const long = (): Uint8Array => new Uint8Array(2000);
    await expect(readJoblib(stored, { maxBytes: 1000, decompress: { lz4: long } })).rejects.toMatchObject({
      code: "too-large",
    });
    await expect(readJoblib(stored.subarray(0, 9), { decompress: { lz4 } })).rejects.toMatchObject({
      code: "invalid-compression",
    });
  });

  it("unpacks no more than the limit, however small the file", async () => {
    const bomb = gzipSync(new Uint8Array(30_000_000));
    expect(bomb.length).toBeLessThan(40_000);
    await expect(readJoblib(bomb, { maxBytes: 1_000_000 })).rejects.toMatchObject({ code: "too-large" });
    await expect(readJoblib(bomb.subarray(0, 1000))).rejects.toMatchObject({ code: "invalid-compression" });
    await expect(readJoblib(new Uint8Array(11), { maxBytes: 10 })).rejects.toMatchObject({ code: "too-large" });
  });
});
