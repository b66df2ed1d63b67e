// Bundles written as ONNX and run by onnxruntime-web on a page whose policy allows WebAssembly but evaluates no code: the file is
// Node's, byte for byte, and its verdicts are the bundle's.
import assert from "node:assert/strict";
import { copyFile, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildSite } from "./site.mjs";
import { serveFolder } from "./static-server.mjs";

const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
/** How far probabilities may be apart, and a network's from the threshold where its label may be another. */
const LIMITS = { attack_classifier: 1e-6, threat_detector: 1e-5 };

/** Builds the page as an application does, and judges on it; `undoLater` closes the server. */
export async function checkOnnx(check, browser, root, folder, undoLater, subjects) {
  const site = join(folder, "onnx");
  await buildSite(root, site, "ONNX", { page: "scripts/browser/onnx-page.mjs" });
  const here = createRequire(import.meta.url);
  await copyFile(here.resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm"), join(site, "onnxruntime.wasm"));
  const server = await serveFolder(site, POLICY);
  await undoLater(server.close);
  const require = createRequire(join(root, "examples", "package.json"));
  const { toOnnx } = await import(pathToFileURL(require.resolve("@mlsec/bundle/onnx")));
  const page = await browser.newPage();
  await page.goto(server.url);
  await page.waitForFunction(() => globalThis.judgedByOnnx !== undefined);
  for (const { kind, bundle, csv } of [subjects.threat, subjects.attack]) {
    await check(`ONNX (${kind}): Node's file, and the bundle's verdicts in onnxruntime-web`, async () => {
      const bytes = await readFile(bundle);
      const rows = await readFile(csv, "utf8");
      const told = await page.evaluate(
        ([base64, text]) => globalThis.judgedByOnnx(base64, text),
        [bytes.toString("base64"), rows],
      );
      assert.deepEqual(Uint8Array.from(told.model), new Uint8Array(await toOnnx(new Uint8Array(bytes))));
      assert.ok(told.ours.length >= 1000, `There are only ${told.ours.length} rows.`);
      const limit = LIMITS[kind];
      for (const [row, { label, probability }] of told.ours.entries()) {
        const onnx = told.onnx[row];
        if (label === "") {
          assert.deepEqual(onnx, { label, probability: Number.NaN }, `row ${row + 1}`);
          continue;
        }
        const isNear = told.threshold !== null && Math.abs(probability - told.threshold) <= limit;
        if (!isNear) assert.equal(onnx.label, label, `row ${row + 1}`);
        assert.ok(
          Math.abs(onnx.probability - probability) <= limit,
          `row ${row + 1}: ${onnx.probability}, ${probability}`,
        );
      }
    });
  }
}
