// A capture with all attacks of CIC-IDS2017, and rows for both models: the page says what `npm run detect` says, in one stage and two.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { runExample } from "./run-example.mjs";

/** What the capture was generated with. */
const ATTACKS = [
  "Bot",
  "DDoS",
  "DoS GoldenEye",
  "DoS Hulk",
  "DoS Slowhttptest",
  "DoS slowloris",
  "FTP-Patator",
  "Infiltration",
  "PortScan",
  "SSH-Patator",
  "Web Attack Brute Force",
  "Web Attack Sql Injection",
  "Web Attack XSS",
];

/** What `npm run detect` writes of the same files, in a process of its own. */
export async function detectedInNode(root, { threat, attack, capture, attacks, csv }, signal) {
  const detect = async (source, bundles, ...more) => {
    const args = [...["--source", source], ...bundles.flatMap((bundle) => ["--bundle", bundle]), ...more, "--json"];
    const { stdout, stderr } = await runExample(root, "detect.ts", args, signal);
    const verdicts = stdout.trimEnd().split("\n").map(JSON.parse);
    return { verdicts, told: stderr.trimEnd().split("\n") };
  };
  return {
    oneStage: await detect(capture, [attack]),
    twoStages: await detect(capture, [attack, threat]),
    rows: await detect(csv, [threat, attack], "--format", "csv"),
    attacks: (await readFile(attacks, "utf8")).trimEnd().split("\n").slice(1).map(attackFrom),
  };
}

/** One bundle, then both, then one again, on a capture; both on a CSV. */
export async function checkDetect(check, page, live, { place, inWorker }, { oneStage, twoStages, rows, attacks }) {
  await page.setWorker(inWorker);
  let digest;

  await check(
    `a capture of thirteen attacks ${place}: the verdicts of detect, line by line, and all thirteen`,
    async () => {
      await page.addBundles(live.attack);
      await page.score(live.capture);
      assert.equal(await page.error(), null);
      const saved = verdictsFrom(await page.saved());
      assert.deepEqual(saved, oneStage.verdicts.map(lineOf));
      await requireSameSummary(page, oneStage);
      const named = new Set(saved.map(({ class: name }) => name));
      assert.deepEqual([...named].sort(), ["BENIGN", ...ATTACKS].sort());
      assert.deepEqual(
        ATTACKS.filter((label) => !isFound(label, attacks, oneStage.verdicts)),
        [],
      );
      digest = await page.digest();
    },
  );

  await check(
    `two stages on a capture ${place}: a second bundle dropped after the first, the verdicts of detect`,
    async () => {
      await page.addBundles(live.threat);
      const titles = (await page.models()).map(({ title }) => title);
      assert.deepEqual(titles, ["Threat detector", "Attack classifier"]);
      await page.score(live.capture);
      assert.equal(await page.error(), null);
      // In which order connections come out of two stages is chance.
      assert.deepEqual(inOrder(verdictsFrom(await page.saved())), inOrder(twoStages.verdicts.map(lineOf)));
      await requireSameSummary(page, twoStages);
      assert.match((await page.warnings()).join("\n"), /reads columns that headers do not tell, .* logged_in\./);
      const scans = await page.shownRows("PortScan");
      assert.equal(scans.length, 10);
      for (const [subject, verdict, , first, second] of scans) {
        assert.match(subject, /^2026-01-05T.* > .* tcp$/);
        assert.equal(verdict, "PortScan");
        assert.match(`${first} | ${second}`, /^Attack [<>01. \d]+ \| PortScan [<>01. \d]+$/);
      }
    },
  );

  await check(`two stages on a CSV ${place}: the verdicts of detect, and what could not be judged`, async () => {
    await page.score(live.csv);
    assert.equal(await page.error(), null);
    assert.deepEqual(verdictsFrom(await page.saved()), rows.verdicts.map(lineOf));
    await requireSameSummary(page, rows);
    assert.match(await page.refused(), /^2 rows without a verdict/);
    assert.match((await page.notes()).join("\n"), /^1 rows could not be read/m);
  });

  await check(`scoring that is cancelled ${place}: ends, shows nothing, and can be begun again`, async () => {
    await page.scoreAndCancel(live.capture);
    assert.deepEqual([await page.status(), await page.error()], ["Cancelled.", null]);
    assert.equal(await page.region("Results").count(), 0);
  });

  await check(`one of two models removed ${place}: one stage, as before`, async () => {
    await page.removeModels("Remove the Threat detector");
    assert.deepEqual(
      (await page.models()).map(({ title }) => title),
      ["Attack classifier"],
    );
    await page.score(live.capture);
    assert.equal(await page.digest(), digest);
  });

  await check(`bundles chosen together ${place}: two stages of two kinds, an error of one kind twice`, async () => {
    const titles = async () => (await page.models()).map(({ title }) => title);
    await page.removeModels();
    assert.deepEqual(await titles(), []);
    await page.addBundles(live.attack, live.threat);
    assert.deepEqual([await page.error(), await titles()], [null, ["Threat detector", "Attack classifier"]]);
    // The models go along to the other place.
    await page.setWorker(!inWorker);
    await page.ready();
    assert.deepEqual([await page.error(), await titles()], [null, ["Threat detector", "Attack classifier"]]);
    await page.addBundles(live.attack, live.attack);
    const { code, message } = await page.error();
    assert.equal(code, "kind-mismatch");
    assert.match(message, /both models of the kind attack_classifier/);
    assert.deepEqual(await titles(), ["Threat detector", "Attack classifier"]);
  });
}

