import { cicIds2017 } from "@mlsec/preprocess";
import type { FeatureDifference, FeatureExplanation } from "./explanation.js";

interface Row {
  /** The published name without outer spaces. */
  readonly name: string;
  readonly meaning: string;
  readonly unit: string | null;
  readonly formula: string;
  readonly differences?: readonly FeatureDifference[] | undefined;
}

type Direction = "Fwd" | "Bwd";
type Profile = "cic2017" | "cic-v4" | "cic-improved" | "cic-fixed";

const WORD: Readonly<Record<Direction, string>> = { Fwd: "forward", Bwd: "backward" };
const COUNT: Readonly<Record<Direction, string>> = { Fwd: "N_f", Bwd: "N_b" };

function row(
  name: string,
  meaning: string,
  unit: string | null,
  formula: string,
  ...differences: [Profile, string][]
): Row {
  return { name, meaning, unit, formula, differences: differences.map(([profile, text]) => ({ profile, text })) };
}

/** The four statistics of a sample, in an order of names. */
function statistics(
  nameOf: (statistic: string) => string,
  order: readonly string[],
  of: string,
  unit: string,
  formula: string,
  ...differences: [Profile, string][]
): Row[] {
  const words = new Map([
    ["Max", "greatest"],
    ["Min", "least"],
    ["Mean", "mean"],
    ["Std", "standard deviation (n − 1; 0 for one) of the"],
  ]);
  return order.map((statistic) =>
    row(nameOf(statistic), `${words.get(statistic)} ${of}`, unit, formula, ...differences),
  );
}

/** What v3 and v4 do in both directions alike. */
const PADDING: [Profile, string] = ["cic2017", "padding of short Ethernet frames counts as payload (values of 6)"];
const TWICE = "the first packet is in the sample twice (n + 1 values)";
const BULK: [Profile, string][] = [
  ["cic2017", "always 0: only the first packet of a flow was looked at"],
  ["cic-v4", "forward is always 0, everything counts as backward; cut to whole numbers"],
  ["cic-improved", "cut to whole numbers"],
];
const FIRST_ONLY = "only of the flow's first packet";

function lengths(direction: Direction): Row[] {
  return statistics(
    (statistic) => `${direction} Packet Length ${statistic}`,
    ["Max", "Min", "Mean", "Std"],
    `payload of a ${WORD[direction]} packet`,
    "bytes",
    "over the packets of the direction; 0 where there is none",
    PADDING,
  );
}

function gaps(direction: Direction): Row[] {
  const over = `over gaps between consecutive ${WORD[direction]} packets; 0 where ${COUNT[direction]} ≤ 1`;
  return [
    row(`${direction} IAT Total`, `time from the first ${WORD[direction]} packet to the last`, "µs", `sum ${over}`),
    ...statistics(
      (statistic) => `${direction} IAT ${statistic}`,
      ["Mean", "Std", "Max", "Min"],
      `time between ${WORD[direction]} packets`,
      "µs",
      over,
    ),
  ];
}

function directionFlags(flag: "PSH" | "URG"): Row[] {
  return (["Fwd", "Bwd"] as const).map((direction) =>
    row(
      `${direction} ${flag} Flags`,
      `${WORD[direction]} packets with ${flag}`,
      "packets",
      "count over all packets of the direction",
      ["cic2017", direction === "Fwd" ? `${FIRST_ONLY} (0 or 1)` : "always 0: the first packet is forward"],
      ["cic-v4", `${FIRST_ONLY} (0 or 1)`],
    ),
  );
}

/** The flag counts, with the bit of the first packet that the column of 2017 holds instead. */
const FLAG_COUNTS: readonly (readonly [name: string, flag: string, of2017: string])[] = [
  ["FIN Flag Count", "FIN", "RST"],
  ["SYN Flag Count", "SYN", "PSH"],
  ["RST Flag Count", "RST", "ECE"],
  ["PSH Flag Count", "PSH", "SYN"],
  ["ACK Flag Count", "ACK", "ACK"],
  ["URG Flag Count", "URG", "FIN"],
  ["CWE Flag Count", "CWR", "URG"],
  ["ECE Flag Count", "ECE", "CWR"],
];

