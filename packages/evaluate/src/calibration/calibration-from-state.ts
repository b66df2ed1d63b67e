import { StateReader } from "@mlsec/preprocess";
import type { Calibration } from "./calibration.js";
import { IsotonicCalibration } from "./isotonic-calibration.js";
import { PlattCalibration } from "./platt-calibration.js";

/**
 * Reads a calibration from its state or JSON, which may come from anywhere.
 *
 * @throws MlsecError `invalid-state`.
 */
export function calibrationFromState(state: unknown): Calibration {
  const method = new StateReader(state, "Calibration").oneOf("method", ["platt", "isotonic"]);
  return method === "platt" ? PlattCalibration.fromState(state) : IsotonicCalibration.fromState(state);
}
