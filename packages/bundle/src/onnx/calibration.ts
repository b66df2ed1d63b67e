import { type State, StateReader } from "@mlsec/preprocess";
import { log } from "@mlsec/preprocess/numeric";
import { Arithmetic, cast } from "./arithmetic.js";
import type { GraphBuilder, Value } from "./graph-builder.js";

/** What an ensemble makes of its members' mean. */
export interface Calibrating {
  calibrate(logit: number): number;
  toState(): State;
}

/** How far a mean is kept from 0 and 1 before its logit is taken (section 8 of docs/bundle-format.md). */
const CERTAIN = 1e-6;

/** The probability that a mean of the members is, rows × 1 doubles each. */
export function calibrated(graph: GraphBuilder, mean: Value, calibration: Calibrating | null): Value {
  const math = new Arithmetic(graph);
  if (calibration === null) return math.atMost(mean, 1);
  const certain = math.clamp(mean, CERTAIN, 1 - CERTAIN);
  const logit = math.of("Log", math.divide(certain, math.subtract(1, certain)));
  const state = new StateReader(calibration.toState(), "calibration");
  if (state.oneOf("method", ["platt", "isotonic"]) === "platt") {
    const line = math.add(math.multiply(state.number("slope"), logit), state.number("intercept"));
    return math.of("Sigmoid", line);
  }
  return interpolated(graph, math, logit, state.float64("scores"), state.float64("probabilities"));
}

/** Linear between the scores, constant outside of them. */
function interpolated(
  graph: GraphBuilder,
  math: Arithmetic,
  logit: Value,
  scores: Float64Array,
  probabilities: Float64Array,
): Value {
  const [allScores, all] = [graph.doubles("scores", scores), graph.doubles("probabilities of scores", probabilities)];
  // How many scores are below the logit is the place of the first that is not.
  const isBelow = cast(graph, math.isLess(allScores, logit), "int64");
  const place = graph.node("ReduceSum", [isBelow, graph.integers("last axis", [1])], { keepdims: { int: 1 } });
  const last = scores.length - 1;
  const upper = graph.node("Min", [place, graph.integer(last)]);
  const lower = graph.node("Max", [graph.node("Sub", [upper, graph.integer(1)]), graph.integer(0)]);
  const at = (values: Value, where: Value): Value => graph.node("Gather", [values, where]);
  const range = math.subtract(at(allScores, upper), at(allScores, lower));
  const share = math.divide(math.subtract(logit, at(allScores, lower)), range);
  const [from, to] = [at(all, lower), at(all, upper)];
  const between = math.atMost(math.add(from, math.multiply(math.subtract(to, from), share)), to);
  const isOutside = graph.node("Or", [
    math.of("Equal", place, graph.integer(0)),
    math.of("Greater", place, graph.integer(last)),
  ]);
  return math.where(isOutside, to, between);
}

/**
 * Where on the way from one double to another a property that changes once does so: the two neighbours, the last of the old
 * kind and the first of the new.
 */
function change(
  has: (x: number) => boolean,
  low: number,
  high: number,
): { readonly before: number; readonly after: number } {
  const old = has(low);
  let [before, after] = [low, high];
  for (;;) {
    const middle = before + (after - before) / 2;
    if (middle === before || middle === after) return { before, after };
    if (has(middle) === old) before = middle;
    else after = middle;
  }
}

/**
 * Whether a row is an attack, rows × 1 truth values: its probability is above the threshold. Calibrations keep the order of
 * means or turn it around, so that this is one comparison of the mean, with no rounding of the runtime's in between.
 */
export function isAttack(graph: GraphBuilder, mean: Value, calibration: Calibrating | null, threshold: number): Value {
  const math = new Arithmetic(graph);
  const isAbove = (m: number): boolean => probability(m, calibration) > threshold;
  // A sum of votes may be more than 1 by rounding.
  const [low, high] = [0, 2];
  if (isAbove(low) === isAbove(high)) return math.isLess(isAbove(low) ? -1 : 3, mean);
  const { before } = change(isAbove, low, high);
  return isAbove(high) ? math.isLess(before, mean) : graph.node("Not", [math.isLess(before, mean)]);
}

/** As section 8 of docs/bundle-format.md has it. */
function probability(mean: number, calibration: Calibrating | null): number {
  if (calibration === null) return Math.min(mean, 1);
  const certain = Math.min(Math.max(mean, CERTAIN), 1 - CERTAIN);
  return calibration.calibrate(log(certain / (1 - certain)));
}