function bulk(direction: Direction): Row[] {
  const late: [Profile, string][] =
    direction === "Bwd" ? [["cic-v4", "until May 2020 the column of bytes held the forward value"]] : [];
  const of = `in bulks of ${WORD[direction]} packets (four or more with payload, no second apart, uninterrupted)`;
  return [
    row(`${direction} Avg Bytes/Bulk`, `mean payload ${of}`, "bytes", "bytes in bulks ÷ bulks", ...BULK, ...late),
    row(
      `${direction} Avg Packets/Bulk`,
      `mean number of packets ${of}`,
      "packets",
      "packets in bulks ÷ bulks",
      ...BULK,
    ),
    row(
      `${direction} Avg Bulk Rate`,
      `payload a second ${of}`,
      "bytes/s",
      "bytes in bulks ÷ (time in bulks / 1e6)",
      ...BULK,
    ),
  ];
}

function subflow(name: string, what: string, unit: string): Row {
  return row(
    name,
    `${what} a subflow`,
    unit,
    "total ÷ number of gaps of over 1 s between packets; 0 where there is no such gap",
    ["cic2017", "divided by 1: equals the total"],
    ["cic-v4", "whole-number division; from October 2019 to June 2021 divided by the number of packets"],
    ["cic-improved", "divided by the number of packets of the flow, and cut to a whole number"],
  );
}

function periods(kind: "Active" | "Idle"): Row[] {
  const [of, formula] =
    kind === "Active"
      ? [
          "time between gaps of over 5 s",
          "from a period's first packet to the last before a gap of over 5 s; periods of length 0 and the last one do not count",
        ]
      : ["gap of over 5 s between packets", "over gaps of more than 5 s between consecutive packets"];
  return statistics((statistic) => `${kind} ${statistic}`, ["Mean", "Std", "Max", "Min"], of, "µs", formula, [
    "cic-v4",
    kind === "Active"
      ? "wrong from October 2019 to June 2020: a difference was taken for a time"
      : "from October 2019 to June 2020 absolute times (about 1.6e15)",
  ]);
}

const INFINITE: [Profile, string][] = [
  ["cic2017", "Infinity or NaN where the duration is 0"],
  ["cic-v4", "Infinity or NaN where the duration is 0"],
  ["cic-improved", "Infinity or NaN where the duration is 0"],
];

const HEADERS = "sum of TCP data offset × 4, or 8 of UDP, or 0; no IP header";
const WRAPPED: [Profile, string] = [
  "cic-improved",
  "a signed number of 16 bits: beyond 32,767 bytes it goes on from −32,768",
];
const NOT_WRITTEN = "flows of one packet are not written";

