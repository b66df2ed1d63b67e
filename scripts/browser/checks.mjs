// What must hold of the page. `check(name, body)` runs one check and counts it.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { predictionsFrom } from "./scoring-page.mjs";

const TITLES = { threat_detector: "Threat detector", attack_classifier: "Attack classifier" };

/** Both models, on the page and in a worker: what is shown and computed is what Node computes. */
export async function checkScores(check, page, { kind, bundle, csv, spreadCsv }, { place, inWorker }, node) {
  const name = (what) => `${kind} ${place}: ${what}`;
  const detector = await node.detector(bundle);
  await check(name("the model's kind, classes and columns are shown"), async () => {
    await page.setWorker(inWorker);
    await page.chooseBundle(bundle);
    assert.equal(await page.error(), null);
    assert.equal(page.page.workers().length, inWorker ? 1 : 0, "number of workers");
    assert.deepEqual(await page.models(), [
      {
        title: TITLES[kind],
        classes: [...detector.classes],
        columns: detector.inputs.map((input) => input.name),
      },
    ]);
  });
  for (const [path, count, rows] of [
    [csv, 1000, "the first 1,000 rows"],
    [spreadCsv, 10_000, "10,000 rows from all over the file"],
  ]) {
    const expected = await node.score(detector, path);
    await check(name(`${rows}: the digest and the counts are Node's`), async () => {
      await page.score(path);
      assert.equal(await page.error(), null);
      assert.equal(expected.classes.length, count);
      assert.equal(await page.digest(), expected.digest);
      assert.deepEqual(sorted(await page.counts()), sorted(expected.counts));
    });
    await check(name(`${rows}: every class and probability is Node's, bit for bit`), async () => {
      const saved = await page.saved();
      requireSame(predictionsFrom(saved), expected);
      assert.equal(saved.toString(), withPredictions(await readFile(path, "utf8"), expected));
    });
  }
}

/** A file without a header, an unseen category, a row that cannot be scored. */
export async function checkOddFiles(check, page, { threat }, { place, inWorker }, node, folder) {
  const [header, ...rows] = (await readFile(threat.csv, "utf8")).trimEnd().split("\n");
  const detector = await node.detector(threat.bundle);
  const column = (name) => header.split(",").indexOf(name);
  const withCell = (row, name, value) =>
    row
      .split(",")
      .map((cell, at) => (at === column(name) ? value : cell))
      .join(",");
  await check(`a bundle ${place}: loaded for the files to come`, async () => {
    await page.setWorker(inWorker);
    await page.chooseBundle(threat.bundle);
    assert.equal(await page.error(), null);
  });

  await check(`NSL-KDD without a header ${place}: scored as with one`, async () => {
    const path = join(folder, "headerless.txt");
    await writeFile(path, `${rows.join("\n")}\n`);
    await page.score(path);
    const expected = await node.score(detector, threat.csv);
    assert.equal(await page.error(), null);
    assert.equal(await page.digest(), expected.digest);
    requireSame(predictionsFrom(await page.saved()), expected);
  });

  await check(`unseen categories ${place}: counted by name, scored as Node does`, async () => {
    const path = join(folder, "unseen.csv");
    // Far enough apart to fall into several of the slices in which the page scores.
    const changed = rows.map((row, at) => (at % 300 === 7 ? withCell(row, "service", "carrier_pigeon") : row));
    await writeFile(path, `${[header, ...changed].join("\n")}\n`);
    await page.score(path);
    const expected = await node.score(detector, path);
    const [first, ...others] = await page.unseen();
    assert.deepEqual(first, { column: "service", category: "carrier_pigeon", rows: 4 });
    assert.equal(others.length + 1, expected.unseen.length);
    for (const entry of [first, ...others]) {
      assert.ok(
        expected.unseen.some((other) => isDeepStrictEqual(other, entry)),
        `Node has no ${JSON.stringify(entry)}`,
      );
    }
    assert.equal(await page.digest(), expected.digest);
  });

  await check(`rows with infinite and missing numbers ${place}: skipped, and said so`, async () => {
    const path = join(folder, "invalid.csv");
    const changed = [withCell(rows[0], "src_bytes", "Infinity"), withCell(rows[1], "dst_bytes", ""), ...rows.slice(2)];
    await writeFile(path, `${[header, ...changed].join("\n")}\n`);
    await page.score(path);
    const expected = await node.score(detector, path);
    assert.equal(expected.skipped, 2);
    assert.match(await page.refused(), /^2 rows without a verdict/);
    assert.equal(await page.digest(), expected.digest);
    const saved = await page.saved();
    requireSame(predictionsFrom(saved), expected);
    assert.equal(saved.toString(), withPredictions(await readFile(path, "utf8"), expected));
  });
}

