import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
// @ts-expect-error A script without types.
import { embedded, SOURCE, TARGET } from "../../../../../scripts/backend-module.mjs";

describe("the text of mlsec_backend.py", () => {
  it("is that of the Python file: node scripts/backend-module.mjs makes it anew", () => {
    expect(readFileSync(TARGET, "utf8")).toBe(embedded(readFileSync(SOURCE, "utf8")));
  });
});
