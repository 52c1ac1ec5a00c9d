"""The archives of tests/archives.rs, made by the packages that make them in the world.

    archive_cases.py DIRECTORY

writes files, and manifest.json: for each file the pickles that must be found in it, as [path behind the file's name,
name of the payload or the hex of its bytes], and words of which each must be in one of the remarks; no words, no remarks.
"""

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import struct
import sys
import tarfile
import warnings
import zipfile
import zlib

import joblib
import lz4.frame
import numpy as np
import py7zr

warnings.filterwarnings("ignore")
PAYLOADS = {
    "plain": pickle.dumps({"name": "lamp", "sizes": list(range(400))}, 4),
    "old": pickle.dumps({"name": "lamp", "sizes": [1, 2]}, 0),
    "order": pickle.dumps(__import__("collections").OrderedDict(a=1), 2),
}
PLAIN, OLD, ORDER = PAYLOADS["plain"], PAYLOADS["old"], PAYLOADS["order"]
TEXT = b"# A model\n\nIt was trained.\n"
NOISE = bytes((i * 7919 >> 3) & 255 for i in range(100_000))


def zipped(entries, method=zipfile.ZIP_DEFLATED, comment=b"", prefix=b""):
    out = io.BytesIO()
    out.write(prefix)
    with zipfile.ZipFile(out, "w", method) as file:
        for name, data in entries:
            file.writestr(name, data)
        file.comment = comment
    return out.getvalue()


def streamed(entries):
    """A zip file whose headers leave the sizes to what stands behind the bytes."""

    class Pipe(io.RawIOBase):
        def __init__(self):
            self.data = bytearray()

        def writable(self):
            return True

        def seekable(self):
            return False

        def write(self, data):
            self.data += data
            return len(data)

    out = Pipe()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in entries:
            file.writestr(name, data)
    return bytes(out.data)


def tarred(entries, mode="w", format=tarfile.PAX_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=format) as file:
        for name, data in entries:
            info = tarfile.TarInfo(name)
            if isinstance(data, tuple):
                info.type, info.linkname = data
                file.addfile(info)
            else:
                info.size = len(data)
                file.addfile(info, io.BytesIO(data))
    return out.getvalue()


def sevened(entries, filters=None, header=True):
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w", filters=filters) as file:
        file.set_encoded_header_mode(header)
        for name, data in entries:
            file.writestr(data, name)
    return out.getvalue()


def npy(array):
    out = io.BytesIO()
    np.save(out, array, allow_pickle=True)
    data = out.getvalue()
    start = 10 + struct.unpack("<H", data[8:10])[0]
    return data, data[start:].hex()


def npz(save, **arrays):
    out = io.BytesIO()
    save(out, **arrays)
    return out.getvalue()


def dumped(value, compress=0):
    out = io.BytesIO()
    joblib.dump(value, out, compress=compress)
    return out.getvalue()


def crc_of(data):
    return zlib.crc32(data) & 0xFFFFFFFF


def at(data, place, new):
    return data[:place] + new + data[place + len(new) :]


def central(data, number=0):
    """Where the directory's record of an entry is."""
    place = -1
    for _ in range(number + 1):
        place = data.index(b"PK\1\2", place + 1)
    return place


