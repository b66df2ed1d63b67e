import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const PACKAGES = new URL("../../packages", import.meta.url).pathname;

/** The floors of the house, from docs/decisions/0004: a package may import those below it, never its neighbours. */
const FLOORS: Readonly<Record<string, number>> = {
  preprocess: 1,
  trees: 2,
  evaluate: 2,
  flows: 2,
  "feature-select": 3,
  "threat-ensemble": 4,
  "attack-tree": 4,
  bundle: 5,
};

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sources(path);
    return path.endsWith(".ts") ? [path] : [];
  });
}

function imports(path: string): string[] {
  return ts.preProcessFile(readFileSync(path, "utf8")).importedFiles.map(({ fileName }) => fileName);
}

describe.each(readdirSync(PACKAGES))("@mlsec/%s", (name) => {
  const root = join(PACKAGES, name);
  const files = sources(join(root, "src"));
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

  it("imports packages of lower floors only, by their public names, and declares each", () => {
    for (const path of files) {
      for (const target of imports(path)) {
        const where = `${relative(PACKAGES, path)} imports ${target}`;
        if (target.startsWith(".")) {
          expect(resolve(dirname(path), target).startsWith(`${root}/`), where).toBe(true);
        } else if (target.startsWith("@mlsec/")) {
          const [, other, ...subpath] = target.split("/") as [string, string, ...string[]];
          expect(FLOORS[other], where).toBeLessThan(FLOORS[name]!);
          expect(manifest.dependencies, where).toHaveProperty([`@mlsec/${other}`]);
          const exported = JSON.parse(readFileSync(join(PACKAGES, other, "package.json"), "utf8")).exports;
          expect(exported, where).toHaveProperty([[".", ...subpath].join("/")]);
        } else if (target.startsWith("node:")) {
          expect(relative(root, path), `${where}: only /node entries may`).toMatch(/^src\/node\//);
        } else {
          const [first, second] = target.split("/") as [string, string];
          const dependency = target.startsWith("@") ? `${first}/${second}` : first;
          expect({ ...manifest.dependencies, ...manifest.peerDependencies }, where).toHaveProperty([dependency]);
        }
      }
    }
  });

  it("has what every package has", () => {
    expect(manifest).toMatchObject({
      type: "module",
      sideEffects: false,
      license: "Apache-2.0",
      files: ["dist"],
      engines: { node: ">=20.19" },
    });
    expect(manifest.keywords.length).toBeGreaterThan(3);
    for (const [subpath, target] of Object.entries<any>(manifest.exports)) {
      if (subpath !== "./package.json") expect(Object.keys(target)).toEqual(["types", "default"]);
    }
    expect(readFileSync(join(root, "README.md"), "utf8")).toMatch(/^# @mlsec\//);
    expect(readFileSync(join(root, "LICENSE"), "utf8")).toContain("Apache License");
  });

  it("keeps its files to one concept: none beyond 450 lines", () => {
    for (const path of files)
      expect([relative(PACKAGES, path), readFileSync(path, "utf8").split("\n").length > 450]).toEqual([
        relative(PACKAGES, path),
        false,
      ]);
  });
});

describe("the browser example", () => {
  const root = new URL("../../examples", import.meta.url).pathname;

  /** What is there at run time: types are gone by then. */
  function importedValues(path: string): string[] {
    const { statements } = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest);
    return statements.flatMap((statement) => {
      if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
      const isType = ts.isImportDeclaration(statement)
        ? statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
        : statement.isTypeOnly;
      const target = statement.moduleSpecifier;
      return isType || target === undefined || !ts.isStringLiteral(target) ? [] : [target.text];
    });
  }

  it("reaches nothing that needs Node, in the code that it shares with the programs", () => {
    const reached = new Set(["main.ts", "worker.ts"].map((name) => join(root, "browser", name)));
    for (const path of reached) {
      for (const target of importedValues(path)) {
        const where = `${relative(root, path)} imports ${target}`;
        if (target.endsWith(".css")) continue;
        if (target.startsWith(".")) reached.add(resolve(dirname(path), target.replace(/\.js$/, ".ts")));
        else expect(target, where).toMatch(/^@mlsec\/[a-z-]+(\/numeric)?$/);
      }
    }
    expect([...reached].map((path) => relative(root, path))).toContain("shared/live/judge-traffic.ts");
  });
});
