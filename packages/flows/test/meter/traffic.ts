import { Random } from "@mlsec/preprocess/numeric";
import { IpProtocol, type PacketSpec } from "../../src/index.js";
import { T0 } from "../captures.js";

/** Packets of many dialogues at once, in the order of time: all flags, payloads, protocols, gaps up to minutes, same addresses. */
export function traffic(seed: number, packets: number, dialogues: number, meanGap: number): PacketSpec[] {
  const random = Random.seeded(seed);
  let time = T0;
  return Array.from({ length: packets }, (): PacketSpec => {
    time += random.below(2 * meanGap);
    const dialogue = random.below(dialogues);
    const kind = dialogue % 8;
    const protocol = kind === 0 ? IpProtocol.icmp : kind < 3 ? IpProtocol.udp : IpProtocol.tcp;
    const host = `10.0.${dialogue >> 8}.${dialogue & 255}`;
    const server = kind === 4 ? host : `172.16.0.${dialogue % 5}`;
    const isForward = random.below(3) > 0;
    const [port, serverPort] = [1024 + (dialogue % 7), 80];
    return {
      time,
      source: isForward ? host : server,
      destination: isForward ? server : host,
      sourcePort: isForward ? port : serverPort,
      destinationPort: isForward ? serverPort : port,
      protocol,
      flags: random.below(12) === 0 ? random.below(256) : 16 + 8 * random.below(2),
      payload: random.below(3) === 0 ? 0 : random.below(1200),
      sequence: random.below(50),
      acknowledgement: 0,
      window: random.below(5) * 1000,
      icmpType: random.below(4),
      icmpCode: random.below(3),
    };
  });
}
