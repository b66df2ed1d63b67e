import type { BenchCase } from "../case.ts";
import { growthCases } from "./growth.ts";

export const cases: readonly BenchCase[] = [...growthCases];
