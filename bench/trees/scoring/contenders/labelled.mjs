import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { featureMatrix } from "@mlsec/preprocess";

/** The labelled columns of a file that `writeLabelled` wrote. */
export function readLabelled(path, features) {
  const file = openSync(path);
  const rows = fstatSync(file).size / 8 / (features + 1);
  const columns = Array.from({ length: features + 1 }, (_, index) => {
    const column = new Float64Array(rows);
    readSync(file, column, 0, rows * 8, index * rows * 8);
    return column;
  });
  closeSync(file);
  const codes = Int32Array.from(columns.pop());
  const labels = {
    codes,
    classes: Array.from({ length: codes.reduce((a, b) => Math.max(a, b)) + 1 }, (_, index) => `class ${index}`),
  };
  const names = columns.map((_, index) => `column ${index}`);
  return { matrix: featureMatrix(names, columns), labels };
}

/** The rows one after another. */
export function rowMajor({ rows, columns }) {
  const values = new Float32Array(rows * columns.length);
  for (const [index, column] of columns.entries()) {
    for (let row = 0; row < rows; row++) values[row * columns.length + index] = column[row];
  }
  return values;
}

/** Prints the seconds that a million rows take, from runs over all rows until a second has passed, after warming up. */
export function reportPerMillion(rows, score) {
  for (let start = performance.now(), passes = 0; passes < 3 || performance.now() - start < 300; passes++) score();
  const start = performance.now();
  let passes = 0;
  while (passes === 0 || performance.now() - start < 1000) {
    score();
    passes++;
  }
  const seconds = (performance.now() - start) / 1000;
  console.log(JSON.stringify({ seconds: (seconds / (passes * rows)) * 1e6, peakMB: 0 }));
}