/** The 78 columns of CIC-IDS2017 in their order, and those that the corrected fork adds. N_f, N_b: packets of the directions. */
function rows(): Row[] {
  return [
    row(
      "Destination Port",
      "port of the side that did not begin",
      null,
      "destination port of the flow's first packet, or its source port where that is a SYN-ACK",
      ["cic2017", "destination port of the first packet, whatever it is"],
      ["cic-v4", "destination port of the first packet, whatever it is"],
      ["cic-improved", "destination port of the first packet, whatever it is"],
    ),
    row("Flow Duration", "time from the first packet to the last", "µs", "last time − first time"),
    row(
      "Total Fwd Packets",
      "forward packets",
      "packets",
      "N_f",
      ["cic2017", FIRST_AFTER_TIMEOUT],
      ["cic-v4", FIRST_AFTER_TIMEOUT],
    ),
    row("Total Backward Packets", "backward packets", "packets", "N_b"),
    row("Total Length of Fwd Packets", "forward payload", "bytes", "sum of payload, without any header", PADDING),
    row("Total Length of Bwd Packets", "backward payload", "bytes", "sum of payload, without any header", PADDING),
    ...lengths("Fwd"),
    ...lengths("Bwd"),
    row(
      "Flow Bytes/s",
      "payload a second",
      "bytes/s",
      "payload ÷ (duration / 1e6); −1 where the duration is 0",
      ...INFINITE,
    ),
    row(
      "Flow Packets/s",
      "packets a second",
      "packets/s",
      "(N_f + N_b) ÷ (duration / 1e6); −1 where the duration is 0",
      ...INFINITE,
    ),
    ...statistics(
      (statistic) => `Flow IAT ${statistic}`,
      ["Mean", "Std", "Max", "Min"],
      "time between packets of either direction",
      "µs",
      "over gaps between consecutive packets; 0 for a flow of one packet",
      ["cic2017", NOT_WRITTEN],
      ["cic-v4", NOT_WRITTEN],
      ["cic-improved", NOT_WRITTEN],
    ),
    ...gaps("Fwd"),
    ...gaps("Bwd"),
    ...directionFlags("PSH"),
    ...directionFlags("URG"),
    row("Fwd Header Length", "forward TCP and UDP headers", "bytes", HEADERS, WRAPPED),
    row("Bwd Header Length", "backward TCP and UDP headers", "bytes", HEADERS, WRAPPED),
    row("Fwd Packets/s", "forward packets a second", "packets/s", "N_f ÷ (duration / 1e6); 0 where the duration is 0"),
    row("Bwd Packets/s", "backward packets a second", "packets/s", "N_b ÷ (duration / 1e6); 0 where the duration is 0"),
    row("Min Packet Length", "least payload of a packet", "bytes", "over all packets"),
    row("Max Packet Length", "greatest payload of a packet", "bytes", "over all packets"),
    ...(["Mean", "Std", "Variance"] as const).map((statistic) =>
      row(
        `Packet Length ${statistic}`,
        `${statistic === "Mean" ? "mean" : statistic === "Std" ? "standard deviation" : "variance"} of the payload of packets`,
        statistic === "Variance" ? "bytes²" : "bytes",
        statistic === "Mean" ? "payload ÷ (N_f + N_b)" : "over all packets, n − 1",
        ["cic2017", TWICE],
        ["cic-v4", TWICE],
      ),
    ),
    ...FLAG_COUNTS.map(([name, flag, of2017]) =>
      row(name, `packets with ${flag}`, "packets", "count over all packets", [
        "cic2017",
        of2017 === flag
          ? `${FIRST_ONLY} (0 or 1)`
          : `the ${of2017} bit of the first packet: the columns were written in another order than their names`,
      ]),
    ),
    row(
      "Down/Up Ratio",
      "backward packets for each forward one",
      null,
      "N_b ÷ N_f",
      ["cic2017", "cut to a whole number"],
      ["cic-v4", "cut to a whole number"],
    ),
    row(
      "Average Packet Size",
      "mean payload of a packet",
      "bytes",
      "payload ÷ (N_f + N_b)",
      ["cic2017", "the first packet's payload is added twice, and divided by n: Packet Length Mean × (n + 1) ÷ n"],
      ["cic-v4", "the first packet's payload is added twice, and divided by n: Packet Length Mean × (n + 1) ÷ n"],
    ),
    row("Avg Fwd Segment Size", "mean payload of a forward packet", "bytes", "equals Fwd Packet Length Mean"),
    row("Avg Bwd Segment Size", "mean payload of a backward packet", "bytes", "equals Bwd Packet Length Mean"),
    row(
      "Fwd Header Length.1",
      "Fwd Header Length again",
      "bytes",
      "equals Fwd Header Length",
      ["cic-v4", NO_COLUMN],
      ["cic-improved", NO_COLUMN],
      ["cic-fixed", NO_COLUMN],
    ),
    ...bulk("Fwd"),
    ...bulk("Bwd"),
    subflow("Subflow Fwd Packets", "forward packets", "packets"),
    subflow("Subflow Fwd Bytes", "forward payload", "bytes"),
    subflow("Subflow Bwd Packets", "backward packets", "packets"),
    subflow("Subflow Bwd Bytes", "backward payload", "bytes"),
    row(
      "Init_Win_bytes_forward",
      "TCP window that the source began with",
      "bytes",
      "window of the flow's first packet, unscaled; 0 where there is none",
      ["cic2017", "−1 for flows that are not TCP"],
    ),
    row(
      "Init_Win_bytes_backward",
      "TCP window that the destination began with",
      "bytes",
      "first window other than 0 of the backward packets, unscaled; 0 where there is none",
      ["cic2017", "window of the last backward packet; −1 where there is none"],
      ["cic-v4", "window of the last backward packet"],
      ["cic-improved", "window of the last backward packet"],
    ),
    row(
      "act_data_pkt_fwd",
      "forward packets with payload",
      "packets",
      "count of payload ≥ 1",
      ["cic2017", NOT_FIRST],
      ["cic-v4", NOT_FIRST],
      ["cic-improved", NOT_FIRST],
    ),
    row(
      "min_seg_size_forward",
      "shortest TCP or UDP header of a forward packet",
      "bytes",
      "least header; of no segment, in spite of its name",
    ),
    ...periods("Active"),
    ...periods("Idle"),
    ...added(),
  ];
}

