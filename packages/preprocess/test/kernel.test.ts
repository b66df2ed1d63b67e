import { afterEach, describe, expect, it, vi } from "vitest";
import { compileKernel } from "../src/kernel.js";

afterEach(() => vi.unstubAllGlobals());

// (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)), assembled by hand.
const ADD = "0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b";

describe("compileKernel", () => {
  it("compiles embedded bytes", () => {
    const module = compileKernel(ADD);
    const { add } = new WebAssembly.Instance(module!).exports as { add(a: number, b: number): number };
    expect(add(2, 40)).toBe(42);
  });

  it("gives undefined where WebAssembly is forbidden or absent", () => {
    vi.stubGlobal("WebAssembly", {
      Module: class {
        constructor() {
          throw new EvalError("Refused to compile WebAssembly");
        }
      },
    });
    expect(compileKernel(ADD)).toBeUndefined();
    vi.stubGlobal("WebAssembly", undefined);
    expect(compileKernel(ADD)).toBeUndefined();
  });
});
