import type { BenchCase } from "../case.ts";
import { zeekCases } from "./zeek-kdd.ts";

export const cases: readonly BenchCase[] = [...zeekCases];
