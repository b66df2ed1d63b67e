import { createHash } from "node:crypto";
import { trainAttackClassifier } from "@mlsec/attack-tree";
import { loadDetector, type Pipeline, saveBundle } from "@mlsec/bundle";
import { MlsecError, Table, textColumn } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { trainThreatDetector } from "@mlsec/threat-ensemble";
import { mutated, pick } from "./mutate.ts";
import type { FuzzTarget } from "./target.ts";

/** Where a bundle holds the digest of its bytes, as written with zeros in this place (docs/decisions/0003). */
const DIGEST_AT = 8 + '{"__metadata__":{"mlsec.sha256":"'.length;
const DIGEST_LENGTH = 64;

interface Model {
  readonly bytes: Uint8Array;
  readonly table: Table;
}

/** A bundle of either kind, damaged: as accidents do, or with a digest that fits, as attackers do. What loads must detect. */
export const bundleTarget: FuzzTarget = {
  name: "bundle",
  maxPeakMB: 700,
  runCase: async (random) => {
    const { bytes, table } = await makeCase(random);
    try {
      const verdicts = (await loadDetector(bytes)).detect(table);
      if (verdicts.length !== table.rows) throw new Error(`${verdicts.length} verdicts of ${table.rows} rows.`);
      return "ok";
    } catch (error) {
      if (error instanceof MlsecError) return error.code;
      throw error;
    }
  },
  describe: () => "a bundle of bench/fuzz/bundle.ts, damaged",
};

let models: Promise<readonly Model[]> | undefined;

async function makeCase(random: Random): Promise<Model> {
  models ??= trained();
  const { bytes, table } = pick(random, await models);
  if (random.below(3) === 0) return { bytes: mutated(random, bytes, 1 + random.below(4)), table };
  const headerBytes = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const damaged = bytes.slice();
  for (let change = random.below(3); change >= 0; change--) {
    const at = random.below(4) === 0 ? random.below(bytes.length) : 8 + random.below(headerBytes);
    const old = damaged[at]!;
    const isDigit = old >= 0x30 && old <= 0x39;
    damaged[at] = isDigit ? 0x30 + random.below(10) : random.below(2) === 0 ? random.below(256) : old ^ 1;
  }
  return { bytes: withDigest(damaged), table };
}

function withDigest(bytes: Uint8Array): Uint8Array {
  bytes.fill(0x30, DIGEST_AT, DIGEST_AT + DIGEST_LENGTH);
  bytes.set(new TextEncoder().encode(createHash("sha256").update(bytes).digest("hex")), DIGEST_AT);
  return bytes;
}

async function trained(): Promise<readonly Model[]> {
  const random = Random.seeded(1);
  const labels = Array.from({ length: 120 }, (_, row) => row % 3);
  const table = Table.of([
    ["protocol", textColumn(labels.map((label) => ["icmp", "tcp", "udp"][(label + random.below(2)) % 3]!))],
    ["bytes", { kind: "number", values: Float64Array.from(labels, (label) => random.normal() + 3 * label) }],
    ["rate", { kind: "number", values: Float64Array.from(labels, (label) => random.float() + label) }],
  ]);
  const attack = textColumn(labels.map((label) => ["BENIGN", "DDoS", "PortScan"][label]!));
  const verdict = textColumn(labels.map((label) => (label === 0 ? "normal" : "attack")));
  const pipelines: Pipeline[] = [
    (await trainAttackClassifier(table.drop(["protocol"]).with("Label", attack))).pipeline,
    (
      await trainThreatDetector(table.with("class", verdict), {
        features: ["protocol", "bytes", "rate"],
        epochs: 2,
      })
    ).pipeline,
  ];
  return Promise.all(
    pipelines.map(async (pipeline) => ({
      bytes: await saveBundle(pipeline),
      table: table.take(Int32Array.of(0, 1, 2)),
    })),
  );
}
