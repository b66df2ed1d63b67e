import { kddFlag, kddService, unavailableKddFeatures } from "@mlsec/flows";
import { nslKdd } from "@mlsec/preprocess";
import { describe, expect, it } from "vitest";
import { connection } from "../support.js";

const tcp = (destinationPort: number, service: string | null = null, sourcePort = 40_000): string =>
  kddService(connection({ destinationPort, service, sourcePort }));
const udp = (destinationPort: number, service: string | null = null): string =>
  kddService(connection({ protocol: "udp", destinationPort, service }));
const icmp = (sourcePort: number, destinationPort = 0): string =>
  kddService(connection({ protocol: "icmp", sourcePort, destinationPort }));

describe("a service", () => {
  it("is that of the destination's port", () => {
    expect([21, 23, 80, 8080, 443, 143, 6667, 6000, 6063, 8001].map((port) => tcp(port))).toEqual([
      ...["ftp", "telnet", "http", "http", "http_443", "imap4", "IRC", "X11", "X11", "http_8001"],
    ]);
    expect([53, 69, 123].map((port) => udp(port))).toEqual(["domain_u", "tftp_u", "ntp_u"]);
    expect(tcp(53)).toBe("domain");
    expect(tcp(40_001, null, 20)).toBe("ftp_data");
  });

  it("of ICMP is that of type and code", () => {
    expect([icmp(0), icmp(3, 0), icmp(3, 1), icmp(3, 3), icmp(5), icmp(8), icmp(11), icmp(13), icmp(128)]).toEqual([
      ...["ecr_i", "urp_i", "urh_i", "oth_i", "red_i", "eco_i", "tim_i", "oth_i", "eco_i"],
    ]);
  });

  it("is by what was spoken where the port says nothing: the first with a name, none that was taken back", () => {
    expect(tcp(2121, "ftp")).toBe("ftp");
    expect(tcp(80, "ssh")).toBe("http");
    expect(tcp(1234, "ssl,pop3")).toBe("pop_3");
    expect(tcp(1234, "-ftp")).toBe("other");
    expect([tcp(1234, "dns"), udp(1234, "dns"), tcp(1234, "ftp-data")]).toEqual(["domain", "domain_u", "ftp_data"]);
  });

  it("is private or other where nothing says more", () => {
    expect([tcp(49_151), tcp(49_152), udp(49_151), udp(49_152)]).toEqual(["other", "private", "other", "private"]);
    const record = connection({ destinationPort: 1234 });
    expect(kddService(record, { privatePortsFrom: 0 })).toBe("private");
    expect(kddService(record, { service: ({ destinationPort }) => (destinationPort === 1234 ? "mine" : null) })).toBe(
      "mine",
    );
    expect(kddService(connection(), { service: () => null })).toBe("http");
  });
});

describe("a flag", () => {
  it("is the state of TCP, or what stands for it", () => {
    const states = ["S0", "S1", "S2", "S3", "SF", "REJ", "RSTO", "RSTR", "RSTOS0", "SH", "OTH"] as const;
    expect(states.map((state) => kddFlag({ protocol: "tcp", state }))).toEqual(states);
    expect(kddFlag({ protocol: "tcp", state: "RSTRH" })).toBe("RSTR");
    expect(kddFlag({ protocol: "tcp", state: "SHR" })).toBe("OTH");
    expect(kddFlag({ protocol: "tcp", state: "SHR" }, { SHR: "SH" })).toBe("SH");
    expect(kddFlag({ protocol: "tcp", state: "RSTRH" }, { RSTRH: "REJ" })).toBe("REJ");
  });

  it("of UDP and ICMP is SF", () => {
    for (const protocol of ["udp", "icmp"]) expect(kddFlag({ protocol, state: "S0" })).toBe("SF");
  });
});

it("a record's unavailable features are those that it has null for, and those of content", () => {
  const all = unavailableKddFeatures(connection({ duration: null, sourceBytes: null, destinationBytes: null }));
  expect(all).toHaveLength(17);
  expect(all.filter((name) => !nslKdd.features.includes(name))).toEqual([]);
  expect(all.map((name) => nslKdd.features.indexOf(name))).toEqual([
    0, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 21,
  ]);
  const packets = unavailableKddFeatures(connection({ wrongFragments: 0, urgentPackets: 0 }));
  expect(packets).toHaveLength(12);
  expect(Object.isFrozen(packets)).toBe(true);
  expect(unavailableKddFeatures(connection())).toBe(unavailableKddFeatures(connection({ start: 5 })));
  expect(unavailableKddFeatures(connection({ protocol: "icmp", destinationBytes: null }))).not.toContain("dst_bytes");
});
