/** Typed columns made of rows of texts, for parsers that give rows: numbers while all are, else the texts. */
export class Columns {
  constructor(names) {
    this.columns = names.map(() => ({ numbers: new Float64Array(1024), texts: undefined }));
    this.rows = 0;
  }

  add(cells) {
    const row = this.rows++;
    for (let i = 0; i < this.columns.length; i++) {
      const column = this.columns[i];
      if (column.texts === undefined) {
        const value = Number(cells[i]);
        if (Number.isNaN(value)) column.texts = Array.from(column.numbers.subarray(0, row), String);
        else {
          if (row === column.numbers.length) {
            const grown = new Float64Array(row * 2);
            grown.set(column.numbers);
            column.numbers = grown;
          }
          column.numbers[row] = value;
          continue;
        }
      }
      column.texts.push(cells[i]);
    }
  }
}
