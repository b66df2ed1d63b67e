import type { Detector } from "@mlsec/bundle";
import type { InputColumn, ModelKind } from "@mlsec/preprocess";

/** What the page shows of a loaded model: plain data, so that it can come from a worker. */
export interface ModelCard {
  readonly kind: ModelKind;
  /** In the model's order: a code is an index into them. */
  readonly classes: readonly string[];
  /** The class that means "no attack". */
  readonly normalClass: string;
  /** The columns that the model needs, in order, named to the letter. */
  readonly inputs: readonly InputColumn[];
  /** Of a threat detector: attack where the probability is greater. */
  readonly threshold: number | null;
  readonly createdAt: string | null;
  readonly bytes: number;
  /** SHA-256 of the bundle, 64 hexadecimal digits. */
  readonly digest: string;
}

export function modelCard({ bundle, kind, classes, inputs }: Detector): ModelCard {
  return {
    kind,
    classes,
    normalClass: bundle.pipeline.normalClass,
    inputs,
    threshold: bundle.pipeline.threshold?.value ?? null,
    createdAt: bundle.createdAt,
    bytes: bundle.bytes,
    digest: bundle.digest,
  };
}
