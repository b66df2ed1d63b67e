import type { BenchCase } from "../case.ts";
import { epochCases } from "./epochs.ts";
import { scoringCases } from "./scoring.ts";

export const cases: readonly BenchCase[] = [...epochCases, ...scoringCases];
