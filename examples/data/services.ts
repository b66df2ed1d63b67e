/** TCP services by port, under the names of KDD'99. */
const TCP_SERVICES: ReadonlyMap<number, string> = new Map([
  [7, "echo"],
  [9, "discard"],
  [11, "systat"],
  [13, "daytime"],
  [15, "netstat"],
  [20, "ftp_data"],
  [21, "ftp"],
  [22, "ssh"],
  [23, "telnet"],
  [25, "smtp"],
  [37, "time"],
  [42, "name"],
  [43, "whois"],
  [53, "domain"],
  [66, "sql_net"],
  [70, "gopher"],
  [71, "remote_job"],
  [77, "rje"],
  [79, "finger"],
  [80, "http"],
  [84, "ctf"],
  [87, "link"],
  [95, "supdup"],
  [101, "hostnames"],
  [102, "iso_tsap"],
  [105, "csnet_ns"],
  [109, "pop_2"],
  [110, "pop_3"],
  [111, "sunrpc"],
  [113, "auth"],
  [117, "uucp_path"],
  [119, "nntp"],
  [137, "netbios_ns"],
  [138, "netbios_dgm"],
  [139, "netbios_ssn"],
  [143, "imap4"],
  [175, "vmnet"],
  [179, "bgp"],
  [194, "IRC"],
  [210, "Z39_50"],
  [389, "ldap"],
  [433, "nnsp"],
  [443, "http_443"],
  [512, "exec"],
  [513, "login"],
  [514, "shell"],
  [515, "printer"],
  [520, "efs"],
  [530, "courier"],
  [540, "uucp"],
  [543, "klogin"],
  [544, "kshell"],
  [6000, "X11"],
]);

const UDP_SERVICES: ReadonlyMap<number, string> = new Map([
  [53, "domain_u"],
  [69, "tftp_u"],
  [123, "ntp_u"],
]);

/** ICMP message types, numbered from 100,000 so that they never meet a port. */
const ICMP_SERVICES: ReadonlyMap<number, string> = new Map([
  [100_000, "ecr_i"],
  [100_003, "urp_i"],
  [100_005, "red_i"],
  [100_008, "eco_i"],
  [100_011, "tim_i"],
  [100_013, "urh_i"],
]);

const PORTS: ReadonlyMap<string, number> = new Map(
  [TCP_SERVICES, UDP_SERVICES, ICMP_SERVICES].flatMap((services) => [...services].map(([port, name]) => [name, port])),
);

/** All TCP ports that have a name. */
export const NAMED_PORTS: readonly number[] = [...TCP_SERVICES.keys()];

/** The name of a port: ports without one are `other` below 1024 and `private` above. */
export function serviceOf(protocol: "tcp" | "udp" | "icmp", port: number): string {
  const names = protocol === "tcp" ? TCP_SERVICES : protocol === "udp" ? UDP_SERVICES : ICMP_SERVICES;
  return names.get(port) ?? (port < 1024 ? "other" : "private");
}

/** The port, or ICMP number, of a named service. */
export function portOf(service: string): number {
  return PORTS.get(service)!;
}
