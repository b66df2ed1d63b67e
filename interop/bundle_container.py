"""The container of a bundle and its JSON, as docs/bundle-format.md has them (sections 2, 3 and 16)."""

import hashlib
import json
import math
import struct
from dataclasses import dataclass

import numpy as np

from ed25519 import is_signature

START = b'{"__metadata__":{"mlsec.sha256":"'
SIGNATURE_START = b'","mlsec.ed25519":"'
DIGEST = slice(41, 105)
SIGNATURE = slice(124, 252)
TYPES = {"F64": np.dtype("<f8"), "F32": np.dtype("<f4"), "I32": np.dtype("<i4"), "U8": np.dtype("u1")}
MAX_BYTES, MAX_HEADER, MAX_TENSORS, MAX_NAME = 500_000_000, 4_194_304, 16_384, 512


@dataclass(frozen=True)
class Limits:
    """Of a JSON text (section 2)."""

    levels: int
    values: int
    keys: int
    string: int


HEADER = Limits(levels=3, values=131_072, keys=65_552, string=MAX_HEADER)
MANIFEST = Limits(levels=64, values=150_000, keys=50_000, string=65_535)


class Refused(Exception):
    """A file that is no bundle, or a row that gets no verdict: the code says why."""

    def __init__(self, code: str, why: str = ""):
        super().__init__(f"{code}: {why}")
        self.code = code


def read_container(data: bytes) -> tuple[str, dict[str, np.ndarray], str, bytes | None]:
    """The manifest's text, the tensors, the digest, and the signature if there is one."""
    if len(data) > MAX_BYTES:
        raise Refused("too-large")
    if len(data) < DIGEST.stop or data[8 : DIGEST.start] != START:
        raise Refused("not-a-bundle")
    (length,) = struct.unpack("<Q", data[:8])
    end = 8 + length
    if length > MAX_HEADER or end > len(data) or end < DIGEST.stop:
        raise Refused("invalid-header", "length")
    digest = hexadecimal(data[DIGEST], 64)
    signed = data[DIGEST.stop : min(end, SIGNATURE.start)] == SIGNATURE_START
    signature = hexadecimal(data[SIGNATURE.start : min(end, SIGNATURE.stop)], 128) if signed else None
    blank = bytearray(data)
    blank[DIGEST] = b"0" * 64
    if signed:
        blank[SIGNATURE] = b"0" * 128
    if hashlib.sha256(blank).hexdigest() != digest:
        raise Refused("altered")
    try:
        header = strict_json(data[8:end].decode("utf-8"), HEADER)
    except ValueError as error:
        raise Refused("invalid-header", str(error)) from error
    manifest = header.pop("__metadata__").get("mlsec")
    if not isinstance(manifest, str) or len(header) > MAX_TENSORS:
        raise Refused("invalid-header", "manifest or number of tensors")
    tensors = read_tensors(header, data[end:])
    return manifest, tensors, digest, None if signature is None else bytes.fromhex(signature)


def hexadecimal(digits: bytes, count: int) -> str:
    if len(digits) != count or any(digit not in b"0123456789abcdef" for digit in digits):
        raise Refused("invalid-header", "digits")
    return digits.decode("ascii")


def read_tensors(directory: dict, data: bytes) -> dict[str, np.ndarray]:
    entries = sorted(
        ((name, *placed(name, entry)) for name, entry in directory.items()), key=lambda entry: (entry[2], entry[3])
    )
    expected = 0
    tensors = {}
    for name, dtype, begin, end in entries:
        if begin != expected:
            raise Refused("invalid-tensor", f"{name}: a hole or an overlap")
        expected = end
        if end <= len(data):
            tensors[name] = np.frombuffer(data[begin:end], dtype=dtype)
    if expected != len(data):
        raise Refused("invalid-tensor", "the tensors do not end with the file")
    return tensors


