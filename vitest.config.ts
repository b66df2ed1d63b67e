import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string): string => fileURLToPath(new URL(`./packages/${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    // Tests run on the sources, so that they need no build and point at the line that failed.
    alias: [
      { find: /^@mlsec\/([a-z-]+)$/, replacement: source("$1/src/index.ts") },
      { find: /^@mlsec\/([a-z-]+)\/([a-z-]+)$/, replacement: source("$1/src/$2/index.ts") },
    ],
  },
  test: {
    include: ["packages/*/test/**/*.test.ts", "examples/test/**/*.test.ts", "scripts/test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
