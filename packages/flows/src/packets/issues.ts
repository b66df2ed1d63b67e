import { type ErrorDetails, MlsecError } from "@mlsec/preprocess";
import { MAX_REPORTED_PACKET_ISSUES } from "./limits.js";

/** A capture that cannot be read at all. Codes: `not-a-capture`, `capture-limit`, `capture-gzip`, `unwritable-packet`. */
export class PacketError extends MlsecError {
  constructor(code: string, message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(code, message, details, options);
  }
}

/**
 * `truncated-packet`: its headers are cut short; `malformed-packet`: a header's lengths contradict each other;
 * `unknown-link-type`: an interface of a kind that is not known; `unknown-interface`: a pcapng packet of an interface that
 * was not described; `bad-record`: lengths that no record has, after which nothing can be read; `cut-off`: the file ends
 * within a record; `damaged-gzip`: unpacking ended there.
 */
export type PacketIssueKind =
  | "truncated-packet"
  | "malformed-packet"
  | "unknown-link-type"
  | "unknown-interface"
  | "bad-record"
  | "cut-off"
  | "damaged-gzip";

/** One thing in a capture that could not be read. */
export interface PacketIssue {
  readonly kind: PacketIssueKind;
  /** The packet's number in the capture, from 1 as other tools count; of what ends the reading, that of the next packet. */
  readonly packet: number;
  /** Where the packet's record begins, in bytes from the begin of the (unpacked) capture. */
  readonly offset: number;
  readonly message: string;
}

/** All issues of a capture: their number, the first of them, and counts by kind. */
export interface PacketIssues {
  readonly total: number;
  readonly first: readonly PacketIssue[];
  readonly counts: readonly { readonly kind: PacketIssueKind; readonly count: number }[];
}

/** Collects issues, so that those of a capture are reported together. */
export class PacketIssueLog {
  total = 0;
  private readonly first: PacketIssue[] = [];
  private readonly tallies = new Map<PacketIssueKind, number>();

  /** @param what what is wrong, after the packet's place; asked for only where it is kept. */
  add(kind: PacketIssueKind, packet: number, offset: number, what: () => string): void {
    this.total++;
    this.tallies.set(kind, (this.tallies.get(kind) ?? 0) + 1);
    if (this.first.length >= MAX_REPORTED_PACKET_ISSUES) return;
    this.first.push({ kind, packet, offset, message: `packet ${packet}, byte ${offset}: ${what()}` });
  }

  report(): PacketIssues {
    const counts = [...this.tallies].map(([kind, count]) => ({ kind, count }));
    return { total: this.total, first: [...this.first], counts };
  }
}
