import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { kernels, moduleText } from "../kernels.mjs";

// Breaks where a kernel's source was edited without npm run build:kernels, or where the compiler stops being reproducible.
it("the embedded WebAssembly is what its sources compile to", async () => {
  for (const kernel of kernels()) {
    expect(readFileSync(kernel.target, "utf8"), kernel.target).toBe(await moduleText(kernel));
  }
});
