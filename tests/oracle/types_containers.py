# coding: utf-8
"""Containers and structural types, each in every protocol, with a text of what it is.

    types_containers.py write           one line for each value and protocol: name, protocol, pickler, hex, text
    types_containers.py load            lines of name and hex on stdin; what each loads as, as `write` says it

For every CPython from 2.7 on.
"""

from __future__ import print_function, unicode_literals

import binascii
import collections
import functools
import io
import pickle
import struct
import sys
import types
import warnings

import array

PY2 = sys.version_info[0] == 2
# Of the type code `u`.
warnings.simplefilter("ignore", DeprecationWarning)
if PY2:
    import cPickle
    from UserDict import UserDict
    from UserList import UserList

    PICKLERS = [("pickle", pickle), ("cPickle", cPickle)]
    text_type, long_type, range_type = unicode, long, xrange  # noqa: F821
else:
    import _compat_pickle
    import enum
    from collections import ChainMap, UserDict, UserList, UserString

    PICKLERS = [("pickle", pickle)]
    text_type, long_type, range_type = str, int, range

Point = collections.namedtuple(str("Point"), str("x y"))


class CustomError(Exception):
    def __init__(self, code, detail):
        Exception.__init__(self, "custom %s" % code)
        self.code, self.detail = code, detail

    def __reduce__(self):
        return CustomError, (self.code, self.detail), {"code": self.code}


if not PY2:

    class Color(enum.Enum):
        RED = 1
        GREEN = "g"

    class Num(enum.IntEnum):
        ONE = 1

    class Perm(enum.Flag):
        R = 1
        W = 2

    class IPerm(enum.IntFlag):
        R = 1
        W = 2

    class Text(str, enum.Enum):
        A = "a"

    class Pair(enum.Enum):
        P = (1, 2)

    class Outer:
        class Inner(enum.Enum):
            X = 1

    if hasattr(enum, "StrEnum"):

        class Str(enum.StrEnum):
            A = "a"

        class ByName(enum.Enum):
            A = 1
            __reduce_ex__ = enum.pickle_by_enum_name


def with_attributes(value, **attributes):
    for name, attribute in attributes.items():
        setattr(value, name, attribute)
    return value


def noted(error):
    error.add_note("a note")
    return error


def caused(error, cause):
    error.__cause__ = cause
    return error


