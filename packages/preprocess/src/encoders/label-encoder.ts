import { MlsecError } from "../errors.js";
import { encodeLabels, type Labels } from "../labels.js";
import { type Json, type State, StateReader, toPlain } from "../state.js";

/**
 * Class names ↔ codes 0 … k − 1 in code-point order of the names, as scikit-learn's LabelEncoder. `encodeLabels` does the
 * same in one step where nothing but the labels of one table is wanted.
 */
export class LabelEncoder {
  private constructor(readonly classes: readonly string[]) {}

  /** Learns the distinct names. @throws MlsecError `missing-label`. */
  static fit(names: readonly (string | null)[]): LabelEncoder {
    return new LabelEncoder(encodeLabels(names).classes);
  }

  /** @throws MlsecError `unknown-class`, with the row, for a name that the fit did not see; `missing-label`. */
  transform(names: readonly (string | null)[]): Labels {
    return encodeLabels(names, this.classes);
  }

  /** The names of codes. @throws MlsecError `unknown-code` for a number that is no code. */
  inverseTransform(codes: Int32Array): string[] {
    return Array.from(codes, (code, row) => {
      const name = this.classes[code];
      if (name !== undefined) return name;
      throw new MlsecError(
        "unknown-code",
        `Row ${row + 1} has the code ${code}; the ${this.classes.length} classes have the codes from 0 on.`,
        { row, got: code },
      );
    });
  }

  toState(): State {
    return { classes: this.classes };
  }

  toJSON(): Json {
    return toPlain(this.toState());
  }

  /** @throws MlsecError `invalid-state`. */
  static fromState(state: unknown): LabelEncoder {
    const reader = new StateReader(state, "LabelEncoder");
    const classes = reader.strings("classes");
    if (new Set(classes).size !== classes.length) reader.fail("classes", "distinct strings");
    return new LabelEncoder(classes);
  }

  static fromJSON(json: Json): LabelEncoder {
    return LabelEncoder.fromState(json);
  }
}
