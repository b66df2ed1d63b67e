// Networks of Keras in the browser, read in workers under a policy that allows WebAssembly and no evaluated code: Keras' scores
// within 1e-5, and Node's to the bit.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inflateSync } from "node:zlib";
import { buildSite } from "./site.mjs";
import { serveFolder } from "./static-server.mjs";

const FIXTURES = "packages/bundle/test/fixtures/keras";
const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

/** Builds the page as an application does, and reads on it; `undoLater` closes the server. */
export async function checkKeras(check, browser, root, folder, undoLater) {
  const site = join(folder, "keras");
  await buildSite(root, site, "Networks of Keras", {
    page: "scripts/browser/keras-page.mjs",
    "keras-worker": "scripts/browser/keras-worker.mjs",
  });
  const server = await serveFolder(site, POLICY);
  await undoLater(server.close);
  const require = createRequire(join(root, "examples", "package.json"));
  const ofPackage = (name) => import(pathToFileURL(require.resolve(name)));
  const [{ readKeras }, { importJoblib }] = [
    await ofPackage("@mlsec/bundle/keras"),
    await ofPackage("@mlsec/bundle/joblib"),
  ];
  const fixture = async (name) => JSON.parse(await readFile(join(root, FIXTURES, `${name}.json`), "utf8"));
  const { cases, bundle } = await fixture("models");
  const page = await browser.newPage();
  await page.goto(server.url);
  await page.waitForFunction(() => globalThis.bundleOnPage !== undefined);
  const unpacked = (file) => inflateSync(Buffer.from(file, "base64"));
  const read = (bytes, inputs = [], options = {}) =>
    page.evaluate((given) => globalThis.networkOnPage(...given), [bytes.toString("base64"), inputs, options]);

  await check("networks of Keras in a worker: Keras' scores, Node's to the bit", async () => {
    for (const { name, file, config, inputs, scores, refused } of cases) {
      const bytes = unpacked(file);
      const got = await read(bytes, inputs, { config });
      if (refused !== undefined) {
        assert.deepEqual([got.code, got.details?.layer], [refused.code, refused.layer], name);
        continue;
      }
      requireNear(got.scores, scores, name);
      const { network, ...rest } = await readKeras(bytes, { config });
      assert.deepEqual(got, { scores: Array.from(network.score(Float32Array.from(inputs))), ...rest }, name);
    }
  });
  await check(
    "a training script's bundle with networks of Keras: Keras' scores, Node's bundle to the byte",
    async () => {
      const got = await page.evaluate((given) => globalThis.bundleOnPage(...given), [bundle.file, bundle.table]);
      // The encoder made 0 of the attack, and mended names say so.
      const attack = bundle.scores.map((score) => 1 - score);
      requireNear(got.probabilities, attack, "bundle");
      const inNode = await importJoblib(Buffer.from(bundle.file, "base64"), { keras: readKeras, mendClassNames: true });
      assert.deepEqual(got.bundle, Array.from(inNode.bundle));
      assert.deepEqual(got.notes, inNode.notes);
    },
  );
  await check("a file that keeps HDF5 busy without end: the worker is ended, the page goes on", async () => {
    const { file } = await fixture("endless");
    const { code } = await read(unpacked(file), [], { timeoutMs: 2000 });
    assert.equal(code, "too-slow");
    const [{ file: whole, config, inputs, scores }] = cases;
    requireNear((await read(unpacked(whole), inputs, { config })).scores, scores, "the next file");
  });
}

function requireNear(got, expected, name) {
  assert.equal(got?.length, expected.length, `${name}: ${JSON.stringify(got)}`);
  for (const [row, score] of expected.entries())
    assert.ok(Math.abs(got[row] - score) < 1e-5, `${name}: ${got[row]} in place of ${score}`);
}
