// Training in the browser: on the page, in workers and in pairs of them, with WebAssembly and under a policy that forbids it, the weights are
// those of every Node; progress comes while it trains, and an abort ends it at once.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { buildSite } from "./site.mjs";
import { serveFolder } from "./static-server.mjs";

const DIGESTS = "packages/threat-ensemble/test/fixtures/training-digests.json";
const POLICIES = [
  ["with WebAssembly", "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'", true],
  ["WebAssembly forbidden", "default-src 'self'", false],
];
const PLACES = { page: "on the page", workers: "in workers", pairs: "in pairs of workers" };

/** Builds the page and its worker as an application does, and trains on them; `undoLater` closes the servers. */
export async function checkTraining(check, browser, root, folder, undoLater) {
  const site = join(folder, "training");
  await buildSite(root, site, "Training", {
    page: "scripts/browser/training-page.mjs",
    trainer: "scripts/package-test/consumer/trainer.mjs",
  });
  const digests = JSON.parse(await readFile(join(root, DIGESTS), "utf8"));
  for (const [name, policy, compiles] of POLICIES) {
    const server = await serveFolder(site, policy, { isolated: true });
    await undoLater(server.close);
    const page = await browser.newPage();
    await page.goto(server.url);
    await page.waitForFunction(() => globalThis.training !== undefined);
    await check(`training, ${name}: the policy is what it should be`, async () => {
      assert.equal(await page.evaluate(() => globalThis.training.compiles()), compiles);
    });
    for (const [where, inWords] of Object.entries(PLACES)) {
      await check(`training, ${name}, ${inWords}: Node's bytes`, () =>
        page.evaluate(([at, expected]) => globalThis.training.compare(at, expected), [where, digests]),
      );
    }
    await check(`training, ${name}, in three workers: progress comes, an abort ends it and them`, async () => {
      const { epochs, workers, code, milliseconds } = await page.evaluate(() => globalThis.training.abort());
      assert.equal(workers, 3, "workers at once: one for the ANN, two for the LSTM");
      assert.ok(epochs >= 4, `${epochs} epochs were told`);
      assert.equal(code, "aborted");
      console.log(`        ${milliseconds.toFixed(1)} ms from the abort to its error`);
      for (let turn = 0; turn < 50 && page.workers().length > 0; turn++) await page.waitForTimeout(20);
      assert.equal(page.workers().length, 0, "workers left");
    });
  }
}
