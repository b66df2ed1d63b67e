import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type SeededTraining, trainSeeded } from "./train-seeded.js";

/** What a golden keeps of a weight: numbers at equal distances, and what all of them and their squares add up to. */
interface Summary {
  readonly sum: number;
  readonly squares: number;
  readonly sample: readonly number[];
}

interface Golden extends SeededTraining {
  readonly name: string;
  /** Of every batch, before its step. */
  readonly losses: readonly number[];
  readonly layers: readonly Readonly<Record<string, Summary>>[];
}

/** Made by interop/make_network_goldens.py: Keras in float64. */
const FIXTURE = new URL("../fixtures/keras-training.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(FIXTURE, "utf8")) as { cases: Golden[] };

/** Largest distance that float32 may make in twenty steps; a convention read otherwise makes a hundred times more. */
const TOLERANCE = 1e-5;

describe("twenty steps from equal weights on equal batches end where Keras ends", () => {
  it.each(cases.map((golden) => [golden.name, golden] as const))("%s", (_, golden) => {
    const { losses, weights } = trainSeeded(golden);
    for (const [step, loss] of losses.entries()) expectNear(loss, golden.losses[step]!, `loss of step ${step}`);
    for (const [index, layer] of golden.layers.entries()) {
      for (const [name, { sample, sum, squares }] of Object.entries(layer)) {
        const values = weights[index]![name]!;
        const stride = Math.ceil(values.length / sample.length);
        for (const [place, expected] of sample.entries())
          expectNear(values[place * stride]!, expected, `${name} of layer ${index}, number ${place * stride}`);
        const room = Math.sqrt(values.length);
        expectNear(values.reduce((total, value) => total + value, 0) / room, sum / room, `sum of ${index}.${name}`);
        expectNear(values.reduce((total, v) => total + v * v, 0) / room, squares / room, `squares of ${index}.${name}`);
      }
    }
  });

  it("covers both optimizers on both networks of both architectures", () => {
    const covered = cases.map(({ name }) => name);
    for (const architecture of ["reference", "compact"])
      for (const member of ["ANN", "LSTM"])
        for (const optimizer of ["SGD", "Adam"]) expect(covered).toContain(`${architecture} ${member}, ${optimizer}`);
  });
});

function expectNear(got: number, expected: number, what: string): void {
  expect(Math.abs(got - expected), what).toBeLessThan(TOLERANCE);
}
