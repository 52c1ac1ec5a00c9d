# coding: utf-8
"""Writes values for typed reading: a line for each value, protocol and pickler, of name, protocol and pickle in hex.

For every CPython from 2.7 on; names that begin with "py2" are written by Python 2 alone, which writes few of the others.
"""

from __future__ import print_function, unicode_literals

import binascii
import collections
import datetime
import decimal
import fractions
import pickle
import sys
import uuid

PY2 = sys.version_info[0] == 2

Point = collections.namedtuple(str("Point"), str("x y"))
One = collections.namedtuple(str("One"), str("items"))


class Plain(object):
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Slots(object):
    __slots__ = (str("name"), str("age"))

    def __init__(self, name, age):
        self.name, self.age = name, age


class Both(Slots):
    """Slots of its own, and a dict from not saying otherwise."""


class Args(object):
    """Arguments for `__new__`, and a dict."""

    def __new__(cls, name):
        return object.__new__(cls)

    def __getnewargs__(self):
        return ("argument",)


class ArgsOnly(object):
    def __new__(cls, name, age):
        return object.__new__(cls)

    def __init__(self, name, age):
        pass

    def __getnewargs__(self):
        return ("Ann", 41)

    def __getstate__(self):
        return None


class Reduced(object):
    def __init__(self, name, age):
        pass

    def __reduce__(self):
        return Reduced, ("Ann", 41)


class FromDict(object):
    def __init__(self, fields):
        pass

    def __reduce__(self):
        return FromDict, ({"name": "Ann", "age": 41},)


class TupleState(object):
    def __getstate__(self):
        return ("Ann", 41)

    def __setstate__(self, state):
        pass


class ListState(object):
    def __getstate__(self):
        return ["Ann", 41]

    def __setstate__(self, state):
        pass


class List(list):
    pass


class Dict(dict):
    pass


class Set(set):
    pass


class FrozenSet(frozenset):
    pass


class Tuple(tuple):
    pass


class Int(int):
    pass


class Float(float):
    pass


class Text(type("")):
    pass


def with_attribute(value):
    value.name = "Ann"
    value.age = 41
    return value


person = {"name": "Ann", "age": 41}

values = [
    ("person", person),
    ("plain", Plain(**person) if not PY2 else with_attribute(Plain())),
    ("nested", {"users": [{"name": "Ann", "age": 41}, {"name": "Bob", "age": 7}], "first": (1, 2.5, None, True)}),
    ("slots", Slots("Ann", 41)),
    ("args_and_state", with_attribute(Args("x"))),
    ("args", ArgsOnly("Ann", 41)),
    ("reduced", Reduced("Ann", 41)),
    ("from_dict", FromDict({})),
    ("tuple_state", TupleState()),
    ("list_state", ListState()),
    ("named", Point("Ann", 41)),
    ("named_one", One((1, 2))),
    ("list", List([1, 2])),
    ("list_with_attributes", with_attribute(List([1, 2]))),
    ("dict", Dict(person)),
    ("dict_with_attributes", with_attribute(Dict({"other": 1}))),
    ("set", Set([1, 2])),
    ("frozenset", FrozenSet([1, 2])),
    ("tuple", Tuple([1, 2])),
    ("int", Int(41)),
    ("int_with_attributes", with_attribute(Int(41))),
    ("float", Float(0.5)),
    ("text", Text("Ann")),
    ("plain_set", {1, 2}),
    ("plain_frozenset", frozenset([1, 2])),
    ("ordered", collections.OrderedDict([("name", "Ann"), ("age", 41)])),
    ("ordered_empty", collections.OrderedDict()),
    ("default", collections.defaultdict(list, person)),
    ("deque", collections.deque([1, 2])),
    ("exception", ValueError("bad", 41)),
    ("exception_one", ValueError("bad")),
    ("date", datetime.date(2026, 11, 21)),
    ("timedelta", datetime.timedelta(days=1, seconds=2, microseconds=500000)),
    ("timedelta_negative", datetime.timedelta(seconds=-1)),
    ("decimal", decimal.Decimal("0.10")),
    ("fraction", fractions.Fraction(1, 3)),
    ("uuid", uuid.UUID(int=1)),
    ("complex", 1 + 2j),
    ("bytearray", bytearray(b"\x01\x02")),
    ("ints", [0, 255, 2 ** 31, 2 ** 47, 2 ** 63 - 1, -(2 ** 63), 2 ** 63, 2 ** 64 - 1]),
    ("wide", [2 ** 64, -(2 ** 64), 2 ** 127 - 1, -(2 ** 127)]),
    ("widest", 2 ** 128 - 1),
    ("huge", 2 ** 200),
    ("keys_int", {1: "a", -2: "b"}),
    ("keys_tuple", {(1, "x"): 2}),
    ("keys_odd", {None: 1, True: 2, 2.5: 3, (): 4, "name": "Ann", "age": 41}),
    ("import", collections.OrderedDict),
    ("nothing", None),
    ("empty_tuple", ()),
    ("unicode", "é€😀"),
]

if PY2:

    class Old:
        def __init__(self):
            self.name, self.age = "Ann", 41

    values += [
        ("py2_old", Old()),
        ("py2_str_keys", {b"name": b"Ann", b"age": 41}),
        ("py2_long", long(41)),  # noqa: F821
    ]
else:
    import enum

    try:
        import dataclasses
    except ImportError:
        # CPython 3.6; its instances are like any others.
        Data = Plain
    else:
        Data = dataclasses.make_dataclass("Data", ["name", "age"])
        Data.__module__ = "__main__"

    class Color(enum.Enum):
        RED = 1
        GREEN = "green"

    class Number(enum.IntEnum):
        ONE = 1

    class Keywords(object):
        def __new__(cls, name, **more):
            return object.__new__(cls)

        def __getnewargs_ex__(self):
            return ("Ann",), {"age": 41}

    class Setter(object):
        def __reduce__(self):
            return Setter, (), dict(person), None, None, set_state

    def set_state(instance, state):
        instance.__dict__.update(state)

    class Outer:
        class Inner(object):
            pass

    both = Both("Ann", 41)
    both.other = 1

    values += [
        ("plain", with_attribute(Outer.Inner())),
        ("slots", both),
        ("dataclass", Data(**person)),
        ("enum_text", Color.GREEN),
        ("enum_int", Color.RED),
        ("int_enum", Number.ONE),
        ("bytes", b"\x01\x02"),
        ("surrogate", "a\udc80"),
        ("keys_bytes", {b"name": "Ann", b"age": 41}),
        ("range", range(1, 10, 2)),
    ]
    if sys.version_info >= (3, 8):
        values.append(("setter", Setter()))
    for_new = [("keywords", Keywords("Ann", age=41))]

if PY2:
    import cPickle

    picklers = [pickle, cPickle]
    protocols = range(3)
    # What differs there, or cannot be pickled in all protocols.
    left_out = {"slots", "args", "import"}
    values = [(name, value) for name, value in values if name not in left_out]
    for_new = []
else:
    picklers = [pickle]
    protocols = range(pickle.HIGHEST_PROTOCOL + 1)

for name, value in values + for_new:
    for protocol in protocols:
        # Below protocol 2 these cannot be pickled, or lose their arguments.
        if name in ("slots", "args", "keywords") and protocol < 2:
            continue
        for pickler in picklers:
            hexed = binascii.hexlify(pickler.dumps(value, protocol)).decode("ascii")
            print(name, protocol, hexed)
