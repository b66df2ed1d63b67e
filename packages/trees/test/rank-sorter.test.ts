import { Random } from "@mlsec/preprocess/numeric";
import { describe, expect, it } from "vitest";
import { RankSorter } from "../src/rank-sorter.js";

describe("sorting the rows of a node", () => {
  it.each([
    { n: 1, range: 5, kinds: 2, way: "one row" },
    { n: 40, range: 1 << 20, kinds: 6, way: "insertion" },
    { n: 40, range: 3, kinds: 1, way: "insertion, one kind" },
    { n: 5000, range: 60, kinds: 30, way: "one digit" },
    { n: 300, range: 100_000, kinds: 30, way: "several digits" },
    { n: 70_000, range: 70_000, kinds: 1, way: "two wide digits" },
    { n: 30, range: 2 ** 31 - 1, kinds: 3, way: "too many bits for an integer" },
    { n: 2000, range: 1 << 20, kinds: 100_000, way: "too many kinds for an integer" },
  ])("orders by rank and keeps each row's kind: $way", ({ n, range, kinds }) => {
    const random = Random.seeded(n);
    const low = range > 1 << 30 ? 0 : 17;
    const rows = Array.from({ length: n }, () => [low + random.below(range), random.below(kinds)] as const);
    const sorter = new RankSorter(n, kinds);
    sorter.ranks.set(rows.map(([rank]) => rank));
    sorter.sort(
      n,
      low,
      range,
      Int32Array.from(rows, ([, kind]) => kind),
    );
    const byRankAndKind = (a: readonly number[], b: readonly number[]): number => a[0]! - b[0]! || a[1]! - b[1]!;
    const sorted = Array.from(sorter.ranks, (rank, i) => [rank, sorter.kinds[i]!]);
    expect([...sorter.ranks]).toEqual(rows.map(([rank]) => rank).sort((a, b) => a - b));
    expect(sorted.sort(byRankAndKind)).toEqual([...rows].sort(byRankAndKind));
  });
});
