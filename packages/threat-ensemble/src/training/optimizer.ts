import { MlsecError } from "@mlsec/preprocess";
import { exp, log } from "@mlsec/preprocess/numeric";

/** How gradients move the weights, by Keras' conventions. */
export type OptimizerSpec =
  | {
      /** Kingma and Ba (2015). */
      readonly type: "adam";
      /** Default 0.9. */
      readonly beta1?: number | undefined;
      /** Default 0.999. */
      readonly beta2?: number | undefined;
      /** Default 1e-7, added to the uncorrected root. */
      readonly epsilon?: number | undefined;
      /** Share of every weight, times the learning rate, that it loses before a step (Loshchilov and Hutter, 2019). Default 0. */
      readonly weightDecay?: number | undefined;
    }
  | {
      readonly type: "sgd";
      /** Default 0. */
      readonly momentum?: number | undefined;
      /** As for Adam. Default 0. */
      readonly weightDecay?: number | undefined;
    };

/** How the learning rate changes from step to step; a step is a batch. */
export type ScheduleSpec =
  | { readonly type: "constant" }
  /** rate · decayRate^(step / decaySteps). */
  | { readonly type: "exponential"; readonly decaySteps: number; readonly decayRate: number }
  /** From the rate in a straight line to `endRate` after `decaySteps`, and there it stays. */
  | { readonly type: "linear"; readonly decaySteps: number; readonly endRate: number };

export const DEFAULT_OPTIMIZER: OptimizerSpec = { type: "adam" };
export const DEFAULT_SCHEDULE: ScheduleSpec = { type: "constant" };

/** The learning rate of a step; steps count from 0. */
export function rateAt(rate: number, schedule: ScheduleSpec, step: number): number {
  switch (schedule.type) {
    case "constant":
      return rate;
    case "exponential":
      return rate * exp((log(schedule.decayRate) * step) / schedule.decaySteps);
    case "linear":
      return rate + (schedule.endRate - rate) * Math.min(1, step / schedule.decaySteps);
  }
}

/** @throws MlsecError `invalid-option`. */
export function requireOptimizer(rate: number, optimizer: OptimizerSpec, schedule: ScheduleSpec): void {
  positive("learningRate", rate);
  within("weightDecay", optimizer.weightDecay ?? 0);
  if (optimizer.type === "adam") {
    within("beta1", optimizer.beta1 ?? 0);
    within("beta2", optimizer.beta2 ?? 0);
    positive("epsilon", optimizer.epsilon ?? 1);
  } else {
    within("momentum", optimizer.momentum ?? 0);
  }
  if (schedule.type === "constant") return;
  positive("decaySteps", schedule.decaySteps);
  if (schedule.type === "exponential") positive("decayRate", schedule.decayRate);
  else if (!(schedule.endRate >= 0)) throw invalid("endRate", "at least 0", schedule.endRate);
}

function positive(name: string, value: number): void {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) throw invalid(name, "a positive number", value);
}

function within(name: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw invalid(name, "at least 0 and below 1", value);
}

function invalid(name: string, expected: string, got: number): MlsecError {
  return new MlsecError("invalid-option", `${name} must be ${expected}, not ${got}.`, { expected, got });
}
