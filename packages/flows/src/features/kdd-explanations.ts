import type { FeatureDifference, FeatureExplanation } from "./explanation.js";

type Row = readonly [
  name: string,
  meaning: string,
  unit: string | null,
  formula: string,
  from?: FeatureExplanation["from"],
  differences?: readonly FeatureDifference[],
];

const EXTRACTOR = "kdd99-extractor";
const GURE = "gure-kdd";
const CONTENT_FORMULA = "0: it takes what was said in the connection, which is not read";

function differs(...pairs: readonly (readonly [FeatureDifference["profile"], string])[]): FeatureDifference[] {
  return pairs.map(([profile, text]) => ({ profile, text }));
}

const NOT_CURRENT = differs(
  [EXTRACTOR, "the present connection is not counted"],
  [GURE, "the present connection is not counted"],
);
const OF_100 = differs(
  [EXTRACTOR, "of the last 100 connections, without the present one"],
  [GURE, "of the last 100 records, without the present one"],
);
const SYN_FLAGS = differs([EXTRACTOR, "SH is no error"], [GURE, "SH is no error"]);
const REJ_FLAGS = differs([EXTRACTOR, "only REJ is an error"], [GURE, "only REJ is an error"]);
const DISTINCT = "0 where there is only one";

/** A feature of content: what nothing of it can be told by headers. */
function content(
  name: string,
  meaning: string,
  unit: string | null,
  differences: readonly FeatureDifference[] = [],
): Row {
  return [name, meaning, unit, CONTENT_FORMULA, "content", differences];
}

const TIME = "the window of time (at most 2 s before, at most 511 connections)";
const LAST = "the window of the last 255 connections";

/** The four shares of errors of a window, of connections to the host and of those of the service. */
function errorRates(prefix: "" | "dst_host_", window: string): Row[] {
  const count = prefix === "" ? "count" : "dst_host_count";
  const srvCount = prefix === "" ? "srv_count" : "dst_host_srv_count";
  const share = (
    name: string,
    errors: string,
    of: string,
    flags: string,
    differences: readonly FeatureDifference[],
  ): Row => [
    prefix + name,
    `share of ${errors} among the connections that ${of} counts, in ${window}`,
    null,
    `connections with one of the flags ${flags} ÷ ${of}, to two decimals`,
    "headers",
    differences,
  ];
  return [
    share("serror_rate", "SYN errors", count, "S0, S1, S2, S3, SH", SYN_FLAGS),
    share("srv_serror_rate", "SYN errors", srvCount, "S0, S1, S2, S3, SH", SYN_FLAGS),
    share("rerror_rate", "rejections", count, "REJ, RSTO, RSTR, RSTOS0", REJ_FLAGS),
    share("srv_rerror_rate", "rejections", srvCount, "REJ, RSTO, RSTR, RSTOS0", REJ_FLAGS),
  ];
}

