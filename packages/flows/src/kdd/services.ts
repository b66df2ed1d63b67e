import type { ConnectionRecord } from "../records/connection-record.js";

/** What a service is worked out from. */
export type KddServiceInput = Pick<ConnectionRecord, "protocol" | "sourcePort" | "destinationPort" | "service">;

export interface KddServiceOptions {
  /**
   * The service of a connection where you know better, from KDD's names or of your own; null for the default. A name that a
   * model did not see in training is one of its unknown categories.
   */
  readonly service?: ((record: ConnectionRecord) => string | null) | undefined;
  /**
   * Ports from this one on that have no name are `private`, those below it `other`. Default 49,152, the first port for
   * private use (RFC 6335), as the public re-implementations have it. In KDD's own rows `private` is more frequent than that:
   * with 0 every port without a name is `private`.
   */
  readonly privatePortsFrom?: number | undefined;
}

const PRIVATE_PORTS_FROM = 49_152;

/**
 * Ports of TCP with KDD's names. From the names that `services(5)` files of the time gave to ports and the table of
 * https://github.com/AI-IDS/kdd99_feature_extractor; `harvest` and `pm_dump` have no known port.
 */
const TCP_PORTS: readonly (readonly [service: string, ...ports: readonly number[]])[] = [
  ["rje", 5, 77],
  ["echo", 7],
  ["discard", 9],
  ["systat", 11],
  ["daytime", 13],
  ["netstat", 15],
  ["ftp_data", 20],
  ["ftp", 21],
  ["ssh", 22],
  ["telnet", 23],
  ["smtp", 25],
  ["time", 37],
  ["name", 42],
  ["whois", 43, 4321],
  ["domain", 53],
  ["sql_net", 66, 150],
  ["gopher", 70],
  ["remote_job", 71, 72, 73, 74],
  ["finger", 79],
  ["http", 80, 8008, 8080],
  ["ctf", 84],
  ["supdup", 95],
  ["hostnames", 101],
  ["iso_tsap", 102, 309],
  ["csnet_ns", 105],
  ["pop_2", 109],
  ["pop_3", 110],
  ["sunrpc", 111],
  ["auth", 113],
  ["uucp_path", 117],
  ["nntp", 119, 563],
  ["netbios_ns", 137],
  ["netbios_dgm", 138],
  ["netbios_ssn", 139],
  ["imap4", 143, 993],
  ["courier", 165, 530],
  ["vmnet", 175],
  ["bgp", 179],
  ["IRC", 194, 6665, 6666, 6667, 6668, 6669],
  ["Z39_50", 210],
  ["link", 245],
  ["ldap", 389, 636],
  ["nnsp", 433],
  ["http_443", 443],
  ["exec", 512],
  ["login", 513],
  ["shell", 514],
  ["printer", 515],
  ["efs", 520],
  ["uucp", 540],
  ["klogin", 543],
  ["kshell", 544],
  ["mtp", 1911],
  ["http_2784", 2784],
  ["aol", 5190],
  ["http_8001", 8001],
];
const X11_PORTS: readonly [first: number, last: number] = [6000, 6063];

const UDP_PORTS: readonly (readonly [service: string, port: number])[] = [
  ["domain_u", 53],
  ["tftp_u", 69],
  ["ntp_u", 123],
];

/** ICMP by type. Echo of ICMPv6 (128, 129), which KDD has not, counts as echo. */
const ICMP_TYPES: ReadonlyMap<number, string> = /* @__PURE__ */ new Map([
  [0, "ecr_i"],
  [5, "red_i"],
  [8, "eco_i"],
  [11, "tim_i"],
  [128, "eco_i"],
  [129, "ecr_i"],
]);
/** What could not be reached (type 3), by code. */
const UNREACHABLE: ReadonlyMap<number, string> = /* @__PURE__ */ new Map([
  [0, "urp_i"],
  [1, "urh_i"],
]);

/** Application protocols, as Zeek and Suricata name them, with KDD's names, over TCP and over UDP (null: by port alone). */
const PROTOCOLS: ReadonlyMap<string, readonly [tcp: string | null, udp: string | null]> = /* @__PURE__ */ new Map(
  Object.entries({
    http: ["http", null],
    dns: ["domain", "domain_u"],
    ftp: ["ftp", null],
    "ftp-data": ["ftp_data", null],
    ssh: ["ssh", null],
    telnet: ["telnet", null],
    smtp: ["smtp", null],
    pop3: ["pop_3", null],
    imap: ["imap4", null],
    irc: ["IRC", null],
    ntp: [null, "ntp_u"],
    tftp: [null, "tftp_u"],
    ldap: ["ldap", null],
    ldap_tcp: ["ldap", null],
    finger: ["finger", null],
    gopher: ["gopher", null],
  } satisfies Record<string, readonly [string | null, string | null]>),
);

/**
 * KDD's name of a connection's service: by the port of its destination (of ICMP by type and code), then by what the source of the
 * record says that was spoken, else `private` or `other`. Of several protocols (`http,ssl`) the first that has a name counts;
 * those that Zeek took back (`-ftp`) do not. A connection from TCP port 20 is `ftp_data`.
 */
export function kddService(record: ConnectionRecord, options: KddServiceOptions = {}): string {
  return options.service?.(record) ?? serviceOf(record, options.privatePortsFrom ?? PRIVATE_PORTS_FROM);
}

function serviceOf({ protocol, sourcePort, destinationPort, service }: KddServiceInput, privateFrom: number): string {
  if (protocol === "icmp") {
    return ICMP_TYPES.get(sourcePort) ?? (sourcePort === 3 ? UNREACHABLE.get(destinationPort) : undefined) ?? "oth_i";
  }
  const isTcp = protocol === "tcp";
  const named = isTcp ? tcpService(sourcePort, destinationPort) : udpService(destinationPort);
  if (named !== null) return named;
  const spoken = service === null ? null : spokenService(service, isTcp ? 0 : 1);
  return spoken ?? (destinationPort >= privateFrom ? "private" : "other");
}

function spokenService(service: string, transport: 0 | 1): string | null {
  for (const protocol of service.split(",")) {
    const name = PROTOCOLS.get(protocol.trim())?.[transport] ?? null;
    if (name !== null) return name;
  }
  return null;
}

const TCP_BY_PORT: ReadonlyMap<number, string> = /* @__PURE__ */ new Map(
  TCP_PORTS.flatMap(([service, ...ports]) => ports.map((port) => [port, service] as const)),
);
const UDP_BY_PORT: ReadonlyMap<number, string> = /* @__PURE__ */ new Map(
  UDP_PORTS.map(([service, port]) => [port, service]),
);

function tcpService(sourcePort: number, destinationPort: number): string | null {
  if (destinationPort >= X11_PORTS[0] && destinationPort <= X11_PORTS[1]) return "X11";
  return TCP_BY_PORT.get(destinationPort) ?? (sourcePort === 20 ? "ftp_data" : null);
}

function udpService(port: number): string | null {
  return UDP_BY_PORT.get(port) ?? null;
}
