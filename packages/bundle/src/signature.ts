import { BundleError } from "./bundle-error.js";
import { allBytes, type BundleSource } from "./bundle-source.js";
import { readContainer, withSignature } from "./container.js";
import { bytesOfHex } from "./hex.js";

/** An Ed25519 public key: its 32 bytes. */
export type PublicKey = Uint8Array;

/** Checks an Ed25519 signature: true where it is that of the message by the key. */
export type VerifySignature = (
  signature: Uint8Array,
  message: Uint8Array,
  publicKey: PublicKey,
) => boolean | Promise<boolean>;

/** Signs a message with Ed25519: 64 bytes. */
export type SignMessage = (message: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** Whose signature a bundle must have. */
export interface RequiredSignature {
  /** One of these keys must have signed it. */
  readonly keys: readonly PublicKey[];
  /** Default: WebCrypto's. Where that has no Ed25519, for example `ed25519.verify` of `@noble/curves`. */
  readonly verify?: VerifySignature | undefined;
}

/** So that a signature made for something else is none of a bundle. */
const CONTEXT = "mlsec bundle signature\n";

/** PKCS #8 of an Ed25519 key up to its 32 bytes (RFC 8410). */
const PKCS8_START: Uint8Array = /* @__PURE__ */ bytesOfHex("302e020100300506032b657004220420");

/**
 * Signs a bundle: a copy of it that states who vouches for it. Every byte is covered, by way of the digest. A signature that
 * it had is replaced. The key is not in the file.
 *
 * @param bytes a bundle. @param key 32 bytes of an Ed25519 private key (RFC 8032), which WebCrypto signs with; or what signs
 *   elsewhere, such as a key service.
 * @throws BundleError as `loadBundle` where the container is damaged; `no-ed25519`; `invalid-key`.
 */
export async function signBundle(bytes: Uint8Array, key: Uint8Array | SignMessage): Promise<Uint8Array> {
  await readContainer(bytes);
  const sign = typeof key === "function" ? key : await webSigner(key);
  return withSignature(bytes, async (digest) => {
    const signature = await sign(messageOf(digest));
    if (signature.length !== 64)
      throw new BundleError("invalid-key", `An Ed25519 signature has 64 bytes, not ${signature.length}.`);
    return Array.from(signature, (byte) => byte.toString(16).padStart(2, "0")).join("");
  });
}

/**
 * The key that signed a bundle, of those given.
 *
 * @throws BundleError `unsigned`, `signature-mismatch`, `no-ed25519`, `invalid-key`, and those of a damaged container.
 */
export async function verifyBundle(source: BundleSource, required: RequiredSignature): Promise<PublicKey> {
  return requireSigned(await readContainer(await allBytes(source)), required);
}

/** @throws BundleError as `verifyBundle`. */
export async function requireSigned(
  { digest, signature }: { readonly digest: string; readonly signature: string | null },
  { keys, verify = webVerify }: RequiredSignature,
): Promise<PublicKey> {
  if (signature === null)
    throw new BundleError("unsigned", "The bundle has no signature, and one is required. Get a signed copy.");
  const message = messageOf(digest);
  const bytes = bytesOfHex(signature);
  for (const key of keys) {
    if (key.length !== 32)
      throw new BundleError("invalid-key", `An Ed25519 public key has 32 bytes, not ${key.length}.`);
    if (await verify(bytes, message, key)) return key;
  }
  throw new BundleError(
    "signature-mismatch",
    `The bundle's signature is of none of the ${keys.length} keys that are trusted. Do not use it.`,
    { digest },
  );
}

function messageOf(digest: string): Uint8Array {
  return new TextEncoder().encode(`${CONTEXT}${digest}`);
}

async function webVerify(signature: Uint8Array, message: Uint8Array, key: PublicKey): Promise<boolean> {
  const { subtle, imported } = await withEd25519((subtle) =>
    subtle.importKey("raw", plain(key), "Ed25519", false, ["verify"]),
  );
  return subtle.verify("Ed25519", imported, plain(signature), plain(message));
}

async function webSigner(key: Uint8Array): Promise<SignMessage> {
  if (key.length !== 32)
    throw new BundleError("invalid-key", `An Ed25519 private key has 32 bytes, not ${key.length}.`);
  const { subtle, imported } = await withEd25519((subtle) =>
    subtle.importKey("pkcs8", plain(Uint8Array.of(...PKCS8_START, ...key)), "Ed25519", false, ["sign"]),
  );
  return async (message) => new Uint8Array(await subtle.sign("Ed25519", imported, plain(message)));
}

/** @throws BundleError `no-ed25519`. */
async function withEd25519(
  importKey: (subtle: SubtleCrypto) => Promise<CryptoKey>,
): Promise<{ subtle: SubtleCrypto; imported: CryptoKey }> {
  const subtle = globalThis.crypto?.subtle;
  try {
    if (subtle !== undefined) return { subtle, imported: await importKey(subtle) };
  } catch (cause) {
    throw noEd25519(cause);
  }
  throw noEd25519();
}

function noEd25519(cause?: unknown): BundleError {
  return new BundleError(
    "no-ed25519",
    "WebCrypto knows no Ed25519 here. Give a function that does, for example of @noble/curves.",
    {},
    { cause },
  );
}

/** A copy that is no view of something shared, as WebCrypto wants it. */
function plain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
