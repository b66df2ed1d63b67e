import { rmSync } from "node:fs";
import { join } from "node:path";
import type { BenchCase } from "../case.ts";
import { alternate, nodeContender, rowsOf } from "../measure.ts";
import { labelledFlows, writeLabelled } from "./growth/generate.ts";

const FEATURES = 78;

/** Growing a tree beside ml-cart, on the few rows that it can take. */
export const mlCartCase: BenchCase = {
  name: "tree-ml-cart",
  run: async ({ full, folder, say }) => {
    const rows = full ? 2_000 : 500;
    const path = join(folder, "ml-cart.f64");
    say(`writing ${rows} × ${FEATURES} numbers`);
    await writeLabelled(path, labelledFlows(rows, FEATURES, 42));
    const contender = (name: string, script: string) =>
      nodeContender(name, new URL(`./growth/contenders/${script}`, import.meta.url), path, String(FEATURES), "exact");
    try {
      const medians = await alternate(
        [contender("mlsec", "mlsec.mjs"), contender("ml-cart", "ml-cart.mjs")],
        full ? 3 : 1,
      );
      return rowsOf("tree-ml-cart", `${rows} × ${FEATURES}, 14 classes, depth 10`, medians);
    } finally {
      rmSync(path);
    }
  },
};