def placed(name: str, entry) -> tuple[np.dtype, int, int]:
    fields = entry if isinstance(entry, dict) else {}
    dtype = TYPES.get(fields.get("dtype")) if isinstance(fields.get("dtype"), str) else None
    shape, offsets = fields.get("shape"), fields.get("data_offsets")
    if utf16_length(name) > MAX_NAME or dtype is None or not are_counts(shape, 1) or not are_counts(offsets, 2):
        raise Refused("invalid-tensor", name[:80])
    begin, end = map(int, offsets)
    if end - begin != shape[0] * dtype.itemsize:
        raise Refused("invalid-tensor", f"{name}: shape")
    return dtype, begin, end


def are_counts(value, length: int) -> bool:
    def is_count(item) -> bool:
        return isinstance(item, float) and item.is_integer() and 0 <= item <= MAX_BYTES

    return isinstance(value, list) and len(value) == length and all(map(is_count, value))


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def strict_json(text: str, limits: Limits):
    """JSON within limits without a key that occurs twice; every number is a float. Raises ValueError."""
    require_limits(text, limits)

    def distinct(pairs):
        made = dict(pairs)
        if len(made) < len(pairs) or "__proto__" in made:
            raise ValueError("a key occurs twice, or is __proto__")
        return made

    def no_constant(name):
        raise ValueError(f"{name} is no JSON")

    return json.loads(text, object_pairs_hook=distinct, parse_int=float, parse_constant=no_constant)


def require_limits(text: str, limits: Limits) -> None:
    """Looks at the text alone, before anything is parsed."""
    depth, values, keys, at = 0, 1, 0, 0
    while at < len(text):
        character = text[at]
        if character == '"':
            start = at + 1
            at = end_of_string(text, start)
            if utf16_length(text[start:at]) > limits.string:
                raise ValueError("too long a string")
        elif character in "[{":
            depth, values = depth + 1, values + 1
        elif character in "]}":
            depth -= 1
        else:
            values, keys = values + (character == ","), keys + (character == ":")
        if depth > limits.levels or values > limits.values or keys > limits.keys:
            raise ValueError("too deep, or too many values or keys")
        at += 1


def end_of_string(text: str, at: int) -> int:
    """Where its closing quote is."""
    while at < len(text) and text[at] != '"':
        at += 2 if text[at] == "\\" else 1
    return at


def read_manifest(text: str, tensors: dict[str, np.ndarray]):
    """The manifest with its tensors in place."""
    try:
        manifest = strict_json(text, MANIFEST)
    except ValueError as error:
        raise Refused("invalid-manifest", str(error)) from error
    unused = set(tensors)

    def with_tensors(value):
        if isinstance(value, list):
            return [with_tensors(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "$tensor" in value:
            name = value["$tensor"]
            if not isinstance(name, str) or name not in unused or len(value) > 1:
                raise Refused("invalid-manifest", "a tensor that is not there or is used twice, or more than a reference")
            unused.remove(name)
            return tensors[name]
        return {key: with_tensors(item) for key, item in value.items()}

    manifest = with_tensors(manifest)
    if unused:
        raise Refused("invalid-manifest", "a tensor is not used")
    return manifest


def require_signature(digest: str, signature: bytes | None, keys: list[bytes]) -> None:
    if signature is None:
        raise Refused("unsigned")
    message = b"mlsec bundle signature\n" + digest.encode("ascii")
    if not any(is_signature(signature, message, key) for key in keys):
        raise Refused("signature-mismatch")


def number_text(x: float) -> str:
    """The text of a number (section 1)."""
    if x == 0:
        return "0"
    sign = "-" if x < 0 else ""
    if math.isinf(x):
        return sign + "Infinity"
    mantissa, _, exponent = f"{abs(x)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    if fraction == "0":
        fraction = ""
    digits = (whole + fraction).lstrip("0")
    n = int(exponent or 0) + (len(whole) if whole != "0" else len(digits) - len(fraction))
    digits = digits.rstrip("0")
    k = len(digits)
    if k <= n <= 21:
        return sign + digits + "0" * (n - k)
    if 0 < n <= 21:
        return f"{sign}{digits[:n]}.{digits[n:]}"
    if -6 < n <= 0:
        return f"{sign}0.{'0' * -n}{digits}"
    rest = f".{digits[1:]}" if k > 1 else ""
    return f"{sign}{digits[0]}{rest}e{'+' if n > 0 else '-'}{abs(n - 1)}"