def table():
    """Names and functions that make the values; a version has those that it can make."""
    ordered, default, counter = collections.OrderedDict, collections.defaultdict, collections.Counter
    deque, partial = collections.deque, functools.partial
    yield "range", lambda: range_type(1, 10, 3)
    yield "range of one", lambda: range_type(5)
    yield "range down", lambda: range_type(3, -2, -1)
    yield "range big", lambda: range_type(-(2**70), 2**100, 2**33)
    yield "slice", lambda: slice(1, None, 2)
    yield "slice none", lambda: slice(None)
    yield "slice of str", lambda: slice("a", ("b", 1), None)
    yield "ordered", lambda: ordered([("b", 1), ("a", [2])])
    yield "ordered empty", lambda: ordered()
    yield "ordered of ints", lambda: ordered([(3, 1.5), ((1, 2), None)])
    yield "ordered of many", lambda: ordered((n, -n) for n in range(2500))
    yield "ordered attribute", lambda: with_attributes(ordered([("b", 1)]), extra=5)
    yield "default", lambda: default(list, {"k": [1]})
    yield "default empty", lambda: default(int)
    yield "default none", lambda: default(None, {1: 2})
    yield "default partial", lambda: default(partial(int, "7"), {1: 2})
    yield "counter", lambda: counter("aab")
    yield "counter empty", lambda: counter()
    yield "deque", lambda: deque([1, "two"])
    yield "deque empty", lambda: deque()
    yield "deque maxlen", lambda: deque([1, 2, 3], 5)
    yield "deque full", lambda: deque(range(10), 3)
    yield "deque maxlen empty", lambda: deque([], 0)
    yield "deque of many", lambda: deque(range(2500))
    yield "chain", lambda: ChainMap({"a": 1}, {"b": 2, "a": 3})
    yield "chain empty", lambda: ChainMap()
    yield "chain of ordered", lambda: ChainMap(ordered([("a", 1)]))
    yield "named", lambda: Point(1, "z")
    yield "named nested", lambda: [Point(Point(1, 2), None)]
    for code in "bBhHiIlLqQfd":
        low, high = (0 if code.isupper() else -100), 100
        yield "array " + code, lambda: array.array(str(code), [low, 1, high])
        yield "array empty " + code, lambda: array.array(str(code))
    for code, bits in [("B", 8), ("H", 16), ("I", 32), ("L", 64), ("Q", 64)]:
        yield "array most " + code, lambda: array.array(str(code), [0, 2**bits - 1])
        yield "array least " + code, lambda: array.array(str(code.lower()), [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1])
    yield "array floats", lambda: array.array(str("d"), [0.1, -0.0, 1e300, float("inf")])
    yield "array single floats", lambda: array.array(str("f"), [0.1, -0.0, 1e30])
    yield "array of many", lambda: array.array(str("i"), range(3000))
    for code in "uw":
        yield "array " + code, lambda: array.array(str(code), "h\u00e9\u20ac\U0001f600h")
        yield "array empty " + code, lambda: array.array(str(code), "")
    yield "array c", lambda: array.array(str("c"), str("abc"))
    yield "arrays", lambda: [array.array(str("h"), [1]), array.array(str("h"), [2])]
    yield "partial", lambda: partial(int, "10", base=2)
    yield "partial bare", lambda: partial(len)
    yield "partial attribute", lambda: with_attributes(partial(int), note="hi")
    yield "partial of partial", lambda: partial(partial(int, "1"), base=2)
    yield "namespace", lambda: types.SimpleNamespace(a=1, b="x")
    yield "namespace empty", lambda: types.SimpleNamespace()
    yield "user dict", lambda: UserDict({"a": 1})
    yield "user list", lambda: UserList([1, 2])
    yield "user str", lambda: UserString("q")
    yield "error", lambda: ValueError("bad", 3)
    yield "error bare", lambda: ValueError()
    yield "error attribute", lambda: with_attributes(KeyError("k"), extra=7)
    yield "error noted", lambda: noted(RuntimeError("r"))
    yield "error caused", lambda: caused(RuntimeError("r"), ValueError("c"))
    yield "error os", lambda: OSError(2, "No such", "f.txt")
    yield "error os two files", lambda: OSError(2, "No such", "f.txt", None, "g.txt")
    yield "error io", lambda: IOError(13, "denied")
    yield "error os text", lambda: OSError("only")
    yield "error decode", lambda: UnicodeDecodeError(str("utf-8"), b"a\xff", 1, 2, str("bad"))
    yield "error encode", lambda: UnicodeEncodeError(str("ascii"), "\u00e9", 0, 1, str("bad"))
    yield "error exit", lambda: SystemExit(3)
    yield "error syntax", lambda: SyntaxError("bad", ("f", 1, 2, "t"))
    yield "error stop", lambda: StopIteration(3)
    yield "error import", lambda: ImportError("no", name="mod", path="p")
    yield "error attribute name", lambda: AttributeError("no", name="q", obj=3)
    yield "error name", lambda: NameError("no", name="q")
    yield "error group", lambda: ExceptionGroup("g", [ValueError(1), KeyError("k")])  # noqa: F821
    yield "error base group", lambda: BaseExceptionGroup("g", [SystemExit(1)])  # noqa: F821
    yield "error warning", lambda: DeprecationWarning("old")
    yield "error interrupt", lambda: KeyboardInterrupt()
    yield "error custom", lambda: CustomError(4, "why")
    yield "member", lambda: Color.RED
    yield "member str", lambda: Color.GREEN
    yield "member int", lambda: Num.ONE
    yield "member flag", lambda: Perm.R
    yield "member flags", lambda: Perm.R | Perm.W
    yield "member no flag", lambda: Perm(0)
    yield "member int flags", lambda: IPerm.R | IPerm.W
    yield "member int unknown flag", lambda: IPerm(8)
    yield "member text", lambda: Text.A
    yield "member pair", lambda: Pair.P
    yield "member nested", lambda: Outer.Inner.X
    yield "member strenum", lambda: Str.A
    yield "member by name", lambda: ByName.A
    yield "members", lambda: [Color.RED, Color.GREEN, Color.RED]
    yield "set", lambda: {1, 2, 3}
    yield "set empty", lambda: set()
    yield "frozenset", lambda: frozenset([1, 2])
    yield "tuple", lambda: (1, 2, 3, 4)
    yield "tuple empty", lambda: ()
    yield "bytearray", lambda: bytearray(b"ab\xff")
    yield "bytearray empty", lambda: bytearray()


