import type { Progress } from "@mlsec/preprocess";
import { SingleBar } from "cli-progress";
import Table from "cli-table3";

/**
 * Shows progress as a bar on a terminal, and nothing elsewhere (a log, a pipe).
 *
 * @returns what to pass as `onProgress`, and `stop`, which must be called before anything else is printed.
 */
export function progressBar(): { onProgress: (progress: Progress) => void; stop: () => void } {
  const isTerminal = process.stderr.isTTY === true;
  let bar: SingleBar | null = null;
  let current = "";
  const stop = (): void => {
    bar?.stop();
    bar = null;
  };
  const onProgress = ({ what, done, total }: Progress): void => {
    if (!isTerminal) return;
    if (what !== current || bar === null) {
      stop();
      current = what;
      bar = new SingleBar({
        format: "  {what} [{bar}] {value}/{total}  {duration_formatted}",
        hideCursor: true,
        stream: process.stderr,
        barsize: 30,
      });
      bar.start(total, done, { what: what.padEnd(20) });
    }
    bar.setTotal(total);
    bar.update(done);
    if (done >= total) stop();
  };
  return { onProgress, stop };
}

/** Prints a table with a header line. */
export function printTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const numeric = head.map((_, column) =>
    rows.every((row) => typeof row[column] === "number" || /^[\d.,% s-]+$/.test(String(row[column]))),
  );
  const table = new Table({
    head: [...head],
    colAligns: numeric.map((isNumber) => (isNumber ? "right" : "left")),
    style: { head: process.stdout.isTTY ? ["bold"] : [], border: [], compact: true },
  });
  table.push(...rows.map((row) => row.map(String)));
  console.log(table.toString());
}

/** Prints a confusion matrix, rows true and columns predicted; many classes are numbered, to fit a terminal. */
export function printConfusion(classes: readonly string[], matrix: readonly (readonly number[])[]): void {
  const numbered = classes.length > 4;
  const columns = numbered ? classes.map((_, index) => String(index + 1)) : classes;
  const rowName = (index: number): string => (numbered ? `${index + 1} ${classes[index]}` : classes[index]!);
  printTable(
    ["true \\ predicted", ...columns],
    matrix.map((row, index) => [rowName(index), ...row]),
  );
}

/** A share as per cent: 99.64 %. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

/** Seconds by step in one line. */
export function secondsLine(seconds: Readonly<Record<string, number>>): string {
  return Object.entries(seconds)
    .map(([step, value]) => `${step} ${value.toFixed(1)} s`)
    .join(", ");
}
