/** The label of traffic that belongs to no attack. */
export const BENIGN = "BENIGN";

/** One attack of a capture: who attacked whom, and when. */
export interface AttackWindow {
  readonly label: string;
  /** Address of the attacker, or the network of 256 addresses that it claims to be (`100.64.3.0/24`). */
  readonly attacker: string;
  /** Address of the victim; null where there are several. */
  readonly victim: string | null;
  /** The first packet's time and the last one's, in microseconds since 1970-01-01 UTC. */
  readonly from: number;
  readonly to: number;
}

/** The ends of a flow or connection, and when it began: what flow and connection records of `@mlsec/flows` have. */
export interface Observed {
  readonly source: string;
  readonly destination: string;
  readonly start: number;
}

/**
 * Labels traffic as the authors of CIC-IDS2017 labelled theirs: what went between an attacker and a victim, in either direction, while the attack lasted, is the
 * attack's; all else is {@link BENIGN}.
 */
export function labeller(attacks: readonly AttackWindow[]): (observed: Observed) => string {
  const byAttacker = new Map<string, AttackWindow[]>();
  for (const attack of attacks) {
    const key = attack.attacker.replace(/\d+\/24$/, "");
    byAttacker.set(key, [...(byAttacker.get(key) ?? []), attack]);
  }
  const find = (attacker: string, victim: string, start: number): AttackWindow | undefined => {
    const network = attacker.slice(0, attacker.lastIndexOf(".") + 1);
    for (const key of [attacker, network]) {
      const found = byAttacker
        .get(key)
        ?.find((attack) => start >= attack.from && start <= attack.to && (attack.victim ?? victim) === victim);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return ({ source, destination, start }) =>
    (find(source, destination, start) ?? find(destination, source, start))?.label ?? BENIGN;
}

/** Attacks as CSV text, header first. */
export function* attackLines(attacks: readonly AttackWindow[]): Generator<string> {
  yield "label,attacker,victim,from,to\n";
  for (const { label, attacker, victim, from, to } of attacks)
    yield `${label},${attacker},${victim ?? ""},${from},${to}\n`;
}
