/**
 * Compiles a WebAssembly kernel that is embedded in its package as base64 text: nothing is fetched.
 *
 * A page whose content-security policy lacks `'wasm-unsafe-eval'` forbids compilation; some runtimes have no
 * WebAssembly. The caller then goes on with its TypeScript version of the kernel, which computes the same bits.
 *
 * @returns the `WebAssembly.Module`, or undefined where it cannot be compiled. Its type is not named, because an
 * application without the DOM's types does not know it.
 */
export function compileKernel(base64: string): object | undefined {
  if (typeof WebAssembly === "undefined") return undefined;
  try {
    return new WebAssembly.Module(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
  } catch {
    return undefined;
  }
}
