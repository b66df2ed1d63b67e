import { describe, expect, it } from "vitest";
import { importJoblib, type PythonObject, readJoblib } from "../../src/joblib/index.js";

const text = (value: string): string => `\x8c${String.fromCharCode(value.length)}${value}`;
const u32 = (value: number): string =>
  String.fromCharCode(value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >>> 24) & 255);
const u64 = (value: number): string => u32(value) + u32(Math.floor(value / 0x1_0000_0000));
const read = (opcodes: string) => readJoblib(new Uint8Array(Buffer.from(opcodes, "latin1")));

/** A structure of a hundred fields of the type that the step before made; overlapping, so that it takes no more bytes. */
const nestedType = (_: unknown, step: number): string => {
  const names = Array.from({ length: 100 }, (_, field) => text(`f${field}`));
  const inner = step === 0 ? `cnumpy\ndtype\n${text("f8")}\x85R` : "";
  const fields = names.map((name) => `${name}h\x01K\x00\x86`).join("");
  return `${inner}q\x010cnumpy\ndtype\n${text("V8")}\x85R(K\x03${text("|")}N(${names.join("")}t}(${fields}uK\x08K\x01K\x00tb`;
};

/** What a description of an array promises; the cells come after it. */
const wrapper = (shape: string, type = "f8"): string =>
  `\x80\x02cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(${text("shape")}${shape}${text("dtype")}cnumpy\ndtype\n${text(type)}\x85Rub.`;

describe("files that would run code in Python", () => {
  // Each is opened by Python's own loader at the price of what it names.
  it.each([
    ["os.system by REDUCE", `cos\nsystem\n${text("id > /tmp/owned")}\x85R.`, "os.system"],
    ["posix.system, protocol 0", "cposix\nsystem\n(S'id'\ntR.", "posix.system"],
    ["eval by STACK_GLOBAL", `\x80\x04${text("builtins")}${text("eval")}\x93${text("1+1")}\x85R.`, "builtins.eval"],
    ["exec by INST", "(S'import os'\nibuiltins\nexec\n.", "builtins.exec"],
    ["a class by OBJ", "(csubprocess\nPopen\nS'id'\no.", "subprocess.Popen"],
    ["an object by NEWOBJ", `\x80\x02csubprocess\nPopen\n${text("id")}\x85\x81.`, "subprocess.Popen"],
    ["an object by NEWOBJ_EX", "\x80\x04csubprocess\nPopen\n)}\x92.", "subprocess.Popen"],
    ["a loader of loaders", `cpickle\nloads\nC\x02N.\x85R.`, "pickle.loads"],
    ["an import", `c__builtin__\n__import__\n${text("os")}\x85R.`, "__builtin__.__import__"],
    ["sklearn's own file reader", `cjoblib\nload\n${text("/etc/passwd")}\x85R.`, "joblib.load"],
    ["a function of ours", `cFunction\nprototype\n${text("return 1")}\x85R.`, "Function.prototype"],
    ["a name with dots", `\x80\x04${text("os")}${text("path.join.__globals__")}\x93)R.`, "os.path.join.__globals__"],
  ])("%s becomes inert", async (_, opcodes, name) => {
    const { value, names } = await read(opcodes);
    expect(names).toEqual([name]);
    expect((value as PythonObject).qualifiedName).toBe(name);
  });

  it("nested calls become nested inert objects: getattr finds nothing", async () => {
    // getattr(__import__("os"), "system")("id")
    const opcodes = `cbuiltins\ngetattr\ncbuiltins\n__import__\n${text("os")}\x85R${text("system")}\x86R${text("id")}\x85R.`;
    const { value, names } = await read(opcodes);
    expect(names).toEqual(["builtins.getattr", "builtins.__import__"]);
    expect(value).toMatchObject({ qualifiedName: "(the result of a call)", args: ["id"], isCall: true });
  });

  it("a state for an unknown object is kept, not applied", async () => {
    const { value } = await read(`\x80\x02c__main__\nA\n)\x81}${text("__class__")}cos\nsystem\nsb.`);
    expect((value as PythonObject).attribute("__class__")).toMatchObject({ qualifiedName: "os.system" });
    expect(Object.keys(value as PythonObject)).not.toContain("__class__");
  });
});

