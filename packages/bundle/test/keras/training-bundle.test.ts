import { readFileSync } from "node:fs";
import type { Cell } from "@mlsec/preprocess";
import { describe, expect, it } from "vitest";
import { detectorOf, loadBundle } from "../../src/index.js";
import { importJoblib } from "../../src/joblib/index.js";
import { readKeras } from "../../src/keras/index.js";
import { tableOf } from "../joblib/ask.js";

/** Made by interop/make_keras_fixtures.py. */
const { bundle: fixture } = JSON.parse(
  readFileSync(new URL("../fixtures/keras/models.json", import.meta.url), "utf8"),
) as {
  readonly bundle: {
    readonly file: string;
    readonly table: Readonly<Record<string, readonly Cell[]>>;
    readonly scores: readonly number[];
  };
};
const bytes = new Uint8Array(Buffer.from(fixture.file, "base64"));

describe("a training script's bundle with networks of Keras", () => {
  it.each([false, true])("becomes a whole bundle that scores as both networks do, mended: %s", async (mend) => {
    const { bundle, kind, notes } = await importJoblib(bytes, { keras: readKeras, mendClassNames: mend });
    expect([kind, notes.filter(({ severity }) => severity === "error")]).toEqual(["threat_detector", []]);
    const loaded = await loadBundle(bundle!);
    expect(loaded.pipeline.classes).toEqual(["Normal", "Attack"]);
    expect(loaded.pipeline.provenance.libraries).toMatchObject({ keras: expect.stringMatching(/^\d+\.\d+/) });
    const { probabilities } = detectorOf(loaded).detectColumns(tableOf(fixture.table));
    for (const [row, score] of fixture.scores.entries())
      expect(Math.abs(probabilities[row]! - (mend ? 1 - score : score))).toBeLessThan(1e-5);
    // The encoder made 1 of "normal", which the layout calls an attack.
    expect(notes.map(({ what }) => what)).toContain("inverted-classes");
  });

  it("becomes none where a network cannot be read, and says why", async () => {
    const { bundle, notes, parts } = await importJoblib(bytes, {
      keras: (network, options) => readKeras(network.slice(0, network.length / 2), options),
    });
    expect([bundle, parts.networks.length]).toEqual([null, 2]);
    expect(notes.filter(({ severity }) => severity === "error").map(({ what, path }) => [what, path])).toEqual([
      ["not-made", "ann_weights"],
      ["not-made", "lstm_weights"],
      ["no-bundle", "model"],
    ]);
  });

  it("keeps the networks' bytes where nothing reads them", async () => {
    const { bundle, notes, parts } = await importJoblib(bytes);
    expect([bundle, parts.networks.map(({ path }) => path)]).toEqual([null, ["ann_weights", "lstm_weights"]]);
    expect(notes.map(({ what }) => what)).toContain("needs-keras");
  });
});
