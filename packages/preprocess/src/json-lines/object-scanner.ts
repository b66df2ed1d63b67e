/** A value of an object: an array or object in it is passed over, and stands as its text. */
export type JsonValue =
  | { readonly kind: "null" }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "number"; readonly value: number; readonly text: string }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "nested"; readonly text: string };

/** Where and why a line is no JSON object. */
export class JsonFault {
  constructor(
    readonly what: string,
    /** Counted from 0, in UTF-16 units. */
    readonly at: number,
  ) {}
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[A-Za-z]+/y;
const NULL: JsonValue = { kind: "null" };
const TRUE: JsonValue = { kind: "boolean", value: true };
const FALSE: JsonValue = { kind: "boolean", value: false };

/**
 * Reads the members of one JSON object (RFC 8259), in their order and with all copies of a name, which `JSON.parse` would
 * reorder and drop. `NaN`, `Infinity` and `-Infinity`, which are no JSON, are read as Python's json module writes them.
 *
 * @throws JsonFault where the text is not one object, or holds anything after it.
 */
export function scanJsonObject(text: string, onMember: (name: string, value: JsonValue) => void): void {
  new ObjectScanner(text).read(onMember);
}

class ObjectScanner {
  private at = 0;

  constructor(private readonly text: string) {}

  read(onMember: (name: string, value: JsonValue) => void): void {
    this.expect("{", 'an object in braces, "{"');
    this.space();
    if (this.text[this.at] === "}") {
      this.at++;
    } else {
      do {
        this.space();
        if (this.text[this.at] !== '"') this.fail("a name in quotes");
        const name = this.string();
        this.expect(":", 'a colon, ":"');
        this.space();
        onMember(name, this.value());
        this.space();
      } while (this.text[this.at++] === ",");
      this.at--;
      this.expect("}", 'a comma or a closing brace, "}"');
    }
    this.space();
    if (this.at < this.text.length) this.fail("nothing after the object");
  }

  private value(): JsonValue {
    const first = this.text[this.at];
    if (first === '"') return { kind: "string", value: this.string() };
    if (first === "{" || first === "[") return { kind: "nested", text: this.nested() };
    const number = this.match(NUMBER);
    if (number !== undefined) return { kind: "number", value: Number(number), text: number };
    const start = this.at;
    if (first === "-") this.at++;
    const word = this.text.slice(start, this.at) + (this.match(WORD) ?? "");
    switch (word) {
      case "null":
        return NULL;
      case "true":
        return TRUE;
      case "false":
        return FALSE;
      case "NaN":
        return { kind: "number", value: Number.NaN, text: word };
      case "Infinity":
      case "-Infinity":
        return { kind: "number", value: Number(word), text: word };
      default:
        this.at = start;
        return this.fail("a value");
    }
  }

  /** The string that begins at the quote at `at`. */
  private string(): string {
    const { text } = this;
    const start = this.at++;
    let isPlain = true;
    for (;;) {
      const code = text.charCodeAt(this.at);
      if (code === 0x22) break;
      // NaN is the end of the text.
      if (Number.isNaN(code) || code < 0x20) this.fail("a closing quote");
      if (code === 0x5c) {
        isPlain = false;
        this.at++;
      }
      this.at++;
    }
    this.at++;
    if (isPlain) return text.slice(start + 1, this.at - 1);
    try {
      return JSON.parse(text.slice(start, this.at)) as string;
    } catch {
      this.at = start;
      return this.fail("a string with valid escapes");
    }
  }

  /** The array or object at `at`, whose brackets are matched and whose values are not looked at. */
  private nested(): string {
    const start = this.at;
    const open: string[] = [];
    do {
      const character = this.text[this.at];
      if (character === undefined) this.fail("a closing bracket");
      if (character === '"') {
        this.string();
        continue;
      }
      if (character === "{") open.push("}");
      else if (character === "[") open.push("]");
      else if ((character === "}" || character === "]") && open.pop() !== character) this.fail("the other bracket");
      this.at++;
    } while (open.length > 0);
    return this.text.slice(start, this.at);
  }

  private expect(character: string, what: string): void {
    this.space();
    if (this.text[this.at] !== character) this.fail(what);
    this.at++;
  }

  private space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x09 && code !== 0x0d) return;
      this.at++;
    }
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  private fail(expected: string): never {
    throw new JsonFault(`expected ${expected}`, this.at);
  }
}
