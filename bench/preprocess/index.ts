import type { BenchCase } from "../case.ts";
import { csvCases } from "./csv/cases.ts";
import { scalingCases } from "./scaling.ts";

export const cases: readonly BenchCase[] = [...csvCases, ...scalingCases];
