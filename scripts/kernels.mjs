// The WebAssembly kernels: AssemblyScript in packages/<package>/kernels/<name>.ts becomes hexadecimal text in
// packages/<package>/src/kernels/<name>.ts, which is committed, so that building and using mlsec needs no compiler.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** No allocator, no collector, no bounds checks: a kernel sees addresses and numbers only. Its caller owns the memory. */
const FLAGS = ["-O3", "--converge", "--runtime", "stub", "--noAssert", "--use", "abort=", "--enable", "simd"];

/** Every kernel: its package, name, source and the module that is made of it. */
export function kernels() {
  return readdirSync(join(ROOT, "packages")).flatMap((owner) => {
    const folder = join(ROOT, "packages", owner, "kernels");
    const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".ts")) : [];
    return names.map((name) => ({
      name: name.slice(0, -3),
      source: join(folder, name),
      target: join(ROOT, "packages", owner, "src", "kernels", name),
    }));
  });
}

/** The text of a kernel's module. A first line `// asc: FLAG …` in the source adds flags of its own. */
export async function moduleText({ name, source }) {
  const [first = ""] = readFileSync(source, "utf8").split("\n");
  const own = first.startsWith("// asc: ") ? first.slice(8).trim().split(/\s+/) : [];
  let bytes = new Uint8Array();
  const output = await asc.main([source, "--outFile", "kernel.wasm", ...FLAGS, ...own], {
    readFile: (file, base) => readOr(join(base, file), readOr(file)),
    writeFile: (file, contents) => {
      if (file.endsWith(".wasm")) bytes = contents;
    },
    listFiles: () => [],
  });
  if (output.error !== null) throw new Error(`${source}: ${output.error.message}\n${output.stderr.toString()}`);
  const constant = `${name.toUpperCase().replaceAll("-", "_")}_KERNEL`;
  return (
    `// Made by npm run build:kernels from kernels/${name}.ts. Not to be edited.\n\n` +
    `/** The module, ${bytes.length} bytes, in hexadecimal digits. */\n` +
    `export const ${constant}: string = "${Buffer.from(bytes).toString("hex")}";\n`
  );
}

function readOr(file, otherwise = null) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return otherwise;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const kernel of kernels()) {
    await mkdir(dirname(kernel.target), { recursive: true });
    writeFileSync(kernel.target, await moduleText(kernel));
    console.log(`kernels: ${kernel.target.slice(ROOT.length)}`);
  }
}
