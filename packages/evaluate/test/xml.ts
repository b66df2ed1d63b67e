/** An element of a parsed document, or a text in it. */
export interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: (Element | string)[];
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
const TOKEN = /<!doctype html>|<(\/?)([A-Za-z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|[^<]+/gy;

/**
 * Parses a document that is well-formed XML but for its doctype.
 *
 * @throws Error where it is not: a tag that is not closed in its turn, an attribute given twice or not in quotes, a stray "<"
 *   or "&", a character that XML forbids.
 */
export function parseXml(text: string): Element {
  const root: Element = { name: "#document", attributes: new Map(), children: [] };
  const open = [root];
  TOKEN.lastIndex = 0;
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    const token = TOKEN.exec(text);
    if (token === null) throw new Error(`No token at ${at}: ${JSON.stringify(text.slice(at, at + 80))}`);
    const [all, closing, name, attributes, empty] = token;
    if (name === undefined) {
      if (!all.startsWith("<")) open.at(-1)!.children.push(decoded(all));
    } else if (closing === "/") {
      const last = open.pop()!;
      if (last.name !== name) throw new Error(`</${name}> closes <${last.name}> at ${at}.`);
    } else {
      const element: Element = { name, attributes: attributesOf(attributes ?? ""), children: [] };
      open.at(-1)!.children.push(element);
      if (empty !== "/") open.push(element);
    }
  }
  if (open.length !== 1) throw new Error(`<${open.at(-1)!.name}> is not closed.`);
  return root;
}

function attributesOf(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, name, value] of text.matchAll(/([\w:-]+)="([^"]*)"/g)) {
    if (found.has(name!)) throw new Error(`The attribute ${name} is there twice.`);
    found.set(name!, decoded(value!));
  }
  return found;
}

function decoded(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/u.exec(text);
  if (forbidden !== null) throw new Error(`XML forbids the character ${JSON.stringify(forbidden[0])}.`);
  return text.replace(/&([^;]*;?)/g, (_, entity: string) => {
    const character = ENTITIES[entity.replace(/;$/, "")];
    if (character === undefined || !entity.endsWith(";")) throw new Error(`&${entity} is no entity.`);
    return character;
  });
}

/** All elements of a document, outer ones first. */
export function elementsOf(root: Element): Element[] {
  return root.children.flatMap((child) => (typeof child === "string" ? [] : [child, ...elementsOf(child)]));
}

/** Elements of a name, in order. */
export function byName(root: Element, name: string): Element[] {
  return elementsOf(root).filter((element) => element.name === name);
}

/** The text in an element. */
export function textOf(element: Element): string {
  return element.children.map((child) => (typeof child === "string" ? child : textOf(child))).join("");
}

/** The rows of the body of the table with this caption. */
export function rowsOf(root: Element, caption: string | RegExp): Element[][] {
  const tables = byName(root, "table").filter((table) => {
    const text = textOf(byName(table, "caption")[0]!);
    return typeof caption === "string" ? text === caption : caption.test(text);
  });
  if (tables.length !== 1) throw new Error(`${tables.length} tables have the caption ${caption}.`);
  const rows = byName(byName(tables[0]!, "tbody")[0]!, "tr");
  return rows.map((row) => row.children.filter((cell): cell is Element => typeof cell !== "string"));
}

/** The exact numbers in an element. */
export function numbersOf(element: Element): number[] {
  return byName(element, "data").map(({ attributes }) => Number(attributes.get("value")));
}
