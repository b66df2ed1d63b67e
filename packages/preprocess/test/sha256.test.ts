import { createHash } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { sha256Hex } from "../src/sha256.js";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("sha256Hex", () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 7) % 256);
  const pieces = [bytes.subarray(0, 41), bytes.subarray(41, 41), bytes.subarray(41, 105), bytes.subarray(105)];

  it("is that of all pieces, by Node, by WebCrypto as in browsers, and without either", async () => {
    const expected = createHash("sha256").update(bytes).digest("hex");
    expect(await sha256Hex(...pieces)).toBe(expected);
    vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined as never);
    expect(await sha256Hex(...pieces)).toBe(expected);
    vi.stubGlobal("crypto", undefined);
    expect(await sha256Hex(...pieces)).toBe(expected);
  });

  it("copies no more than a few megabytes where there is WebCrypto alone", async () => {
    vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined as never);
    const digest = vi.spyOn(crypto.subtle, "digest");
    const large = new Uint8Array(8_000_001);
    expect(await sha256Hex(large, large)).toBe(createHash("sha256").update(large).update(large).digest("hex"));
    expect(digest).not.toHaveBeenCalled();
  });
});
