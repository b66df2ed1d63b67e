import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { type KerasModel, readKerasInWorker } from "@mlsec/bundle/keras";
import { MlsecError } from "@mlsec/preprocess";
import type { Random } from "@mlsec/preprocess/numeric";
import { mutated, pick, shownBytes } from "./mutate.ts";
import type { FuzzTarget } from "./target.ts";

/** Below the time of a hang, so that a file that HDF5 never ends with is refused in time. */
const TIMEOUT_MS = 900;
const MEMORY_BYTES = 200e6;

interface Fixture {
  readonly file: string;
  readonly config: string | null;
}

interface Case {
  readonly bytes: Uint8Array;
  readonly config: string | null;
}

/** Files that Keras wrote, damaged at random places, or with a damaged configuration; each is read in a worker of its own. */
export const kerasTarget: FuzzTarget = {
  name: "keras",
  maxPeakMB: 1500,
  runCase: async (random) => {
    const { bytes, config } = makeCase(random);
    let model: KerasModel;
    try {
      model = await readKerasInWorker(bytes, { config, timeoutMs: TIMEOUT_MS, memoryBytes: MEMORY_BYTES });
    } catch (error) {
      if (error instanceof MlsecError) return error.code;
      throw error;
    }
    const { steps, width } = model.network.spec;
    const scores = model.network.score(new Float32Array(2 * steps * width));
    if (scores.length !== 2) throw new Error(`${scores.length} scores of two rows`);
    return "ok";
  },
  describe: (random) => {
    const { bytes, config } = makeCase(random);
    return `${shownBytes(bytes)}, configuration ${config?.slice(0, 500) ?? "in the file"}`;
  },
};

function makeCase(random: Random): Case {
  const { file, config } = pick(random, fixtures());
  const bytes = new Uint8Array(inflateSync(Buffer.from(file, "base64")));
  if (config !== null && random.below(2) === 0) {
    const text = mutated(random, new TextEncoder().encode(config), 1 + random.below(3));
    return { bytes, config: new TextDecoder().decode(text) };
  }
  if (random.below(4) === 0) return { bytes: mutated(random, bytes, 1 + random.below(4)), config };
  // HDF5 is full of addresses: bytes that move break them all at once, bytes in their places one by one.
  for (let change = random.below(4); change >= 0; change--) {
    const at = random.below(bytes.length);
    bytes.fill(random.below(2) === 0 ? 255 : random.below(256), at, at + 1 + random.below(8));
  }
  return { bytes, config };
}

let known: readonly Fixture[] | null = null;

function fixtures(): readonly Fixture[] {
  if (known === null) {
    const url = new URL("../../packages/bundle/test/fixtures/keras/models.json", import.meta.url);
    known = (JSON.parse(readFileSync(url, "utf8")) as { readonly cases: readonly Fixture[] }).cases;
  }
  return known;
}
