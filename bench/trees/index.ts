import type { BenchCase } from "../case.ts";
import { forestCases } from "./forest.ts";
import { growthCases } from "./growth.ts";
import { mlCartCase } from "./ml-cart.ts";
import { scoringCases } from "./scoring.ts";
import { selectionCases } from "./selection.ts";

export const cases: readonly BenchCase[] = [
  ...growthCases,
  ...forestCases,
  mlCartCase,
  ...selectionCases,
  ...scoringCases,
];