def good():
    """name, bytes, [(path, payload)]"""
    pair = [("a/data.bin", PLAIN), ("a/README.md", TEXT), ("b.pkl", ORDER)]
    inside = [("!/a/data.bin", "plain"), ("!/b.pkl", "order")]
    yield "plain.txt", PLAIN, [("", "plain")]
    yield "protocol0.jpg", OLD, [("", "old")]
    yield "several.pkl", PLAIN + ORDER, [("", (PLAIN + ORDER).hex())]
    yield "text.pkl", TEXT, []
    yield "noise.pkl", NOISE, []
    for name, method in [("stored", 0), ("deflated", 8), ("bzip2", 12), ("lzma", 14)]:
        yield f"{name}.zip", zipped(pair, method), inside
    yield "empty.zip", zipped([]), []
    yield "streamed.zip", streamed(pair), inside
    yield "comment.zip", zipped(pair, comment=b"made by hand"), inside
    yield "folders.zip", zipped([("a/", b""), *pair]), inside
    for name, form in [("ustar", tarfile.USTAR_FORMAT), ("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT)]:
        yield f"{name}.tar", tarred(pair, format=form), inside
    long = "long/" * 30 + "é.pkl"
    for name, form in [("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT)]:
        yield f"long-{name}.tar", tarred([(long, PLAIN)], format=form), [("!/" + long, "plain")]
    yield "links.tar", tarred([*pair, ("c", (tarfile.SYMTYPE, "b.pkl")), ("d", (tarfile.LNKTYPE, "b.pkl"))]), inside
    packers = {
        "gz": gzip.compress,
        "bz2": bz2.compress,
        "xz": lzma.compress,
        "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
        "zlib": zlib.compress,
        "lz4": lz4.frame.compress,
    }
    for name, pack in packers.items():
        yield f"packed.{name}", pack(PLAIN), [("!", "plain")]
        yield f"old.{name}", pack(OLD), [("!", "old")]
        yield f"text.{name}", pack(TEXT), []
        yield f"noise.{name}", pack(NOISE), []
        yield f"tar.{name}", pack(tarred(pair)), [("!" + path, what) for path, what in inside]
    for name in ["gz", "bz2", "xz", "lz4"]:
        half = len(PLAIN) // 2
        yield f"two.{name}", packers[name](PLAIN[:half]) + packers[name](PLAIN[half:]), [("!", "plain")]
    for check in [lzma.CHECK_NONE, lzma.CHECK_CRC32, lzma.CHECK_SHA256]:
        yield f"check{check}.xz", lzma.compress(PLAIN, check=check), [("!", "plain")]
    yield "preset9.xz", lzma.compress(PLAIN, preset=9), [("!", "plain")]
    yield "checked.lz4", lz4.frame.compress(PLAIN, content_checksum=True, block_checksum=True), [("!", "plain")]
    sevens = {
        "default": None,
        "copy": [{"id": py7zr.FILTER_COPY}],
        "lzma": [{"id": py7zr.FILTER_LZMA}],
        "bzip2": [{"id": py7zr.FILTER_BZIP2}],
        "deflate": [{"id": py7zr.FILTER_DEFLATE}],
        "delta": [{"id": py7zr.FILTER_DELTA}, {"id": py7zr.FILTER_LZMA2, "preset": 6}],
    }
    for name, filters in sevens.items():
        yield f"{name}.7z", sevened(pair, filters), inside
        yield f"{name}-open.7z", sevened(pair, filters, header=False), inside
    objects = np.array([{"a": 1}, None, "text"], object)
    mixed = np.array([(1, "x")], [("n", "i4"), ("o", object)])
    for name, array in [("objects", objects), ("mixed", mixed)]:
        data, inner = npy(array)
        yield f"{name}.npy", data, [("!/elements", inner)]
        yield f"{name}.npz", npz(np.savez, x=array, y=np.arange(5)), [("!/x.npy!/elements", inner)]
        yield f"{name}-packed.npz", npz(np.savez_compressed, x=array), [("!/x.npy!/elements", inner)]
    for name, dtype in [("floats", "<f8"), ("texts", "<U5"), ("times", "<M8[ns]"), ("subarrays", [("a", "<f4", (2, 3)), ("b", "S3")])]:
        yield f"{name}.npy", npy(np.zeros((3, 4), dtype))[0], []
        yield f"{name}.npz", npz(np.savez_compressed, x=np.zeros((3, 400), dtype)), []
    model = {"w": np.arange(1000.0), "o": objects, "name": "lamp"}
    for compress in [0, 3, ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3), ("lz4", 3)]:
        name = compress[0] if isinstance(compress, tuple) else f"zlib{compress}"
        before = "!" if compress else ""
        yield f"{name}.joblib", dumped(model, compress), [(before, None), (before + "!/array at", None)]
    yield "old.joblib", b"ZF" + hex(len(PLAIN)).ljust(19).encode() + zlib.compress(PLAIN), [("!", "plain")]
    nested = gzip.compress(zipped([("in.tar", tarred([("x", bz2.compress(PLAIN))]))]))
    yield "nested.gz", nested, [("!!/in.tar!/x!", "plain")]
    key = b"\x80\x02(X\1\0\0\0" b"0X\3\0\0\0cpuctorch\nFloatStorage\ntq\0."
    view = b"\x80\x02(K\1X\1\0\0\0" b"0ctorch\nFloatTensor\ntq\0."
    one, none = b"\x80\x02K\1.", b"\x80\x02]."
    old = {
        "sys_info": b"\x80\x02}.",
        "pickle": b"\x80\x02K\1Q.",
        "storages": one + key + struct.pack("<q3f", 3, 1, 2, 3) + none,
        "tensors": one + view + struct.pack("<iiqqq", 1, 0, 3, 1, 0),
    }
    cut = {"storages": one + key + none, "tensors": one + view}
    found = [("!/" + name, cut.get(name, data).hex()) for name, data in old.items()]
    yield "torch.tar", tarred(list(old.items())), found
    yield "slow.z", slow(), [("!", "plain")]
    yield "many.zip", zipped([(f"{i}", ORDER) for i in range(300)]), [(f"!/{i}", "order") for i in range(300)]


def odd():
    """name, bytes, [(path, payload)], words of the remarks"""
    one = b"\x80\x02K\1."
    base = zipped([("m/data.pkl", PLAIN), ("m/version", b"3\n")], 0)
    inside = [("!/m/data.pkl", "plain")]
    first = base.index(b"PK\3\4")
    yield "encrypted-local.zip", at(base, first + 6, b"\1"), inside, ["flags", "encrypted"]
    yield "encrypted-central.zip", at(base, central(base) + 8, b"\1"), inside, ["flags", "encrypted"]
    both = at(at(base, first + 6, b"\1"), central(base) + 8, b"\1")
    yield "encrypted-both.zip", both, inside, ["encrypted"]
    crc = struct.pack("<I", crc_of(PLAIN) ^ 0xFFFF)
    yield "crc.zip", at(at(base, first + 14, crc), central(base) + 16, crc), inside, ["its checksum is not"]
    yield "crc-local.zip", at(base, first + 14, crc), inside, ["disagree on the checksum"]
    yield "name.zip", at(base, first + 30, b"m/data.txt"), inside, ["its own header calls it m/data.txt"]
    yield "size.zip", at(base, first + 22, b"\7\0\0\0"), inside, ["disagree on the size"]
    yield "method.zip", at(base, first + 8, b"\x63\0"), inside, ["disagree on the method"]
    unknown = at(at(base, first + 8, b"\x63\0"), central(base) + 10, b"\x63\0")
    yield "unknown.zip", unknown, [], ["packed by method 99"]
    twice = zipped([("m/data.pkl", PLAIN), ("m/data.pkl", ORDER)], 0)
    yield "twice.zip", twice, [("!/m/data.pkl", "plain"), ("!/m/data.pkl", "order")], ["two entries have the name"]
    behind = [("!" + path, what) for path, what in inside]
    yield "prefix.zip", b"#!/bin/sh\n" + base, behind, ["a zip file by its end", "stand before"]
    yield "prefix-known.zip", zipped([("m/data.pkl", PLAIN)], 0, prefix=b"#!/bin/sh\n"), behind, ["a zip file by its end"]
    yield "polyglot.pkl", ORDER + base, [("", (ORDER + base).hex()), *behind], ["a zip file by its end", "stand before"]
    yield "behind.zip", base + b"and more", inside, ["bytes stand behind its end"]
    cut = base[: central(base)]
    yield "directory.zip", cut, inside, ["without a directory"]
    yield "hidden.zip", hidden(), [("!/a", "plain"), ("!/b", "order")], ["belong to no entry", "the directory does not know it"]
    yield "count.zip", at(base, base.index(b"PK\5\6") + 10, b"\5\0"), inside, ["where the end says 5"]
    yield "nul.zip", at(at(base, first + 32, b"\0"), central(base) + 48, b"\0"), [("!/m/\\u{0}ata.pkl", "plain")], ["NUL"]
    for name, path in [("up", "../../x.pkl"), ("root", "/etc/x.pkl"), ("drive", "C:\\x.pkl"), ("escape", "a/\x1b[2J.pkl")]:
        shown = {"drive": "!/C:\\\\x.pkl", "escape": "!/a/\\u{1b}[2J.pkl"}.get(name, "!/" + path)
        words = {"up": ["out of its folder"], "escape": []}.get(name, ["leads to the root"])
        yield f"{name}.zip", zipped([(path, PLAIN)]), [(shown, "plain")], words
        if name != "drive":
            yield f"{name}.tar", tarred([(path, PLAIN)]), [(shown, "plain")], words
    yield "link.tar", tarred([("x", (tarfile.SYMTYPE, "../../etc/passwd"))]), [], ["a link to ../../etc/passwd"]
    plain = tarred([("a", PLAIN)])
    yield "behind.tar", plain + ORDER, [("!/a", "plain")], ["belong to no file"]
    yield "cut.tar", plain[:1000], [("!/a", PLAIN[:488].hex())], ["beyond the end"]
    packed = gzip.compress(PLAIN)
    yield "behind.gz", packed + b"and more", [("!", "plain")], ["8 bytes behind"]
    yield "crc.gz", at(packed, len(packed) - 8, b"\0\0\0\0"), [("!", "plain")], ["checksum"]
    yield "cut.gz", packed[:-20], [("!", None)], ["too early"]
    for name, pack in [("xz", lzma.compress), ("bz2", bz2.compress), ("zlib", zlib.compress), ("lz4", lz4.frame.compress)]:
        yield f"behind.{name}", pack(PLAIN) + b"and more", [("!", "plain")], ["8 bytes behind"]
        yield f"cut.{name}", pack(PLAIN)[:-6], [("!", None)] if name != "lz4" else [], ["too early"]
    seven = sevened([("a", PLAIN)], None, header=False)
    yield "behind.7z", seven + b"and more", [("!/a", "plain")], ["8 bytes stand behind"]
    yield "password.7z", password(), [], ["encrypted"]
    bad = bytearray(seven)
    bad[40] ^= 0x55
    yield "damaged.7z", bytes(bad), None, [""]
    data, _ = npy(np.arange(10.0))
    yield "longer.npy", data + PLAIN, [], ["more bytes"]
    yield "shorter.npy", data[:-8], [], ["fewer bytes"]
    yield "header.npy", at(data, 12, b"?"), [], ["numpy would not write"]
    data, inner = npy(np.array([None], object))
    yield "objects-longer.npy", data + ORDER, [("!/elements", inner + ORDER.hex())], []
    yield "old.tar", tarred([("pickle", PLAIN), ("storages", one + b"and no storage")]), [("!/pickle", "plain"), ("!/storages", (one + b"and no storage").hex())], ["not as torch wrote"]
    yield "frame.joblib", frame(), None, ["inside a frame"]
    yield "empty-first.lzma", alone(b"") + alone(PLAIN), [], ["behind what is packed"]
    case = zipped([("m/data.pkl", PLAIN), ("m/data/A", b"\1" * 16), ("m/data/a", b"\2" * 16)], 0)
    yield "case.pt", case, inside, ["two entries have the name"]
    for name, spelled in [
        ("prefix", lambda number: b"0o%o" % number),
        ("cut", lambda number: (b"%o" % number)[:1] + b"_" + (b"%o" % number)[1:]),
        ("binary", lambda number: b"\x80" + number.to_bytes(7, "big")),
    ]:
        yield f"sum-{name}.tar", summed(plain, spelled), None, [""]
    yield "sum-plus.tar", summed(plain, lambda number: b"+%o" % number), [("!/a", "plain")], []
    yield "sum-tab.tar", summed(plain, lambda number: b"\t%o" % number), [("!/a", "plain")], []
    size = pax(size="512")
    for name, kind in [("solaris", b"X"), ("global", b"g")]:
        moved = header(b"pax", len(size), kind) + size.ljust(512, b"\0") + header(b"a", 0) + PLAIN[:512].ljust(512, b"\0")
        yield f"{name}.tar", moved + bytes(1024), None, ["a pax header in front"]
    for name, kind in [("fifo", b"6"), ("character", b"3"), ("block", b"4")]:
        yield f"{name}.tar", header(b"a", 512, kind) + header(b"b", 0) + bytes(1024), None, ["what is no file"]
    yield "zstd.pkl", b"\x28\xb5\x2f\xfd" + b"\0" * 20, [], ["zstd"]


def slow():
    """Packed by zlib, with nothing in the first blocks."""
    raw = zlib.compressobj(wbits=-15)
    return b"\x78\x01" + b"\0\0\0\xff\xff" * 4000 + raw.compress(PLAIN) + raw.flush() + struct.pack(">I", zlib.adler32(PLAIN))


def alone(data):
    """Packed as by the first lzma, with a small dictionary."""
    return lzma.compress(data, lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 4096}])


def summed(data, spelled):
    """A tar file whose first header has its checksum in another spelling, which Python's tarfile takes."""
    total = sum(data[:148]) + 8 * 32 + sum(data[156:512])
    data = at(data, 148, spelled(total).ljust(8, b"\0"))
    assert tarfile.open(fileobj=io.BytesIO(data)).getnames(), "tarfile takes it"
    return data


def header(name, size, kind=b"0"):
    info = tarfile.TarInfo("x")
    info.size = size
    data = at(info.tobuf(tarfile.USTAR_FORMAT), 0, name.ljust(100, b"\0"))
    data = at(data, 156, kind)
    return at(data, 148, b"%06o\0 " % (sum(data[:148]) + 8 * 32 + sum(data[156:512])))


def pax(**records):
    lines = b""
    for key, value in records.items():
        rest = f" {key}={value}\n".encode()
        length = len(rest) + len(str(len(rest)))
        lines += str(len(rest) + len(str(length))).encode() + rest
    return lines


def hidden():
    """An entry that the directory leaves out."""
    data = zipped([("a", PLAIN), ("b", ORDER)], 0)
    second = central(data, 1)
    end = data.index(b"PK\5\6")
    start = central(data)
    size = second - start
    tail = data[end : end + 8] + struct.pack("<HHIIH", 1, 1, size, start, 0)
    return data[:second] + tail


def password():
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w", password="secret", header_encryption=False) as file:
        file.set_encoded_header_mode(False)
        file.writestr(PLAIN, "a")
    return out.getvalue()


def frame():
    """A frame that reaches over the place where joblib looks for an array."""
    data = dumped(np.arange(10.0))
    place = data.index(b"\x95", 2)
    size = struct.unpack("<Q", data[place + 1 : place + 9])[0]
    return at(data, place + 1, struct.pack("<Q", size + 8))


def main():
    directory = sys.argv[1]
    manifest = {}
    cases = [(*case, []) for case in good()] + list(odd())
    for name, data, pickles, words in cases:
        assert name not in manifest, name
        with open(os.path.join(directory, name), "wb") as file:
            file.write(data)
        if pickles is not None:
            pickles = [[path, PAYLOADS[what].hex() if what in PAYLOADS else what] for path, what in pickles]
        manifest[name] = {"pickles": pickles, "words": words}
    with open(os.path.join(directory, "manifest.json"), "w") as file:
        json.dump(manifest, file)


main()
