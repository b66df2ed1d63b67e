// The numeric functions in the browser, as npm ships them: the same bits as in every Node.
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { serveFolder } from "./static-server.mjs";

const FIXTURES = "packages/preprocess/test/fixtures";

/** Serves the built module beside the comparison that Node's own check runs; `undoLater` closes the server. */
export async function checkNumericVectors(check, browser, root, folder, undoLater) {
  const site = join(folder, "numeric-vectors");
  await mkdir(site);
  await cp(join(root, "packages/preprocess/dist"), join(site, "preprocess"), { recursive: true });
  await cp(join(root, "scripts/package-test/consumer/numeric-vectors.mjs"), join(site, "numeric-vectors.js"));
  await writeFile(join(site, "index.html"), "<!doctype html><title>Numeric test vectors</title>");
  const server = await serveFolder(site);
  await undoLater(server.close);
  const fixture = async (name) => JSON.parse(await readFile(join(root, FIXTURES, name), "utf8"));
  const vectors = { functions: await fixture("numeric.json"), random: await fixture("random.json") };
  await check("numeric functions and random numbers: the bits of the published test vectors", async () => {
    const page = await browser.newPage();
    await page.goto(server.url);
    await page.evaluate(async (expected) => {
      const numeric = await import("/preprocess/numeric/index.js");
      const { compareVectors } = await import("/numeric-vectors.js");
      compareVectors(numeric, expected);
    }, vectors);
  });
}
