"""Reads Trefoil's test vectors and computes them again: written from the documents, not from the Java code.

Usage: read_vectors.py FOLDER. Needs nothing but Python 3. Exit 0 if all vectors agree, else 1, naming each that does not.
"""
import hashlib
import hmac
import json
import math
import sys
from fractions import Fraction
from pathlib import Path

class Bad(Exception):
    """A refusal; its text is the error condition."""
def require(holds, condition="ILLEGAL_ARGUMENT"):
    if not holds:
        raise Bad(condition)

def xtime(a):
    return (a << 1) ^ (0x11B if a & 0x80 else 0)
POWERS = [1]  # of 3, which generates the field
for _ in range(254):
    POWERS.append(POWERS[-1] ^ xtime(POWERS[-1]))
INVERSES = [POWERS[-POWERS.index(a) % 255] if a else 0 for a in range(256)]
SBOX = [(b ^ b >> 4 ^ b >> 5 ^ b >> 6 ^ b >> 7) & 0xFF ^ 0x63 for b in (257 * inverse for inverse in INVERSES)]

def key_schedule(key):
    words, rcon = [list(key[i:i + 4]) for i in range(0, 32, 4)], 1
    for i in range(8, 60):
        w = words[-1]
        if i % 4 == 0:
            w = [SBOX[b] for b in w]
        if i % 8 == 0:
            w, rcon = [w[1] ^ rcon, w[2], w[3], w[0]], xtime(rcon)
        words.append([a ^ b for a, b in zip(words[i - 8], w)])
    return [sum(words[i:i + 4], []) for i in range(0, 60, 4)]
