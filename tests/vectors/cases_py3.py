"""What the Python 3 interpreters pickle.  Each case is a function without arguments.

`@case(protocols, since)`: the protocols to write it in and the first version that can.
The further options are explained in writer.py.
Sets hold a few small ints only: their order does not depend on hash randomisation.
"""

import array
import collections
import datetime
import decimal
import fractions
import functools
import operator
import pathlib
import uuid

import shapes

CASES = {}
ALL = (0, 1, 2, 3, 4, 5)


def case(protocols, since=(3, 6), **options):
    def add(build):
        CASES[build.__name__] = (build, protocols, since, options)
        return build

    return add


def buffer(text):
    """pickle.PickleBuffer, which older versions lack, looked up only when used."""
    import pickle

    return pickle.PickleBuffer(text)


# --- atoms --------------------------------------------------------------------------


@case((0, 2, 4))
def constants():
    return [None, True, False]


@case((0, 1, 2, 4), old_text=True)
def int_edges():
    near = [0, 1, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64]
    return near + [-1, -128, -129, -32768, -32769, -(2**31), -(2**31) - 1, -(2**63), -(2**63) - 1]


@case((0, 2, 4))
def int_big():
    # 255 bytes is the longest LONG1, 256 the shortest LONG4.
    return [1 << 100, -(1 << 100), (1 << 2039) - 1, 1 << 2039, -(1 << 2039), 1 << 2047]


@case((0, 1, 4))
def floats():
    inf = float("inf")
    return [0.0, -0.0, 1.5, -1.5, 0.1, 1e16, 1e300, 5e-324, 1.7976931348623157e308, inf, -inf, float("nan")]


@case((0, 1, 3, 4), old_text=True)
def str_kinds():
    return ["", "a", "caf\xe9", "\u20ac\u0100", "\U0001f600", "a\nb\rc\0d\x1ae", "back\\slash \\u0041 'q' \"d\"", "\x7f\x80\xff"]


@case((0, 1, 4))
def str_surrogates():
    return ["\ud800", "\udc00x", "\ud83d\ude00", "a\udcff"]


@case((1, 3, 4))
def str_lengths():
    # SHORT_BINUNICODE counts UTF-8 bytes, so 127 letters with an accent are still short.
    return ["x" * 255, "y" * 256, "\xe9" * 127, "\xe9" * 128]


@case((0, 2, 3, 4))
def bytes_kinds():
    return [b"", b"a", b"\x00\xff\n'\"\\", bytes(range(256)), b"abc", b"x" * 255]


@case((0, 4, 5), old_text=True)
def bytearray_kinds():
    return [bytearray(), bytearray(b"abc"), bytearray(b"\x00\xff")]


@case((2, 4))
def complex_and_range():
    return [complex(1, -2), complex("-0-nanj"), range(3), range(10, -5, -3)]


@case((0, 4))
def singletons():
    return [Ellipsis, NotImplemented, type(None), type(Ellipsis)]


# --- containers ---------------------------------------------------------------------


@case((0, 1, 2, 4))
def tuples():
    return [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), ((), ((),))]


@case((0, 1, 4), old_text=True)
def lists():
    return [[], [1], [1, 2], [[], [[]]]]


@case((0, 1, 4))
def dicts():
    return [{}, {"a": 1}, {"b": 1, "a": 2, 3: None, (1, 2): [], None: {}}]


@case((0, 2, 3, 4))
def sets():
    return [set(), {1}, {1, 2, 3}, frozenset(), frozenset([1]), frozenset([1, 2])]


@case((0, 1, 4))
def shared():
    inner, text, pair, blob = [1], "shared text", (1, 2), b"shared bytes"
    return [inner, inner, text, {"k": text, "l": inner}, pair, [pair], blob, blob]


@case((2, 4))
def equal_but_not_shared():
    return [[], [], {}, {}, ([1],), ([1],), int("1000"), int("1000")]


@case((1, 4))
def many_memo_entries():
    # More than 256 entries: LONG_BINPUT and LONG_BINGET.
    items = [[] for _ in range(260)]
    return items + [items[0], items[255], items[256], items[259]]


@case((1, 4))
def list_batches():
    return [None] * 1001


@case((2,))
def dict_batches():
    return dict.fromkeys(range(1000))


@case((0, 1, 4))
def list_cycle():
    value = []
    value.append(value)
    return value


@case((0, 1, 4))
def dict_cycle():
    value = {"other": 1}
    value["self"] = value
    return value


@case((0, 1, 2, 4))
def tuple_cycle(length=2):
    middle = []
    value = (middle,) + (1,) * (length - 1)
    middle.append(value)
    return value


@case((0, 1, 2))
def long_tuple_cycle():
    return tuple_cycle(5)


@case((0, 4))
def set_cycle():
    node = shapes.Node()
    node.link = {node}
    return node.link


@case((2, 4))
def frozenset_cycle():
    node = shapes.Node()
    node.link = frozenset([node])
    return node.link


@case((0, 4))
def instance_cycle():
    node = shapes.Node()
    node.link = shapes.Node([node])
    return node


# --- instances ----------------------------------------------------------------------


@case(ALL, old_text=True)
def instance():
    return shapes.Plain(name="n", numbers=[1, 2])


@case((0, 4))
def instances_without_state():
    return [shapes.Empty(), shapes.Empty()]


