"""Pickles by opcodes, never by pickling: nothing here imports what it names."""

import struct

MARKER = "echo brinery-hostile-corpus"


class Here:
    """A piece of a stream whose first byte is where the finding is expected."""

    def __init__(self, piece):
        self.piece = piece


class Stream(bytes):
    """Bytes that know the offset of the expected finding, within the pickle that has it."""

    at = None

    def wrapped(self, data):
        """Other bytes around the same pickle."""
        outer = Stream(data)
        outer.at = self.at
        return outer


def join(*pieces):
    out, at = bytearray(), []

    def add(piece):
        if isinstance(piece, Here):
            at.append(len(out))
            add(piece.piece)
        elif isinstance(piece, (tuple, list)):
            for part in piece:
                add(part)
        else:
            if isinstance(piece, Stream) and piece.at is not None:
                at.append(len(out) + piece.at)
            out.extend(piece)

    add(pieces)
    stream = Stream(out)
    if at:
        stream.at = at[0]
    return stream


def u16(number):
    return struct.pack("<H", number)


def u32(number):
    return struct.pack("<I", number)


def u64(number):
    return struct.pack("<Q", number)


def proto(number):
    return b"\x80" + bytes([number])


def frame(payload):
    return [b"\x95" + u64(len(join(payload))), payload]


def text(value):
    """SHORT_BINUNICODE, BINUNICODE."""
    data = value.encode("utf-8", "surrogatepass")
    return b"\x8c" + bytes([len(data)]) + data if len(data) < 256 else b"X" + u32(len(data)) + data


def old(value):
    """A text of protocol 2 and below: BINUNICODE."""
    data = value.encode("utf-8", "surrogatepass")
    return b"X" + u32(len(data)) + data


def line(value):
    """STRING, with quotes."""
    return b"S" + repr(value).encode("ascii") + b"\n"


def raw(value):
    """SHORT_BINBYTES, BINBYTES."""
    return b"C" + bytes([len(value)]) + value if len(value) < 256 else b"B" + u32(len(value)) + value


def number(value):
    if 0 <= value < 256:
        return b"K" + bytes([value])
    if 0 <= value < 65536:
        return b"M" + u16(value)
    return b"J" + struct.pack("<i", value)


def name(module, qualname):
    """GLOBAL."""
    return b"c%s\n%s\n" % (module.encode("utf-8"), qualname.encode("utf-8"))


def stacked(module, qualname):
    """STACK_GLOBAL."""
    return [text(module), text(qualname), Here(b"\x93")]


class Global:
    def __init__(self, module, qualname, stacked=False):
        self.module, self.qualname, self.stacked = module, qualname, stacked


class Call:
    def __init__(self, target, *args):
        self.target, self.args = target, args


def value(item):
    """Any plain value, name or call as the opcodes that push it."""
    if item is None:
        return b"N"
    if item is True or item is False:
        return b"\x88" if item else b"\x89"
    if isinstance(item, int):
        return number(item)
    if isinstance(item, float):
        return b"G" + struct.pack(">d", item)
    if isinstance(item, str):
        return old(item)
    if isinstance(item, (bytes, bytearray)):
        return raw(bytes(item))
    if isinstance(item, tuple):
        return several(item)
    if isinstance(item, list):
        return [b"]", [[value(part), b"a"] for part in item]]
    if isinstance(item, dict):
        return [b"}", [[value(key), value(part), b"s"] for key, part in item.items()]]
    if isinstance(item, Global):
        return stacked(item.module, item.qualname)[:2] + [b"\x93"] if item.stacked else name(item.module, item.qualname)
    if isinstance(item, Call):
        return call(value(item.target), *item.args)
    if isinstance(item, Here):
        return Here(value(item.piece))
    if isinstance(item, Pieces):
        return item.pieces
    raise TypeError(item)


class Pieces:
    """Opcodes where a value is asked for."""

    def __init__(self, *pieces):
        self.pieces = pieces


def several(items):
    """TUPLE1 to TUPLE3 where they fit."""
    if not items:
        return b")"
    if len(items) <= 3:
        return [[value(item) for item in items], bytes([0x84 + len(items)])]
    return [b"(", [value(item) for item in items], b"t"]


def call(target, *args):
    """The opcodes of `target`, a tuple of arguments, REDUCE."""
    return [target, several(args), b"R"]


def pickled(*pieces, version=2):
    """A whole pickle: PROTO, the pieces, STOP."""
    return join(proto(version), pieces, b".")


def reduced(module, qualname, *args, version=2):
    """The plain form: one name, called; the finding is where the name is."""
    if version >= 4:
        return pickled(call(stacked(module, qualname), *args), version=version)
    return pickled(call(Here(name(module, qualname)), *args), version=version)


def payload(version=2):
    """The usual one: os.system, spelled posix as CPython's own pickler does."""
    return reduced("posix", "system", MARKER, version=version)


SYSTEM = name("posix", "system")


def run():
    """The opcodes of the usual one, the finding at its name."""
    return call(Here(SYSTEM), MARKER)


CASES = []


class Case:
    """One dangerous file.

    `finds` is (rule, name) of the finding that must be there; its offset comes from the stream. `verdict` is what every
    built-in policy has to say, or a dict of policies with "*" for the others.
    """

    def __init__(self, file, trick, data, finds, source, verdict="dangerous", at=True):
        self.file, self.trick, self.data, self.finds = file, trick, data, finds
        self.source, self.verdict = source, verdict
        self.at = data.at if at else None


def case(file, trick, data, finds=("R2", "posix.system"), source="brinery", verdict="dangerous", at=True):
    if "." not in file:
        file += ".pkl"
    CASES.append(Case(file, trick, data, finds, source, verdict, at))
