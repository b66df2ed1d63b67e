import { type InputRecord, MlsecError } from "@mlsec/preprocess";
import type { Detector, DetectorInput } from "./detector.js";
import type { Verdict } from "./verdict.js";

/** What both stages say of one row. */
export interface TwoStageVerdict {
  /** Whether the threat detector flags it. */
  readonly isAttack: boolean;
  readonly threat: Verdict;
  /** Which attack it is, by the classifier; null where nothing was flagged. "BENIGN" where the classifier disagrees. */
  readonly attack: Verdict | null;
}

/** A threat detector whose alarms an attack classifier names. Rows must have the columns of both. */
export class TwoStageDetector {
  /** @throws MlsecError `kind-mismatch` unless the first is a threat detector and the second an attack classifier. */
  constructor(
    readonly threat: Detector,
    readonly attack: Detector,
  ) {
    if (threat.kind === "threat_detector" && attack.kind === "attack_classifier") return;
    throw new MlsecError(
      "kind-mismatch",
      `A two-stage detector is a threat detector, then an attack classifier, not a ${threat.kind} and a ${attack.kind}.`,
      { expected: ["threat_detector", "attack_classifier"], got: [threat.kind, attack.kind] },
    );
  }

  /** The names of the columns that a row must have for either stage. */
  get columns(): string[] {
    return [...new Set([...this.threat.inputs, ...this.attack.inputs].map(({ name }) => name))];
  }

  /** @throws MlsecError as `Detector.detect`, from either stage: the classifier's columns are asked for on every row. */
  detect(record: InputRecord): TwoStageVerdict;
  detect(rows: DetectorInput): TwoStageVerdict[];
  detect(input: InputRecord | DetectorInput): TwoStageVerdict | TwoStageVerdict[] {
    // Asking the second stage about all rows keeps an input that only alarms would show to be wrong from lasting unseen.
    const [threats, attacks] = [this.threat.detect(input as DetectorInput), this.attack.detect(input as DetectorInput)];
    if (!Array.isArray(threats)) return both(threats as Verdict, attacks as unknown as Verdict);
    return threats.map((threat, row) => both(threat, attacks[row]!));
  }
}

function both(threat: Verdict, attack: Verdict): TwoStageVerdict {
  return { isAttack: threat.isAttack, threat, attack: threat.isAttack ? attack : null };
}
