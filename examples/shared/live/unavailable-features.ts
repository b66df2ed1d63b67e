import { type Detector, exampleTable } from "@mlsec/bundle";
import { Table } from "@mlsec/preprocess";

/** Rows on which the effect of zeros is measured. */
const EXAMPLE_ROWS = 500;
const SHOWN = 8;

/** Notes which columns of a model are 0 because nothing told them. */
export class UnavailableFeatures {
  private readonly rows = new Map<string, number>();
  private readonly lists = new Map<readonly string[], readonly string[]>();
  private seen = 0;

  constructor(private readonly detector: Detector) {}

  /** @param unavailable for each row of a batch the features that nothing told, as `kddFeatures` gives them. */
  add(unavailable: readonly (readonly string[])[]): void {
    for (const list of unavailable) {
      this.seen++;
      for (const name of this.readOf(list)) this.rows.set(name, (this.rows.get(name) ?? 0) + 1);
    }
  }

  /** Which columns those were so far, and what it means to the model; null where there were none. */
  warning(): string | null {
    if (this.rows.size === 0) return null;
    const names = [...this.rows.keys()];
    const intro = `The ${this.detector.kind} reads columns that headers do not tell, and that are 0 here: ${names.join(", ")}.`;
    return `${intro} ${effectText(this.detector, names)}`;
  }

  /** How many rows lacked which columns; null where none did. */
  summary(): string | null {
    if (this.rows.size === 0) return null;
    const parts = [...this.rows].map(([name, rows]) => `${name} (${rows === this.seen ? "all" : rows} rows)`);
    return `Columns of the ${this.detector.kind} that nothing told, so that they were 0: ${parts.join(", ")}.`;
  }

  /** Those of a list that the model reads. Rows that lack the same share a list. */
  private readOf(list: readonly string[]): readonly string[] {
    let read = this.lists.get(list);
    if (read === undefined) {
      read = list.filter((name) => this.detector.inputs.some((input) => input.name === name));
      this.lists.set(list, read);
    }
    return read;
  }
}

/**
 * What zeros in some columns do to a model: a measure of their importance that any bundle can give that keeps sketches of its
 * training rows.
 */
function effectText(detector: Detector, names: readonly string[]): string {
  const { pipeline } = detector.bundle;
  if (pipeline.provenance.fingerprint.columns.length === 0)
    return "The bundle keeps nothing of its training rows that would tell how much that matters.";
  const rows = exampleTable(pipeline, EXAMPLE_ROWS);
  const before = detector.detectColumns(rows, { invalidRows: "skip" }).codes;
  const changed = (zeroed: readonly string[]): number => {
    const after = detector.detectColumns(withZeros(rows, zeroed), { invalidRows: "skip" }).codes;
    return after.filter((code, row) => code !== before[row]).length / rows.rows;
  };
  const single = names
    .map((name) => ({ name, share: names.length === 1 ? 0 : changed([name]) }))
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share);
  const shown = single.slice(0, SHOWN).map(({ name, share }) => `${name} alone ${percent(share)}`);
  return `On ${EXAMPLE_ROWS} rows drawn from what the bundle keeps of its training rows that changes ${percent(changed(names))} of the verdicts${shown.length === 0 ? "" : ` (${shown.join(", ")})`}.`;
}

function withZeros(rows: Table, names: readonly string[]): Table {
  const zeros = { kind: "number", values: new Float64Array(rows.rows) } as const;
  return Table.of([...rows].map(([name, column]) => [name, names.includes(name) ? zeros : column]));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
