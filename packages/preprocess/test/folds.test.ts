import {
  countClasses,
  groupKFold,
  kFold,
  type Labels,
  leaveGroupsOut,
  stratifiedKFold,
  type TrainTest,
  takeLabels,
  timeSplit,
  trainTestSplit,
} from "@mlsec/preprocess";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { errorOf } from "./support.js";

/** The two sides are ascending, disjoint and all rows together. */
function expectDivided({ train, test: tested }: TrainTest, rows: number): void {
  for (const side of [train, tested]) expect([...side]).toEqual([...side].sort((a, b) => a - b));
  expect([...train, ...tested].sort((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, row) => row));
}

/** The test parts of folds hold every row once. */
function expectFolds(folds: readonly TrainTest[], rows: number): void {
  for (const fold of folds) expectDivided(fold, rows);
  expect(folds.flatMap((fold) => [...fold.test]).sort((a, b) => a - b)).toHaveLength(rows);
  expect(new Set(folds.flatMap((fold) => [...fold.test])).size).toBe(rows);
}

const labelsOf = (codes: readonly number[]): Labels => ({ codes: Int32Array.from(codes), classes: ["a", "b", "c"] });
const plain = ({ train, test: tested }: TrainTest): number[][] => [[...train], [...tested]];
const groupKeys = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 20, maxLength: 120 });

describe("trainTestSplit", () => {
  test("divides all rows in proportion, as the seed says", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 400 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.nat(),
        (rows, testSize, seed) => {
          fc.pre(Math.ceil(rows * testSize) < rows);
          const split = trainTestSplit(rows, { testSize, seed });
          expectDivided(split, rows);
          expect(split.test).toHaveLength(Math.ceil(rows * testSize));
          expect(plain(trainTestSplit(rows, { testSize, seed }))).toEqual(plain(split));
        },
      ),
    );
    expect(trainTestSplit(100).test).toHaveLength(25);
    expect(plain(trainTestSplit(100))).toEqual(plain(trainTestSplit(100, { seed: 42 })));
    expect(plain(trainTestSplit(100, { seed: 1 }))).not.toEqual(plain(trainTestSplit(100, { seed: 2 })));
  });

  test("by groups: none is on both sides, and the test part is near its size", () => {
    fc.assert(
      fc.property(groupKeys, fc.double({ min: 0.1, max: 0.6, noNaN: true }), fc.nat(), (groups, testSize, seed) => {
        const sizes = groups.map((key) => groups.filter((other) => other === key).length);
        fc.pre(new Set(groups).size >= 2);
        const split = trainTestSplit(groups.length, { groups, testSize, seed });
        expectDivided(split, groups.length);
        const trained = new Set([...split.train].map((row) => groups[row]));
        expect([...split.test].filter((row) => trained.has(groups[row]!))).toEqual([]);
        expect(split.train.length * split.test.length).toBeGreaterThan(0);
        const largest = Math.max(...sizes);
        expect(Math.abs(split.test.length - groups.length * testSize)).toBeLessThanOrEqual(largest);
      }),
    );
  });

  test("by time: everything in the test part is later, and a day is never divided", () => {
    const days = ["2017-07-05", "2017-07-03", "2017-07-04", "2017-07-07", "2017-07-03", "2017-07-06", "2017-07-07"];
    const { train, test: tested } = trainTestSplit(7, { time: days, testSize: 0.3 });
    expect([...train].map((row) => days[row])).toEqual([...days.slice(0, 3), "2017-07-03", "2017-07-06"]);
    expect([...tested]).toEqual([3, 6]);
  });

  test("stratified: every class in proportion", () => {
    const labels = labelsOf(Array.from({ length: 200 }, (_, row) => (row % 10 === 0 ? 1 : 0)));
    const split = trainTestSplit(200, { stratify: labels, testSize: 0.2 });
    expectDivided(split, 200);
    expect([...countClasses(takeLabels(labels, split.test))]).toEqual([36, 4, 0]);
  });

  test.each<[string, () => unknown]>([
    ["invalid-option", () => trainTestSplit(10, { testSize: 1 })],
    ["invalid-option", () => trainTestSplit(10, { testSize: Number.NaN })],
    ["invalid-option", () => trainTestSplit(labelsOf([0, 1, 0, 1]) as unknown as number)],
    ["invalid-option", () => trainTestSplit(Number.NaN)],
    ["invalid-option", () => trainTestSplit(2, { groups: [1, 2], time: [1, 2] })],
    ["length-mismatch", () => trainTestSplit(3, { groups: [1, 2] })],
    ["length-mismatch", () => trainTestSplit(2, { stratify: labelsOf([0]) })],
    ["too-few-groups", () => trainTestSplit(2, { groups: ["x", "x"] })],
    ["too-few-times", () => trainTestSplit(2, { time: [5, 5] })],
    ["too-few-rows", () => trainTestSplit(1)],
    ["missing-key", () => trainTestSplit(2, { groups: ["x", null] })],
    ["missing-key", () => trainTestSplit(2, { time: Float64Array.of(1, Number.NaN) })],
    ["mixed-times", () => trainTestSplit(2, { time: ["monday", 2] })],
  ])("refuses with %s what cannot be split", (code, act) => {
    expect(errorOf(act).code).toBe(code);
  });
});

