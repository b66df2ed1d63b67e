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

  /** Chooses one bundle, in the place of all that are loaded, and waits until it is loaded or refused. */
  async chooseBundle(path) {
    await this.removeModels();
    await this.addBundles(path);
  }

  /** Chooses a bundle, or several together, and waits until they are loaded or refused. */
  async addBundles(...paths) {
    await this.page.getByLabel("Model bundle", { exact: true }).setInputFiles(paths);
    await this.ready();
  }

  /** Removes a model, or all. */
  async removeModels(kind = /^Remove the/) {
    const buttons = this.page.getByRole("button", { name: kind });
    while ((await buttons.count()) > 0) {
      await buttons.first().click();
      await this.ready();
    }
  }

  /** Chooses a CSV or a capture, scores it, and waits for the results or the error. */
  async score(path) {
    await this.startScoring(path);
    await this.ready();
  }

  async startScoring(path) {
    await this.page.getByLabel("Traffic", { exact: true }).setInputFiles(path);
    await this.page.getByRole("button", { name: "Score", exact: true }).click();
  }

  /** Scores, cancels that, and waits until it has ended. */
  async scoreAndCancel(path) {
    await this.startScoring(path);
    await this.page.getByRole("button", { name: "Cancel", exact: true }).click();
    await this.ready();
  }

  /** Waits until the page takes orders again. */
  async ready() {
    await this.page.locator("#inputs:enabled").waitFor();
  }

  async status() {
    return this.page.getByRole("status").textContent();
  }

  region(name) {
    return this.page.getByRole("region", { name, exact: true });
  }

  /** What the page says of the models, in their order. */
  async models() {
    const regions = await this.page.locator("#models section").all();
    return Promise.all(
      regions.map(async (region) => ({
        title: await region.getByRole("heading", { level: 2 }).textContent(),
        classes: await region.locator(".classes li").allTextContents(),
        columns: await region.locator(".columns code").allTextContents(),
      })),
    );
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

  /** What is said of the rows without a verdict; null where all have one. */
  async refused() {
    const note = this.page.locator("#refused");
    return (await note.count()) === 0 ? null : note.textContent();
  }

  /** What is said of the file that was read. */
  async notes() {
    return this.page.locator("#notes li").allTextContents();
  }

  /** What is said before the verdicts are to be trusted. */
  async warnings() {
    return this.page.locator(".note.warning").allTextContents();
  }

  /** The single verdicts that are shown of a choice ("All rows", a class, …), as texts of cells. */
  async shownRows(choice) {
    const select = this.page.getByLabel("Show", { exact: true });
    const options = await select.locator("option").allTextContents();
    const label = options.find((text) => text.startsWith(`${choice} (`));
    if (label === undefined) throw new Error(`There is no choice ${choice} among ${options.join(", ")}.`);
    await select.selectOption({ label });
    const rows = await this.page.locator("#rows tbody tr").all();
    return Promise.all(rows.map((row) => row.locator("th, td").allTextContents()));
  }

  /** The error that is shown, with its code; null where none is. */
  async error() {
    const alert = this.page.getByRole("alert");
    if ((await alert.locator("p").count()) === 0) return null;
    return { message: await alert.locator("p").textContent(), code: await alert.locator("code").textContent() };
  }

  /** Saves the predictions: the bytes of the file. */
  async saved() {
    const [download] = await Promise.all([
      this.page.waitForEvent("download"),
      this.page.getByRole("button", { name: "Save predictions as CSV" }).click(),
    ]);
    return readFile(await download.path());
  }
}

/** The class and the probability of every row of a CSV that the page has saved: its last two columns. */
export function predictionsFrom(bytes) {
  const lines = bytes.toString().trimEnd().split("\n").slice(1);
  const cells = lines.map((line) => line.split(",").slice(-2));
  return {
    classes: cells.map(([name]) => name),
    probabilities: Float64Array.from(cells, ([, text]) => (text === "" ? Number.NaN : Number(text))),
  };
}
