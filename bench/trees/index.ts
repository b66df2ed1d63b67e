import type { BenchCase } from "../case.ts";
import { forestCases } from "./forest.ts";
import { growthCases } from "./growth.ts";

export const cases: readonly BenchCase[] = [...growthCases, ...forestCases];