describe("files that would take memory or time without bound", () => {
  const manyDups = (count: number): string => "2".repeat(count);
  it.each([
    ["a text longer than the file", `\x8d${u64(0xffff_ffff)}a.`, "invalid-pickle"],
    ["bytes of 2^63", `\x8e${u64(0x7fff_ffff * 0x1_0000_0000)}.`, "invalid-pickle"],
    ["a frame longer than the file", `\x80\x04\x95${u64(0xffff_ffff_ff)}N.`, "invalid-pickle"],
    ["a frame within a frame", `\x80\x04\x95${u64(11)}\x95${u64(2)}N..`, "invalid-pickle"],
    ["an opcode beyond its frame", `\x80\x04\x95${u64(2)}\x8c\x03abc.`, "invalid-pickle"],
    ["an integer of a million bytes", `\x8b${u32(1_000_000)}${"\xff".repeat(1_000_000)}.`, "too-large"],
    ["an integer of a million digits", `L${"9".repeat(1_000_000)}L\n.`, "too-large"],
    ["a place in the memo far away", `Nr${u32(0xffff_fff0)}.`, "too-large"],
    ["a place in the memo below 0", "Np-1\n.", "invalid-pickle"],
    ["a place in the memo that is no number", "Npx\n.", "invalid-pickle"],
    ["a memo bomb", `N${"\x94".repeat(1 << 21)}\x94.`, "too-large"],
    ["more opcodes than any model has", `N${"N0".repeat(1 << 21)}.`, "too-large"],
    ["a name of a million characters", `c${"a".repeat(1_000_000)}\nb\n.`, "too-large"],
    ["a place in the memo that is empty", "Np\n.", "invalid-pickle"],
    ["a stack without end", `N${manyDups(1 << 20)}.`, "too-large"],
    ["marks within marks", `${"(".repeat(2000)}.`, "too-large"],
    [
      "an array that promises more cells than the file has",
      `${wrapper("K\x08\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x00\x86")}`,
      "invalid-pickle",
    ],
    ["an array of a negative length", wrapper("J\xff\xff\xff\xff\x85"), "invalid-pickle"],
    ["an array of many empty cells", wrapper(`J${u32(1 << 25)}\x85`, "U0"), "too-large"],
    ["an array of a hundred axes", wrapper(`(${"K\x01".repeat(100)}t`), "invalid-pickle"],
    ["an array type of a huge size", wrapper("K\x00\x85", "S999999999"), "invalid-pickle"],
    ["an array type that is none", wrapper("K\x00\x85", "$$"), "unsupported-type"],
    [
      "an array type within itself eight times over",
      `${Array.from({ length: 8 }, nestedType).join("")}.`,
      "invalid-pickle",
    ],
    [
      "the same text encoded again and again",
      `X${u32(1 << 20)}${"a".repeat(1 << 20)}\x940c_codecs\nencode\n\x940${`h\x01h\x00${text("latin1")}\x86R0`.repeat(600)}N.`,
      "too-large",
    ],
  ])("%s: %3$s", async (_, opcodes, code) => {
    const started = performance.now();
    await expect(read(opcodes)).rejects.toMatchObject({
      name: "JoblibError",
      code,
      details: { offset: expect.any(Number) },
    });
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it("a list that holds itself, and a tuple within a tuple a million times, are data", async () => {
    const { value } = await read("]\x94h\x00a.");
    expect((value as unknown[])[0]).toBe(value);
    await expect(read(`N${"\x85".repeat(1_000_000)}.`)).resolves.toBeDefined();
  });

  it("a billion laughs take the memory of ten lists", async () => {
    const { value } = await read(
      `]\x94${Array.from({ length: 30 }, (_, i) => `](h${String.fromCharCode(i)}2e\x94`).join("")}.`,
    );
    expect(value).toHaveLength(2);
  });
});

describe("files that abuse the machine", () => {
  it.each([
    ["nothing at all", "", "invalid-pickle"],
    ["no end", "N", "invalid-pickle"],
    ["an end without a value", ".", "invalid-pickle"],
    ["an unknown opcode", "\xff.", "invalid-pickle"],
    ["a future protocol", "\x80\x06N.", "unsupported-pickle"],
    ["a persistent id", "Pfile\n.", "unsupported-pickle"],
    ["a persistent id from the stack", "NQ.", "unsupported-pickle"],
    ["an extension code", "\x82\x01.", "unsupported-pickle"],
    ["an extension code of four bytes", `\x84${u32(7)}.`, "unsupported-pickle"],
    ["a buffer from outside", "\x97.", "unsupported-pickle"],
    ["a value that was never remembered", "h\x05.", "invalid-pickle"],
    ["a call of what is no name", "K\x01)R.", "invalid-pickle"],
    ["a call without a tuple", "cos\nsystem\n]R.", "invalid-pickle"],
    ["an item for what is no list", "}Na.", "invalid-pickle"],
    ["an entry for what is no dict", "]NNs.", "invalid-pickle"],
    ["a key without a value", "}(Nu.", "invalid-pickle"],
    ["an item for what is no set", "](N\x90.", "invalid-pickle"],
    ["a state for what has none", "]}b.", "invalid-pickle"],
    ["a mark that is not there", "Nt.", "invalid-pickle"],
    ["values from below a mark", "N(\x85.", "invalid-pickle"],
    ["a pop of nothing", "0N.", "invalid-pickle"],
    ["a name that is no text", "\x80\x04NN\x93.", "invalid-pickle"],
    [
      "a type with two states",
      `cnumpy\ndtype\n${text("f8")}\x85R(K\x03${text("<")}NNNNNK\x00t\x94bh\x00b.`,
      "invalid-pickle",
    ],
    ["an array in files of its own", "cjoblib.numpy_pickle\nNDArrayWrapper\n)\x81}b.", "unsupported-pickle"],
    ["an array without a type", "cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}b.", "invalid-pickle"],
    [
      "an array within a frame",
      `\x80\x04\x95${u64(wrapper("K\x00\x85").length - 2)}${wrapper("K\x00\x85").slice(2)}`,
      "invalid-pickle",
    ],
    [
      "a scalar of too few bytes",
      `cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\n${text("f8")}\x85RC\x02ab\x86R.`,
      "invalid-pickle",
    ],
    ["a number that is none", "Fone\n.", "invalid-pickle"],
    ["an integer that is none", "I1e5\n.", "invalid-pickle"],
    ["a text without quotes", "Sabc\n.", "invalid-pickle"],
    ["a character beyond Unicode", "V\\U00110000\n.", "invalid-pickle"],
  ])("%s", async (_, opcodes, code) => {
    await expect(read(opcodes)).rejects.toMatchObject({ name: "JoblibError", code });
  });
});

describe("models that were made to hang an importer", () => {
  const dict = (...entries: string[]): string => `}(${entries.join("")}u`;
  const sklearn = (name: string, ...attributes: string[]): string =>
    `csklearn.x\n${name}\n)\x81${dict(...attributes)}b`;
  // A Pipeline whose only step is itself.
  const itself = "csklearn.pipeline\nPipeline\n)\x81q\x00}(\x8c\x05steps](\x8c\x01ah\x00\x86eub";
  // A Pipeline of a thousand times another one, eight deep.
  const laughs = Array.from({ length: 8 }, (_, level) => {
    const inner = level === 0 ? sklearn("StandardScaler") : "";
    const steps = `\x8c\x01ah${String.fromCharCode(level)}\x86`.repeat(500);
    return `${inner}q${String.fromCharCode(level)}0${sklearn("Pipeline", `\x8c\x05steps](${steps}e`)}`;
  }).join("");
  it.each([
    ["a pipeline of itself", itself],
    ["a pipeline of pipelines of pipelines", laughs],
    [
      "a forest of no tree",
      sklearn("RandomForestClassifier", "\x8c\x0bestimators_](NNe", "\x8c\x08classes_](K\x00K\x01e"),
    ],
    [
      "a tree of no nodes",
      sklearn("DecisionTreeClassifier", "\x8c\x05tree_csklearn.x\nTree\n(K\x02NNtR}b", "\x8c\x08classes_](K\x00K\x01e"),
    ],
    ["a scaler of a million columns", sklearn("StandardScaler", "\x8c\x0en_features_in_J\x00\x00\x10\x00")],
    [
      "an encoder of one long list many times",
      sklearn("OneHotEncoder", `\x8c\x0bcategories_](](${"\x8c\x01a".repeat(60_000)}eq\x05${"h\x05".repeat(60_000)}e`),
    ],
    [
      "a forest of itself, thousands of times",
      `csklearn.x\nRandomForestClassifier\n)\x81q\x00}(\x8c\x0bestimators_](${"h\x00".repeat(9000)}e\x8c\x08classes_](K\x00K\x01eub`,
    ],
    [
      "a column transformer of itself",
      "csklearn.compose\nColumnTransformer\n)\x81q\x00}(\x8c\x0dtransformers_](\x8c\x01ah\x00](K\x00e\x87eub",
    ],
  ])("%s", async (_, opcodes) => {
    const started = performance.now();
    const { bundle, notes } = await importJoblib(new Uint8Array(Buffer.from(`\x80\x04${opcodes}.`, "latin1")));
    expect(bundle).toBeNull();
    expect(notes.some(({ severity }) => severity === "error")).toBe(true);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});
