"""Functions, classes and what goes with them, as dill writes them.

    python -I -S dill_functions.py DILL

DILL is where to import dill from. One JSON line for each pickle: [case, protocol, recurse, the pickle in hexadecimal digits,
an expression of `f` (which is what is loaded), what that is here]; a null for the pickle if dill cannot write it.
"""

import sys

sys.path.insert(0, sys.argv[1])

import abc
import collections
import dataclasses
import functools
import inspect
import json
import math
import operator
import threading
import types
import typing
import warnings
import weakref

import dill

CASES = []


def case(expression, since=(0, 3, 4), flat=True):
    """A case: what is loaded is what the function returns. Without `flat` it needs globals, which `recurse` alone brings."""

    def add(build):
        CASES.append((build.__name__, build, expression, since, flat))
        return build

    return add


@case("f(1)")
def plain():
    return lambda x: x + 1


@case("f(2)")
def closure():
    kept = [1]

    def f(n):
        return kept + [n]

    return f


@case("(f[0](), f[0](), f[1]())", since=(0, 3, 5))
def shared_cell():
    n = 0

    def inc():
        nonlocal n
        n += 1
        return n

    return [inc, lambda: n]


@case("f(5)", since=(0, 3, 5))
def recursive():
    def fact(n):
        return n * fact(n - 1) if n else 1

    return fact


@case("(f(7), f.__closure__[0].cell_contents(7))", since=(0, 3, 5))
def mutually_recursive():
    def even(n):
        return not n or odd(n - 1)

    def odd(n):
        return n > 0 and even(n - 1)

    return even


@case("(f(), f.__closure__[0] == type(f.__closure__[0])())", since=(0, 3, 5))
def empty_cell():
    def f():
        try:
            return later
        except NameError:
            return "empty"

    if not f:
        later = 1
    return f


@case("(f(1), f(1, b=3), f.__kwdefaults__, f.__defaults__, f.tag, f.__doc__, f.__annotations__, f.__qualname__)", since=(0, 3, 5))
def attributes():
    def f(a, c=2, *, b=4) -> int:
        """A doc."""
        return a + b + c

    f.tag = "tagged"
    return f


LIMIT = 3


def helper(x):
    return x * LIMIT


@case("(f(2), f.__globals__['math'].__name__)", flat=False)
def uses_globals():
    return lambda x: math.floor(helper(x))


@case("f([3, 1, 2])", flat=False)
def uses_builtins():
    return lambda items: (len(items), sorted(items), isinstance(items, list))


def make_class():
    class Base:
        """A doc."""

        kept = 3

        def __init__(self, x):
            self.x = x

        def double(self):
            return self.x * 2

        @property
        def half(self):
            return self.x / 2

        @classmethod
        def make(cls):
            return cls(8)

        @staticmethod
        def nothing():
            return None

    class Derived(Base):
        def double(self):
            return super().double() + self.kept

    return Derived


@case("(f(4).double(), f.make().half, f.nothing(), f.__qualname__, f.__mro__[1].__doc__)", since=(0, 3, 5))
def derived_class():
    return make_class()


@case("(f.double(), f.x)", since=(0, 3, 5))
def instance():
    return make_class()(5)


@case("f()", since=(0, 3, 5))
def bound_method():
    return make_class()(5).double


@case("(f(1, 2).a, f.__slots__, hasattr(f(1, 2), '__dict__'), f.a.__get__(f(3, 4)))", since=(0, 3, 5))
def slots():
    class S:
        __slots__ = ("a", "b")

        def __init__(self, a, b):
            self.a, self.b = a, b

    return S


@case("f[1].__get__(f[0](6))", since=(0, 3, 5))
def slot_descriptor():
    class S:
        __slots__ = "a"

        def __init__(self, a):
            self.a = a

    return [S, S.a]


@case("(f().again() is f, f().name())", since=(0, 3, 5))
def class_in_its_own_closure():
    class Me:
        def again(self):
            return Me

        def name(self):
            return __class__.__name__

    return Me


@case("(isinstance(1, f), [*f.__abstractmethods__])", since=(0, 3, 5))
def abstract():
    class Abstract(abc.ABC):
        @abc.abstractmethod
        def run(self):
            pass

    Abstract.register(int)
    return Abstract


@case("(f(1), f(1, 5).y, f._fields, f.__module__)", since=(0, 3, 5))
def namedtuple():
    return collections.namedtuple("Point", "x y", defaults=[7])


