import { MAX_WAITING_NETFLOWS } from "./limits.js";
import type { EveEvent } from "./suricata-event.js";

/**
 * Puts the two directions of a connection together: events of the same `flow_id` between the same addresses (and, but for ICMP,
 * ports) the other way round. The first is the side that began.
 */
export class NetflowPairs {
  private readonly waiting = new Map<string, EveEvent>();

  constructor(private readonly put: (event: EveEvent) => void) {}

  add(flowId: string | null, event: EveEvent): void {
    if (flowId === null) {
      this.put(event);
      return;
    }
    const { waiting } = this;
    const first = waiting.get(flowId);
    if (first !== undefined) {
      waiting.delete(flowId);
      if (isAnswer(first, event)) {
        this.put({ ...first, back: event.there, service: first.service ?? event.service });
        return;
      }
      // The same number again, of another connection.
      this.put(first);
    }
    waiting.set(flowId, event);
    if (waiting.size > MAX_WAITING_NETFLOWS) {
      const [oldest, alone] = waiting.entries().next().value!;
      waiting.delete(oldest);
      this.put(alone);
    }
  }

  /** Those that still wait have no answer. */
  flush(): void {
    for (const event of this.waiting.values()) this.put(event);
    this.waiting.clear();
  }
}

function isAnswer(first: EveEvent, second: EveEvent): boolean {
  const { protocol, source, sourcePort, destination, destinationPort } = first;
  if (second.protocol !== protocol || second.source !== destination || second.destination !== source) return false;
  return (
    (protocol !== "tcp" && protocol !== "udp") ||
    (second.sourcePort === destinationPort && second.destinationPort === sourcePort)
  );
}