def show(value, protocol):
    """What a value is, as text."""
    inner = functools.partial(show, protocol=protocol)

    def items(values):
        return ", ".join(inner(each) for each in values)

    def pairs(entries):
        return ", ".join("%s: %s" % (inner(key), inner(each)) for key, each in entries)

    def state(attributes):
        entries = sorted((inner(name), inner(each)) for name, each in attributes.items())
        return "<%s>" % ", ".join("%s: %s" % entry for entry in entries)

    def path(named):
        module, name = named.__module__, getattr(named, "__qualname__", named.__name__)
        if module == "exceptions":
            module, name = "builtins", {"IOError": "OSError"}.get(name, name)
        if not PY2 and protocol < 3:
            module, name = _compat_pickle.REVERSE_NAME_MAPPING.get((module, name), (module, name))
            module, name = _compat_pickle.NAME_MAPPING.get((module, name), (module, name))
        module = {"__builtin__": "builtins"}.get(module, module)
        return "%s:%s" % (module, name)

    kind = type(value)
    if value is None or kind is bool:
        return str(value)
    if isinstance(value, BaseException):
        reduced = value.__reduce__()
        attributes = reduced[2] if len(reduced) > 2 else None
        return "error %s(%s)%s" % (path(reduced[0]), items(reduced[1]), "" if attributes is None else state(attributes))
    if not PY2 and isinstance(value, enum.Enum):
        reduced = value.__reduce_ex__(protocol)
        if reduced[0] is getattr:
            return "member %s.%s" % (path(kind), value.name)
        return "member %s(%s)" % (path(kind), inner(value.value))
    if kind in (int, long_type):
        return "%d" % value
    if kind is float:
        return "f" + binascii.hexlify(struct.pack(str(">d"), value)).decode("ascii")
    if PY2 and kind is bytes:
        value, kind = value.decode("latin-1"), text_type
    if kind is text_type:
        return '"%s"' % "".join(c if " " <= c <= "~" and c not in '"\\' else "\\u{%x}" % ord(c) for c in value)
    if kind is bytes or kind is bytearray:
        return "%s %s" % ("bytearray" if kind is bytearray else "bytes", binascii.hexlify(value).decode("ascii"))
    if kind is list:
        return "[%s]" % items(value)
    if kind is tuple:
        return "(%s)" % items(value)
    if kind is dict:
        return "{%s}" % pairs(value.items())
    if kind in (set, frozenset):
        return "%s(%s)" % (kind.__name__, ", ".join(sorted(inner(each) for each in value)))
    if kind is range_type:
        return "range(%s)" % items(value.__reduce__()[1])
    if kind is slice:
        return "slice(%s)" % items((value.start, value.stop, value.step))
    if kind is collections.OrderedDict:
        return "ordered{%s}" % pairs(value.items())
    if kind is collections.defaultdict:
        return "default %s{%s}" % (inner(value.default_factory), pairs(value.items()))
    if kind is collections.Counter:
        return "counter{%s}" % pairs(value.items())
    if kind is collections.deque:
        return "deque %s[%s]" % (inner(value.maxlen), items(value))
    if kind is Point:
        return "named %s(%s)" % (path(kind), items(value))
    if kind is array.array:
        code = value.typecode
        if code in "uw":
            return "array %s %s" % (code, inner(value.tounicode()))
        return "array %s[%s]" % (code if code != "c" else "B", items(map(ord, value) if code == "c" else value))
    if kind is functools.partial:
        return "partial %s(%s){%s}" % (inner(value.func), items(value.args), pairs((value.keywords or {}).items()))
    if not PY2 and kind is ChainMap:
        return "chain[%s]" % items(value.maps)
    if not PY2 and kind is types.SimpleNamespace:
        return "namespace{%s}" % pairs(vars(value).items())
    if isinstance(value, (UserDict, UserList)) or not PY2 and kind is UserString:
        return "user %s" % inner(value.data)
    if callable(value):
        return "import %s" % path(value)
    raise TypeError("show %r" % kind)


def write():
    out = io.open(sys.stdout.fileno(), "w", encoding="ascii", closefd=False)
    for name, make in table():
        try:
            value = make()
        except (NameError, AttributeError, TypeError, ValueError, OverflowError) as error:
            print("not in this version: %s: %s" % (name, error), file=sys.stderr)
            continue
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            text = show(value, protocol)
            for pickler, module in PICKLERS:
                data = binascii.hexlify(module.dumps(value, protocol)).decode("ascii")
                out.write("%s\t%d\t%s\t%s\t%s\n" % (name, protocol, pickler, data, text))
    out.flush()


def load():
    out = io.open(sys.stdout.fileno(), "w", encoding="ascii", closefd=False)
    for line in io.open(sys.stdin.fileno(), "r", encoding="ascii"):
        name, data = line.rstrip("\n").split("\t")
        data = binascii.unhexlify(data.encode("ascii"))
        try:
            for _, module in PICKLERS:
                text = show(module.loads(data), 5)
        except Exception as error:
            text = "failed: %s: %s" % (type(error).__name__, error)
        out.write("%s\t%s\n" % (name, text))
    out.flush()


if __name__ == "__main__":
    {"write": write, "load": load}[sys.argv[1]]()
