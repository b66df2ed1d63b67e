import type { Random } from "@mlsec/preprocess/numeric";
import { popular } from "./distributions.js";

/** IPv4 address of a host of the simulated network by its number: inside below 1000, on the internet above. */
export function addressOf(host: number): string {
  return host < 1000 ? `192.168.${host >> 8}.${host & 255}` : `198.18.${host >> 8}.${host & 255}`;
}

/** The hosts of the simulated network by what they serve. Attackers are none of them. */
export const hosts = {
  web: (random: Random): number => 10 + popular(random, 80),
  /** A web server that is down. */
  down: (random: Random): number => 90 + random.below(6),
  mail: (random: Random): number => 100 + popular(random, 12),
  names: (random: Random): number => 120 + random.below(3),
  files: (random: Random): number => 130 + random.below(10),
  unix: (random: Random): number => 150 + popular(random, 30),
  desktop: (random: Random): number => 200 + random.below(200),
  /** Somewhere on the internet. */
  remote: (random: Random): number => 1000 + random.below(4000),
} as const;

/** The address of an attacker, one for every episode, so that addresses and times tell whose a packet is. */
export function attackerAddress(episode: number): string {
  return `172.${16 + ((episode >> 16) & 15)}.${(episode >> 8) & 255}.${episode & 255}`;
}

/** The 256 addresses that an episode with forged or many sources has for itself, as text before the last number. */
export function forgedNetwork(episode: number): string {
  return `100.${64 + ((episode >> 8) & 63)}.${episode & 255}.`;
}
