import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { trainAttackClassifier } from "@mlsec/attack-tree";
import { saveBundleFile } from "@mlsec/bundle/node";
import { toCsv } from "@mlsec/preprocess";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateConnections, generateFlows } from "../../examples/data/index.js";
import { captureOf } from "../../examples/test/live-traffic.js";

const ROOT = new URL("../..", import.meta.url).pathname;
const GUIDES = join(ROOT, "docs", "guides");
const README_OF = new Map([
  ["mlsec", join(ROOT, "README.md")],
  ...readdirSync(join(ROOT, "packages")).map(
    (name) => [`@mlsec/${name}`, join(ROOT, "packages", name, "README.md")] as const,
  ),
]);
const GUIDE_OF = [
  ...readdirSync(GUIDES).map((name) => [name, join(GUIDES, name)] as const),
  ...["python.md", "onnx.md"].map((name) => [name, join(ROOT, "docs", name)] as const),
];

/** The folder of an example's reader: among the examples, where the packages are installed as they are built; ignored by git. */
let folder: string;

beforeAll(async () => {
  mkdirSync(join(ROOT, "examples", "out"), { recursive: true });
  folder = mkdtempSync(join(ROOT, "examples", "out", "readme-"));
  const flows = await generateFlows({ rows: 3000, seed: 3, dirty: false });
  writeFileSync(join(folder, "flows.csv"), toCsv(flows));
  writeFileSync(join(folder, "connections.csv"), toCsv(await generateConnections({ rows: 300, seed: 3 })));
  writeFileSync(join(folder, "traffic.pcap"), captureOf(40, 3));
  writeFileSync(join(folder, "attack_bundle.joblib"), joblibFixture("attack-training"));
  const { cases, bundle } = kerasFixtures();
  writeFileSync(
    join(folder, "model.keras"),
    inflateSync(Buffer.from(cases.find(({ way }) => way === "keras")!.file, "base64")),
  );
  writeFileSync(join(folder, "threat_bundle.joblib"), Buffer.from(bundle.file, "base64"));
  await saveBundleFile(join(folder, "attack_classifier.safetensors"), (await trainAttackClassifier(flows)).pipeline);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A model that Python wrote; see packages/bundle/test/joblib. */
function joblibFixture(begin: string): Buffer {
  const path = join(ROOT, "packages", "bundle", "test", "fixtures", "joblib", "models.json");
  const { cases } = JSON.parse(readFileSync(path, "utf8")) as { cases: { name: string; file: string }[] };
  return Buffer.from(cases.find(({ name }) => name.startsWith(begin))!.file, "base64");
}

/** Networks that Keras wrote; see packages/bundle/test/keras. */
function kerasFixtures(): { cases: { way: string; file: string }[]; bundle: { file: string } } {
  return JSON.parse(readFileSync(join(ROOT, "packages", "bundle", "test", "fixtures", "keras", "models.json"), "utf8"));
}

function examples(readme: string): string[] {
  return [...readFileSync(readme, "utf8").matchAll(/```ts\n([\s\S]*?)```/g)]
    .map((match) => match[1]!)
    .filter((code) => code.startsWith("import "));
}

describe.each([...README_OF, ...GUIDE_OF].filter(([, path]) => examples(path).length > 0))(
  "the examples of %s",
  (name, path) => {
    it.each(examples(path).map((code, index) => [index + 1, code] as const))(
      "run: number %i",
      { timeout: 120_000 },
      (index, code) => {
        const file = join(folder, `${name.replaceAll("/", "-")}-${index}.mts`);
        writeFileSync(file, code);
        const env = { ...process.env, TSX_TSCONFIG_PATH: join(ROOT, "tsconfig.base.json") };
        const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", file], {
          cwd: folder,
          encoding: "utf8",
          env,
        });
        expect([status, stderr]).toEqual([0, expect.not.stringContaining("Error")]);
        expect(stdout.length).toBeGreaterThan(10);
      },
    );
  },
);

describe.each([...README_OF])("the README of %s", (name, path) => {
  it("mentions every export", () => {
    if (name === "mlsec") return;
    const text = readFileSync(path, "utf8");
    const root = join(ROOT, "packages", name.slice("@mlsec/".length), "src");
    const indexes = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith("index.ts"),
    );
    const exported = indexes.flatMap((file) =>
      [...readFileSync(join(root, file), "utf8").matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap((match) =>
        match[1]!
          .split(",")
          .map((entry) => entry.replace("type ", "").trim())
          .filter(Boolean),
      ),
    );
    expect(exported.length).toBeGreaterThan(0);
    expect(exported.filter((entry) => !text.includes(entry))).toEqual([]);
  });
});

describe("the README of the repository", () => {
  it("shows training in at most 15 lines and scoring in at most 5", () => {
    const [training, scoring] = examples(README_OF.get("mlsec")!).map(
      (code) => code.trim().split("\n").filter(Boolean).length,
    );
    expect(training).toBeLessThanOrEqual(15);
    expect(scoring).toBeLessThanOrEqual(5);
  });
});
