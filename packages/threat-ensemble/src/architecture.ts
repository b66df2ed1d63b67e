import { MlsecError } from "@mlsec/preprocess";
import type { NetworkName } from "./members/member.js";
import type { LayerSpec, NetworkSpec } from "./network/spec.js";
import type { OptimizerSpec, ScheduleSpec } from "./training/optimizer.js";

/** What a member network looks like and how it is trained by default. */
export interface MemberPlan {
  readonly layers: readonly LayerSpec[];
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Default Adam without weight decay. */
  readonly optimizer?: OptimizerSpec | undefined;
  /** What the learning rate falls to, in a straight line, by the end of the last epoch. Default: it stays. */
  readonly finalLearningRate?: number | undefined;
}

export type Architecture = "compact" | "reference";

/** Own networks: their layers, which end in `dense` with one linear unit, and their training. What is left out is as in `compact`. */
export type OwnArchitecture = Readonly<Partial<Record<NetworkName, Partial<MemberPlan>>>>;

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
 * work, because its inputs are made for networks (logarithms, pieces of ranges, one-hot categories).
 */
export const ARCHITECTURES: Readonly<Record<Architecture, Readonly<Record<NetworkName, MemberPlan>>>> = {
  compact: {
    ann: {
      layers: [dense(64), dense(32), LOGIT],
      epochs: 30,
      batchSize: 128,
      learningRate: 2e-3,
      finalLearningRate: 1e-4,
    },
    lstm: {
      layers: [{ type: "lstm", units: 32, returnSequences: false }, LOGIT],
      epochs: 20,
      batchSize: 128,
      learningRate: 5e-3,
      finalLearningRate: 2e-4,
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

/** How a network is made and trained. @throws MlsecError `invalid-option` for an architecture that does not exist. */
export function memberPlan(architecture: Architecture | OwnArchitecture, name: NetworkName): MemberPlan {
  if (typeof architecture === "object") return { ...ARCHITECTURES.compact[name], ...architecture[name] };
  if (Object.hasOwn(ARCHITECTURES, architecture)) return ARCHITECTURES[architecture][name];
  throw new MlsecError("invalid-option", `There is no architecture called ${JSON.stringify(architecture)}.`, {
    got: architecture,
  });
}

/** A member's network for inputs of the given shape. */
export function memberSpec(plan: MemberPlan, steps: number, width: number): NetworkSpec {
  return { steps, width, layers: plan.layers };
}

/** The schedule of a plan's learning rate over so many rows; a step is a batch. */
export function scheduleOf({ batchSize, finalLearningRate }: MemberPlan, rows: number, epochs: number): ScheduleSpec {
  if (finalLearningRate === undefined) return { type: "constant" };
  return { type: "linear", decaySteps: epochs * Math.ceil(rows / batchSize), endRate: finalLearningRate };
}
