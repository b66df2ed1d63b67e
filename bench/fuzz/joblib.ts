import { readFileSync } from "node:fs";
import { deflateSync, gzipSync, unzipSync } from "node:zlib";
import { loadBundle, loadDetector } from "@mlsec/bundle";
import {
  importJoblib,
  type JoblibImport,
  NumpyArray,
  PythonObject,
  PythonTuple,
  type PythonValue,
  toJoblib,
} from "@mlsec/bundle/joblib";
import { MlsecError } from "@mlsec/preprocess";
import type { Random } from "@mlsec/preprocess/numeric";
import { mutated, pick, shownBytes } from "./mutate.ts";
import type { FuzzTarget } from "./target.ts";

/** All opcodes of pickles, and names that some of them take. */
const OPCODES = [..."(.012FIJKLMNPQRSTUVXabcdeghijlopqrstuGBC)}]"].map((code) => code.charCodeAt(0));
const LATER_OPCODES = Array.from({ length: 0x19 }, (_, place) => 0x80 + place);
const NAMES = [
  "os\nsystem\n",
  "builtins\neval\n",
  "numpy\ndtype\n",
  "numpy\nndarray\n",
  "numpy._core.multiarray\n_reconstruct\n",
  "numpy._core.multiarray\nscalar\n",
  "numpy._core.numeric\n_frombuffer\n",
  "joblib.numpy_pickle\nNumpyArrayWrapper\n",
  "collections\nOrderedDict\n",
  "copyreg\n_reconstructor\n",
  "sklearn.tree._classes\nDecisionTreeClassifier\n",
  "_codecs\nencode\n",
];

/** How many values of what was read are looked at. */
const MAX_LOOKED_AT = 2000;

interface Fixtures {
  readonly cases: readonly { readonly file?: string; readonly files?: Readonly<Record<string, string>> }[];
}

/**
 * Files that Python or mlsec wrote, damaged at random places, and programs of random opcodes; some of them packed. Whatever is read is
 * looked at, and a bundle that comes of it must load.
 */
export const joblibTarget: FuzzTarget = {
  name: "joblib",
  maxPeakMB: 1500,
  runCase: async (random) => {
    files ??= [...["values", "models", "models"].map(fixtures), await exports()];
    const bytes = makeCase(random);
    let imported: JoblibImport;
    try {
      imported = await importJoblib(bytes, { normalClass: "0", mendClassNames: true });
    } catch (error) {
      if (error instanceof MlsecError) return error.code;
      throw error;
    }
    const { content, bundle, notes } = imported;
    lookAt(content.value);
    if (bundle !== null) return `ok, ${(await loadDetector(bundle)).kind}`;
    return notes.some(({ severity }) => severity === "error") ? "ok, not all made" : "ok, data";
  },
  describe: (random) => shownBytes(makeCase(random)),
};

/** What is damaged; made before the first case. */
let files: readonly (readonly Uint8Array[])[] | undefined;

function makeCase(random: Random): Uint8Array {
  const bytes = random.below(4) === 0 ? program(random) : damaged(random, pick(random, pick(random, files!)));
  const packing = random.below(40);
  if (packing > 1) return bytes;
  const packed = new Uint8Array(packing === 0 ? deflateSync(bytes, { level: 1 }) : gzipSync(bytes, { level: 1 }));
  return random.below(2) === 0 ? packed : mutated(random, packed, 1);
}

/** Files of interop/make_joblib_fixtures.py, unpacked: damage within deflate is found by its checksum alone. */
function fixtures(name: string): Uint8Array[] {
  const path = new URL(`../../packages/bundle/test/fixtures/joblib/${name}.json`, import.meta.url);
  const { cases } = JSON.parse(readFileSync(path, "utf8")) as Fixtures;
  return cases
    .flatMap(({ file, files: several }) => (file === undefined ? Object.values(several!) : [file]))
    .map((base64) => Buffer.from(base64, "base64"))
    .map((bytes) => new Uint8Array(bytes[0] === 0x78 || bytes[0] === 0x1f ? unzipSync(bytes) : bytes));
}

/** Files that mlsec wrote of the conformance kit's threat detectors, with the states of their models in them. */
function exports(): Promise<Uint8Array[]> {
  const names = ["threat-ann", "threat-lstm", "threat-ensemble"];
  return Promise.all(
    names.map(async (name) => {
      const path = new URL(`../../docs/conformance/valid/${name}.safetensors`, import.meta.url);
      return (await toJoblib(await loadBundle(readFileSync(path)), { layout: "backend" })).bytes;
    }),
  );
}

function damaged(random: Random, bytes: Uint8Array): Uint8Array {
  if (random.below(3) === 0) return mutated(random, bytes, 1 + random.below(3));
  const result = bytes.slice();
  for (let change = random.below(4); change >= 0; change--) {
    const at = random.below(bytes.length);
    const kind = random.below(3);
    result[at] = kind === 0 ? opcode(random) : kind === 1 ? random.below(256) : result[at]! ^ (1 << random.below(8));
  }
  return result;
}

function program(random: Random): Uint8Array {
  const bytes: number[] = [];
  for (let length = random.below(60); length >= 0; length--) {
    const code = opcode(random);
    bytes.push(code);
    if (code === 0x63) bytes.push(...Buffer.from(pick(random, NAMES), "latin1"));
    else if (random.below(3) === 0) bytes.push(random.below(8));
  }
  return Uint8Array.from([...bytes, 0x2e]);
}

function opcode(random: Random): number {
  return pick(random, random.below(2) === 0 ? OPCODES : LATER_OPCODES);
}

/** Reads the cells of arrays, which stay bytes until then. */
function lookAt(value: PythonValue): void {
  const seen = new Set<PythonValue>();
  const waiting = [value];
  while (waiting.length > 0 && seen.size < MAX_LOOKED_AT) {
    const next = waiting.pop()!;
    if (typeof next !== "object" || next === null || seen.has(next)) continue;
    seen.add(next);
    if (next instanceof NumpyArray) waiting.push(...cells(next).slice(0, 100));
    else if (next instanceof PythonTuple) waiting.push(...next.items.slice(0, 100));
    else if (next instanceof Map) for (const [key, item] of [...next].slice(0, 100)) waiting.push(key, item);
    else if (next instanceof PythonObject) waiting.push(next.state, ...next.args.slice(0, 100));
    else if (Array.isArray(next)) waiting.push(...next.slice(0, 100));
  }
}

function cells(array: NumpyArray): PythonValue[] {
  try {
    return array.values();
  } catch (error) {
    if (error instanceof MlsecError && error.code === "unsupported-type") return [];
    throw error;
  }
}