def aes_block(rounds, block):
    s = [a ^ b for a, b in zip(block, rounds[0])]
    for k in range(1, 15):
        s = [SBOX[s[(i + 4 * (i % 4)) % 16]] for i in range(16)]  # bytes and shifted rows
        if k < 14:  # mixed columns
            whole = [s[c] ^ s[c + 1] ^ s[c + 2] ^ s[c + 3] for c in range(0, 16, 4)]
            s = [s[i] ^ whole[i // 4] ^ xtime(s[i] ^ s[i // 4 * 4 + (i + 1) % 4]) for i in range(16)]
        s = [a ^ b for a, b in zip(s, rounds[k])]
    return bytes(s)

def words(key):
    """The stream of a key: AES-256-CTR from counter 0, as little-endian words."""
    require(len(key) == 32)
    rounds, counter = key_schedule(key), 0
    while True:
        block = aes_block(rounds, counter.to_bytes(16, "big"))
        yield int.from_bytes(block[:8], "little")
        yield int.from_bytes(block[8:], "little")
        counter += 1
def mac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()
def parts(*items):
    return b"".join(len(i).to_bytes(4, "big") + i for i in items)
def expand_key(root, *items):
    return mac(root, parts(b"trefoil stream 1", *items) + b"\1")

def streams(v):
    secret, nonces, digest = bytes.fromhex(v["secret"]), [bytes.fromhex(n) for n in v["nonces"]], bytes.fromhex(v["digest"])
    require(len(secret) >= 32 and len(nonces) == 3 and min(map(len, nonces)) >= 16)
    root = mac(mac(parts(*nonces), secret), parts(b"trefoil stream root 1", digest) + b"\1")
    require(len({tuple(a) for a in v["ask"]}) == len(v["ask"]), "RANDOMNESS_REUSED")
    asked = [words(expand_key(root, *(text.encode() for text in a))) for a in v["ask"]]
    return [[f"{next(stream):x}" for _ in range(v["words"])] for stream in asked]
def draw(stream, bound):
    require(bound > 0)
    while True:
        product = (next(stream) >> 32) * bound
        if product % (1 << 32) >= (1 << 32) % bound:
            return product >> 32
def below(v):
    stream = words(bytes.fromhex(v["key"]))
    return [draw(stream, v["bound"]) for _ in range(v["count"])]
def permutation(v):
    stream, order = words(bytes.fromhex(v["key"])), list(range(v["n"]))
    for i in range(v["n"] - 1, 0, -1):
        j = draw(stream, i + 1)
        order[i], order[j] = order[j], order[i]
    return order

def component(seed, number, shapes, rows):
    """Component 0 or 1 of every column: limb after limb; a BITS column takes one word for 64 rows."""
    stream, columns = words(expand_key(bytes.fromhex(seed), b"share component %d" % number)), []
    for kind, width in shapes:
        if kind == "BITS":
            packed = [next(stream) for _ in range((rows + 63) // 64)]
            columns.append([packed[r // 64] >> r % 64 & 1 for r in range(rows)])
        else:
            limbs = [[next(stream) for _ in range(rows)] for _ in range((width + 63) // 64)]
            columns.append([sum(limb[r] << 64 * k for k, limb in enumerate(limbs)) % (1 << width) for r in range(rows)])
    return columns
def column_bytes(kind, width, values):
    if kind == "BITS":
        return sum(v << r for r, v in enumerate(values)).to_bytes((len(values) + 63) // 64 * 8, "little")
    return b"".join(((v >> 64 * k) % (1 << 64)).to_bytes(8, "little") for k in range((width + 63) // 64) for v in values)
def numbers(texts):
    return [int(t, 16) for t in texts]
def texts(values):
    return [f"{v:x}" for v in values]

def share(v):
    shapes, columns = [(c["kind"], c["width"]) for c in v["columns"]], [numbers(c["values"]) for c in v["columns"]]
    require(columns and len(set(map(len, columns))) == 1)
    rows, third = len(columns[0]), []
    c0, c1 = (component(v["seed%d" % i], i, shapes, rows) for i in range(2))
    for (kind, width), x, a, b in zip(shapes, columns, c0, c1):
        third.append([(p - q - r) % (1 << width) if kind == "SUMS" else p ^ q ^ r for p, q, r in zip(x, a, b)])
    head = [(rows, len(shapes))] + [(("BITS", "WORDS", "SUMS").index(kind), width) for kind, width in shapes]
    head = b"".join(n.to_bytes(4, "big") for pair in head for n in pair)
    data = [bytes.fromhex(v["seed0"]), bytes.fromhex(v["seed1"]), b"".join(column_bytes(*s, t) for s, t in zip(shapes, third))]
    hashes = [hashlib.sha256(b"trefoil share component 1" + i.to_bytes(4, "big") + head + d).hexdigest() for i, d in enumerate(data)]
    return {"third": [texts(t) for t in third], "digests": hashes}

def reconstruct(v):
    views = [(w.get("kind", v["kind"]), w.get("width", v["width"]), numbers(w["first"]), numbers(w["second"])) for w in v["views"]]
    require(len(views) == 3)
    require(len({(kind, width, len(first)) for kind, width, first, _ in views}) == 1, "MALFORMED_SHARES")
    require(all(views[c][2] == views[c - 1][3] for c in range(3)), "SHARES_DIFFER")
    rows = zip(*(w[2] for w in views))
    return texts(sum(r) % (1 << v["width"]) if v["kind"] == "SUMS" else r[0] ^ r[1] ^ r[2] for r in rows)

TYPE_BITS = {"TINYINT": 8, "SMALLINT": 16, "INT": 32, "DATE": 32, "BIGINT": 64, "TIMESTAMP": 64, "DOUBLE": 128}
def type_range(field):
    decimal = field["type"] == "DECIMAL"
    half = 10 ** field["precision"] if decimal else 1 << TYPE_BITS[field["type"]] - 1
    return decimal - half, half - 1
def unscaled(field, text):
    if field["type"] == "BOOLEAN":
        return int(text == "true")
    require(math.isfinite(float(text)), "VALUE_OUT_OF_RANGE")
    n = Fraction(repr(float(text)) if field["type"] == "DOUBLE" else text) * 10 ** field.get("scale", 0)
    if field["type"] == "DOUBLE":
        n = Fraction(math.floor(abs(n) + Fraction(1, 2)) * (1 if n > 0 else -1))  # half up, away from zero
    (low, high), declared = type_range(field), field.get("bounds", type_range(field))
    require(n.denominator == 1 and max(low, int(declared[0])) <= n <= min(high, int(declared[1])), "VALUE_OUT_OF_RANGE")
    return int(n)
def slotted(field, slot, text):
    if field["type"] != "STRING":
        n = unscaled(field, text) - int(slot[0])
        require(n >> slot[1] == 0, "VALUE_OUT_OF_RANGE")
        return n
    data, size = text.encode(), max(b for b in range(slot[1] // 8 + 1) if 8 * b + b.bit_length() <= slot[1])
    require(len(data) <= min(size, field["precision"]), "VALUE_TOO_LONG")
    return int.from_bytes(data.ljust(size, b"\0"), "big") << size.bit_length() | len(data)
def hashed(v, data, width):
    digest = mac(bytes.fromhex(v["hashKey"]), data)
    return sum(int.from_bytes(digest[8 * k:8 * k + 8], "big") << 64 * k for k in range(4)) % (1 << width)
def canonical(field, text):
    if text is None:
        return b"\0"
    require(field["type"] != "STRING" or len(text.encode()) <= field["precision"], "VALUE_TOO_LONG")
    return b"\1" + (parts(text.encode()) if field["type"] == "STRING" else unscaled(field, text).to_bytes(16, "big", signed=True))
def encoded(v, r, row):
    form, width, outputs, slots = (v["column"].get(k) for k in ("form", "width", "outputs", "slots"))
    position = v.get("first", 0) + r
    dummy = 1 << width - 1 | v.get("firstRow", 0) + position if form == "KEY" else 0
    if row is None:
        return dummy
    if form in ("ROW_ID", "RANK", "ENTITY", "BRANCH"):
        return position if form == "ROW_ID" else int(outputs[0] == v.get("branch", 0)) if form == "BRANCH" else int(row[-1])
    cells = [(v["fields"][o], row[o]) for o in outputs]
    require(all(c is not None or f.get("nullable") for f, c in cells), "NULL_VALUE")
    if form == "KEY" and any(c is None for _, c in cells):
        return dummy
    if form in ("VALID", "HASHED"):
        present = int(all(c is not None for _, c in cells))
        return present if form == "VALID" else hashed(v, b"trefoil tuple 1" + b"".join(canonical(*c) for c in cells), width)
    if form in ("BIT", "ARITHMETIC"):
        n = 0 if cells[0][1] is None else unscaled(*cells[0])
        require(form == "BIT" or -1 << width - 1 <= n < 1 << width - 1, "VALUE_OUT_OF_RANGE")
        return n % (1 << width)
    bits, total = 0, sum(s[1] for s in slots)
    for (field, cell), slot in zip(cells, slots):
        bits = bits << slot[1] | (0 if cell is None else slotted(field, slot, cell))
    require(form == "KEY" or total == width)
    return bits if total < width or form == "ORDERED" else hashed(
        v, b"trefoil key 1" + bits.to_bytes((total + 63) // 64 * 8, "big"), width - 1)
def encode(v):
    return texts(encoded(v, r, row) for r, row in enumerate(v["rows"]))

def main(folder):
    vectors, wrong = [v for file in sorted(Path(folder).glob("*.json")) for v in json.loads(file.read_text())["cases"]], 0
    for v in vectors:
        try:
            computed = OPERATIONS[v["op"]](v)
        except Bad as refusal:
            computed = {"error": str(refusal)}
        if computed != v["expect"]:
            wrong += 1
            print(f"DIFFERS: {v['name']}: computed {json.dumps(computed)}")
    print(f"{wrong} of {len(vectors)} vectors differ" if wrong else f"{len(vectors)} vectors agree")
    return 1 if wrong else 0
OPERATIONS = {f.__name__: f for f in (streams, below, permutation, share, reconstruct, encode)}
if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
