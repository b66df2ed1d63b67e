// Trees, forests and feature selection in the browser: on one thread and on several, with WebAssembly and under a policy that
// forbids it, they are what Node grows; where a page has no shared memory, one thread does it, with a notice.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { growthDigests } from "./growth-digests.mjs";
import { buildSite } from "./site.mjs";
import { serveFolder } from "./static-server.mjs";

const PAGES = [
  { name: "with WebAssembly", policy: "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'", isolated: true },
  { name: "WebAssembly forbidden", policy: "default-src 'self'", isolated: true },
  { name: "without shared memory", policy: "default-src 'self'", isolated: false },
];

/** Builds the page and its worker as an application does, and grows on them; `undoLater` closes the servers. */
export async function checkGrowth(check, browser, root, folder, undoLater) {
  const site = join(folder, "growth");
  await buildSite(root, site, "Growth", {
    page: "scripts/browser/growth-page.mjs",
    worker: "scripts/browser/growth-worker.mjs",
  });
  const expected = await nodeDigests(root);
  for (const { name, policy, isolated } of PAGES) {
    const server = await serveFolder(site, policy, { isolated });
    await undoLater(server.close);
    const page = await browser.newPage();
    await page.goto(server.url);
    await page.waitForFunction(() => globalThis.growth !== undefined);
    for (const count of isolated ? [1, 2, 4] : [2]) {
      await check(`growing, ${name}, threads: ${count}: Node's bytes`, async () => {
        const got = await page.evaluate((threads) => globalThis.growth.digests(threads), count);
        assert.equal(got.isolated, isolated);
        assert.deepEqual(got.notices, isolated ? [] : ["one-thread"]);
        assert.deepEqual(got.digests, expected);
        await requireNoWorkers(page);
      });
    }
    if (!isolated) continue;
    await check(`growing, ${name}: an abort ends the forest and its workers`, async () => {
      const { code, milliseconds } = await page.evaluate(() => globalThis.growth.abort());
      assert.equal(code, "aborted");
      console.log(`        ${milliseconds.toFixed(1)} ms from the abort to its error`);
      await requireNoWorkers(page);
    });
    await check(`growing, ${name}: workers that fail are an error, and none is left`, async () => {
      assert.equal(await page.evaluate(() => globalThis.growth.broken()), "worker-failed");
      await requireNoWorkers(page);
    });
  }
}

/** What the built packages of the repository give in this Node, on one thread. */
async function nodeDigests(root) {
  const require = createRequire(join(root, "examples", "package.json"));
  const load = (name) => import(pathToFileURL(require.resolve(name)));
  const [preprocess, numeric, trees, featureSelect] = await Promise.all(
    ["@mlsec/preprocess", "@mlsec/preprocess/numeric", "@mlsec/trees", "@mlsec/feature-select"].map(load),
  );
  return growthDigests({ preprocess, numeric, trees, featureSelect }, 1);
}

async function requireNoWorkers(page) {
  for (let turn = 0; turn < 50 && page.workers().length > 0; turn++) await page.waitForTimeout(20);
  assert.equal(page.workers().length, 0, "workers left");
}
