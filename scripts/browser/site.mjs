// A page and its workers, bundled as an application does.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

/**
 * Writes `page.js`, the other scripts and an empty page that loads the first into a folder. They use the packages as they are
 * built, all of them: the repository's own paths lead to their sources.
 *
 * @param scripts files of the repository by the name that each gets, `page` among them.
 */
export async function buildSite(root, site, title, scripts) {
  await mkdir(site);
  await build({
    entryPoints: Object.fromEntries(Object.entries(scripts).map(([name, file]) => [name, join(root, file)])),
    nodePaths: [join(root, "examples/node_modules")],
    tsconfigRaw: {},
    bundle: true,
    format: "esm",
    platform: "browser",
    outdir: site,
    logLevel: "error",
  });
  await writeFile(
    join(site, "index.html"),
    `<!doctype html><title>${title}</title><script type=module src=page.js></script>`,
  );
}