@case((2, 4))
def slots():
    both = shapes.SlotsAndDict(1, "two")
    both.extra = None
    return [shapes.Slots(1, [2]), both]


@case((0, 4))
def get_state():
    return [shapes.GetState(value) for value in ({"a": 1}, (1, 2), 0, "text", [None])]


@case((2, 4))
def new_args():
    return [shapes.NewArgs(), shapes.NewArgs(1, "a")]


@case((2, 4))
def new_args_ex():
    return [shapes.NewArgsEx(1, key="v", other=[2]), shapes.NewArgsEx()]


@case((0, 1, 4))
def reduce_parts():
    reduce = shapes.Reduce
    return [
        reduce((1, "a")),
        reduce((), {"state": 1}),
        reduce((), None, [1]),
        reduce((), None, [1, 2, 3]),
        reduce((), None, None, [("k", 1)]),
        reduce((), {"s": 0}, [1, 2], [("k", 1), (2, [])]),
    ]


@case((0, 4), since=(3, 8))
def reduce_with_state_setter():
    return shapes.Reduce((1,), {"s": 2}, None, None, shapes.set_state)


@case((0, 4))
def reduce_to_name():
    return [shapes.singleton, shapes.singleton]


@case((0, 4))
def recursive_reduce():
    return shapes.RecursiveReduce()


@case((0, 4))
def builtin_subclasses():
    child = shapes.ListChild([1, 2])
    child.attribute = "a"
    return [
        child,
        shapes.DictChild(k=1),
        shapes.SetChild([1, 2]),
        shapes.TupleChild((1, 2)),
        shapes.IntChild(7),
        shapes.FloatChild(1.5),
        shapes.StrChild("s"),
    ]


@case((0, 2, 4))
def globals_and_classes():
    return [shapes.Plain, len, int, range, dict, collections.OrderedDict, shapes.make, object, OSError]


@case((0, 2, 3, 4))
def nested_classes():
    return [shapes.Outer.Inner, shapes.Outer.Inner(), shapes.Outer.Inner.Innermost]


@case((0, 4))
def methods():
    return [[].append, "abc".upper, bytes.fromhex, operator.itemgetter(1, 2), operator.attrgetter("a.b")]


# --- standard library ---------------------------------------------------------------


@case((0, 4))
def datetimes():
    zone = datetime.timezone(datetime.timedelta(hours=5, minutes=30), "IST")
    return [
        datetime.date(2024, 2, 29),
        datetime.datetime(1999, 12, 31, 23, 59, 59, 999999),
        datetime.datetime(2020, 1, 2, tzinfo=zone),
        datetime.time(1, 2, 3, fold=1),
        datetime.timedelta(-1, 2, 3),
        datetime.timezone.utc,
    ]


@case((2, 4))
def numbers():
    return [decimal.Decimal("-1.50"), decimal.Decimal("NaN"), fractions.Fraction(-3, 7)]


@case((0, 4))
def collections_types():
    return [
        collections.OrderedDict([("b", 1), ("a", 2)]),
        collections.defaultdict(list, {"k": [1]}),
        collections.deque([1, 2], 5),
        collections.deque(),
        collections.Counter("aab"),
        shapes.Point(1, y="two"),
    ]


@case((0, 4))
def partials():
    return [functools.partial(int, "10", base=2), functools.partial(shapes.make)]


@case((0, 4))
def exceptions():
    chained = ValueError("text", 2)
    chained.note = "attribute"
    return [chained, KeyError(), OSError(2, "No such file", "name"), shapes.Error(["x"]), StopIteration(3)]


@case((2, 4))
def enums():
    return [shapes.Colour.RED, shapes.Colour.GREEN, shapes.Level.LOW, shapes.Mode.READ, shapes.Mode(3)]


@case((2, 4))
def uuids_and_paths():
    return [uuid.UUID(int=0x12345678123456781234567812345678), pathlib.PurePosixPath("/etc/hosts")]


@case((2, 4))
def arrays():
    return [array.array("i", [1, -2]), array.array("d", [0.5])]


@case((4,))
def iterators():
    items = iter([1, 2, 3])
    next(items)
    return [items, reversed([4, 5]), iter((6,))]


# --- large, persistent, extension codes, buffers -------------------------------------


@case((4,))
def frames():
    # Two frames: a frame is closed once 64 KiB are full.
    return [chr(97 + index % 26) * 230 + str(index) for index in range(290)]


@case((4,), since=(3, 7))
def large_bytes_unframed():
    return [b"before", b"x" * 65536, "after"]


@case((0, 1, 2, 4), persistent=True)
def persistent_ids():
    first = shapes.External("first")
    return [first, first, shapes.External("second"), {"in a dict": first}]


@case((1, 4), persistent=True)
def persistent_id_objects():
    return [shapes.External(("table", 7)), shapes.External(b"raw")]


@case((0, 2), extensions=("shapes:Plain:2", "shapes:Node:300", "shapes:make:70000"))
def extension_codes():
    return [shapes.Plain(a=1), shapes.Node, shapes.make, shapes.Plain]


@case((5,), since=(3, 8))
def buffers_in_band():
    first = buffer(b"read-only")
    return [first, first, buffer(bytearray(b"writable"))]


@case((5,), since=(3, 8), buffers=4)
def buffers_out_of_band():
    first = buffer(b"read-only")
    return [first, first, buffer(bytearray(b"writable")), buffer(b"last")]
