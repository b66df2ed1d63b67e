import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { requireNone } from "./checks.mjs";
import { npm, pnpm } from "./commands.mjs";

const CONSUMER = fileURLToPath(new URL("consumer", import.meta.url));
/** prepare is not among them: of a package from a registry it is never run. */
const RUN_ON_INSTALL = ["preinstall", "install", "postinstall"];

/** An empty project with all packages installed by npm, named together as they are on no registry, and the consumers' programs. */
export async function makeNpmProject(folder, tarballs) {
  startProject(folder, {});
  // A script would be found below; none may run before.
  const options = ["--ignore-scripts", "--no-audit", "--no-fund"];
  await npm(["install", ...options, ...tarballs.map(({ path }) => path)], { cwd: folder });
}

/** The same by pnpm, which needs to be told that a range means a tarball. Nothing is hoisted: a dependency must be declared. */
export async function makePnpmProject(folder, tarballs) {
  const files = Object.fromEntries(tarballs.map(({ path, manifest }) => [manifest.name, `file:${path}`]));
  startProject(folder, files);
  // JSON is YAML.
  writeFileSync(join(folder, "pnpm-workspace.yaml"), JSON.stringify({ overrides: files, hoist: false }));
  await pnpm(["install", "--ignore-scripts"], { cwd: folder });
}

function startProject(folder, dependencies) {
  mkdirSync(folder, { recursive: true });
  cpSync(CONSUMER, folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module", dependencies }));
}

/** No package of those installed runs anything on install or is an optional peer. Returns their count as a figure. */
export function checkInstalled(folder, tarballs) {
  const optionalPeers = tarballs.flatMap(({ manifest }) => Object.keys(manifest.peerDependenciesMeta ?? {}));
  const packages = installedPackages(join(folder, "node_modules"));
  if (packages.length === 0) throw new Error("Nothing was installed.");
  requireNone(
    packages.flatMap(({ path, manifest: { name, scripts = {} } }) => [
      ...RUN_ON_INSTALL.filter((script) => scripts[script] !== undefined).map((script) => `${name} has ${script}.`),
      ...(existsSync(join(path, "binding.gyp")) ? [`${name} has a binding.gyp, which npm builds on install.`] : []),
      ...(optionalPeers.includes(name) ? [`${name} is an optional peer and was installed all the same.`] : []),
    ]),
  );
  return `${packages.length} packages, none with an install script`;
}

/** The packages below a node_modules folder of npm's or pnpm's making, each once: links lead to what is found elsewhere. */
function installedPackages(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => {
      const path = join(folder, name);
      if (name.startsWith("@")) return installedPackages(path);
      if (name === ".pnpm") return readdirSync(path).flatMap((id) => installedPackages(join(path, id, "node_modules")));
      if (name.startsWith(".")) return [];
      const manifest = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
      return [{ path, manifest }, ...installedPackages(join(path, "node_modules"))];
    });
}
