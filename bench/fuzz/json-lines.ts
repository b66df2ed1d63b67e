import { type ReadJsonLinesOptions, readJsonLines } from "@mlsec/preprocess";
import type { Random } from "@mlsec/preprocess/numeric";
import { tableOutcome } from "./check-table.ts";
import { inChunks, mutated, pick, shownBytes } from "./mutate.ts";
import type { FuzzTarget } from "./target.ts";

const NAMES = ["a", "b", "__proto__", "constructor", "é", "", "\uD800"];
const VALUES = [
  ...["0", "-0", "1", "-1.5", "1e3", "1E400", "9007199254740993", "0.1e-5", "true", "false", "null", '""', '"NaN"'],
  ...[
    '"tcp"',
    '"12"',
    '"\\u00e9"',
    '"\\ud83d\\ude00"',
    '"\\ud800"',
    "[1,2]",
    '{"x":{}}',
    '"\\n\\"\\\\"',
    "NaN",
    "Infinity",
  ],
];

interface JsonLinesCase {
  readonly bytes: Uint8Array;
  readonly options: ReadJsonLinesOptions;
  readonly chunk: number;
}

/** Valid lines of objects, alike or not, then damaged. */
export const jsonLinesTarget: FuzzTarget = {
  name: "json-lines",
  maxPeakMB: 500,
  runCase: (random) => {
    const { bytes, options, chunk } = makeCase(random);
    return tableOutcome(() => readJsonLines(chunk === 0 ? bytes : inChunks(bytes, chunk), options));
  },
  describe: (random) => {
    const { bytes, options, chunk } = makeCase(random);
    return `options ${JSON.stringify({ ...options, types: options.types instanceof Map ? Object.fromEntries(options.types) : options.types, chunk })}, ${shownBytes(bytes)}`;
  },
};

function makeCase(random: Random): JsonLinesCase {
  const names = Array.from({ length: 1 + random.below(5) }, () => pick(random, NAMES));
  const kinds = names.map(() => pick(random, VALUES));
  const lines = Array.from({ length: random.below(20) }, () => {
    const fields = names.map((name, at) => {
      const value = random.below(4) === 0 ? pick(random, VALUES) : kinds[at]!;
      return `${JSON.stringify(name)}:${random.below(10) === 0 ? " " : ""}${value}`;
    });
    if (random.below(200) === 0) fields.push(`"deep":${"[".repeat(20_000)}${"]".repeat(20_000)}`);
    return `{${fields.slice(random.below(3) === 0 ? random.below(3) : 0).join(",")}}`;
  });
  const text = (random.below(10) === 0 ? "\uFEFF" : "") + lines.join(pick(random, ["\n", "\n", "\r\n", "\n\n"]));
  return {
    bytes: mutated(random, new TextEncoder().encode(text), random.below(5)),
    options: {
      select: random.below(6) === 0 ? ["a"] : undefined,
      types: random.below(4) === 0 ? new Map([["a", pick(random, ["number", "text"] as const)]]) : undefined,
      policy: pick(random, [undefined, "error", "missing", "drop-row"] as const),
    },
    chunk: random.below(3) === 0 ? 1 + random.below(40) + Math.floor(text.length / 5000) : 0,
  };
}
