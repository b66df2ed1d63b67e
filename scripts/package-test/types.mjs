import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, runTool } from "./commands.mjs";

/** What every consumer has: declarations of libraries are checked, so that ours cannot lean on what is not there. */
const STRICT = {
  noEmit: true,
  target: "ES2022",
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
};
const NO_TYPES = { types: [] };

/** The kinds of TypeScript application, by the options that tell them apart. */
export const TYPESCRIPT_CONSUMERS = [
  {
    name: "TypeScript nodenext, DOM, no @types",
    files: ["consumer.ts", "consumer.cts"],
    options: { module: "nodenext", lib: ["ES2022", "DOM"], ...NO_TYPES },
  },
  {
    name: "TypeScript bundler, DOM, no @types",
    files: ["consumer.ts"],
    options: { module: "esnext", moduleResolution: "bundler", lib: ["ES2022", "DOM"], ...NO_TYPES },
  },
  {
    name: "TypeScript nodenext, @types/node, no DOM",
    files: ["consumer.ts", "consumer.cts"],
    options: {
      module: "nodenext",
      lib: ["ES2022"],
      types: ["node"],
      typeRoots: [join(ROOT, "node_modules", "@types")],
    },
  },
];

/** Compiles the consumer's sources in a project. */
export async function checkTypeScript({ files, options }, project) {
  const config = join(project, "tsconfig.json");
  writeFileSync(config, JSON.stringify({ compilerOptions: { ...STRICT, ...options }, files }));
  await runTool("typescript", "tsc", ["-p", config, "--pretty", "false"], { cwd: project });
}
