import { csvTarget } from "./csv.ts";
import type { FuzzTarget } from "./target.ts";

export const targets: readonly FuzzTarget[] = [csvTarget];
