// Models of Python in the browser: the bundle that a page makes of each is Node's, byte for byte, under a policy that forbids
// evaluating code.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildSite } from "./site.mjs";
import { serveFolder } from "./static-server.mjs";

const FIXTURES = "packages/bundle/test/fixtures/joblib";

/** Builds the page as an application does, and imports on it; `undoLater` closes the server. */
export async function checkJoblib(check, browser, root, folder, undoLater) {
  const site = join(folder, "joblib");
  await buildSite(root, site, "Models of Python", { page: "scripts/browser/joblib-page.mjs" });
  const server = await serveFolder(site);
  await undoLater(server.close);
  const require = createRequire(join(root, "examples", "package.json"));
  const { importJoblib } = await import(pathToFileURL(require.resolve("@mlsec/bundle/joblib")));
  const page = await browser.newPage();
  await page.goto(server.url);
  await page.waitForFunction(() => globalThis.importedByPage !== undefined);
  for (const name of ["models", "old-models", "models-1.3"]) {
    const { cases } = JSON.parse(await readFile(join(root, FIXTURES, `${name}.json`), "utf8"));
    await check(`models of Python (${name}): Node's bundles, to the byte`, async () => {
      for (const { file, options } of cases) {
        const got = await page.evaluate(([base64, given]) => globalThis.importedByPage(base64, given), [file, options]);
        const { layout, kind, bundle, notes, content } = await importJoblib(Buffer.from(file, "base64"), options);
        assert.deepEqual(got, { layout, kind, bundle: bundle && Array.from(bundle), notes, names: content.names });
      }
    });
  }
}
