// Other Nodes, from npm's package `node`, come to the same verdicts as this one.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The versions that mlsec supports; one of them is this one. */
const VERSIONS = ["20.19.0", "22", "24"];
const SCRIPT = fileURLToPath(new URL("verdict-digests.mjs", import.meta.url));
const TIMEOUT_MS = 120_000;
const run = promisify(execFile);

/** On 10,000 rows with each model: verdicts on tables, on single records, and CSV given out. */
export async function checkNodeVersions(check, subjects, root) {
  for (const { kind, bundle, spreadCsv } of [subjects.threat, subjects.attack]) {
    const args = [SCRIPT, root, bundle, spreadCsv];
    const digestsOf = async (command, ...before) => {
      const { stdout } = await run(command, [...before, ...args], { timeout: TIMEOUT_MS });
      return JSON.parse(stdout);
    };
    const expected = await digestsOf(process.execPath);
    await check(`${kind} in this Node: single records get the verdicts of the table`, async () => {
      assert.equal(expected.rows, 10_000);
      assert.equal(expected.records, expected.verdicts);
    });
    for (const version of VERSIONS) {
      await check(`${kind} in Node ${version}: the verdicts of this one, bit for bit`, async () => {
        const npx = process.platform === "win32" ? "npx.cmd" : "npx";
        assert.deepEqual(await digestsOf(npx, "--yes", "--package", `node@${version}`, "--", "node"), expected);
      });
    }
  }
}
