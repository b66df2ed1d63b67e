import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { Random } from "@mlsec/preprocess/numeric";

const FIELDS = [
  ...["ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "service", "duration", "orig_bytes"],
  ...["resp_bytes", "conn_state", "local_orig", "local_resp", "missed_bytes", "history", "orig_pkts", "orig_ip_bytes"],
  ...["resp_pkts", "resp_ip_bytes", "tunnel_parents", "ip_proto"],
];
const TYPES = [
  ...["time", "string", "addr", "port", "addr", "port", "enum", "string", "interval", "count"],
  ...["count", "string", "bool", "bool", "count", "string", "count", "count"],
  ...["count", "count", "set[string]", "count"],
];
/** What is spoken, how often: protocol, port, service. */
const SPOKEN = [
  ...Array.from({ length: 5 }, () => ["tcp", 443, "ssl", 6] as const),
  ...Array.from({ length: 4 }, () => ["udp", 53, "dns", 17] as const),
  ...Array.from({ length: 3 }, () => ["tcp", 80, "http", 6] as const),
  ...([
    ["tcp", 22, "ssh", 6],
    ["tcp", 25, "smtp", 6],
    ["icmp", 0, "-", 1],
  ] as const),
];

/**
 * Writes a conn.log as a busy sensor does: 2000 connections a second, in the order in which they end, a tenth of them scans of
 * ports.
 */
export async function writeConnLog(path: string, connections: number, seed: number): Promise<void> {
  const random = Random.seeded(seed);
  const file = createWriteStream(path);
  const directives = [
    "#separator \\x09",
    "#set_separator\t,",
    "#empty_field\t(empty)",
    "#unset_field\t-",
    "#path\tconn",
  ];
  file.write(`${[...directives, `#fields\t${FIELDS.join("\t")}`, `#types\t${TYPES.join("\t")}`].join("\n")}\n`);
  let lines: string[] = [];
  for (let at = 0; at < connections; at++) {
    const ended = 1_700_000_000 + at / 2000;
    lines.push(line(random, ended, at));
    if (lines.length === 10_000 || at === connections - 1) {
      if (!file.write(`${lines.join("\n")}\n`)) await once(file, "drain");
      lines = [];
    }
  }
  file.end();
  await once(file, "close");
}

function line(random: Random, ended: number, at: number): string {
  const uid = `C${at.toString(36).padStart(16, "0")}`;
  const source = `10.${random.below(4)}.${random.below(32)}.${random.below(254) + 1}`;
  const port = 1024 + random.below(64_512);
  if (random.below(10) === 0) {
    // A scan: one host after the other, most ports closed or silent; Zeek gives up on the silent ones after five seconds.
    const isSilent = random.below(2) === 0;
    const start = ended - (isSilent ? 5 : 0.001);
    const to = `192.168.1.${random.below(8) + 1}\t${random.below(10_000) + 1}`;
    const bytes = isSilent ? "S\t1\t44\t0\t0" : "Sr\t1\t44\t1\t40";
    return `${start.toFixed(6)}\t${uid}\t10.0.0.66\t${port}\t${to}\ttcp\t-\t${isSilent ? "-\t-\t-\tS0" : "0.000912\t0\t0\tREJ"}\tT\tT\t0\t${bytes}\t-\t6`;
  }
  const [protocol, to, service, number] = SPOKEN[random.below(SPOKEN.length)]!;
  const duration = protocol === "tcp" ? random.exponential() * 2 : random.exponential() * 0.05;
  const state = protocol === "icmp" ? "OTH" : random.below(20) === 0 ? "S1" : "SF";
  const [there, back] = [random.below(2000), random.below(60_000)];
  const amounts = `${there}\t${back}\t${state}\tT\tF\t0\tShADadFf\t${2 + (there >> 9)}\t${there + 200}\t${2 + (back >> 10)}\t${back + 300}`;
  const ends = `${source}\t${protocol === "icmp" ? 8 : port}\t172.16.${random.below(4)}.${random.below(64) + 1}\t${to}`;
  return `${(ended - duration).toFixed(6)}\t${uid}\t${ends}\t${protocol}\t${service}\t${duration.toFixed(6)}\t${amounts}\t-\t${number}`;
}
