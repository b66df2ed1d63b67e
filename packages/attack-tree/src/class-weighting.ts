import { classWeights, type Labels, listSome, MlsecError } from "@mlsec/preprocess";
import type { ClassWeight } from "@mlsec/trees";

/** What it costs to take a flow of one class for another. */
export interface ErrorCost {
  /** The flow's true class. */
  readonly of: string;
  /** What it is taken for. Default: any other class. */
  readonly as?: string | undefined;
  /** Finite, at least 0; errors that are not named cost 1. */
  readonly cost: number;
}

/**
 * How classes are weighted: as in trees, or `"squareRoot"`, by the square roots of the balanced weights: rare classes count
 * for more than their rows, and still for less than common ones.
 */
export type AttackClassWeight = ClassWeight | "squareRoot";

/**
 * The weights with which a tree is grown when errors cost differently: those of `classWeight`, each times the mean cost of
 * the class's errors (altered priors: Breiman, Friedman, Olshen and Stone, 1984, section 4.4). That is exact where what an
 * error costs does not depend on what a flow is taken for, and an approximation elsewhere.
 *
 * @throws MlsecError `unknown-class`, `invalid-option`.
 */
export function treeWeights(
  labels: Labels,
  classWeight: AttackClassWeight | undefined,
  costs: readonly ErrorCost[],
): ClassWeight | undefined {
  const byName = classWeight === "squareRoot" ? squareRoots(labels) : classWeight;
  if (costs.length === 0) return byName;
  const factors = meanCosts(labels.classes, costs);
  const before = byName === "balanced" ? named(labels, classWeights(labels)) : new Map(entriesOf(byName));
  for (const [code, name] of labels.classes.entries()) before.set(name, (before.get(name) ?? 1) * factors[code]!);
  return before;
}

function squareRoots(labels: Labels): Map<string, number> {
  return named(labels, classWeights(labels).map(Math.sqrt));
}

function named({ classes }: Labels, weights: Float64Array): Map<string, number> {
  return new Map(classes.map((name, code) => [name, weights[code]!]));
}

function entriesOf(weights: Exclude<ClassWeight, "balanced"> = {}): Iterable<readonly [string, number]> {
  return weights instanceof Map ? weights : Object.entries(weights);
}

/** For each class the mean cost of its errors over the other classes. */
function meanCosts(classes: readonly string[], costs: readonly ErrorCost[]): number[] {
  const table = classes.map(() => new Float64Array(classes.length).fill(1));
  const known = costs.flatMap(({ of, as }) => (as === undefined ? [of] : [of, as]));
  const unknown = known.filter((name) => !classes.includes(name));
  if (unknown.length > 0) {
    throw new MlsecError(
      "unknown-class",
      `Costs name ${listSome(unknown)}; the classes are ${listSome(classes, 14)}.`,
      {
        got: unknown,
        expected: classes,
      },
    );
  }
  for (const { of, as, cost } of costs) {
    if (!(cost >= 0 && cost < Number.POSITIVE_INFINITY)) {
      throw new MlsecError(
        "invalid-option",
        `The cost of ${JSON.stringify(of)} must be a finite number of at least 0, not ${cost}.`,
        { got: cost },
      );
    }
    const row = table[classes.indexOf(of)]!;
    if (as === undefined) row.fill(cost);
    else row[classes.indexOf(as)] = cost;
  }
  // A class is never an error of itself.
  return table.map((row, code) => (row.reduce((sum, cost) => sum + cost, 0) - row[code]!) / (classes.length - 1));
}
