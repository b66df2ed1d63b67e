import { compileKernel, MlsecError } from "@mlsec/preprocess";
import type { Layout } from "./layout.js";

const PAGE = 65536;

/** Kernels with the memory that their addresses mean. */
export interface Machine<Kernels> {
  readonly kernels: Kernels;
  /** The memory as numbers: the one at byte address `a` is `numbers[a / 4]`. */
  readonly numbers: Float32Array;
}

/** A function of the fallback: the memory comes first. */
type OnNumbers = (numbers: Float32Array, ...rest: number[]) => unknown;

/** The same functions with the memory given: what WebAssembly exports. */
export type Bound<Functions extends Record<string, OnNumbers>> = {
  readonly [Name in keyof Functions]: Functions[Name] extends (f: Float32Array, ...rest: infer Rest) => infer Result
    ? (...rest: Rest) => Result
    : never;
};

export function bind<Functions extends Record<string, OnNumbers>>(
  functions: Functions,
  numbers: Float32Array,
): Bound<Functions> {
  return Object.fromEntries(
    Object.entries(functions).map(([name, body]) => [name, (...rest: number[]) => body(numbers, ...rest)]),
  ) as Bound<Functions>;
}

/** Each kernel is compiled once; every machine is an instance of its own, with memory of its own. */
const compiled = new Map<string, WebAssembly.Module | undefined>();

/** The kernel in WebAssembly where that is allowed, else its fallback, which computes the same bits. */
export function openMachine<Kernels>(
  kernel: string,
  layout: Layout,
  fallback: (numbers: Float32Array) => Kernels,
): Machine<Kernels> {
  if (!compiled.has(kernel)) compiled.set(kernel, compileKernel(kernel));
  const module = compiled.get(kernel);
  const pages = Math.ceil(layout.bytes / PAGE);
  if (module === undefined) {
    const numbers = allocated(layout, () => new Float32Array((pages * PAGE) / 4));
    return { kernels: fallback(numbers), numbers };
  }
  const { exports } = new WebAssembly.Instance(module);
  const memory = exports["memory"] as WebAssembly.Memory;
  allocated(layout, () => memory.grow(Math.max(0, pages - memory.buffer.byteLength / PAGE)));
  return { kernels: exports as Kernels, numbers: new Float32Array(memory.buffer) };
}

/** What allocates throws a `RangeError` where there is not the memory. */
function allocated<Result>({ bytes }: Layout, allocate: () => Result): Result {
  try {
    return allocate();
  } catch (cause) {
    throw new MlsecError(
      "too-large",
      `The computation needs ${Math.ceil(bytes / 1e6)} MB in one piece, which cannot be had: 4 GB is the most there is. Take a smaller network or smaller batches.`,
      { bytes },
      { cause },
    );
  }
}
