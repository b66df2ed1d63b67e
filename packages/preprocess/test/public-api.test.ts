import { readFileSync } from "node:fs";
import * as main from "@mlsec/preprocess";
import * as node from "@mlsec/preprocess/node";
import * as numeric from "@mlsec/preprocess/numeric";
import { expect, test } from "vitest";

const readText = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
const readme = readText("../README.md");

/** Names in backticks outside code blocks. */
const mentioned = new Set(
  [...readme.replaceAll(/```[\s\S]*?```/g, "").matchAll(/`([A-Za-z_]\w*)`/g)].map(([, name]) => name!),
);

/** Everything that an index.ts exports, types included. */
function exportsOf(index: string): string[] {
  return [...readText(index).matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, names]) =>
    names!
      .split(",")
      .map((name) => name.replace("type ", "").trim())
      .filter(Boolean),
  );
}

const SUBPATHS = ["arquero", "ml-matrix", "parquet", "workers"].flatMap((name) => exportsOf(`../src/${name}/index.ts`));

test("the README names everything that there is", () => {
  const all = [...exportsOf("../src/index.ts"), ...SUBPATHS, ...Object.keys(numeric), ...Object.keys(node)];
  expect(all.length).toBeGreaterThan(80);
  expect(all.filter((name) => !mentioned.has(name))).toEqual([]);
});

test("what the README lists as exports is there", () => {
  const all = new Set([...exportsOf("../src/index.ts"), ...SUBPATHS, ...Object.keys(node)]);
  const cells = [...readme.matchAll(/^\| (`.*?) +\|/gm)].map(([, cell]) => cell!.replace(/\(.*\)/, ""));
  const listed = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
  expect(listed.length).toBeGreaterThan(70);
  expect(listed.filter((name) => !all.has(name))).toEqual([]);
});

test("every export of the sources is of the kind that the index says: values are there at run time", () => {
  const types = new Set([...readText("../src/index.ts").matchAll(/type (\w+)/g)].map(([, name]) => name!));
  const typeOnly = [...readText("../src/index.ts").matchAll(/export type \{([^}]*)\}/g)].flatMap(([, names]) =>
    names!.split(",").map((name) => name.trim()),
  );
  const values = exportsOf("../src/index.ts").filter((name) => !types.has(name) && !typeOnly.includes(name));
  expect(Object.keys(main).sort()).toEqual([...values].sort());
});

test("the README's first example runs and prints what it says", async () => {
  const example = /```js\n([\s\S]*?)```/.exec(readme)![1]!;
  const printed: string[] = [];
  const out = (...values: unknown[]): void => {
    printed.push(values.map((value) => JSON.stringify(value)).join(" "));
  };
  const AsyncFunction = (async () => undefined).constructor as FunctionConstructor;
  const names = Object.keys(main);
  const body = example.replaceAll(/^import .*$/gm, "").replaceAll("console.log", "out");
  const run = AsyncFunction("out", ...names, body) as (...values: unknown[]) => Promise<void>;
  await run(out, ...Object.values(main));
  expect(printed).toEqual([...example.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text));
  expect(printed.length).toBeGreaterThan(3);
});