const FIRST_AFTER_TIMEOUT = "the first packet after a timeout counts as forward whichever its direction";
const NO_COLUMN = "has no such column";
const NOT_FIRST = "the first packet does not count";
const ONLY_FORK: [Profile, string][] = [
  ["cic2017", NO_COLUMN],
  ["cic-v4", NO_COLUMN],
];
const SINCE_2023: [Profile, string] = ["cic-improved", NO_COLUMN];

/** What only the corrected fork has. */
function added(): Row[] {
  const only = (
    name: string,
    meaning: string,
    unit: string | null,
    formula: string,
    ...more: [Profile, string][]
  ): Row => row(name, meaning, unit, formula, ...ONLY_FORK, ...more);
  const again =
    "seen before in the connection with the same sequence number, acknowledgement, payload length and window";
  return [
    only("Fwd RST Flags", "forward packets with RST", "packets", "count over all packets of the direction", [
      "cic-improved",
      NOT_FIRST,
    ]),
    only("Bwd RST Flags", "backward packets with RST", "packets", "count over all packets of the direction", [
      "cic-improved",
      NOT_FIRST,
    ]),
    only("Bwd Act Data Pkts", "backward packets with payload", "packets", "count of payload ≥ 1", SINCE_2023),
    only(
      "Bwd Seg Size Min",
      "shortest TCP or UDP header of a backward packet",
      "bytes",
      "least of 0 and the headers, and so 0: the fork's own mistake",
      SINCE_2023,
    ),
    only("ICMP Code", "code of the first packet", null, "−1 where it is not ICMP"),
    only("ICMP Type", "type of the first packet", null, "−1 where it is not ICMP"),
    only("Fwd TCP Retrans. Count", "forward packets sent again", "packets", `packets ${again}`, SINCE_2023),
    only("Bwd TCP Retrans. Count", "backward packets sent again", "packets", `packets ${again}`, SINCE_2023),
    only("Total TCP Retrans. Count", "packets sent again", "packets", `packets ${again}`, SINCE_2023),
    only(
      "Total Connection Flow Time",
      "time of the whole connection, of which a flow may be a part",
      "µs",
      "durations of the parts that a timeout made, with the gaps between them; 0 where it is neither TCP nor UDP",
      SINCE_2023,
    ),
    only(
      "Total TCP Flow Time",
      "time of the whole TCP connection, of which a flow may be a part",
      "µs",
      "durations of the parts that a timeout made, with the gaps between them; 0 where it is not TCP",
      ["cic-fixed", "is named Total Connection Flow Time, and counts UDP as well"],
    ),
  ];
}

export function cicExplanations(): FeatureExplanation[] {
  const published = new Map(cicIds2017.columns.map((column) => [column.name.trim(), column]));
  return rows().map(({ name, meaning, unit, formula, differences = [] }) => {
    const column = published.get(name);
    const spellings = column === undefined ? [] : [column.name, ...column.aliases];
    return {
      name,
      family: "cic",
      names: [...new Set([name, ...spellings])],
      meaning,
      unit,
      formula,
      from: name === "Destination Port" ? "headers" : "packets",
      differences,
    };
  });
}
