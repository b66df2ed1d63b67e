import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { requireSameDigests, trainingDigests } from "../package-test/consumer/training-digests.mjs";

const DIGESTS = join(import.meta.dirname, "../../packages/threat-ensemble/test/fixtures/training-digests.json");

afterEach(() => vi.unstubAllGlobals());

// The same in Node 20.19, 22 and 24: test:package. In Chromium, on a page and in workers: test:browser.
it.each([
  ["WebAssembly", WebAssembly],
  ["TypeScript", undefined],
])("networks trained in %s have the published digests", async (_, wasm) => {
  vi.stubGlobal("WebAssembly", wasm);
  vi.resetModules();
  const preprocess = await import("@mlsec/preprocess");
  const numeric = await import("@mlsec/preprocess/numeric");
  const threatEnsemble = await import("@mlsec/threat-ensemble");
  const digests = await trainingDigests({ preprocess, numeric, threatEnsemble }, threatEnsemble.networkEngine());
  requireSameDigests(digests, JSON.parse(readFileSync(DIGESTS, "utf8")));
  expect(Object.keys(digests)).toHaveLength(3);
});
