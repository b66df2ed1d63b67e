import type { StepSpec, Table } from "@mlsec/preprocess";
import type { Architecture, OwnArchitecture } from "./architecture.js";

/** How the networks' inputs are made. */
export interface InputOptions {
  readonly architecture: Architecture | OwnArchitecture;
  /** Of the reference architecture's numbers. */
  readonly scaler: "standard" | "robust";
}

/** Categories in fewer training rows share one input. */
const RARE = 10;

/**
 * Steps from the selected columns to the networks' inputs. Counts and sizes become logarithms; every number becomes shares of
 * pieces of its range, every category an input of its own. The reference architecture has label codes and one scaler.
 */
export function networkSteps(
  selected: readonly string[],
  train: Table,
  { architecture, scaler }: InputOptions,
): StepSpec[] {
  const keep: StepSpec = { step: "keepColumns", columns: selected };
  if (architecture === "reference")
    return [keep, { step: "ordinalEncode" }, { step: scaler === "standard" ? "standardScale" : "robustScale" }];
  const counts = selected.filter((name) => {
    const column = train.column(name);
    return column.kind === "number" && isHeavyTailed(column.values);
  });
  return [
    keep,
    { step: "log1p", columns: counts },
    { step: "piecewiseLinear" },
    { step: "oneHotEncode", minCount: RARE },
  ];
}

/** Steps from the selected columns to the forest's inputs: label codes, and the numbers as they are. */
export function forestSteps(selected: readonly string[]): StepSpec[] {
  return [{ step: "keepColumns", columns: selected }, { step: "ordinalEncode" }];
}

/** A count or a size rather than a rate or a flag: non-negative, and above 100 somewhere. */
function isHeavyTailed(values: Float64Array): boolean {
  return values.every((value) => value >= 0) && values.some((value) => value > 100);
}
