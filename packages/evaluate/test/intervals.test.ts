import { readFileSync } from "node:fs";
import { MlsecError } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { describe, expect, it } from "vitest";
import { accuracy, alertsPerDay, bootstrapInterval, expectedCost, wilsonInterval } from "../src/index.js";

// Made by interop/make_goldens.py with mpmath.
const goldens = JSON.parse(readFileSync(new URL("fixtures/metrics.json", import.meta.url), "utf8"));

describe("Wilson's interval", () => {
  it.each(goldens.wilson as any[])("of $successes in $trials at $confidence is as computed at 200 bits", (golden) => {
    const { low, high } = wilsonInterval(golden.successes, golden.trials, golden.confidence);
    expect(Math.abs(low - golden.expected[0])).toBeLessThan(1e-12);
    expect(Math.abs(high - golden.expected[1])).toBeLessThan(1e-12);
  });

  it("says nothing of no trials, and refuses what is no share", () => {
    expect(wilsonInterval(0, 0)).toEqual({ low: 0, high: 1 });
    for (const [successes, trials, confidence] of [
      [2, 1, 0.95],
      [-1, 1, 0.95],
      [0.5, 1, 0.95],
      [0, Number.NaN, 0.95],
      [1, 2, 1],
      [1, 2, 0],
    ] as const) {
      expect(() => wilsonInterval(successes, trials, confidence)).toThrow(MlsecError);
    }
  });
});

describe("the bootstrap interval", () => {
  const random = Random.seeded(8);
  const truth = Array.from({ length: 400 }, () => random.below(2));
  const predicted = truth.map((code) => (random.float() < 0.9 ? code : 1 - code));
  const hits = truth.filter((code, row) => code === predicted[row]).length;
  const accuracyOf = (sample: Int32Array): number =>
    accuracy(
      sample.map((row) => truth[row]!),
      sample.map((row) => predicted[row]!),
    );

  it("of an accuracy is Wilson's, to the width of a sample", async () => {
    const interval = await bootstrapInterval(400, accuracyOf, { samples: 2000 });
    const wilson = wilsonInterval(hits, 400);
    expect(Math.abs(interval.low - wilson.low)).toBeLessThan(0.01);
    expect(Math.abs(interval.high - wilson.high)).toBeLessThan(0.01);
    expect(interval.undefinedSamples).toBe(0);
  });

  it("is narrower for less confidence, the same for a seed and another for another", async () => {
    const values = Float64Array.from({ length: 400 }, () => random.normal());
    const mean = (sample: Int32Array): number => sample.reduce((sum, row) => sum + values[row]!, 0) / sample.length;
    const [a, again, other, narrow] = await Promise.all(
      [{}, {}, { seed: 7 }, { confidence: 0.5 }].map((options) => bootstrapInterval(400, mean, options)),
    );
    expect(again).toEqual(a);
    expect(other).not.toEqual(a);
    expect(narrow!.high - narrow!.low).toBeLessThan(0.5 * (a!.high - a!.low));
  });

  it("covers the truth about as often as it says", async () => {
    let covered = 0;
    for (let run = 0; run < 200; run++) {
      const draw = Random.seeded(1000 + run);
      const rows = Float64Array.from({ length: 150 }, () => Number(draw.float() < 0.3));
      const mean = (sample: Int32Array): number => sample.reduce((sum, row) => sum + rows[row]!, 0) / sample.length;
      const { low, high } = await bootstrapInterval(150, mean, { samples: 300, confidence: 0.9, seed: run });
      if (low <= 0.3 && 0.3 <= high) covered++;
    }
    // 180 expected; the standard deviation of such a count is 4.
    expect(covered).toBeGreaterThan(163);
    expect(covered).toBeLessThan(197);
  });

  it("leaves out samples without the statistic, and counts them", async () => {
    const onlyRow = await bootstrapInterval(10, (sample) => (sample.includes(3) ? 1 : Number.NaN), { samples: 500 });
    // A row is in none of 10 draws with a probability of 0.9^10 = 0.349.
    expect(Math.abs(onlyRow.undefinedSamples - 174)).toBeLessThan(40);
    expect(onlyRow).toMatchObject({ low: 1, high: 1 });
    expect(await bootstrapInterval(3, () => Number.NaN, { samples: 4 })).toEqual({
      low: Number.NaN,
      high: Number.NaN,
      undefinedSamples: 4,
    });
  });

  it("can be stopped, and refuses senseless options", async () => {
    const controller = new AbortController();
    const endless = bootstrapInterval(1000, accuracyOf, { samples: 1e9, signal: controller.signal });
    setTimeout(() => controller.abort(), 30);
    await expect(endless).rejects.toMatchObject({ code: "aborted" });
    for (const options of [{ samples: 0 }, { confidence: 1 }]) {
      await expect(bootstrapInterval(5, () => 0, options)).rejects.toMatchObject({ code: "invalid-option" });
    }
    await expect(bootstrapInterval(0, () => 0)).rejects.toMatchObject({ code: "invalid-option" });
    await expect(bootstrapInterval(5, () => 0, { seed: -1 })).rejects.toMatchObject({ code: "invalid-seed" });
  });
});

