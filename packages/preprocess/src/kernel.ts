/**
 * Compiles a WebAssembly kernel that is embedded in its package as hexadecimal text: nothing is fetched, and a server packs that
 * text to two thirds of what it makes of base64.
 *
 * A page whose content-security policy lacks `'wasm-unsafe-eval'` forbids compilation; some runtimes have no
 * WebAssembly. The caller then goes on with its TypeScript version of the kernel, which computes the same bits.
 *
 * @returns the `WebAssembly.Module`, or undefined where it cannot be compiled. Its type is not named, because an
 * application without the DOM's types does not know it.
 */
export function compileKernel(hex: string): object | undefined {
  if (typeof WebAssembly === "undefined") return undefined;
  try {
    const bytes = Uint8Array.from({ length: hex.length / 2 }, (_, at) =>
      Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16),
    );
    return new WebAssembly.Module(bytes);
  } catch {
    return undefined;
  }
}
