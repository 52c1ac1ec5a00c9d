"""Modules made on the fly, types without a name of their own, and odds and ends that functions drag along."""

import collections
import io
import logging
import sys
import types
import weakref


def module(name, text, **contents):
    made = types.ModuleType(name, "A module.")
    made.__dict__.update(contents)
    exec(text, made.__dict__)
    return made


@kind
def dynamic_module():
    return module(
        "made",
        "x = 1\ndef f():\n    return x\ndef put(y):\n    global x\n    x = y\nclass C:\n    def g(self):\n        return f()\n",
    )


@use
def dynamic_module(m):
    m.put(5)
    return [m.f(), m.C().g(), m.__name__, m.__doc__, type(m).__name__]


@kind
def dynamic_module_as_global():
    space = {
        "__name__": "__main__",
        "__builtins__": __builtins__,
        "tools": module("tools", "def double(x):\n    return x * 2\n"),
    }
    exec("def f(x):\n    return tools.double(x) + tools.k\n", space)
    space["tools"].k = 100
    return space["f"]


@use
def dynamic_module_as_global(f):
    return f(4)


@kind
def dynamic_module_twice():
    m = module("one", "data = []\ndef add(x):\n    data.append(x)\n    return data\n")
    return m, m.add, [m], m.data


@use
def dynamic_module_twice(four):
    m, add, others, data = four
    add(1)
    return [m is others[0], data, m.data is data]


@kind
def function_of_a_module():
    m = module("lib", "factor = 3\ndef helper(x):\n    return x * factor\ndef f(x):\n    return helper(x) + 1\n")
    return m.f


@use
def function_of_a_module(f):
    return [f(2), f.__globals__["helper"](2)]


@kind
def modules_by_name():
    import math
    import os.path

    return math, os.path, collections.abc


@use
def modules_by_name(three):
    return [three[0].floor(1.5), hasattr(three[1], "join"), three[2].__name__]


@kind
def types_without_a_name():
    return [
        type(None),
        type(...),
        type(NotImplemented),
        types.FunctionType,
        types.GeneratorType,
        types.CodeType,
        types.ModuleType,
        types.MethodType,
    ]


@use
def types_without_a_name(found):
    import types

    return [t.__name__ for t in found] + [found[3] is types.FunctionType]


@kind
def cell_type():
    def make(x):
        return lambda: x

    return type(make(1).__closure__[0])


@use
def cell_type(t):
    return t.__name__


@kind
def read_only_dict():
    return types.MappingProxyType({"a": [1]}), lambda: 1


@use
def read_only_dict(pair):
    return [type(pair[0]).__name__, pair[0]["a"], raised(lambda: pair[0].__setitem__("b", 1))]


@kind
def views_of_dicts():
    d = {"a": 1, "b": 2}
    return d.keys(), d.values(), d.items(), collections.OrderedDict(d).keys()


@use
def views_of_dicts(four):
    return [sorted(four[0]), sorted(four[1]), sorted(four[2]), list(four[3]), [type(v).__name__ for v in four]]


@kind
def weak_set():
    class A:
        pass

    a = A()
    return weakref.WeakSet([a]), a


@use
def weak_set(pair):
    return [len(pair[0]), pair[1] in pair[0]]


@kind
def loggers():
    log = logging.getLogger("brinery.test")

    def f():
        return log.name

    return f, logging.getLogger()


@use
def loggers(pair):
    import logging

    return [pair[0](), pair[1] is logging.getLogger()]


@kind
def standard_streams():
    def f(out=sys.stdout):
        return out is sys.stdout

    return f


@use
def standard_streams(f):
    import sys

    return [f(), f.__defaults__[0] is sys.stdout]


@kind
def text_file():
    import os
    import tempfile

    with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as made:
        made.write("first\nsecond\n")
    opened = open(made.name)
    opened.readline()
    os.unlink(made.name)
    return opened


@use
def text_file(file):
    return file.read()


@kind
def memory():
    return memoryview(b"abc"), bytearray(b"de"), lambda: memoryview(b"f")[0]


@use
def memory(three):
    return [bytes(three[0]).decode(), three[1].decode(), three[2]()]


@kind
def singletons():
    def f(a=NotImplemented, b=..., c=type(None)):
        return [a is NotImplemented, b is Ellipsis, c is type(None)]

    return f


@use
def singletons(f):
    return f()


@kind
def sets_and_ranges():
    def f(s=frozenset([1, (2, "x")]), r=range(1, 10, 3), c=complex(1, 2), t={3, 4}):
        return [sorted(map(str, s)), list(r), c.imag, sorted(t), slice(1).stop]

    return f


@use
def sets_and_ranges(f):
    return f()


@kind
def simple_namespace():
    space = types.SimpleNamespace(f=lambda x: x + 1, n=1)
    space.me = space
    return space


@use
def simple_namespace(s):
    return [s.f(1), s.n, s.me is s]


@kind
def dates_and_decimals():
    import datetime
    import decimal
    import fractions

    when, price, part = datetime.datetime(2026, 1, 2, 3, 4), decimal.Decimal("1.50"), fractions.Fraction(1, 3)
    return lambda: [when.isoformat(), str(price), str(part)]


@use
def dates_and_decimals(f):
    return f()


@kind
def in_memory_files():
    text, data = io.StringIO("abc"), io.BytesIO(b"def")
    text.read(1)
    return lambda: [text.read(), data.read().decode()]


@use
def in_memory_files(f):
    return f()


@kind
def slot_descriptor():
    class P:
        __slots__ = ("x",)

    return P.x, P


@use
def slot_descriptor(pair):
    p = pair[1]()
    p.x = 4
    return [pair[0].__get__(p), pair[0] is pair[1].x]


@kind
def getset_descriptor():
    return type(lambda: 1).__code__, type("A", (), {}).__dict__["__dict__"] is not None


@use
def getset_descriptor(pair):
    return [pair[0].__name__, pair[1]]


@kind
def deep_data():
    tree = []
    for _ in range(60):
        tree = [tree, lambda: 1]
    return tree


@use
def deep_data(tree):
    depth = total = 0
    while tree:
        total += tree[1]()
        tree, depth = tree[0], depth + 1
    return [depth, total]


@kind
def many_functions():
    return [eval("lambda x, k=%d: x * k + %d" % (i, i)) for i in range(150)]


@use
def many_functions(fs):
    return sum(f(2) for f in fs)


@kind
def sharing_everything():
    table = {}

    def put(key, value=table):
        table[key] = value
        return table

    class Store:
        data = table

        def add(self, key):
            return put(key, self.data)

    return Store, put, table


@use
def sharing_everything(three):
    Store, put, table = three
    same = Store().add("k")
    return [same is table, Store.data is table, table["k"] is table, put.__defaults__[0] is table]
