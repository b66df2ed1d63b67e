import type { Table } from "@mlsec/preprocess";
import { generateConnections } from "./connections.js";
import { generateFlows } from "./flows.js";

export { type ConnectionOptions, generateConnections } from "./connections.js";
export { FLOW_FEATURES } from "./flow-features.js";
export { FLOW_CLASSES, type FlowOptions, generateFlows } from "./flows.js";

/** The generated datasets by name. */
export const datasets: Readonly<Record<"connections" | "flows", (options: DatasetOptions) => Table>> = {
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
