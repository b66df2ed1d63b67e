import { MlsecError } from "@mlsec/preprocess";
import type { Severity } from "../findings.js";

/** One thing that was interpreted, ignored or ambiguous in an import. */
export interface ImportNote {
  /** `error`: something could not be made; `warning`: verdicts may mislead; `info`: how the content was read. */
  readonly severity: Severity;
  /** What it is about, in kebab-case: stable, meant for programs. */
  readonly what: string;
  /** Where in the file, as Python would write it, for example `artifacts.scaler`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

/** Most notes of an import; a file may hold any number of things to ignore. */
const MAX_NOTES = 1000;
/** Most characters of a message, or of a path: names in it may be of any length. */
const MAX_LENGTH = 1000;

/** Collects the notes of an import. */
export class ImportNotes {
  readonly list: ImportNote[] = [];

  add(severity: Severity, what: string, path: string, message: string): void {
    if (this.list.length >= MAX_NOTES) return;
    this.list.push({ severity, what, path: path.slice(0, MAX_LENGTH), message: message.slice(0, MAX_LENGTH) });
  }

  /** What `make` makes; null where it cannot, which is noted. */
  attempt<T>(path: string, make: () => T): T | null {
    try {
      return make();
    } catch (error) {
      this.refused(error, path);
      return null;
    }
  }

  /** Notes an error of a part. Every part of a model checks what it is given: what it refuses is a fault of the file. */
  refused(error: unknown, path: string): void {
    if (!(error instanceof MlsecError)) throw error;
    this.add("error", "not-made", path, error.message);
  }
}