/** Files that do not fit: Node's message is shown, and the page goes on working. */
export async function checkErrors(check, page, { threat, attack }, { place, inWorker }, node, folder) {
  await page.setWorker(inWorker);

  await check(`an altered bundle ${place}: refused with Node's message`, async () => {
    const bytes = await readFile(threat.bundle);
    bytes[bytes.length - 1] ^= 1;
    const path = join(folder, "altered.safetensors");
    await writeFile(path, bytes);
    await page.chooseBundle(path);
    await requireError(page, "altered", () => node.detector(path));
  });

  await check(`a CSV as a bundle ${place}: refused with Node's message`, async () => {
    await page.chooseBundle(threat.csv);
    await requireError(page, "not-a-bundle", () => node.detector(threat.csv));
  });

  await check(`a misspelt column ${place}: the error names the nearest one`, async () => {
    const path = join(folder, "misspelt.csv");
    await writeFile(path, (await readFile(threat.csv, "utf8")).replace(",src_bytes,", ",src_byte,"));
    await page.chooseBundle(threat.bundle);
    await page.score(path);
    const { message } = await requireError(page, "missing-feature", async () =>
      node.score(await node.detector(threat.bundle), path),
    );
    assert.match(message, /expected 'src_bytes', found 'src_byte'/);
  });

  await check(`the other dataset's CSV ${place}: refused with Node's message`, async () => {
    await page.score(attack.csv);
    await requireError(page, "missing-feature", async () => node.score(await node.detector(threat.bundle), attack.csv));
  });

  await check(`the right CSV after the wrong ones ${place}: scored`, async () => {
    await page.score(threat.csv);
    assert.equal(await page.error(), null);
    assert.equal(await page.digest(), (await node.score(await node.detector(threat.bundle), threat.csv)).digest);
  });
}

/** Everything so far was done without an error in the console and without a byte sent. */
export async function checkPrivacy(check, page, server, { problems, addresses }) {
  await check("no error or warning in the console, no violation of the policy", async () => {
    assert.deepEqual(problems, []);
  });
  await check("no request left the page's origin", async () => {
    const origin = new URL(server.url).origin;
    assert.ok(addresses.length > 0);
    assert.deepEqual(
      addresses.filter((address) => new URL(address).origin !== origin),
      [],
    );
  });
  await check("the server was asked for the page's files only, and sent nothing", async () => {
    const strange = server.requests.filter(
      ({ method, status, bytes }) => method !== "GET" || status !== 200 || bytes > 0,
    );
    assert.deepEqual(strange, []);
  });
  await check("the page's own policy lets it connect to nowhere, its server included", async () => {
    const attempt = (url) =>
      page.page.evaluate(
        (to) =>
          fetch(to).then(
            () => "sent",
            () => "refused",
          ),
        url,
      );
    assert.equal(await attempt(server.url), "refused");
    assert.ok(
      problems.some((problem) => problem.includes("Content Security Policy")),
      "refused by the policy",
    );
  });
}

/** The shown error must be the one that Node throws for the same files. */
async function requireError(page, code, inNode) {
  const shown = await page.error();
  const thrown = await inNode().then(
    () => assert.fail("Node took the file."),
    (error) => error,
  );
  assert.equal(thrown.code, code);
  assert.deepEqual(shown, { message: thrown.message, code });
  return shown;
}

/** A CSV with the predictions in two columns more, all else to the byte as it was. */
function withPredictions(csv, { classes, probabilities }) {
  const [header, ...rows] = csv.trimEnd().split("\n");
  const lines = rows.map((row, at) => `${row},${classes[at]},${classes[at] === "" ? "" : probabilities[at]}`);
  return `${[`${header},prediction,probability`, ...lines].join("\n")}\n`;
}

function requireSame(got, expected) {
  assert.deepEqual(got.classes, expected.classes);
  assert.equal(got.probabilities.length, expected.probabilities.length);
  for (const [row, value] of expected.probabilities.entries()) {
    if (!Object.is(got.probabilities[row], value)) {
      assert.fail(`Row ${row + 1} has the probability ${got.probabilities[row]}, in Node ${value}.`);
    }
  }
}

function sorted(counts) {
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}