/** In the order of the columns. The task description is that of KDD'99 (Stolfo et al.); formulas are what the data show. */
const ROWS: readonly Row[] = [
  ["duration", "how long the connection lasted", "s", "whole seconds from the first packet to the last, cut off"],
  ["protocol_type", "transport protocol", null, "tcp, udp or icmp"],
  [
    "service",
    "service at the destination",
    null,
    "by the destination's port, of ICMP by type and code; then by the protocol that was spoken; else private or other",
  ],
  [
    "flag",
    "how the connection went",
    null,
    "Zeek's state of the connection (RSTRH as RSTR, SHR as OTH); SF for UDP and ICMP",
    "headers",
    differs([EXTRACTOR, "a SYN is taken for an opened connection, so S0, REJ, RSTOS0 and SH never come out"]),
  ],
  [
    "src_bytes",
    "payload from source to destination",
    "bytes",
    "payload; of ICMP with the 8 bytes of its header a packet",
    "headers",
    differs([EXTRACTOR, "length of whole frames"]),
  ],
  [
    "dst_bytes",
    "payload from destination to source",
    "bytes",
    "payload; of ICMP 0, where requests and answers are connections of their own",
    "headers",
    differs([EXTRACTOR, "length of whole frames"]),
  ],
  ["land", "whether both ends are the same", null, "1 where addresses and ports of both ends are equal, else 0"],
  [
    "wrong_fragment",
    "IP fragments that do not fit",
    "fragments",
    "fragments that overlap or are too long together; 0 from logs, which do not tell",
    "packets",
    differs([EXTRACTOR, "always 0"]),
  ],
  ["urgent", "urgent packets", "packets", "packets with the URG flag; 0 from logs, which do not tell", "packets"],
  content("hot", "hot indicators: system directories entered, programs created and run", "times"),
  content("num_failed_logins", "failed logins", "times", differs([GURE, "does not work on modern versions of Bro"])),
  content(
    "logged_in",
    "whether a login succeeded; for http, whether the request was answered",
    null,
    differs([GURE, "does not work on modern versions of Bro"]),
  ),
  content("num_compromised", "signs of a compromised host", "times", differs([GURE, "lines that say 'not found'"])),
  content("root_shell", "whether a root shell was obtained", null),
  content("su_attempted", "whether `su root` was tried; 2 in some rows", null),
  content("num_root", "accesses as root", "times"),
  content("num_file_creations", "files created", "times"),
  content("num_shells", "shell prompts", "times"),
  content("num_access_files", "operations on files of access control", "times"),
  ["num_outbound_cmds", "outbound commands of an ftp session", "times", "0, as on every row of the data", "none"],
  content("is_host_login", "whether the login is of the hot list (root, adm)", null),
  content("is_guest_login", "whether the login is a guest's (guest, anonymous)", null),
  [
    "count",
    `connections to the same host in ${TIME}`,
    "connections",
    "with the present one; at most 511",
    "headers",
    NOT_CURRENT,
  ],
  [
    "srv_count",
    `connections of the same service to any host in ${TIME}`,
    "connections",
    "with the present one; at most 511",
    "headers",
    NOT_CURRENT,
  ],
  ...errorRates("", TIME),
  [
    "same_srv_rate",
    "share of the same service among the connections of count",
    null,
    "those of the same service ÷ count, to two decimals",
  ],
  [
    "diff_srv_rate",
    "services for each connection of count",
    null,
    `distinct services ÷ count, to two decimals; ${DISTINCT}`,
    "headers",
    differs([EXTRACTOR, "1 − same_srv_rate"], [GURE, "connections of another service ÷ count"]),
  ],
  [
    "srv_diff_host_rate",
    "hosts for each connection of srv_count",
    null,
    `distinct hosts ÷ srv_count, to two decimals; ${DISTINCT}`,
    "headers",
    differs([EXTRACTOR, "connections to other hosts ÷ srv_count"], [GURE, "connections to other hosts ÷ srv_count"]),
  ],
  [
    "dst_host_count",
    `connections to the same host in ${LAST}`,
    "connections",
    "with the present one; at most 255",
    "headers",
    OF_100,
  ],
  [
    "dst_host_srv_count",
    `connections of the same service to any host in ${LAST}`,
    "connections",
    "with the present one; at most 255",
    "headers",
    OF_100,
  ],
  [
    "dst_host_same_srv_rate",
    "share of the same service among the connections of dst_host_count",
    null,
    "those of the same service ÷ dst_host_count, to two decimals",
    "headers",
    OF_100,
  ],
  [
    "dst_host_diff_srv_rate",
    "services for each connection of dst_host_count",
    null,
    `distinct services ÷ dst_host_count, to two decimals; ${DISTINCT}`,
    "headers",
    OF_100,
  ],
  [
    "dst_host_same_src_port_rate",
    "share of the same source port among the connections of dst_host_count",
    null,
    "those from the same port ÷ dst_host_count, to two decimals",
    "headers",
    differs([EXTRACTOR, "among those of the same service"], [GURE, "among all of the window, to any host"]),
  ],
  [
    "dst_host_srv_diff_host_rate",
    "hosts for each connection of dst_host_srv_count",
    null,
    `distinct hosts ÷ dst_host_srv_count, to two decimals; ${DISTINCT}`,
    "headers",
    OF_100,
  ],
  ...errorRates("dst_host_", LAST),
];

/** Other spellings of the same columns in circulation. */
const OTHER_NAMES: ReadonlyMap<string, readonly string[]> = /* @__PURE__ */ new Map([
  ["is_host_login", ["is_hot_login"]],
]);

export function kddExplanations(): FeatureExplanation[] {
  return ROWS.map(([name, meaning, unit, formula, from = "headers", differences = []]) => ({
    name,
    family: "kdd",
    names: [name, ...(OTHER_NAMES.get(name) ?? [])],
    meaning,
    unit,
    formula,
    from,
    differences,
  }));
}
