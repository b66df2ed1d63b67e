import { MlsecError } from "@mlsec/preprocess";
import { writeContainer } from "../../src/container.js";
import {
  type Bundle,
  detectorOf,
  FORMAT_VERSION,
  loadBundle,
  profileJson,
  saveBundle,
  signBundle,
} from "../../src/index.js";
import { ALL_KINDS, pipelineFromState } from "../../src/manifest.js";
import { ATTACK_BUNDLES } from "./attack-bundles.js";
import { rewritten } from "./containers.js";
import { type InvalidCase, invalidContainers } from "./invalid-containers.js";
import { invalidManifests } from "./invalid-manifests.js";
import type { Fields } from "./states.js";
import { STEP_BUNDLES } from "./step-bundles.js";
import { THREAT_BUNDLES } from "./threat-bundles.js";
import { INFINITE, type ValidCase } from "./valid-case.js";

/** Key pairs of RFC 8032, section 7.1: everybody knows the private ones. */
const PRIVATE_KEY = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
export const PUBLIC_KEY = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
export const OTHER_PUBLIC_KEY = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";

export function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g)!, (pair) => Number.parseInt(pair, 16));
}

/** What the index says of a bundle that loads. */
export interface ValidEntry {
  readonly name: string;
  readonly about: string;
  readonly kind: string;
  readonly bytes: number;
  readonly signed: boolean;
  readonly bundle: string;
  readonly profile: string;
  readonly inputs: string;
  readonly outputs: string;
}

export interface InvalidEntry {
  readonly bundle: string;
  readonly code: string;
  readonly why: string;
  readonly requireSignature: boolean;
}

export interface KitIndex {
  readonly formatVersion: string;
  readonly publicKey: string;
  readonly otherPublicKey: string;
  readonly valid: readonly ValidEntry[];
  readonly invalid: readonly InvalidEntry[];
}

/** All files of the conformance kit by their paths within it; the same bytes whenever it is made. */
export async function conformanceKit(): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const write = (path: string, content: string | Uint8Array): string => {
    files.set(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
    return path;
  };
  const valid: ValidEntry[] = [];
  const bundles = new Map<string, Uint8Array>();
  const add = async ({ name, about, rows }: ValidCase, bytes: Uint8Array, signed: boolean): Promise<void> => {
    bundles.set(name, bytes);
    const bundle = await loadBundle(bytes);
    const path = (ending: string): string => `valid/${name}.${ending}`;
    valid.push({
      name,
      about,
      kind: bundle.kind,
      bytes: bytes.length,
      signed,
      bundle: write(path("safetensors"), bytes),
      profile: write(path("profile.json"), profileJson(bundle.pipeline)),
      inputs: write(path("inputs.json"), rowLines(rows)),
      outputs: write(path("outputs.json"), `${outputsOf(bundle, rows)}`),
    });
  };
  for (const made of [...ATTACK_BUNDLES, ...STEP_BUNDLES, ...THREAT_BUNDLES])
    await add(made, await bundleOf(made), false);
  const [tree] = ATTACK_BUNDLES;
  const signed = await signBundle(bundles.get(tree!.name)!, bytesOfHex(PRIVATE_KEY));
  await add({ ...tree!, name: "tree-signed", about: "the bundle of the attack tree, signed" }, signed, true);
  const about = "the bundle of the attack tree as another writer may write it: unaligned, unpadded, in another order";
  await add({ ...tree!, name: "tree-rewritten", about }, await rewritten(bundles.get(tree!.name)!), false);
  const small = bundles.get("tree-one-leaf")!;
  const faults: InvalidCase[] = [
    ...(await invalidContainers(small, await signBundle(small, bytesOfHex(PRIVATE_KEY)))),
    ...(await invalidManifests()),
  ];
  const invalid = faults.map(({ name, code, why, bytes, requireSignature = false }) => ({
    bundle: write(`invalid/${name}.safetensors`, bytes),
    code,
    why,
    requireSignature,
  }));
  const index: KitIndex = {
    formatVersion: FORMAT_VERSION,
    publicKey: PUBLIC_KEY,
    otherPublicKey: OTHER_PUBLIC_KEY,
    valid,
    invalid,
  };
  write("index.json", `${JSON.stringify(index, null, 2)}\n`);
  return files;
}

async function bundleOf({ manifest, plainLists }: ValidCase): Promise<Uint8Array> {
  if (plainLists === true) return writeContainer({ manifest: JSON.stringify(manifest), tensors: new Map() });
  return saveBundle(pipelineFromState(manifest as never, ALL_KINDS).pipeline, {
    createdAt: manifest["createdAt"] ?? undefined,
  });
}

/** The rows, each in a line of its own. */
function rowLines(rows: readonly Fields[]): string {
  return `[\n${rows.map((row) => JSON.stringify(row)).join(",\n")}\n]\n`.replaceAll(`"${INFINITE}"`, "1e999");
}

/** What is read from the lines again: an infinite number is one. */
export function rowsOfLines(text: string): Fields[] {
  return JSON.parse(text) as Fields[];
}

/** The verdict on each row, with the numbers that the model saw; or the code that it is refused with. */
function outputsOf(bundle: Bundle, rows: readonly Fields[]): string {
  const { pipeline, digest } = bundle;
  const { preprocessor, classes } = pipeline;
  const detector = detectorOf(bundle);
  const lines = rowsOfLines(rowLines(rows)).map((row) => {
    try {
      // As rows, not as a record: there the unknown categories stand in the order of the inputs.
      const [verdict] = detector.detect([row]);
      return JSON.stringify({ ...verdict, matrix: [...preprocessor.transformRecord(row)] });
    } catch (error) {
      if (!(error instanceof MlsecError)) throw error;
      return JSON.stringify({ error: error.code });
    }
  });
  const head = { digest, classes, features: preprocessor.features, sources: preprocessor.sources };
  return `${JSON.stringify(head).slice(0, -1)},"rows":[\n${lines.join(",\n")}\n]}\n`;
}
