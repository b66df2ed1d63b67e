// node --import tsx packages/bundle/test/conformance/make.ts: writes the conformance kit of the bundle format anew.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { conformanceKit } from "./kit.js";

const KIT = new URL("../../../../docs/conformance/", import.meta.url);
const files = await conformanceKit();
for (const folder of ["valid/", "invalid/"]) {
  rmSync(new URL(folder, KIT), { recursive: true, force: true });
  mkdirSync(new URL(folder, KIT), { recursive: true });
}
for (const [path, bytes] of files) writeFileSync(new URL(path, KIT), bytes);
console.log(`${files.size} files, ${[...files.values()].reduce((sum, { length }) => sum + length, 0)} bytes`);
