import type { SchemaColumn } from "./schema.js";

/** Least and greatest valid value. */
type Range = readonly [min: number, max: number];

const AMOUNT: Range = [0, Number.MAX_VALUE];
const PORT: Range = [0, 65_535];
/** The meter of 2017 writes −1 where there was no TCP packet whose window it could have read. */
const WINDOW: Range = [-1, 65_535];

/**
 * The 78 features in the order of the published header: the name there (outer spaces are part of it), the name that
 * CICFlowMeter v4 and the corrected datasets give the same column, its name in CSE-CIC-IDS2018, and the valid range where
 * it is not that of an amount. Null: later versions have no such column.
 */
const FEATURES: readonly (readonly [header: string, v4: string | null, of2018: string | null, range?: Range])[] = [
  [" Destination Port", "Dst Port", "Dst Port", PORT],
  [" Flow Duration", "Flow Duration", "Flow Duration"],
  [" Total Fwd Packets", "Total Fwd Packet", "Tot Fwd Pkts"],
  [" Total Backward Packets", "Total Bwd packets", "Tot Bwd Pkts"],
  ["Total Length of Fwd Packets", "Total Length of Fwd Packet", "TotLen Fwd Pkts"],
  [" Total Length of Bwd Packets", "Total Length of Bwd Packet", "TotLen Bwd Pkts"],
  [" Fwd Packet Length Max", "Fwd Packet Length Max", "Fwd Pkt Len Max"],
  [" Fwd Packet Length Min", "Fwd Packet Length Min", "Fwd Pkt Len Min"],
  [" Fwd Packet Length Mean", "Fwd Packet Length Mean", "Fwd Pkt Len Mean"],
  [" Fwd Packet Length Std", "Fwd Packet Length Std", "Fwd Pkt Len Std"],
  ["Bwd Packet Length Max", "Bwd Packet Length Max", "Bwd Pkt Len Max"],
  [" Bwd Packet Length Min", "Bwd Packet Length Min", "Bwd Pkt Len Min"],
  [" Bwd Packet Length Mean", "Bwd Packet Length Mean", "Bwd Pkt Len Mean"],
  [" Bwd Packet Length Std", "Bwd Packet Length Std", "Bwd Pkt Len Std"],
  ["Flow Bytes/s", "Flow Bytes/s", "Flow Byts/s"],
  [" Flow Packets/s", "Flow Packets/s", "Flow Pkts/s"],
  [" Flow IAT Mean", "Flow IAT Mean", "Flow IAT Mean"],
  [" Flow IAT Std", "Flow IAT Std", "Flow IAT Std"],
  [" Flow IAT Max", "Flow IAT Max", "Flow IAT Max"],
  [" Flow IAT Min", "Flow IAT Min", "Flow IAT Min"],
  ["Fwd IAT Total", "Fwd IAT Total", "Fwd IAT Tot"],
  [" Fwd IAT Mean", "Fwd IAT Mean", "Fwd IAT Mean"],
  [" Fwd IAT Std", "Fwd IAT Std", "Fwd IAT Std"],
  [" Fwd IAT Max", "Fwd IAT Max", "Fwd IAT Max"],
  [" Fwd IAT Min", "Fwd IAT Min", "Fwd IAT Min"],
  ["Bwd IAT Total", "Bwd IAT Total", "Bwd IAT Tot"],
  [" Bwd IAT Mean", "Bwd IAT Mean", "Bwd IAT Mean"],
  [" Bwd IAT Std", "Bwd IAT Std", "Bwd IAT Std"],
  [" Bwd IAT Max", "Bwd IAT Max", "Bwd IAT Max"],
  [" Bwd IAT Min", "Bwd IAT Min", "Bwd IAT Min"],
  ["Fwd PSH Flags", "Fwd PSH Flags", "Fwd PSH Flags"],
  [" Bwd PSH Flags", "Bwd PSH Flags", "Bwd PSH Flags"],
  [" Fwd URG Flags", "Fwd URG Flags", "Fwd URG Flags"],
  [" Bwd URG Flags", "Bwd URG Flags", "Bwd URG Flags"],
  [" Fwd Header Length", "Fwd Header Length", "Fwd Header Len"],
  [" Bwd Header Length", "Bwd Header Length", "Bwd Header Len"],
  ["Fwd Packets/s", "Fwd Packets/s", "Fwd Pkts/s"],
  [" Bwd Packets/s", "Bwd Packets/s", "Bwd Pkts/s"],
  [" Min Packet Length", "Packet Length Min", "Pkt Len Min"],
  [" Max Packet Length", "Packet Length Max", "Pkt Len Max"],
  [" Packet Length Mean", "Packet Length Mean", "Pkt Len Mean"],
  [" Packet Length Std", "Packet Length Std", "Pkt Len Std"],
  [" Packet Length Variance", "Packet Length Variance", "Pkt Len Var"],
  ["FIN Flag Count", "FIN Flag Count", "FIN Flag Cnt"],
  [" SYN Flag Count", "SYN Flag Count", "SYN Flag Cnt"],
  [" RST Flag Count", "RST Flag Count", "RST Flag Cnt"],
  [" PSH Flag Count", "PSH Flag Count", "PSH Flag Cnt"],
  [" ACK Flag Count", "ACK Flag Count", "ACK Flag Cnt"],
  [" URG Flag Count", "URG Flag Count", "URG Flag Cnt"],
  [" CWE Flag Count", "CWR Flag Count", "CWE Flag Count"],
  [" ECE Flag Count", "ECE Flag Count", "ECE Flag Cnt"],
  [" Down/Up Ratio", "Down/Up Ratio", "Down/Up Ratio"],
  [" Average Packet Size", "Average Packet Size", "Pkt Size Avg"],
  [" Avg Fwd Segment Size", "Fwd Segment Size Avg", "Fwd Seg Size Avg"],
  [" Avg Bwd Segment Size", "Bwd Segment Size Avg", "Bwd Seg Size Avg"],
  [" Fwd Header Length.1", null, null],
  ["Fwd Avg Bytes/Bulk", "Fwd Bytes/Bulk Avg", "Fwd Byts/b Avg"],
  [" Fwd Avg Packets/Bulk", "Fwd Packet/Bulk Avg", "Fwd Pkts/b Avg"],
  [" Fwd Avg Bulk Rate", "Fwd Bulk Rate Avg", "Fwd Blk Rate Avg"],
  [" Bwd Avg Bytes/Bulk", "Bwd Bytes/Bulk Avg", "Bwd Byts/b Avg"],
  [" Bwd Avg Packets/Bulk", "Bwd Packet/Bulk Avg", "Bwd Pkts/b Avg"],
  ["Bwd Avg Bulk Rate", "Bwd Bulk Rate Avg", "Bwd Blk Rate Avg"],
  ["Subflow Fwd Packets", "Subflow Fwd Packets", "Subflow Fwd Pkts"],
  [" Subflow Fwd Bytes", "Subflow Fwd Bytes", "Subflow Fwd Byts"],
  [" Subflow Bwd Packets", "Subflow Bwd Packets", "Subflow Bwd Pkts"],
  [" Subflow Bwd Bytes", "Subflow Bwd Bytes", "Subflow Bwd Byts"],
  ["Init_Win_bytes_forward", "FWD Init Win Bytes", "Init Fwd Win Byts", WINDOW],
  [" Init_Win_bytes_backward", "Bwd Init Win Bytes", "Init Bwd Win Byts", WINDOW],
  [" act_data_pkt_fwd", "Fwd Act Data Pkts", "Fwd Act Data Pkts"],
  [" min_seg_size_forward", "Fwd Seg Size Min", "Fwd Seg Size Min"],
  ["Active Mean", "Active Mean", "Active Mean"],
  [" Active Std", "Active Std", "Active Std"],
  [" Active Max", "Active Max", "Active Max"],
  [" Active Min", "Active Min", "Active Min"],
  ["Idle Mean", "Idle Mean", "Idle Mean"],
  [" Idle Std", "Idle Std", "Idle Std"],
  [" Idle Max", "Idle Max", "Idle Max"],
  [" Idle Min", "Idle Min", "Idle Min"],
];