test("timeSplit: parts follow each other in time, each near its share, no time in two of them", () => {
  const shares = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 30, maxLength: 150 }),
      shares,
      (times, parts) => {
        fc.pre(new Set(times).size >= parts.length);
        const split = timeSplit(times, parts);
        expect(split.flatMap((rows) => [...rows]).sort((a, b) => a - b)).toEqual([...times.keys()]);
        const block = Math.max(...times.map((time) => times.filter((other) => other === time).length));
        let sum = 0;
        for (const [part, rows] of split.entries()) {
          expect(rows.length).toBeGreaterThan(0);
          const latest = Math.max(...[...rows].map((row) => times[row]!));
          for (const later of split.slice(part + 1)) {
            expect(Math.min(...[...later].map((row) => times[row]!))).toBeGreaterThan(latest);
          }
          sum += rows.length;
          const wanted =
            (times.length * parts.slice(0, part + 1).reduce((a, b) => a + b, 0)) / parts.reduce((a, b) => a + b, 0);
          // Half a block where there is a choice; a block a part where each must have one.
          expect(Math.abs(sum - wanted)).toBeLessThanOrEqual(block * parts.length);
        }
      },
    ),
  );
  expect(timeSplit(Float64Array.of(4, 1, 3, 2), [1, 1]).map((rows) => [...rows])).toEqual([
    [1, 3],
    [0, 2],
  ]);
});

describe("folds", () => {
  test("kFold holds every row once, in parts that differ by one row at most", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 200 }), fc.integer({ min: 2, max: 10 }), fc.nat(), (rows, folds, seed) => {
        fc.pre(folds <= rows);
        const made = kFold(rows, { folds, seed });
        expectFolds(made, rows);
        const sizes = made.map((fold) => fold.test.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        expect(kFold(rows, { folds, seed }).map(plain)).toEqual(made.map(plain));
      }),
    );
    expect(kFold(50)).toHaveLength(5);
    expect(kFold(50, { seed: 1 }).map(plain)).not.toEqual(kFold(50, { seed: 2 }).map(plain));
  });

  test("stratifiedKFold gives every fold each class in proportion", () => {
    const labels = labelsOf(Array.from({ length: 103 }, (_, row) => (row % 5 === 0 ? 1 : row % 7 === 0 ? 2 : 0)));
    const folds = stratifiedKFold(labels, { folds: 4, seed: 3 });
    expectFolds(folds, 103);
    const counts = countClasses(labels);
    for (const fold of folds) {
      const inFold = countClasses(takeLabels(labels, fold.test));
      for (const [code, count] of counts.entries()) expect(Math.abs(inFold[code]! - count / 4)).toBeLessThan(1);
    }
    expect(errorOf(() => stratifiedKFold(labelsOf([0, 0, 0, 1]), { folds: 3 })).code).toBe("class-too-small");
  });

  test("groupKFold divides no group, and balances the folds", () => {
    fc.assert(
      fc.property(groupKeys, fc.integer({ min: 2, max: 4 }), (groups, folds) => {
        fc.pre(new Set(groups).size >= folds);
        const made = groupKFold(groups, { folds });
        expectFolds(made, groups.length);
        for (const fold of made) {
          const trained = new Set([...fold.train].map((row) => groups[row]));
          expect([...fold.test].filter((row) => trained.has(groups[row]!))).toEqual([]);
        }
      }),
    );
    const sizes = groupKFold([...Array(6).fill("x"), ..."aabbcc"], { folds: 2 }).map((fold) => fold.test.length);
    expect(sizes).toEqual([6, 6]);
  });

  test("leaveGroupsOut leaves each group out once, or every combination of several", () => {
    const keys = ["mon", "tue", "mon", "wed", "wed"];
    const each = leaveGroupsOut(keys);
    expect(each.map(({ groups, test: tested }) => [groups, [...tested]])).toEqual([
      [["mon"], [0, 2]],
      [["tue"], [1]],
      [["wed"], [3, 4]],
    ]);
    expectFolds(each, 5);
    const pairs = leaveGroupsOut(keys, { size: 2 });
    expect(pairs.map(({ groups }) => groups.join())).toEqual(["mon,tue", "mon,wed", "tue,wed"]);
    for (const fold of pairs) expectDivided(fold, 5);
  });

  test.each<[string, () => unknown]>([
    ["one fold", () => kFold(10, { folds: 1 })],
    ["more folds than rows", () => kFold(3, { folds: 4 })],
    ["half a fold", () => kFold(10, { folds: 2.5 })],
    ["more folds than groups", () => groupKFold(["a", "b"], { folds: 3 })],
    ["all groups left out", () => leaveGroupsOut(["a", "b"], { size: 2 })],
    [
      "combinations without end",
      () =>
        leaveGroupsOut(
          Array.from({ length: 60 }, (_, i) => i),
          { size: 20 },
        ),
    ],
  ])("%s: refused", (_, act) => {
    expect(errorOf(act).code).toBe("invalid-option");
  });
});
