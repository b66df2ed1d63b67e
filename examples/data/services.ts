/** TCP services by port, under the names of KDD'99 (`kddService` of `@mlsec/flows`). */
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
  [245, "link"],
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

/** Types of ICMP. What cannot be reached has one type, and a code. */
const ICMP_SERVICES: ReadonlyMap<number, string> = new Map([
  [0, "ecr_i"],
  [3, "urp_i"],
  [5, "red_i"],
  [8, "eco_i"],
  [11, "tim_i"],
]);

const numbered = (services: ReadonlyMap<number, string>, protocol: Service["protocol"]): [string, Service][] =>
  [...services].map(([port, name]) => [name, { port, protocol }]);

/** A port, or type of ICMP, with the protocol that it is one of. */
interface Service {
  readonly port: number;
  readonly protocol: "tcp" | "udp" | "icmp";
}

const SERVICES: ReadonlyMap<string, Service> = new Map([
  ...numbered(TCP_SERVICES, "tcp"),
  ...numbered(UDP_SERVICES, "udp"),
  ...numbered(ICMP_SERVICES, "icmp"),
]);

/** All TCP ports that have a name. */
export const NAMED_PORTS: readonly number[] = [...TCP_SERVICES.keys()];

/** Port and protocol of a service by its name. */
export function serviceNamed(name: string): Service {
  return SERVICES.get(name)!;
}