/** The published header names this column twice; the second occurrence is called `.1` and holds the same cells. */
const REPEATED = { name: " Fwd Header Length.1", of: " Fwd Header Length" };

/** The features as columns of a schema. */
export function cicFeatureColumns(): SchemaColumn[] {
  return FEATURES.map(([name, v4, of2018, [min, max] = AMOUNT]) => ({
    name,
    type: "number",
    role: "feature",
    min,
    ...(max < Number.MAX_VALUE ? { max } : {}),
    ...unitOf(name),
    aliases: [...new Set([name.trim(), v4, of2018])].filter((alias) => alias !== null && alias !== name) as string[],
    ...(name === REPEATED.name ? { copyOf: REPEATED.of } : {}),
  }));
}

/** Units by what the published names say, the first that fits; CICFlowMeter measures time in microseconds. */
const UNITS: readonly (readonly [names: RegExp, unit: string | null])[] = [
  [/Bytes\/s$|Bulk Rate$/, "bytes/s"],
  [/Packets\/s$/, "packets/s"],
  [/Variance$/, "bytes²"],
  [/Duration$| IAT |^ ?(Active|Idle) /, "µs"],
  [/Port$|Ratio$/, null],
  [/Length|Bytes|bytes|Size|size/, "bytes"],
  [/Packets|Flags$|Flag Count$|pkt/, "packets"],
];

function unitOf(name: string): { unit?: string } {
  const unit = UNITS.find(([names]) => names.test(name))?.[1] ?? null;
  return unit === null ? {} : { unit };
}

/**
 * What CICFlowMeter v4 calls each of the 78 features of the published header; null for the one that it does not have, the
 * second `Fwd Header Length`.
 */
export function cicFlowMeterV4Names(): Map<string, string | null> {
  return new Map(FEATURES.map(([name, v4]) => [name, v4]));
}
