import { attackBehaviours } from "./attack-connections.js";
import { attackFlows } from "./attack-flows.js";
import { converse } from "./benign-flows.js";
import type { Part } from "./episodes.js";
import { BENIGN } from "./ground-truth.js";
import { normalBehaviours } from "./normal-connections.js";
import type { Behaviour } from "./scene.js";

/** Conversations of ordinary hosts, one an episode. */
const conversation: Behaviour = { share: 1, connections: 1, play: converse };

/**
 * Ordinary use.
 *
 * @param modern share of today's conversations (names, web, mail over TLS, …); the rest is of the kinds that NSL-KDD has (telnet, finger,
 * pings, …).
 */
export function ordinaryParts(connections: number, modern: number): Part[] {
  const kinds = Object.values(normalBehaviours);
  const sum = kinds.reduce((total, { share }) => total + share, 0);
  return [
    { label: BENIGN, behaviour: conversation, connections: Math.ceil(connections * modern) },
    ...kinds.map((behaviour): Part => {
      const share = ((1 - modern) * behaviour.share) / sum;
      return { label: BENIGN, behaviour, connections: Math.ceil(connections * share) };
    }),
  ];
}

/** All attacks by label, with their shares of the attacks where those of CIC-IDS2017 are mixed with those of NSL-KDD. */
export const ALL_ATTACKS: ReadonlyMap<string, Behaviour> = new Map([
  ...Object.entries(attackBehaviours),
  // In the original the rare ones are a few of millions: here each is to be seen.
  ...Object.entries(attackFlows).map(([label, behaviour]): [string, Behaviour] => [
    label,
    { ...behaviour, share: 0.1 * Math.min(0.3, Math.max(0.05, behaviour.share)) },
  ]),
]);
