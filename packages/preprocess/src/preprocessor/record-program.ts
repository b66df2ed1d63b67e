import { type ColumnCategories, REFUSED } from "../encoders/column-categories.js";
import { codeOfPlace } from "../encoders/ordinal-encoder.js";
import type { Cell } from "../table.js";
import { type InputColumn, noteText, type TransformReport } from "./frame.js";
import type { NumberOrigin, Slot, TextOrigin, ValueMap } from "./slots.js";

/** A record: one property a column. */
export type InputRecord = Readonly<Record<string, Cell | undefined>>;

/** A text looked up once, however many outputs depend on it. */
interface Lookup {
  readonly text: TextOrigin;
  readonly categories: ColumnCategories;
}

/** How one output is made. An indicator takes one of two values that were computed beforehand. */
type Output =
  | { readonly from: "number"; readonly input: number; readonly maps: readonly ValueMap[] }
  | { readonly from: "code"; readonly lookup: number; readonly maps: readonly ValueMap[] }
  | {
      readonly from: "indicator";
      readonly lookup: number;
      readonly place: number;
      readonly on: number;
      readonly off: number;
    };

/**
 * The steps of a preprocessor, unrolled for one record: every output with its input and the functions on the way. It
 * applies the same functions as the steps do to columns, and allocates nothing.
 *
 * It takes records whose cells are as they should be; for any other it gives up, and the caller sends the record through
 * the steps as a table of one row, which says what is wrong with it.
 */
export class RecordProgram {
  private readonly lookups: Lookup[] = [];
  private readonly outputs: readonly Output[];
  private readonly numbers: Float64Array;
  private readonly texts: (string | null)[];
  private readonly places: Int32Array;
  private readonly known: readonly (ReadonlySet<string> | null)[];

  /** @param slots what the last step gives: numbers only. */
  constructor(
    private readonly inputs: readonly InputColumn[],
    slots: readonly Slot[],
    /** Names of the numeric inputs that may be missing. */
    private readonly mayLack: ReadonlySet<string>,
  ) {
    this.outputs = slots.map(({ origin, maps }) => this.outputOf(origin as NumberOrigin, maps));
    this.numbers = new Float64Array(inputs.length);
    this.texts = inputs.map(() => null);
    this.places = new Int32Array(this.lookups.length);
    this.known = inputs.map((input) => (input.type === "text" ? new Set(input.categories) : null));
  }

  /** Writes the record's outputs; false, with nothing reported, where the record is not as it should be. */
  run(record: InputRecord, output: Float64Array, report: TransformReport | undefined): boolean {
    if (!this.read(record) || !this.lookUp()) return false;
    if (report !== undefined) this.note(report);
    for (let i = 0; i < this.outputs.length; i++) output[i] = this.valueOf(this.outputs[i]!);
    return true;
  }

  /** What an output is where its input is a number; null for an output that is made of a text. */
  numberOf(output: number, value: number): number | null {
    const of = this.outputs[output]!;
    return of.from === "number" ? mapped(value, of.maps) : null;
  }

  private read(record: InputRecord): boolean {
    for (let i = 0; i < this.inputs.length; i++) {
      const input = this.inputs[i]!;
      const { name, type } = input;
      if (!Object.hasOwn(record, name)) return false;
      const cell = record[name];
      if (type === "text") {
        if (typeof cell === "string") this.texts[i] = cell;
        else if (cell === null || cell === undefined || Number.isNaN(cell)) this.texts[i] = null;
        else this.texts[i] = String(cell);
      } else if (typeof cell === "number" && cell - cell === 0) {
        this.numbers[i] = cell;
      } else {
        const isMissing = cell === null || cell === undefined || Number.isNaN(cell) || isInfinite(cell, input);
        if (!isMissing || !this.mayLack.has(name)) return false;
        this.numbers[i] = Number.NaN;
      }
    }
    return true;
  }

  private lookUp(): boolean {
    for (let i = 0; i < this.lookups.length; i++) {
      const { text, categories } = this.lookups[i]!;
      const place = categories.placeOf(this.texts[text.input] ?? text.fill);
      if (place === REFUSED) return false;
      this.places[i] = place;
    }
    return true;
  }

  private note(report: TransformReport): void {
    for (const [input, known] of this.known.entries()) {
      const text = this.texts[input]!;
      if (known !== null && !(text !== null && known.has(text))) noteText(report, this.inputs[input]!.name, text);
    }
  }

  private valueOf(output: Output): number {
    if (output.from === "indicator") return this.places[output.lookup] === output.place ? output.on : output.off;
    const start = output.from === "number" ? this.numbers[output.input]! : codeOfPlace(this.places[output.lookup]!);
    return mapped(start, output.maps);
  }

  private outputOf(origin: NumberOrigin, maps: readonly ValueMap[]): Output {
    if (origin.from === "number") return { from: "number", input: origin.input, maps };
    const lookup = this.lookupOf(origin);
    if (origin.from === "code") return { from: "code", lookup, maps };
    return { from: "indicator", lookup, place: origin.place, on: mapped(1, maps), off: mapped(0, maps) };
  }

  private lookupOf({ text, categories }: Lookup): number {
    const known = this.lookups.findIndex((lookup) => lookup.text === text && lookup.categories === categories);
    return known === -1 ? this.lookups.push({ text, categories }) - 1 : known;
  }
}

/** Whether a cell is an infinite number that counts as missing. */
function isInfinite(cell: Cell, input: InputColumn): boolean {
  return typeof cell === "number" && input.type === "number" && input.infinite !== undefined;
}

function mapped(value: number, maps: readonly ValueMap[]): number {
  let made = value;
  for (let i = 0; i < maps.length; i++) made = maps[i]!(made);
  return made;
}
