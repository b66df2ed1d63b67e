// The page as a person uses it: by labels, buttons and what can be read on it.
import { readFile } from "node:fs/promises";

export class ScoringPage {
  constructor(page, url) {
    this.page = page;
    this.url = url;
  }

  async open() {
    await this.page.goto(this.url);
  }

  async setWorker(inWorker) {
    await this.page.getByRole("switch", { name: "In a worker" }).setChecked(inWorker);
  }

  /** Chooses a bundle, and waits until it is loaded or refused. */
  async chooseBundle(path) {
    await this.page.getByLabel("Model bundle", { exact: true }).setInputFiles(path);
    await this.region("Model").or(this.page.getByRole("alert").locator("p")).waitFor();
  }

  /** Chooses a CSV or a capture, scores it, and waits for the results or the error. */
  async score(path) {
    await this.page.getByLabel("Traffic", { exact: true }).setInputFiles(path);
    await this.page.getByRole("button", { name: "Score", exact: true }).click();
    await this.region("Results").or(this.page.getByRole("alert").locator("p")).waitFor();
  }

  region(name) {
    return this.page.getByRole("region", { name, exact: true });
  }

  /** What the page says of the model. */
  async model() {
    const region = this.region("Model");
    return {
      title: await region.getByRole("heading", { level: 2 }).textContent(),
      classes: await region.locator("#classes li").allTextContents(),
      columns: await region.locator("#columns code").allTextContents(),
    };
  }

  async digest() {
    return this.page.locator("#digest").textContent();
  }

  /** Rows per predicted class, as the table tells. */
  async counts() {
    const rows = await this.page.locator("#counts tbody tr").all();
    const entries = rows.map(async (row) => [
      await row.getByRole("rowheader").textContent(),
      Number((await row.getByRole("cell").first().textContent()).replaceAll(",", "")),
    ]);
    return new Map(await Promise.all(entries));
  }

  /** The categories that training had not seen, as the table tells. */
  async unseen() {
    const rows = await this.page.locator("#unseen tbody tr").all();
    const cells = await Promise.all(rows.map((row) => row.locator("th, td").allTextContents()));
    return cells.map(([column, category, rows]) => ({ column, category, rows: Number(rows.replaceAll(",", "")) }));
  }

  /** What is said of the rows that were skipped. */
  async skipped() {
    return this.page.locator("#skipped").textContent();
  }

  /** What is said of a capture. */
  async captureNotes() {
    return this.page.locator(".note.capture").allTextContents();
  }

  /** The error that is shown, with its code; null where none is. */
  async error() {
    const alert = this.page.getByRole("alert");
    if ((await alert.locator("p").count()) === 0) return null;
    return { message: await alert.locator("p").textContent(), code: await alert.locator("code").textContent() };
  }

  /** Saves the predictions and reads them: class and probability of every row. */
  async predictions() {
    const [download] = await Promise.all([
      this.page.waitForEvent("download"),
      this.page.getByRole("button", { name: "Save predictions as CSV" }).click(),
    ]);
    const lines = (await readFile(await download.path(), "utf8")).trimEnd().split("\n").slice(1);
    const cells = lines.map((line) => line.split(",").slice(-2));
    return {
      classes: cells.map(([name]) => name),
      probabilities: Float64Array.from(cells, ([, text]) => (text === "" ? Number.NaN : Number(text))),
    };
  }
}
