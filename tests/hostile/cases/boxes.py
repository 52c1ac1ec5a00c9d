"""Containers by hand: zip with every field open to a lie, 7z, lz4, tar, npy; nothing depends on a library's version."""

import struct
import zlib

DOS_TIME, DOS_DATE = 0, 0x21


def deflate(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


class Member:
    """One file of a zip. Fields starting with `local_` and `central_` override what each header says."""

    def __init__(self, name, data=b"", method=0, **lies):
        self.name, self.data, self.method, self.lies = name.encode(), data, method, lies

    def packed(self):
        return deflate(self.data) if self.method == 8 else self.data

    def fields(self, side):
        packed = self.packed()
        fields = {
            "name": self.name,
            "method": self.method,
            "flags": 0,
            "crc": zlib.crc32(self.data),
            "packed": len(packed),
            "size": len(self.data),
            "extra": b"",
        }
        for key, item in self.lies.items():
            where, _, field = key.partition("_")
            if where in (side, "both"):
                fields[field] = item
        return fields

    def local(self):
        f = self.fields("local")
        return (
            struct.pack(
                "<4s5H3I2H",
                b"PK\3\4",
                20,
                f["flags"],
                f["method"],
                DOS_TIME,
                DOS_DATE,
                f["crc"],
                f["packed"],
                f["size"],
                len(f["name"]),
                len(f["extra"]),
            )
            + f["name"]
            + f["extra"]
            + self.packed()
        )

    def central(self, offset):
        f = self.fields("central")
        return (
            struct.pack(
                "<4s6H3I5H2I",
                b"PK\1\2",
                20,
                20,
                f["flags"],
                f["method"],
                DOS_TIME,
                DOS_DATE,
                f["crc"],
                f["packed"],
                f["size"],
                len(f["name"]),
                len(f["extra"]),
                0,
                0,
                0,
                0,
                offset,
            )
            + f["name"]
            + f["extra"]
        )


def zipped(*members, unlisted=(), before=b"", gap=b"", comment=b"", end=True, count=None, shift=True):
    """A zip of these; `unlisted` members have no entry in the central directory."""
    out, directory = bytearray(before), bytearray()
    base = 0 if shift else len(before)
    for member in members:
        at = len(out) - base
        out += member.local()
        directory += member.central(at)
    for member in unlisted:
        out += member.local()
    out += gap
    start = len(out) - base
    out += directory
    if end:
        number = len(members) if count is None else count
        out += struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, number, number, len(directory), start, len(comment)) + comment
    return bytes(out)


def torch_zip(pickle, *more, folder="archive", **options):
    """What torch.save writes, around this data.pkl."""
    members = [
        Member(folder + "/data.pkl", pickle),
        *more,
        Member(folder + "/byteorder", b"little"),
        Member(folder + "/version", b"3\n"),
    ]
    return zipped(*members, **options)


def xxh32(data, seed=0):
    """For inputs below 16 bytes, which is all a header needs."""
    p2, p3, p4, p5, mask = 2246822519, 3266489917, 668265263, 374761393, 0xFFFFFFFF
    h = (seed + p5 + len(data)) & mask
    while len(data) >= 4:
        h = (h + int.from_bytes(data[:4], "little") * p3) & mask
        h = ((h << 17 | h >> 15) & mask) * p4 & mask
        data = data[4:]
    for byte in data:
        h = (h + byte * p5) & mask
        h = ((h << 11 | h >> 21) & mask) * 2654435761 & mask
    h = (h ^ h >> 15) * p2 & mask
    h = (h ^ h >> 13) * p3 & mask
    return h ^ h >> 16


def lz4_frame(data):
    """Stored blocks, no checksums but the header's."""
    header = bytes([0x60, 0x40])
    return (
        struct.pack("<I", 0x184D2204)
        + header
        + bytes([xxh32(header) >> 8 & 0xFF])
        + struct.pack("<I", len(data) | 1 << 31)
        + data
        + bytes(4)
    )


def seven_zip(name, data):
    """One stored file."""
    names = name.encode("utf-16-le") + b"\0\0"
    header = bytearray(b"\x01\x04")
    header += b"\x06\x00\x01\x09" + bytes([len(data)]) + b"\x00"  # pack info: at 0, one stream, its size
    header += (
        b"\x07\x0b\x01\x00\x01\x01\x00\x0c"
        + bytes([len(data)])
        + b"\x0a\x01"
        + struct.pack("<I", zlib.crc32(data))
        + b"\x00"
    )
    header += b"\x08\x00"  # substreams: one each
    header += b"\x00\x05\x01\x11" + bytes([len(names) + 1]) + b"\x00" + names + b"\x00\x00"
    assert len(data) < 128 and len(names) < 127
    start = struct.pack("<QQI", len(data), len(header), zlib.crc32(bytes(header)))
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start + data + bytes(header)


def octal(number):
    return b"%06o\0 " % number


def tarred(*files, name_bytes=None, kind=b"0", spelled=octal):
    """A ustar archive; `name_bytes` is what stands in the first name's 100 bytes, `kind` what the first file is, and
    `spelled` how checksums are."""
    out = bytearray()
    for index, (name, data) in enumerate(files):
        field = name_bytes if index == 0 and name_bytes is not None else name.encode()
        head = bytearray(512)
        head[: len(field)] = field
        head[100:108], head[108:116], head[116:124] = b"0000644\0", b"0000000\0", b"0000000\0"
        head[124:136], head[136:148] = b"%011o\0" % len(data), b"00000000000\0"
        head[148:156], head[156:157], head[257:265] = b" " * 8, kind if index == 0 else b"0", b"ustar\x0000"
        head[148:156] = spelled(sum(head)).ljust(8, b"\0")
        out += head + data + bytes(-len(data) % 512)
    return bytes(out + bytes(1024))


def npy(descr, shape, body, version=1):
    """numpy's own format."""
    text = "{'descr': %s, 'fortran_order': False, 'shape': %r, }" % (descr, shape)
    width = 2 if version == 1 else 4
    text += " " * (-(6 + 2 + width + len(text) + 1) % 64) + "\n"
    return b"\x93NUMPY" + bytes([version, 0]) + len(text).to_bytes(width, "little") + text.encode() + body
