// A capture on the page: metered there, and judged as Node judges it.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { predictionsFrom } from "./scoring-page.mjs";

const SCANNER = "198.51.100.66";

/** Models of connections and of flows in either profile on a generated capture, whole and cut off: the verdicts are Node's, and what is left out is told. */
export async function checkCaptures(check, page, { threat }, { place, inWorker }, node, folder) {
  await page.setWorker(inWorker);
  const bytes = node.capture(packets);
  const path = join(folder, "traffic.pcap");
  const cut = join(folder, "cut.pcap");
  await writeFile(path, bytes);
  await writeFile(cut, bytes.subarray(0, bytes.length - 20));

  const models = [["threat_detector", threat.bundle]];
  for (const [profile, flowProfile] of [["cic2017", "cic2017"], ["cic-fixed"]]) {
    const bundle = join(folder, `${profile}.safetensors`);
    await writeFile(bundle, await node.scanClassifier(bytes, SCANNER, profile, flowProfile));
    models.push([`attack_classifier of ${profile}`, bundle]);
  }
  for (const [name, bundle] of models) {
    const detector = await node.detector(bundle);
    await check(`${name} ${place}: every verdict on a capture is Node's, bit for bit`, async () => {
      await page.chooseBundle(bundle);
      await page.score(path);
      assert.equal(await page.error(), null);
      const expected = await node.scoreCapture(detector, bytes);
      assert.ok(expected.classes.length > 500, `${expected.classes.length} rows`);
      assert.equal(await page.digest(), expected.digest);
      assert.deepEqual(predictionsFrom(await page.saved()), {
        classes: expected.classes,
        probabilities: expected.probabilities,
      });
      if (detector.kind === "attack_classifier")
        assert.deepEqual([...expected.counts.keys()].sort(), ["BENIGN", "PortScan"]);
      const notes = await page.notes();
      assert.ok(
        notes.some((note) => /^3000 packets/.test(note)),
        notes.join("\n"),
      );
    });
  }

  await check(`a capture that is cut off ${place}: judged up to there, and said so`, async () => {
    await page.score(cut);
    assert.equal(await page.error(), null);
    const notes = await page.notes();
    assert.ok(notes.includes("Could not be read: cut-off 1."), notes.join("\n"));
  });
}

/** 500 visits of four packets, three a second, each with a refused probe of a port after it. */
function* packets({ IpProtocol, TcpFlag }) {
  const { syn, ack, psh, fin, rst } = TcpFlag;
  const tcp = { protocol: IpProtocol.tcp, window: 29_200 };
  for (let k = 0; k < 500; k++) {
    const time = 1_767_000_000_000_000 + k * 333_333;
    const [there, back] = sides(`192.0.2.${1 + (k % 20)}`, 2000 + k, "192.0.2.200", [80, 443, 22][k % 3]);
    yield { ...there, ...tcp, time, flags: syn };
    yield { ...back, ...tcp, time: time + 200, flags: syn | ack };
    yield { ...there, ...tcp, time: time + 400 + (k % 7), flags: psh | ack, payload: 100 + ((k * 37) % 900) };
    yield { ...back, ...tcp, time: time + 900 + (k % 11), flags: fin | psh | ack, payload: (k * 91) % 1400 };
    const [probe, refusal] = sides(SCANNER, 40_000 + k, "192.0.2.201", 1 + k);
    yield { ...probe, ...tcp, time: time + 5000, flags: syn };
    yield { ...refusal, ...tcp, time: time + 5050 + (k % 97), flags: rst | ack };
  }
}

function sides(source, sourcePort, destination, destinationPort) {
  return [
    { source, sourcePort, destination, destinationPort },
    { source: destination, sourcePort: destinationPort, destination: source, destinationPort: sourcePort },
  ];
}
