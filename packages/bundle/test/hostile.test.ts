import { readdirSync, readFileSync } from "node:fs";
import { Random } from "@mlsec/preprocess/numeric";
import { describe, expect, it } from "vitest";
import { outcomeOf } from "../../../bench/fuzz/bundle/check.ts";
import { mutateParts } from "../../../bench/fuzz/bundle/mutations.ts";
import { partsOf, sealed, sealedParts } from "../../../bench/fuzz/bundle/sealed.ts";
import { seedBundles } from "../../../bench/fuzz/bundle/seeds.ts";

// `npm run fuzz -- bundle` at greater length. `outcomeOf` checks all of what loads, and throws where a file is refused by anything
// but a BundleError that was meant.
const seeds = await seedBundles();
const smallest = seeds.reduce((a, b) => (a.bytes.length < b.bytes.length ? a : b));

describe("a hostile bundle", () => {
  it("cut off anywhere is refused", async () => {
    for (let length = 0; length < smallest.bytes.length; length++) {
      const { code } = await outcomeOf(smallest.bytes.subarray(0, length), smallest.rows);
      expect(code, `cut at ${length}`).toMatch(/^(not-a-bundle|invalid-header|altered)$/);
    }
  });

  it("with any byte changed is refused", async () => {
    for (const { bytes, rows } of seeds) {
      for (let at = 0; at < bytes.length; at++) {
        const changed = bytes.slice();
        changed[at]! ^= 1 << (at % 8);
        expect((await outcomeOf(changed, rows)).code, `byte ${at}`).not.toMatch(/^ok/);
      }
    }
  });

  it("with a byte changed and a digest that fits is refused, or is a model in every respect", async () => {
    const outcomes = new Map<string, number>();
    for (let at = 0; at < smallest.bytes.length; at += 5) {
      const changed = smallest.bytes.slice();
      changed[at]! ^= 1 << (at % 8);
      const { code } = await outcomeOf(sealed(changed), smallest.rows);
      outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
    }
    for (const code of ["invalid-header", "invalid-manifest", "invalid-tensor", "ok"])
      expect(outcomes.get(code), code).toBeGreaterThan(10);
  });

  it("changed by meaning with a digest that fits is refused, or is a model in every respect", async () => {
    const random = Random.seeded(1);
    const checks = new Set<string | null>();
    for (let index = 0; index < 2000; index++) {
      const own = random.fork(index);
      const { bytes, rows } = seeds[index % seeds.length]!;
      const parts = partsOf(bytes);
      mutateParts(own, parts);
      checks.add((await outcomeOf(sealedParts(parts), rows)).check);
    }
    // So many different checks refused one: the changes reach into all parts.
    expect(checks.size).toBeGreaterThan(150);
  });

  const folder = new URL("./fixtures/hostile/", import.meta.url);
  const outcomes = JSON.parse(readFileSync(new URL("outcomes.json", folder), "utf8")) as Record<string, string>;
  const files = readdirSync(folder).filter((file) => file.endsWith(".safetensors"));

  it("of the corpus has an outcome", () => {
    expect(files.map((file) => file.replace(".safetensors", "")).sort()).toEqual(Object.keys(outcomes).sort());
  });

  it.each(Object.entries(outcomes))("of the corpus, %s, is: %s", async (name, expected) => {
    const bytes = readFileSync(new URL(`${name}.safetensors`, folder));
    // The rows are of the ensembles among them; the trees refuse them where they load.
    expect((await outcomeOf(bytes, seeds[1]!.rows)).code).toBe(expected);
  });
});
