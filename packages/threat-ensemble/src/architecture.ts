import type { LayerSpec, NetworkSpec } from "./network/spec.js";

/** What a member network looks like and how it is trained by default. */
export interface MemberPlan {
  readonly layers: readonly LayerSpec[];
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
}

export type Architecture = "compact" | "reference";

/** The two members of the ensemble. */
export type MemberName = "ann" | "lstm";

const LOGIT: LayerSpec = { type: "dense", units: 1, activation: "linear" };

function dense(units: number): LayerSpec {
  return { type: "dense", units, activation: "relu" };
}

/** Dense and ReLU, then batch normalisation: one block of the reference ANN. */
function normalised(units: number): LayerSpec[] {
  return [dense(units), { type: "batchNorm" }];
}

/**
 * `reference` is the Python pipeline that mlsec replaces, layer by layer; `compact` reaches more with a fraction of the
 * work, because its inputs are made for networks (logarithms, one-hot categories).
 */
export const ARCHITECTURES: Readonly<Record<Architecture, Readonly<Record<MemberName, MemberPlan>>>> = {
  compact: {
    ann: { layers: [dense(64), dense(32), LOGIT], epochs: 60, batchSize: 128, learningRate: 2e-3 },
    lstm: {
      layers: [{ type: "lstm", units: 32, returnSequences: false }, LOGIT],
      epochs: 20,
      batchSize: 128,
      learningRate: 5e-3,
    },
  },
  reference: {
    ann: {
      layers: [
        ...normalised(128),
        ...normalised(128),
        { type: "dropout", rate: 0.2 },
        ...normalised(64),
        ...normalised(64),
        { type: "dropout", rate: 0.2 },
        ...normalised(32),
        ...normalised(32),
        { type: "dropout", rate: 0.2 },
        LOGIT,
      ],
      epochs: 50,
      batchSize: 32,
      learningRate: 1e-3,
    },
    lstm: {
      layers: [
        { type: "lstm", units: 256, returnSequences: true },
        { type: "dropout", rate: 0.2 },
        { type: "lstm", units: 128, returnSequences: true },
        { type: "dropout", rate: 0.2 },
        { type: "lstm", units: 64, returnSequences: false },
        { type: "dropout", rate: 0.2 },
        LOGIT,
      ],
      epochs: 10,
      batchSize: 128,
      learningRate: 1e-3,
    },
  },
};

/** A member's network for inputs of the given shape. */
export function memberSpec(plan: MemberPlan, steps: number, width: number): NetworkSpec {
  return { steps, width, layers: plan.layers };
}
