"""What Python 2.7 pickles, with cPickle and with pickle, in protocols 0-2."""

import collections
import datetime
import decimal
import functools
import uuid

import shapes

CASES = {}


def case(protocols=(0, 1, 2), **options):
    def add(build):
        CASES[build.__name__] = (build, protocols, (2, 7), options)
        return build

    return add


@case((0, 2))
def constants():
    return [None, True, False]


@case()
def ints_and_longs():
    return [0, 1, -1, 255, 256, 65535, 65536, 2**31 - 1, -(2**31), 2**31, 2**63 - 1, -(2**63), 0L, 1L, -1L, 2**63, 10L**30, -(10L**30)]


@case((2,))
def long_edges():
    return [1L << 2039, -(1L << 2039), (1L << 2039) - 1, 1L << 15, -(1L << 15)]


@case((0, 1))
def floats():
    inf = float("inf")
    return [0.0, -0.0, 0.1, 1e16, 1e300, 5e-324, inf, -inf, float("nan")]


@case()
def strs():
    return ["", "a", "it's", 'both \' and "', "\n\r\t\\\0\x7f\x80\xff", "".join(map(chr, range(256))), "x" * 256]


@case()
def unicodes():
    return [u"", u"a", u"caf\xe9", u"\u20ac", u"\U0001f600", u"a\nb\\u0041\\", u"\ud800", u"y" * 256]


@case()
def tuples_lists_dicts():
    return [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [], [1], [1, 2], {}, {"a": 1}, {1: None, 2: []}]


@case((0, 2))
def sets():
    return [set(), {1, 2}, frozenset([1]), bytearray("ab\xff")]


@case((0, 2))
def shared():
    inner, text = [1], "shared text"
    return [inner, inner, text, {"k": text}, (inner, text)]


@case((1,))
def many_memo_entries():
    items = [[] for _ in range(260)]
    return items + [items[0], items[254], items[255], items[256]]


@case((0, 2))
def cycles():
    as_list, as_dict, middle = [], {}, []
    as_list.append(as_list)
    as_dict["self"] = as_dict
    middle.append((middle, 1))
    return [as_list, as_dict, middle[0]]


@case((0, 2))
def tuple_cycle():
    middle = []
    value = (middle, 1)
    middle.append(value)
    return value


@case()
def old_style_instance():
    return shapes.Old([1])


@case((0, 1))
def old_style_empty():
    return [shapes.OldEmpty(), shapes.OldEmpty]


@case((0, 1))
def old_style_init_args():
    return shapes.OldInitArgs(1, "two")


@case((1,))
def old_style_get_state():
    return shapes.OldGetState()


@case((0,))
def old_style_cycle():
    value = shapes.Old()
    value.value = [value]
    return value


@case()
def new_style_instance():
    return shapes.Plain(name="n", numbers=[1, 2])


@case((2,))
def slots_and_new_args():
    return [shapes.Slots(1, [2]), shapes.SlotsAndDict(1, 2), shapes.NewArgs(1, "a")]


@case((1,))
def reduce_parts():
    reduce = shapes.Reduce
    return [
        reduce((1, "a")),
        reduce((), {"state": 1}),
        reduce((), None, [1, 2, 3]),
        reduce((), None, None, [("k", 1)]),
        reduce((), {"s": 0}, [1], [("k", 1), (2, [])]),
    ]


@case((2,))
def builtin_subclasses():
    return [shapes.ListChild([1, 2]), shapes.DictChild(k=1), shapes.IntChild(7), shapes.StrChild("s"), shapes.SetChild([1])]


@case((0, 2))
def classes_and_functions():
    return [len, int, long, unicode, xrange, dict, collections.OrderedDict, shapes.Old, shapes.make, StandardError]


@case((0, 2))
def standard_library():
    return [
        datetime.datetime(1999, 12, 31, 23, 59, 59, 999999),
        datetime.timedelta(-1, 2, 3),
        decimal.Decimal("-1.50"),
        collections.OrderedDict([("b", 1), ("a", 2)]),
        collections.defaultdict(list, {"k": [1]}),
        collections.deque([1, 2], 5),
        functools.partial(int, "10", base=2),
        shapes.Point(1, y="two"),
        complex(1, -2),
        xrange(3),
        uuid.UUID(int=0x12345678123456781234567812345678),
    ]


@case((2,))
def exceptions():
    return [ValueError("text", 2), KeyError(), shapes.Error(u"x"), IOError(2, "No such file", "name")]


@case((0, 1), persistent=True)
def persistent_ids():
    first = shapes.External("first")
    return [first, first, shapes.External("second")]


@case((2,), extensions=("shapes:Plain:2", "shapes:Node:300", "shapes:make:70000"))
def extension_codes():
    return [shapes.Plain(a=1), shapes.Node, shapes.make]
