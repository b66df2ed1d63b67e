import { invalidPickle } from "./joblib-error.js";

const UTF8 = /* @__PURE__ */ new TextDecoder("utf-8", { ignoreBOM: true });

/** UTF-8. What is none, such as the lone surrogates that Python may write, becomes U+FFFD. */
export function utf8Text(bytes: Uint8Array): string {
  return UTF8.decode(bytes);
}

/** One character a byte. `TextDecoder` does not know this: what it calls Latin-1 is Windows-1252. */
export function latin1Text(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

/** The byte of each character; null where one has none. */
export function latin1Bytes(text: string): Uint8Array | null {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0xff) return null;
    bytes[at] = code;
  }
  return bytes;
}

/** Python's `raw-unicode-escape`: Latin-1 with `\uXXXX` and `\UXXXXXXXX`. @throws JoblibError `invalid-pickle`. */
export function rawUnicodeText(bytes: Uint8Array, offset: number): string {
  return latin1Text(bytes).replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (_, short?: string, long?: string) => {
    const code = Number.parseInt(short ?? long ?? "", 16);
    if (code > 0x10ffff) throw invalidPickle(offset, "a text has an escape beyond Unicode");
    return String.fromCodePoint(code);
  });
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

/** The text that Python 2's `repr` of a string stands for. @throws JoblibError `invalid-pickle`. */
export function reprText(bytes: Uint8Array, offset: number): string {
  const quoted = latin1Text(bytes).trim();
  const quote = quoted[0];
  if (quoted.length < 2 || (quote !== "'" && quote !== '"') || quoted.at(-1) !== quote)
    throw invalidPickle(offset, "a text is not quoted");
  return quoted.slice(1, -1).replace(/\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|[\s\S])/g, (whole, body: string) => {
    if (body.length === 3 && body[0] === "x") return String.fromCharCode(Number.parseInt(body.slice(1), 16));
    if (/^[0-7]/.test(body)) return String.fromCharCode(Number.parseInt(body, 8) & 0xff);
    return Object.hasOwn(ESCAPES, body) ? ESCAPES[body]! : whole;
  });
}

export function utf8Bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
