import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { loadDetectorFile } from "@mlsec/bundle/node";
import { afterAll, beforeAll, expect, it } from "vitest";
import { run } from "./run-program.js";

const FIXTURES = new URL("../../packages/bundle/test/fixtures/joblib/models.json", import.meta.url);

const KERAS = new URL("../../packages/bundle/test/fixtures/keras/models.json", import.meta.url);

interface KerasFixtures {
  readonly bundle: { readonly file: string };
  readonly cases: readonly { readonly file: string }[];
}

let folder: string;
let artefacts: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlsec-migrate-"));
  artefacts = join(folder, "artefacts");
  const { cases } = JSON.parse(await readFile(FIXTURES, "utf8")) as { cases: { name: string; file: string }[] };
  const bytesOf = (name: string): Buffer => Buffer.from(cases.find((one) => one.name === name)!.file, "base64");
  await mkdir(join(artefacts, "old"), { recursive: true });
  await writeFile(join(artefacts, "attack.joblib"), bytesOf("attack-backend {}"));
  await writeFile(join(artefacts, "threat.pkl"), bytesOf("threat-backend {}"));
  await writeFile(join(artefacts, "networks.joblib"), bytesOf("threat-training {}"));
  await writeFile(join(artefacts, "old", "tree.joblib"), bytesOf("tree of codes"));
  await writeFile(
    join(artefacts, "old", "tree_profile.json"),
    JSON.stringify({ class_labels: ["BENIGN", "Bot", "DDoS"] }),
  );
  // No profile, and no reason not to convert what it lies beside.
  await writeFile(join(artefacts, "attack_profile.json"), "{");
  await writeFile(join(artefacts, "broken.pkl"), bytesOf("pipeline").subarray(0, 100));
  const keras = JSON.parse(await readFile(KERAS, "utf8")) as KerasFixtures;
  await writeFile(join(artefacts, "reference.joblib"), Buffer.from(keras.bundle.file, "base64"));
  await writeFile(join(artefacts, "ann.keras"), inflateSync(Buffer.from(keras.cases[1]!.file, "base64")));
  await writeFile(join(artefacts, "broken.h5"), "no HDF5");
  await writeFile(join(artefacts, "notes.txt"), "nothing of Python");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it("makes bundles of what it can, parts of the rest, and a row for every file", async () => {
  const out = join(folder, "out");
  const json = join(folder, "report.json");
  const { code, output } = await run("migrate.ts", artefacts, "--out-dir", out, "--json", json);
  expect([code, output]).toEqual([0, expect.stringMatching(/Made 4 bundles of 8 files/)]);
  const rows = JSON.parse(await readFile(json, "utf8")) as Record<string, unknown>[];
  expect(rows.map(({ file, kind, converted }) => [file, kind, converted])).toEqual([
    ["ann.keras", "keras", "parts"],
    ["attack.joblib", "attack_classifier", "bundle"],
    ["broken.h5", "keras", null],
    ["broken.pkl", null, null],
    ["networks.joblib", "threat_detector", "parts"],
    ["old/tree.joblib", "attack_classifier", "bundle"],
    ["reference.joblib", "threat_detector", "bundle"],
    ["threat.pkl", "threat_detector", "bundle"],
  ]);
  const [ann, attack, , broken, networks, , , threat] = rows as {
    reason: string;
    classes: string[];
    written: string[];
  }[];
  expect(attack!.classes).toContain("sklearn.tree._classes.DecisionTreeClassifier");
  expect(ann!.classes).toContain("Dense");
  expect(broken!.reason).toMatch(/^Byte \d+/);
  expect(threat!.reason).toMatch(/the wrong way round|inverted|contradict/i);
  expect(networks!.written.sort()).toEqual(
    (await readdir(out)).filter((name) => name.startsWith("networks.joblib")).sort(),
  );
  expect(networks!.written).toContain("networks.joblib_ann_weights.h5");
  const tree = await loadDetectorFile(join(out, "old", "tree.joblib.safetensors"));
  expect(tree.classes).toEqual(["BENIGN", "Bot", "DDoS"]);
});

it("exchanges inverted class names when it is told to", async () => {
  const out = join(folder, "mended");
  const { code } = await run("migrate.ts", artefacts, "--out-dir", out, "--mend-class-names");
  expect(code).toBe(0);
  const [plain, mended] = await Promise.all(
    ["out", "mended"].map((name) => loadDetectorFile(join(folder, name, "threat.pkl.safetensors"))),
  );
  const record = Object.fromEntries(
    plain!.inputs.map((input) => [input.name, input.type === "number" ? 1 : input.categories[0]!]),
  );
  const [before, after] = [plain, mended].map((detector) => detector!.detect(record).probability);
  expect(before! + after!).toBeCloseTo(1, 12);
});

it("makes bundles that can be integrated", async () => {
  const bundle = join(folder, "out", "attack.joblib.safetensors");
  const { code, output } = await run("integrate.ts", "--bundle", bundle, "--models-dir", join(folder, "models"));
  expect([code, output]).toEqual([0, expect.stringMatching(/Installed attack_classifier .* it is active now/)]);
});

it("says what is wrong with a folder", async () => {
  for (const [path, message] of [
    [join(folder, "nowhere"), /no such file/],
    [join(artefacts, "notes.txt"), /is no folder/],
    [join(artefacts, "old", ".."), /Made/],
  ] as const) {
    const { output } = await run("migrate.ts", path, "--out-dir", join(folder, "other"));
    expect(output).toMatch(message);
  }
});