describe("alerts per day", () => {
  it("are found attacks and false alarms, and most of them false where attacks are rare", () => {
    const day = alertsPerDay({ recall: 0.99, falsePositiveRate: 0.01 }, { flowsPerDay: 1_000_000, prevalence: 0.0001 });
    expect(day.attacksFound).toBeCloseTo(99, 9);
    expect(day.attacksMissed).toBeCloseTo(1, 9);
    expect(day.falseAlarms).toBeCloseTo(9999, 9);
    expect(day.alerts).toBeCloseTo(10_098, 9);
    expect(day.shareReal).toBeCloseTo(99 / 10_098, 12);
  });

  it("of a silent detector are none", () => {
    const day = alertsPerDay({ recall: 0, falsePositiveRate: 0 }, { flowsPerDay: 50, prevalence: 0.5 });
    expect(day).toEqual({ alerts: 0, attacksFound: 0, falseAlarms: 0, attacksMissed: 25, shareReal: 0 });
  });

  it("need rates and a number of flows", () => {
    const rates = { recall: 1, falsePositiveRate: 0 };
    const traffic = { flowsPerDay: 1, prevalence: 0.5 };
    for (const action of [
      () => alertsPerDay({ ...rates, recall: 1.1 }, traffic),
      () => alertsPerDay({ ...rates, falsePositiveRate: Number.NaN }, traffic),
      () => alertsPerDay(rates, { ...traffic, prevalence: -1 }),
      () => alertsPerDay(rates, { ...traffic, flowsPerDay: Number.POSITIVE_INFINITY }),
    ]) {
      expect(action).toThrow(expect.objectContaining({ code: "invalid-option" }));
    }
  });
});

describe("expectedCost", () => {
  it("is what false alarms and missed attacks cost a day", () => {
    const traffic = { flowsPerDay: 10_000, prevalence: 0.01 };
    // 9,900 normal flows with 1 % false alarms, 100 attacks of which 20 are missed.
    const cost = expectedCost({ recall: 0.8, falsePositiveRate: 0.01 }, traffic, { falseAlarm: 5, missedAttack: 1000 });
    expect(cost).toBeCloseTo(99 * 5 + 20 * 1000, 9);
    const free = { falseAlarm: 0, missedAttack: 0 };
    expect(expectedCost({ recall: 0, falsePositiveRate: 1 }, traffic, free)).toBe(0);
  });

  it("refuses costs that are none", () => {
    const rates = { recall: 0.8, falsePositiveRate: 0.01 };
    const traffic = { flowsPerDay: 1, prevalence: 0.5 };
    for (const cost of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      for (const costs of [
        { falseAlarm: cost, missedAttack: 1 },
        { falseAlarm: 1, missedAttack: cost },
      ])
        expect(() => expectedCost(rates, traffic, costs)).toThrow(expect.objectContaining({ code: "invalid-option" }));
    }
  });
});
