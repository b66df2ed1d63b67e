import { type Progress, StageClock } from "@mlsec/preprocess";
import { expect, test } from "vitest";
import { errorOf } from "./support.js";

test("each stage is reported when it begins and when it ends, and timed", () => {
  const seen: Progress[] = [];
  const clock = new StageClock(["read", "fit"], (progress) => seen.push(progress));
  clock.start("read");
  for (const start = performance.now(); performance.now() - start < 12; );
  clock.start("fit");
  const seconds = clock.finish();
  expect(seen.map(({ what, done }) => [what, done])).toEqual([
    ["read", 0],
    ["read", 1],
    ["fit", 0],
    ["fit", 1],
  ]);
  expect(Object.keys(seconds)).toEqual(["read", "fit"]);
  expect(seconds["read"]).toBeGreaterThanOrEqual(0.012);
  expect(seconds["fit"]).toBeLessThan(seconds["read"]!);
});

test("a stage that was not announced is refused", () => {
  expect(errorOf(() => new StageClock(["read"], undefined).start("write")).code).toBe("unknown-stage");
});