@case("(f(1, 2).total(), f(1, 2))", since=(0, 3, 5))
def namedtuple_subclass():
    class Point(collections.namedtuple("Point", "x y")):
        __slots__ = ()

        def total(self):
            return self.x + self.y

    return Point


@case("f is __import__('inspect').FullArgSpec")
def namedtuple_of_the_stdlib():
    return inspect.FullArgSpec


@case("(f() is ..., )")
def ellipsis():
    kept = ...
    return lambda: kept


@case("(f()[0] is NotImplemented, f()[1:])")
def singletons():
    kept = (NotImplemented, range(3), range(5, -5, -2), b"", frozenset([1]), {2}, bytearray(b"x"))
    return lambda: kept


@case("[sorted(view) for view in f]", since=(0, 3, 6))
def views():
    both = {"a": 1, "b": 2}
    return [both.keys(), both.values(), both.items(), collections.OrderedDict(both).keys()]


@case("[kind.__name__ for kind in f]", since=(0, 3, 6))
def kinds():
    named = [type(None), type(...), super, functools.partial, operator.itemgetter, types.FunctionType, types.CellType]
    return named + [type({}.keys()), type({}.values()), type(collections.OrderedDict().items()), ValueError]


@case("(f[0](3), f[1]('abc'), f[2](f), f[3]({1: 2}))", since=(0, 3, 5))
def callables():
    return [functools.partial(lambda x, y: x - y, y=1), operator.itemgetter(1), operator.attrgetter("__class__"), dict.copy]


@case("[f(10), f(10), f.cache_info().hits]", since=(0, 3, 5))
def cached():
    return functools.lru_cache(maxsize=9)(lambda n: n + 1)


@case("[f[0]({3: 4}, 3), f[1](5), f[2].__get__(len), f[3].__get__(1, int)]", since=(0, 3, 5))
def descriptors():
    return [dict.__contains__, int.__neg__, type(len).__dict__["__name__"], int.__dict__["real"]]


@case("(f[0].locked(), f[1].locked(), f[2].acquire())")
def locks():
    held = threading.Lock()
    held.acquire()
    return [threading.Lock(), held, threading.RLock()]


@case("(f[1]() is f[0], f[2]() is None, f[3].x)", since=(0, 3, 5))
def weak_references():
    kept, gone = make_class()(5), make_class()(6)
    dead = weakref.ref(gone)
    del gone
    return [kept, weakref.ref(kept), dead, weakref.proxy(kept)]


@case("(f(1), f(1) == f(1, 2), f(1).twice())", since=(0, 3, 5))
def dataclass():
    @dataclasses.dataclass
    class Data:
        x: int
        y: int = 2

        def twice(self):
            return self.x * 2

    return Data


@case("(f([1]).first(), f.__orig_bases__)", since=(0, 3, 5))
def generic_base():
    class Numbers(typing.List[int]):
        def first(self):
            return self[0]

    return Numbers


@case("f([1])")
def module():
    kept = json
    return lambda value: kept.dumps(value)


@case("f[0] is __import__('sys').__stdout__")
def standard_stream():
    return [sys.__stdout__]


@case("(f[0], f[1])", since=(0, 3, 6))
def empty_tuple_of_typing():
    return [typing.Tuple[()], typing.List[int]]


@case("(f(), f.__code__.co_consts[1:])")
def constants():
    def f(x=b""):
        return x, b"", b"\xff", "\xe9", 1.5, (1, (2,)), 3 in {3, 4}

    return f


@case("(f(3), f(-3), [*f.gen(4)])", since=(0, 3, 5))
def jumps():
    def f(n):
        for i in range(10):
            if i > n and n > 0 or n < -2:
                return i, n
        else:
            return None

    def gen(n):
        while n:
            yield n
            n -= 1

    f.gen = gen
    return f


def main():
    version = tuple(map(int, dill.__version__.split(".")[:3]))
    for name, build, expression, since, flat in CASES:
        if version < since:
            continue
        value = build()
        expected = ascii(eval(expression, {"f": value}))
        for recurse in (False, True):
            for protocol in range(2, 6):
                if not (recurse or flat):
                    continue
                # Uses may change what is in cells.
                value = build()
                try:
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        data = dill.dumps(value, protocol=protocol, recurse=recurse).hex()
                except Exception as error:
                    data, expected = None, repr(error)
                print(json.dumps([name, protocol, recurse, data, expression, expected]))


main()
