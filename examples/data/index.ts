import type { Table } from "@mlsec/preprocess";
import { generateConnections } from "./connections.js";
import { generateFlows } from "./flows.js";

export { type Capture, type CaptureOptions, generateCapture } from "./capture.js";
export { type ConnectionOptions, generateConnections } from "./connections.js";
export { FLOW_CLASSES, FLOW_FEATURES, type FlowOptions, generateFlows } from "./flows.js";
export { type AttackWindow, attackLines, BENIGN, labeller, type Observed } from "./ground-truth.js";

/** The generated tables by name. */
export const datasets: Readonly<Record<"connections" | "flows", (options: DatasetOptions) => Promise<Table>>> = {
  connections: generateConnections,
  flows: generateFlows,
};

/** What every dataset takes. */
export interface DatasetOptions {
  readonly rows: number;
  /** A safe non-negative integer; default 42. */
  readonly seed?: number;
  /** Flows: whether a few rows have missing and infinite cells, as recorded files do; default true. */
  readonly dirty?: boolean;
}
