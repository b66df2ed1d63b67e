import { rfe, rfecv } from "@mlsec/feature-select";
import { ForestThreads } from "@mlsec/trees";
import { expect, it } from "vitest";
import { clouds } from "../../trees/test/generated.js";
import { forestWorker } from "../../trees/test/source-worker.js";

it("eliminates the same features on threads, which all rounds share and which end with it", async () => {
  const { matrix, labels } = clouds(150, 6, 2, 1);
  let started = 0;
  let ended = 0;
  const createWorker = () => {
    started++;
    return forestWorker().on("exit", () => ended++);
  };
  const forest = { nEstimators: 8, threads: 2, createWorker };
  const options = { nFeatures: 2, nEstimators: 8 };
  expect((await rfe(matrix, labels, { nFeatures: 2, forest })).toJSON()).toEqual(
    (await rfe(matrix, labels, options)).toJSON(),
  );
  expect([started, ended]).toEqual([2, 2]);
  await rfecv(matrix, labels, { folds: 2, forest });
  expect([started, ended]).toEqual([4, 4]);

  const threads = new ForestThreads(2, { createWorker });
  await rfe(matrix, labels, { nFeatures: 4, forest: { nEstimators: 4, threads } });
  expect([started, ended]).toEqual([6, 4]);
  await threads.close();
  expect(ended).toBe(6);
});