/** Everything that detect tells but for the sentence of all counts, which the page has as tiles and a table, stands on the page. */
async function requireSameSummary(page, { verdicts, told }) {
  const counts = new Map();
  for (const { class: name } of verdicts) if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
  assert.deepEqual(new Map([...(await page.counts())].sort()), new Map([...counts].sort()));
  const refused = verdicts.filter(({ class: name }) => name === null).length;
  const shown = [...(await page.warnings()), ...(await page.notes())];
  const [sentence] = told.filter((line) => /, \d+ of them attacks: /.test(line));
  const text = told.filter((line) => !/of them attacks: |without a verdict: |^Categories that/.test(line));
  assert.deepEqual(shown.sort(), text.sort());
  assert.ok(sentence.startsWith(`${verdicts.length} `), sentence);
  assert.equal((await page.refused())?.split(" ")[0] ?? "0", String(refused));
}

/** Whether a flow of one of the attacks of a label is called by it. */
function isFound(label, attacks, verdicts) {
  return verdicts.some(
    ({ class: name, source, destination, start }) =>
      name === label &&
      attacks.some(
        (attack) =>
          attack.label === label &&
          microseconds(start) >= attack.from &&
          microseconds(start) <= attack.to &&
          [source, destination].some((address) => address.startsWith(attack.attacker)) &&
          (attack.victim === "" || [source, destination].includes(attack.victim)),
      ),
  );
}

/** An attack of the generator's file. A network of attackers is the begin of its addresses. */
function attackFrom(line) {
  const [label, attacker, victim, from, to] = line.split(",");
  return { label, attacker: attacker.replace(/\d+\/24$/, ""), victim, from: Number(from), to: Number(to) };
}

/** A verdict of detect, as a line of the page's CSV has it. */
function lineOf({ start, source, sourcePort, destination, destinationPort, protocol, row, threat, attack, ...said }) {
  const of =
    row === undefined ? [microseconds(start), source, sourcePort, destination, destinationPort, protocol] : [row + 1];
  const stages = threat === undefined ? "" : fieldsOf([threat, attack]);
  return { of: of.join(","), class: said.class, probability: said.probability, stages };
}

function fieldsOf(stages) {
  return stages.map((stage) => (stage === null ? "," : `${stage.class},${stage.probability}`)).join(",");
}

/** The lines of the page's CSV: whose a verdict is, what it is, what the stages say. */
function verdictsFrom(bytes) {
  const [header, ...lines] = bytes.toString().trimEnd().split("\n");
  const subject = header.split(",").indexOf("prediction");
  return lines.map((line) => {
    const fields = line.split(",");
    const [name, probability, ...stages] = fields.slice(subject);
    return {
      of: fields.slice(0, subject).join(","),
      class: name === "" ? null : name,
      probability: probability === "" ? null : Number(probability),
      // Without a verdict nobody was asked.
      stages: name === "" ? "" : stages.join(","),
    };
  });
}

function inOrder(lines) {
  return lines.map((line) => JSON.stringify(line)).sort();
}

function microseconds(time) {
  return Date.parse(time) * 1000 + Number(time.slice(-4, -1));
}
