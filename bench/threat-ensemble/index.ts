import type { BenchCase } from "../case.ts";
import { detectorCases } from "./detector.ts";
import { epochCases } from "./epochs.ts";
import { scoringCases } from "./scoring.ts";

export const cases: readonly BenchCase[] = [...epochCases, ...scoringCases, ...detectorCases];
