import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

it("the model store survives processes that are killed while they change it", { timeout: 120_000 }, async () => {
  const args = ["--import", "tsx", "bench/crash/run.ts", "store", "--kills", "24", "--seed", "7"];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const [, changes, told] = /^24 kills, (\d+) changes \((\d+) told of .* nothing lost\.$/m.exec(stdout)!;
  expect(Number(changes)).toBeGreaterThan(10);
  expect(Number(told)).toBeGreaterThan(0);
});
