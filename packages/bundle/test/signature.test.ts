import { createPrivateKey, createPublicKey, sign as nodeSign, verify as nodeVerify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { loadBundle, saveBundle, signBundle, verifyBundle } from "../src/index.js";
import { attackPipeline } from "./pipelines.js";

/** The first test vector of RFC 8032, section 7.1, and its public key. */
const PRIVATE = bytesOf("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
const PUBLIC = bytesOf("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
const OTHER = bytesOf("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g)!, (pair) => Number.parseInt(pair, 16));
}

const pipeline = await attackPipeline();
const bundle = await saveBundle(pipeline);
const signed = await signBundle(bundle, PRIVATE);

describe("a signed bundle", () => {
  it("loads as before, with or without a look at the signature", async () => {
    const required = { requireSignature: { keys: [OTHER, PUBLIC] } };
    const [plain, unverified, verified] = await Promise.all([
      loadBundle(bundle),
      loadBundle(signed),
      loadBundle(signed, required),
    ]);
    expect([plain, unverified, verified].map(({ isVerified }) => isVerified)).toEqual([false, false, true]);
    for (const { pipeline: loaded } of [unverified, verified])
      expect(loaded.model.toJSON()).toEqual(plain.pipeline.model.toJSON());
    expect(await verifyBundle(signed, required.requireSignature)).toEqual(PUBLIC);
    expect(new TextDecoder().decode(signed.subarray(0, 300))).toContain('"mlsec.ed25519":"');
  });

  it("is the same for the same key, and when it is signed again", async () => {
    expect(await signBundle(bundle, PRIVATE)).toEqual(signed);
    expect(await signBundle(signed, PRIVATE)).toEqual(signed);
  });

  it("is refused without a signature, and with that of another key", async () => {
    const requireSignature = { keys: [PUBLIC] };
    await expect(loadBundle(bundle, { requireSignature })).rejects.toMatchObject({ code: "unsigned" });
    for (const keys of [[OTHER], []])
      await expect(loadBundle(signed, { requireSignature: { keys } })).rejects.toMatchObject({
        code: "signature-mismatch",
      });
  });

  it("is refused when a bit of anything has changed, the signature too", async () => {
    for (let at = 0; at < signed.length; at += at < 300 ? 7 : 997) {
      const changed = signed.slice();
      changed[at]! ^= 1;
      await expect(loadBundle(changed, { requireSignature: { keys: [PUBLIC] } })).rejects.toMatchObject({
        code: expect.stringMatching(/altered|not-a-bundle|invalid-header|signature-mismatch/),
      });
    }
  });

  it("carries no signature over to another content", async () => {
    const other = await saveBundle({ ...pipeline, provenance: { ...pipeline.provenance, seed: 7 } });
    const signature = /"mlsec.ed25519":"([0-9a-f]{128})"/.exec(new TextDecoder().decode(signed.subarray(0, 400)))![1]!;
    const forged = await signBundle(other, () => bytesOf(signature));
    await expect(verifyBundle(forged, { keys: [PUBLIC] })).rejects.toMatchObject({ code: "signature-mismatch" });
  });
});

describe("keys", () => {
  it("may be kept and used elsewhere: what another library signs and checks is the same", async () => {
    const pkcs8 = Buffer.concat([bytesOf("302e020100300506032b657004220420"), PRIVATE]);
    const key = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
    expect(await signBundle(bundle, (message) => nodeSign(null, message, key))).toEqual(signed);
    const verify = (signature: Uint8Array, message: Uint8Array) =>
      nodeVerify(null, message, createPublicKey(key), signature);
    expect(await verifyBundle(signed, { keys: [PUBLIC], verify })).toBe(PUBLIC);
  });

  it("of a wrong size are errors", async () => {
    await expect(signBundle(bundle, new Uint8Array(31))).rejects.toMatchObject({ code: "invalid-key" });
    await expect(signBundle(bundle, () => new Uint8Array(63))).rejects.toMatchObject({ code: "invalid-key" });
    await expect(verifyBundle(signed, { keys: [new Uint8Array(33)] })).rejects.toMatchObject({ code: "invalid-key" });
    await expect(signBundle(bundle.slice(0, -1), PRIVATE)).rejects.toMatchObject({ code: "altered" });
  });
});
