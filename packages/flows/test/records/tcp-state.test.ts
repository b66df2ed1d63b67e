import { tcpState } from "@mlsec/flows";
import { describe, expect, it } from "vitest";

const [FIN, SYN, RST, ACK] = [1, 2, 4, 16];

/** The state of a connection of which the sides sent these flags; a side without flags sent nothing. */
function state(source: number, destination: number): string {
  return tcpState(
    { packets: source === 0 ? 0 : 3, flags: source },
    { packets: destination === 0 ? 0 : 3, flags: destination },
  );
}

describe("the state that flags tell", () => {
  it.each([
    ["S0", SYN, 0],
    ["S0", SYN | ACK, 0],
    ["S1", SYN | ACK, SYN | ACK],
    ["S1", SYN, SYN | ACK],
    ["S1", ACK, SYN | ACK],
    ["S2", SYN | ACK | FIN, SYN | ACK],
    ["S3", SYN | ACK, SYN | ACK | FIN],
    ["SF", SYN | ACK | FIN, SYN | ACK | FIN],
    ["SF", SYN | ACK | FIN | RST, SYN | ACK | FIN],
    ["REJ", SYN, RST | ACK],
    ["RSTR", SYN | ACK, SYN | ACK | RST],
    ["RSTO", SYN | RST, SYN | ACK],
    ["RSTO", SYN | ACK | FIN | RST, SYN | ACK],
    ["RSTOS0", SYN | RST, 0],
    ["RSTRH", 0, SYN | ACK | RST],
    ["RSTRH", ACK, RST],
    ["SH", SYN | FIN, 0],
    ["SHR", 0, SYN | ACK | FIN],
    ["OTH", ACK, ACK],
    ["OTH", RST, 0],
    ["OTH", 0, SYN | ACK],
    ["OTH", SYN, ACK],
  ])("is %s for %i and %i", (expected, source, destination) => {
    expect(state(source, destination)).toBe(expected);
  });

  it("does not depend on PSH, URG, ECE and CWR", () => {
    for (let source = 0; source < 32; source++) {
      for (let destination = 0; destination < 32; destination++) {
        if (source === 0 || destination === 0) continue;
        expect(state(source | 0xe8, destination | 0xe8)).toBe(state(source, destination));
      }
    }
  });
});
