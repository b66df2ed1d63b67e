import { together } from "@mlsec/preprocess/workers";
import { describe, expect, it } from "vitest";

const turn = (milliseconds = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe("together", () => {
  it.each([1, 2, 5])("gives the results in the order of the items, with at most %i under way", async (atOnce) => {
    let under = 0;
    let most = 0;
    const results = await together([3, 1, 2, 0], atOnce, undefined, async (item) => {
      most = Math.max(most, ++under);
      await turn(5 * item);
      under--;
      return 10 * item;
    });
    expect(results).toEqual([30, 10, 20, 0]);
    expect(most).toBe(Math.min(atOnce, 4));
  });

  it("throws the first failure, when those under way have heard of it and ended; begins no other", async () => {
    const log: string[] = [];
    const work = together(["fails", "listens", "waits"], 2, undefined, async (item, signal) => {
      log.push(item);
      if (item === "fails") throw new Error("first");
      while (!signal.aborted) await turn();
      await turn();
      log.push("ended");
      throw new Error("second");
    });
    await expect(work).rejects.toThrowError("first");
    expect(log).toEqual(["fails", "listens", "ended"]);
  });

  it("hands on the caller's signal, whenever it is triggered", async () => {
    const stop = new AbortController();
    const reasons = together([1, 2], 2, stop.signal, async (_, signal) => {
      while (!signal.aborted) await turn();
      return signal.reason;
    });
    stop.abort("enough");
    expect(await reasons).toEqual(["enough", "enough"]);
    expect(await together([1], 1, stop.signal, async (_, signal) => signal.reason)).toEqual(["enough"]);
  });
});
