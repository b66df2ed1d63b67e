import { MlsecError } from "@mlsec/preprocess";
import type { Detector, DetectorInput } from "./detector.js";

/** A row that two detectors judge differently. */
export interface Disagreement {
  /** From 0. */
  readonly row: number;
  readonly champion: { readonly class: string; readonly probability: number };
  readonly challenger: { readonly class: string; readonly probability: number };
}

/** How far two detectors agree on the same rows. Plain JSON. */
export interface DetectorComparison {
  /** Rows that both judged. */
  readonly rows: number;
  /** Rows that one or both could not judge, for missing or infinite numbers. */
  readonly skippedRows: number;
  /** Share of the rows that get the same class. */
  readonly agreement: number;
  /** Mean absolute difference of the probabilities, over rows that get the same class. */
  readonly probabilityDifference: number;
  /** How many rows get which two classes, the most first; equal classes too. */
  readonly classes: readonly { readonly champion: string; readonly challenger: string; readonly rows: number }[];
  /** Some of the rows that differ: the first ones of each pair of classes. */
  readonly examples: readonly Disagreement[];
}

/** Examples of each pair of classes. */
const EXAMPLES = 5;

/**
 * Judges the same rows with two detectors of one kind, for a shadow run before the challenger takes over.
 *
 * @throws MlsecError `kind-mismatch` for detectors of different kinds; `missing-feature` and `wrong-type` as `detect`.
 */
export function compareDetectors(champion: Detector, challenger: Detector, input: DetectorInput): DetectorComparison {
  if (champion.kind !== challenger.kind) {
    throw new MlsecError("kind-mismatch", `A ${champion.kind} and a ${challenger.kind} cannot be compared.`, {
      expected: champion.kind,
      got: challenger.kind,
    });
  }
  const [one, other] = [champion, challenger].map((detector) => detector.detectColumns(input, { invalidRows: "skip" }));
  const pairs = new Map<string, { champion: string; challenger: string; rows: number }>();
  const examples: Disagreement[] = [];
  let rows = 0;
  let agreed = 0;
  let difference = 0;
  for (let row = 0; row < one!.codes.length; row++) {
    const [code, otherCode] = [one!.codes[row]!, other!.codes[row]!];
    if (code < 0 || otherCode < 0) continue;
    rows++;
    const verdicts = {
      champion: { class: champion.classes[code]!, probability: one!.probabilities[row]! },
      challenger: { class: challenger.classes[otherCode]!, probability: other!.probabilities[row]! },
    };
    const key = `${code} ${otherCode}`;
    const pair = pairs.get(key) ?? {
      champion: verdicts.champion.class,
      challenger: verdicts.challenger.class,
      rows: 0,
    };
    pair.rows++;
    pairs.set(key, pair);
    if (pair.champion === pair.challenger) {
      agreed++;
      difference += Math.abs(verdicts.champion.probability - verdicts.challenger.probability);
    } else if (pair.rows <= EXAMPLES) examples.push({ row, ...verdicts });
  }
  return {
    rows,
    skippedRows: one!.codes.length - rows,
    agreement: rows === 0 ? 1 : agreed / rows,
    probabilityDifference: agreed === 0 ? 0 : difference / agreed,
    classes: [...pairs.values()].sort((a, b) => b.rows - a.rows),
    examples,
  };
}
