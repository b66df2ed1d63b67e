import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = new URL("../../", import.meta.url).pathname;

/** The text of all sources of the packages. */
function sources(): string {
  const packages = join(ROOT, "packages");
  return readdirSync(packages)
    .flatMap((name) =>
      readdirSync(join(packages, name, "src"), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => readFileSync(join(packages, name, "src", file), "utf8")),
    )
    .join("\n");
}

/** The values that constants of a name have in the sources: products of whole numbers. */
function valuesOf(code: string, name: string): number[] {
  const [constant, field] = name.split(".");
  const body = field === undefined ? null : new RegExp(`const ${constant}[^=]*= \\{([^}]*)\\}`).exec(code)![1]!;
  const pattern = body === null ? `const ${constant}(?:: number)? = ([\\d_ *]+);` : `\\b${field}: ([\\d_]+),`;
  return [...(body ?? code).matchAll(new RegExp(pattern, "g"))].map(([, product]) =>
    product!.split("*").reduce((value, factor) => value * Number(factor.replaceAll("_", "")), 1),
  );
}

it("the limits of the threat model are those of the code", () => {
  const code = sources();
  const text = readFileSync(join(ROOT, "docs/security.md"), "utf8");
  const rows = [...text.matchAll(/^\| `([A-Z_]+(?:\.\w+)?)`[^|]*\| ([\d,]+) +\|/gm)];
  expect(rows.length).toBeGreaterThan(15);
  for (const [, name, value] of rows) expect(valuesOf(code, name!), name).toContain(Number(value!.replaceAll(",", "")));
});
