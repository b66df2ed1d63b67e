import { ADDRESS_WORDS, type PacketBatch } from "../packets/packet-batch.js";
import { KEY, KEY_WORDS } from "./count-fields.js";

/**
 * The addresses, ports and protocol of a packet in an order that is the same for both directions: the smaller address first,
 * with its port; of equal addresses the smaller port. One object is set anew for every packet.
 */
export class FlowKey {
  readonly words: Int32Array = new Int32Array(KEY_WORDS);
  hash = 0;
  /** Whether the packet goes from the second address to the first. */
  isReversed = false;
  /** Whether both addresses are the same. */
  isSameAddress = false;

  /** @param keepsOrder whether packets between ports of one address keep their order: each direction has its own key. */
  set(
    { addresses, version }: PacketBatch,
    i: number,
    protocol: number,
    sourcePort: number,
    destinationPort: number,
    keepsOrder: boolean,
  ): void {
    const from = i * ADDRESS_WORDS;
    const { words } = this;
    let order = 0;
    for (let k = 0; k < 4 && order === 0; k++) {
      const a = addresses[from + k]!;
      const b = addresses[from + 4 + k]!;
      order = a < b ? -1 : a > b ? 1 : 0;
    }
    this.isSameAddress = order === 0;
    this.isReversed = order === 0 ? !keepsOrder && sourcePort > destinationPort : order > 0;
    const first = this.isReversed ? from + 4 : from;
    const second = this.isReversed ? from : from + 4;
    words[0] = addresses[first]!;
    words[4] = addresses[second]!;
    const isIpv6 = version[i] === 6;
    for (let k = 1; k < 4; k++) {
      words[k] = isIpv6 ? addresses[first + k]! : 0;
      words[4 + k] = isIpv6 ? addresses[second + k]! : 0;
    }
    words[8] = this.isReversed ? (destinationPort << 16) | sourcePort : (sourcePort << 16) | destinationPort;
    words[9] = (version[i]! << 8) | protocol;
    let hash = 0;
    for (let k = 0; k < KEY_WORDS; k++) {
      hash = Math.imul(hash ^ words[k]!, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash, 0x85ebca6b);
    this.hash = hash ^ (hash >>> 13);
  }

  /** True where a flow, whose whole numbers begin there, has this key. */
  isOf(counts: Int32Array, base: number): boolean {
    const { words } = this;
    for (let k = 0; k < KEY_WORDS; k++) if (counts[base + KEY + k] !== words[k]) return false;
    return true;
  }
}
