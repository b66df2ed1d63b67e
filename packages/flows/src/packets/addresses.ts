const DOT = 46;
const ZERO = 48;

/** A dotted IPv4 address from a 32-bit word in network order. */
export function ipv4Text(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/** An IPv6 address from four words, in its canonical form (RFC 5952): the longest run of zero groups is left out. */
export function ipv6Text(a: number, b: number, c: number, d: number): string {
  const groups = [a, b, c, d].flatMap((word) => [word >>> 16, word & 0xffff]);
  let best = -1;
  let length = 1;
  for (let from = 0; from < 8; from++) {
    let run = 0;
    while (from + run < 8 && groups[from + run] === 0) run++;
    if (run > length) [best, length] = [from, run];
  }
  const text = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(":");
  return best === -1 ? text(0, 8) : `${text(0, best)}::${text(best + length, 8)}`;
}

/** The text of an address of four words of a packet's `addresses`. */
export function addressText(version: number, words: ArrayLike<number>, at: number): string {
  return version === 6 ? ipv6Text(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!) : ipv4Text(words[at]!);
}

/** The bytes of an IPv4 (4) or IPv6 (16) address; null for a text that is neither. */
export function addressBytes(text: string): Uint8Array | null {
  return text.includes(":") ? ipv6Bytes(text) : ipv4Bytes(text);
}

function ipv4Bytes(text: string): Uint8Array | null {
  const bytes = new Uint8Array(4);
  let at = 0;
  for (let part = 0; part < 4; part++) {
    if (part > 0 && text.charCodeAt(at++) !== DOT) return null;
    const from = at;
    let value = 0;
    for (; at < from + 3; at++) {
      const digit = text.charCodeAt(at) - ZERO;
      if (!(digit >= 0 && digit <= 9)) break;
      value = 10 * value + digit;
    }
    if (at === from || value > 255) return null;
    bytes[part] = value;
  }
  return at === text.length ? bytes : null;
}

function ipv6Bytes(text: string): Uint8Array | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const [head, tail] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - head!.length - (tail?.length ?? 0);
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const groups = [...head!, ...Array<string>(missing).fill("0"), ...(tail ?? [])];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  return Uint8Array.from(
    groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]),
  );
}
