import { defineConfig, type Options } from "tsup";

type Build = Options | Options[] | ((overrides: Options) => Options | Options[] | Promise<Options | Options[]>);

/** One build for every package: ESM, declarations and source maps, shared code split between the entry points. */
export function libraryBuild(entry: string[]): Build {
  return defineConfig({
    entry,
    format: "esm",
    target: "es2022",
    platform: "neutral",
    dts: true,
    sourcemap: true,
    splitting: true,
    treeshake: false,
    clean: true,
    external: [/^node:/],
  });
}
