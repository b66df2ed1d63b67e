import type { Measured } from "./column-drift.js";
import { type DriftCheck, type DriftLevel, driftThresholds, type FeatureDrift } from "./report.js";
import { holm } from "./significance.js";

const LEVELS: readonly DriftLevel[] = ["none", "watch", "drift"];

/** Columns with their levels, once all that is tested of all of them is known. */
export function decided(measured: readonly Measured<FeatureDrift>[], significance: number): FeatureDrift[] {
  const corrected = holm(measured.flatMap(({ tests }) => tests.map(({ p }) => p)));
  let next = 0;
  return measured.map(({ figures, tests }) => {
    const checks = tests.map(({ check, size }): DriftCheck => {
      const p = corrected[next++]!;
      return { check, level: p <= significance ? levelOf(check, size) : "none", size, p };
    });
    const level = worst(checks);
    return figures.type === "number" ? { ...figures, level, checks } : { ...figures, level, checks };
  });
}

function levelOf(check: DriftCheck["check"], size: number): DriftLevel {
  const { watch, drift } = check === "distribution" ? driftThresholds.psi : driftThresholds.share;
  if (Math.abs(size) >= drift) return "drift";
  return Math.abs(size) >= watch ? "watch" : "none";
}

/** The worst of some levels; "none" of none. */
export function worst(levels: readonly { readonly level: DriftLevel }[]): DriftLevel {
  return LEVELS[Math.max(0, ...levels.map(({ level }) => LEVELS.indexOf(level)))]!;
}
