import { DIGEST_AT, partsOf, sealed } from "./containers.js";

/** A file that a reader must refuse. */
export interface InvalidCase {
  readonly name: string;
  /** The code that it is refused with. */
  readonly code: string;
  readonly why: string;
  readonly bytes: Uint8Array;
  /** Whether it is refused only where a signature of the kit's key is required. */
  readonly requireSignature?: boolean;
}

const SIGNATURE_AT = 124;

function changed(bytes: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array {
  const copy = bytes.slice();
  change(copy);
  return copy;
}

/** Files whose container is at fault. @param bundle with tensors. @param signed the same, signed. */
export async function invalidContainers(bundle: Uint8Array, signed: Uint8Array): Promise<InvalidCase[]> {
  const { header, data } = partsOf(bundle);
  const directory = JSON.parse(header) as Record<string, any>;
  const { __metadata__: metadata } = directory;
  const remade = (edit: (header: Record<string, any>) => void, bytes = data): Promise<Uint8Array> => {
    const copy = structuredClone(directory);
    edit(copy);
    return sealed({ header: JSON.stringify(copy), data: bytes });
  };
  const retold = (edit: (header: string) => string): Promise<Uint8Array> => sealed({ header: edit(header), data });
  const withLength = (length: bigint): Uint8Array =>
    changed(bundle, (copy) => new DataView(copy.buffer).setBigUint64(0, length, true));
  const tensor = "model.tree.nodes.threshold";
  const other = "model.tree.nodes.impurity";
  const [first, second] = [directory[tensor], directory[other]].map(({ data_offsets: [begin] }) => begin as number);
  if (first === undefined || second === undefined || second > first) throw new Error("the tensors stand otherwise");
  const cases: [name: string, code: string, why: string, bytes: Uint8Array | Promise<Uint8Array>][] = [
    ["empty", "not-a-bundle", "no bytes", new Uint8Array(0)],
    ["cut-in-digest", "not-a-bundle", "104 bytes: it ends within the digest", bundle.slice(0, 104)],
    [
      "plain-safetensors",
      "not-a-bundle",
      "a safetensors file whose metadata begin with the manifest",
      sealed({
        header: JSON.stringify({ ...directory, __metadata__: { mlsec: metadata.mlsec } }),
        data,
      }),
    ],
    [
      "header-beyond-file",
      "invalid-header",
      "a header length that ends after the file",
      withLength(BigInt(bundle.length - 7)),
    ],
    ["header-beyond-limit", "invalid-header", "a header length of 2^63", withLength(1n << 63n)],
    ["header-within-digest", "invalid-header", "a header length that ends within the digest", withLength(96n)],
    [
      "digest-upper-case",
      "invalid-header",
      "a digest in upper-case digits",
      changed(bundle, (copy) => {
        for (let at = DIGEST_AT; at < DIGEST_AT + 64; at++) if (copy[at]! >= 0x61) copy[at]! -= 0x20;
      }),
    ],
    [
      "digest-of-zeros",
      "altered",
      "a digest that is not that of the bytes",
      changed(bundle, (copy) => copy.fill(0x30, DIGEST_AT, DIGEST_AT + 64)),
    ],
    [
      "bit-of-tensor",
      "altered",
      "one bit of the last tensor",
      changed(bundle, (copy) => {
        copy[copy.length - 1]! ^= 1;
      }),
    ],
    [
      "bit-of-manifest",
      "altered",
      "one bit of the manifest",
      changed(bundle, (copy) => {
        copy[200]! ^= 1;
      }),
    ],
    [
      "bit-of-padding",
      "altered",
      "a tab in place of the header's last space",
      changed(bundle, (copy) => {
        copy[copy.length - data.length - 1] = 9;
      }),
    ],
    [
      "trailing-byte",
      "altered",
      "a byte after the last tensor",
      changed(new Uint8Array([...bundle, 0]), () => undefined),
    ],
    ["cut-off", "altered", "without its last byte", bundle.slice(0, -1)],
    [
      "trailing-bytes-sealed",
      "invalid-tensor",
      "8 bytes after the last tensor, the digest made right",
      sealed({ header, data: new Uint8Array([...data, 0, 0, 0, 0, 0, 0, 0, 0]) }),
    ],
    ["header-not-json", "invalid-header", "a header with a comma too much", retold((text) => text.replace(/}$/, ",}"))],
    [
      "header-not-utf8",
      "invalid-header",
      "a tensor name that is not UTF-8",
      retold((text) => text.replace(`"${other}"`, '"\xff"')),
    ],
    [
      "header-key-twice",
      "invalid-header",
      "one tensor twice in the directory",
      retold((text) => text.replace(`"${other}"`, `"${tensor}"`)),
    ],
    [
      "header-key-twice-escaped",
      "invalid-header",
      "the same, one of them with an escape",
      retold((text) => text.replace(`"${other}"`, `"\\u006d${tensor.slice(1)}"`)),
    ],
    [
      "header-too-deep",
      "invalid-header",
      "a directory nested four levels",
      remade((copy) => {
        copy[other].shape = [[1]];
      }),
    ],
    ["header-after-end", "invalid-header", "text after the header's object", retold((text) => `${text}{}`)],
    [
      "no-manifest",
      "invalid-header",
      "metadata without a manifest",
      remade((copy) => {
        delete copy["__metadata__"].mlsec;
      }),
    ],
    [
      "manifest-no-string",
      "invalid-header",
      "a manifest that is an object, not a string",
      remade((copy) => {
        copy["__metadata__"].mlsec = {};
      }),
    ],
    [
      "tensor-type",
      "invalid-tensor",
      "a tensor of a type that bundles do not use",
      remade((copy) => {
        copy[tensor].dtype = "I64";
      }),
    ],
    [
      "tensor-two-dimensions",
      "invalid-tensor",
      "a shape of two dimensions",
      remade((copy) => {
        copy[tensor].shape.push(1);
      }),
    ],
    [
      "tensor-shape-product",
      "invalid-tensor",
      "a shape that is not as long as the data",
      remade((copy) => {
        copy[tensor].shape[0]++;
      }),
    ],
    [
      "tensor-no-offsets",
      "invalid-tensor",
      "no data offsets",
      remade((copy) => {
        delete copy[tensor].data_offsets;
      }),
    ],
    [
      "tensor-fraction",
      "invalid-tensor",
      "an offset that is no integer",
      remade((copy) => {
        copy[tensor].data_offsets[0] += 0.5;
      }),
    ],
    [
      "tensor-hole",
      "invalid-tensor",
      "8 bytes between two tensors that none of them covers",
      remade(
        (copy) => {
          for (const [name, entry] of Object.entries(copy))
            if (name !== "__metadata__" && entry.data_offsets[0] >= first)
              entry.data_offsets = entry.data_offsets.map((at: number) => at + 8);
        },
        new Uint8Array([...data.subarray(0, first), 0, 0, 0, 0, 0, 0, 0, 0, ...data.subarray(first)]),
      ),
    ],
    [
      "tensor-overlap",
      "invalid-tensor",
      "two tensors over the same bytes",
      remade((copy) => {
        copy[tensor].data_offsets = copy[other].data_offsets;
      }),
    ],
    [
      "tensor-name-long",
      "invalid-tensor",
      "a tensor name of 513 characters",
      remade((copy) => {
        copy["n".repeat(513)] = { dtype: "U8", shape: [0], data_offsets: [0, 0] };
      }),
    ],
    [
      "tensor-unused",
      "invalid-manifest",
      "a tensor that the manifest does not refer to",
      remade((copy) => {
        copy["spare"] = { dtype: "U8", shape: [0], data_offsets: [0, 0] };
      }),
    ],
    [
      "tensor-twice",
      "invalid-manifest",
      "a manifest that refers to one tensor twice",
      remade((copy) => {
        copy["__metadata__"].mlsec = copy["__metadata__"].mlsec.replace(
          `{"$tensor":"${other}"}`,
          `{"$tensor":"${tensor}"}`,
        );
      }),
    ],
    [
      "tensor-and-more",
      "invalid-manifest",
      "a reference to a tensor with another key in it",
      remade((copy) => {
        copy["__metadata__"].mlsec = copy["__metadata__"].mlsec.replace(
          `"$tensor":"${other}"`,
          `"$tensor":"${other}","note":0`,
        );
      }),
    ],
    [
      "tensor-absent",
      "invalid-manifest",
      "a manifest that refers to a tensor that is not in the file",
      remade((copy) => {
        copy["__metadata__"].mlsec = copy["__metadata__"].mlsec.replace(`"$tensor":"${other}"`, '"$tensor":"nowhere"');
      }),
    ],
    [
      "tensor-other-type",
      "invalid-manifest",
      "F32 where float64 is needed",
      remade((copy) => {
        const {
          data_offsets: [begin, end],
        } = copy[tensor];
        copy[tensor] = { dtype: "F32", shape: [(end - begin) / 4], data_offsets: [begin, end] };
      }),
    ],
    [
      "threshold-infinite",
      "invalid-manifest",
      "a threshold that is infinite, in the tensor's bytes",
      sealed({
        header,
        data: changed(data, (copy) => new DataView(copy.buffer).setFloat64(first, Number.POSITIVE_INFINITY, true)),
      }),
    ],
    [
      "threshold-nan",
      "invalid-manifest",
      "a threshold that is not a number, in the tensor's bytes",
      sealed({ header, data: changed(data, (copy) => new DataView(copy.buffer).setFloat64(first, Number.NaN, true)) }),
    ],
    [
      "signature-upper-case",
      "invalid-header",
      "a signature with a digit in upper case",
      changed(signed, (copy) => {
        copy[copy.indexOf(0x66, SIGNATURE_AT)] = 0x46;
      }),
    ],
    [
      "signature-short",
      "invalid-header",
      "a signature of 126 digits",
      sealed({ ...partsOf(signed), header: partsOf(signed).header.replace(/(ed25519":"[0-9a-f]{126})../, "$1") }),
    ],
  ];
  const required: typeof cases = [
    ["unsigned", "unsigned", "no signature where one is required", bundle],
    [
      "signature-elsewhere",
      "unsigned",
      "a signature that does not stand directly after the digest is none",
      remade((copy) => {
        copy["__metadata__"]["mlsec.ed25519"] = new TextDecoder().decode(
          signed.subarray(SIGNATURE_AT, SIGNATURE_AT + 128),
        );
      }),
    ],
    [
      "signature-altered",
      "signature-mismatch",
      "a signature with one digit changed, which the digest does not cover",
      changed(signed, (copy) => {
        copy[SIGNATURE_AT + 3] = copy[SIGNATURE_AT + 3] === 0x30 ? 0x31 : 0x30;
      }),
    ],
  ];
  const made =
    (requireSignature: boolean) =>
    async ([name, code, why, bytes]: (typeof cases)[number]): Promise<InvalidCase> => ({
      name,
      code,
      why,
      bytes: await bytes,
      ...(requireSignature ? { requireSignature } : {}),
    });
  return Promise.all([...cases.map(made(false)), ...required.map(made(true))]);
}
