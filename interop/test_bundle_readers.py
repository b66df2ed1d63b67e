"""Two readers of bundles on damaged files: what one takes the other takes, and what one refuses the other refuses.

The bundles of the conformance kit are changed at random, in the text of the header or in the manifest, with the digest made
right again. Both readers must give the same code, and of files that load, equal verdicts on the kit's rows. A difference is a
gap of docs/bundle-format.md, or a fault of a reader.
"""

import base64
import copy
import hashlib
import json
import struct
import sys
from collections import Counter
from random import Random

from bundle_container import SIGNATURE_START, Refused, read_container
from bundle_reader import Bundle
from mlsec_side import ask_mlsec
from test_bundle_format import KIT, from_json

MANIFESTS, HEADERS, SEED = 1200, 800, 20261129
NAMES = ["", "a", "x", "other", "error", "ignore", "infrequentIfExist", "number", "text", "lstm", "0", "__proto__"]
NUMBERS = [0, -1, 1, 2, 3, 0.5, 1.5, 0.1, -0.1, 1e-9, 1e308, 65, 4097, 2**31, 2**53]
#: What JSON has, what it has not though some parsers take it, and what is no UTF-8.
TOKENS = [
    *(token.encode() for token in '"\\{}[],:10-e. \n\t\x01\x7f\v\'é\ufeff\u2028'),
    *(token.encode() for token in ("\\u0000", "\\ud800", "\\/", "\\x", "NaN", "Infinity", "-0", "01", "+1", "1e999", "null", "/**/")),
    b"\xc3",
    b"\xff",
]


def sealed(header: bytes, data: bytes = b"") -> bytes:
    made = bytearray(struct.pack("<Q", len(header)) + header + data)
    made[41:105] = b"0" * 64
    blank = bytearray(made)
    if blank[105:124] == SIGNATURE_START:
        blank[124:252] = b"0" * 128
    made[41:105] = hashlib.sha256(blank).hexdigest().encode()
    return bytes(made)


def with_changed_header(data: bytes, random: Random) -> bytes:
    end = 8 + struct.unpack("<Q", data[:8])[0]
    header = bytearray(data[8:end])
    for _ in range(random.randint(1, 2)):
        # Behind the digest; as often in the directory of tensors, at the end, as anywhere.
        at = random.randrange(97 if random.random() < 0.5 else max(97, len(header) - 1200), len(header))
        change = random.randrange(4)
        if change == 0:
            del header[at : at + random.randint(1, 3)]
        elif change == 1:
            begin = random.randrange(97, len(header))
            header[at:at] = header[begin : begin + random.randint(1, 60)]
        else:
            header[at : at + change - 2] = random.choice(TOKENS)
    return sealed(bytes(header), data[end : len(data) - (random.randrange(20) if random.random() < 0.2 else 0)])


def with_changed_manifest(data: bytes, random: Random) -> bytes:
    text, tensors, _, _ = read_container(data)
    manifest = json.loads(text, object_hook=lambda value: tensors[value["$tensor"]].tolist() if "$tensor" in value else value)
    for _ in range(random.randint(1, 2)):
        change(manifest, random)
    start = f'{{"__metadata__":{{"mlsec.sha256":"{"0" * 64}","mlsec":'
    return sealed(f"{start}{json.dumps(json.dumps(manifest))}}}}}".encode())


def change(manifest, random: Random) -> None:
    places = list(all_places(manifest))
    fields = [place for place in places if isinstance(place[0], dict)]
    within, key = random.choice(places if random.random() < 0.4 else fields)
    value = within[key]
    what = random.randrange(6)
    if what == 0:
        del within[key]
    elif what == 1:
        other, at = random.choice(places)
        within[key] = copy.deepcopy(other[at])
    elif what == 2 and isinstance(within, list):
        within.append(value)
    elif what == 3 and isinstance(within, list):
        at = random.randrange(len(within))
        within[key], within[at] = within[at], within[key]
    elif isinstance(value, (int, float)):
        within[key] = random.choice([value + 1, value - 1, -value, value * 2, value + 0.5, random.choice(NUMBERS)])
    else:
        within[key] = random.choice([None, True, [], {}, random.choice(NAMES), random.choice(NUMBERS)])


def all_places(value):
    for key, item in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, key
        if isinstance(item, (dict, list)):
            yield from all_places(item)


def own_answer(data: bytes, rows: list) -> dict:
    try:
        bundle = Bundle(data)
    except Refused as refusal:
        return {"code": refusal.code}
    return {"code": None, "verdicts": [own_verdict(bundle, row) for row in rows]}


def own_verdict(bundle: Bundle, row: dict) -> dict:
    try:
        verdict = bundle.verdict(row)
    except Refused as refusal:
        return {"error": refusal.code}
    del verdict["matrix"]
    return verdict


def comparable(value):
    """Unknown categories come in any order."""
    if isinstance(value, dict):
        return {key: sorted(item) if key == "unknownCategories" else comparable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    return value


def main() -> int:
    random = Random(SEED)
    entries = from_json(KIT / "index.json")["valid"]
    questions, own = [], []
    for changed, count in ((with_changed_manifest, MANIFESTS), (with_changed_header, HEADERS)):
        for _ in range(count):
            entry = random.choice(entries)
            data = changed((KIT / entry["bundle"]).read_bytes(), random)
            path = KIT / entry["inputs"]
            questions.append({"bundle": base64.b64encode(data).decode(), "inputs": str(path)})
            own.append(own_answer(data, from_json(path)))
    codes, verdicts, wrong = Counter(), 0, []
    for at, (mine, theirs) in enumerate(zip(own, ask_mlsec("run-bundles.ts", questions), strict=True)):
        codes[mine["code"] or "taken"] += 1
        verdicts += len(mine.get("verdicts", []))
        if comparable(mine) != comparable(theirs):
            wrong.append(f"file {at}: {mine['code']} here, {theirs['code']} in mlsec")
    print(f"{len(own)} damaged files, {verdicts} verdicts; {len(wrong)} different")
    print("  ".join(f"{code}: {count}" for code, count in codes.most_common()))
    for line in wrong[:20]:
        print(f"  {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
