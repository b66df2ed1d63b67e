import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadBundleFile, loadDetectorFile, saveBundleFile, writeFileAtomic } from "../src/node/index.js";
import { attackPipeline } from "./pipelines.js";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlsec-bundle-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("bundle files", () => {
  it("load as they were saved", async () => {
    const path = join(folder, "model.safetensors");
    const pipeline = await attackPipeline();
    await saveBundleFile(path, pipeline);
    expect((await loadBundleFile(path)).pipeline.model.toJSON()).toEqual(pipeline.model.toJSON());
    expect((await loadDetectorFile(path)).kind).toBe("attack_classifier");
    expect(await readdir(folder)).toEqual(["model.safetensors"]);
  });

  it("are refused by size before they are read", async () => {
    const path = join(folder, "large.safetensors");
    await writeFile(path, "");
    await truncate(path, 500_000_001);
    await expect(loadBundleFile(path)).rejects.toMatchObject({ code: "too-large" });
  });

  it("that are not there give an error that names them", async () => {
    await expect(loadBundleFile(join(folder, "none"))).rejects.toMatchObject({ code: "file-not-readable" });
  });
});

describe("writeFileAtomic", () => {
  it("keeps the old file and leaves nothing aside when the content fails midway", async () => {
    const path = join(folder, "out.csv");
    await writeFileAtomic(path, "old");
    const failing = function* (): Generator<string> {
      yield "new";
      throw new Error("midway");
    };
    await expect(writeFileAtomic(path, failing())).rejects.toThrow("midway");
    expect(await readFile(path, "utf8")).toBe("old");
    expect(await readdir(folder)).toEqual(["out.csv"]);
  });

  it("keeps the old file when the disk takes no more", async () => {
    // A file-size limit of the shell stands for the full disk: 8 blocks of 512 bytes.
    const script = `
      import { writeFileAtomic } from ${JSON.stringify(new URL("../src/node/index.ts", import.meta.url).href)};
      process.on("SIGXFSZ", () => {});
      await writeFileAtomic(${JSON.stringify(join(folder, "out.csv"))}, "x".repeat(100000)).then(() => process.exit(0), (error) => { console.log(error.code); process.exit(3); });
    `;
    await writeFile(join(folder, "write.mts"), script);
    await writeFile(join(folder, "out.csv"), "old");
    const root = new URL("../../..", import.meta.url).pathname;
    const command = `ulimit -f 8; exec ${JSON.stringify(process.execPath)} --import tsx ${JSON.stringify(join(folder, "write.mts"))}`;
    const { status, stdout } = spawnSync("bash", ["-c", command], {
      cwd: root,
      encoding: "utf8",
      env: { ...process.env, TSX_TSCONFIG_PATH: join(root, "tsconfig.json"), TSX_DISABLE_CACHE: "1" },
    });
    expect([status, stdout.trim()]).toEqual([3, "EFBIG"]);
    expect(await readFile(join(folder, "out.csv"), "utf8")).toBe("old");
    expect((await readdir(folder)).sort()).toEqual(["out.csv", "write.mts"]);
  });
});
