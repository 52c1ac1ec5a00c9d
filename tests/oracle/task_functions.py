"""Functions by value, pickled by cloudpickle, and the tasks made of them.

    task_functions.py write     prints JSON lines: name, protocol, pickles (HEX) of function, args and kwargs, expected
    task_functions.py run       reads JSON lines with a payload (HEX), runs each as a worker does, prints JSON lines

Both take cloudpickle from PYTHONPATH.
"""

import abc
import collections
import dataclasses
import enum
import functools
import json
import math
import pickle
import sys

import cloudpickle


class Base(abc.ABC):
    @abc.abstractmethod
    def area(self):
        ...

    def __repr__(self):
        return f"{type(self).__name__}({self.area()})"


class Square(Base):
    def __init__(self, side):
        self.side = side

    def area(self):
        return self.side ** 2


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


@dataclasses.dataclass
class Order:
    name: str
    amount: int = 1


FACTOR = 7


def with_globals(x):
    return math.floor(x * FACTOR)


def recursive(n):
    return 1 if n < 2 else n * recursive(n - 1)


def closure():
    total, seen = 10, []

    def add(*items, scale=1):
        seen.extend(items)
        return total + sum(seen) * scale

    return add


def same_class(square, cls):
    return type(square) is cls, isinstance(square, Base)


def compose(f, g):
    return lambda x: f(g(x))


def big(texts):
    return sum(map(len, texts))


shared = [1, 2]
CASES = [
    ("lambda", lambda x, y=3: (x, y), (1,), {}),
    ("globals", with_globals, (2.5,), {}),
    ("recursion", recursive, (10,), {}),
    ("closure", closure(), (1, 2, 3), {"scale": 2}),
    ("class", Square, (3,), {}),
    ("class apart", same_class, (Square(2), Square), {}),
    ("enum", lambda c: [c, c is Colour.RED], (Colour.RED,), {}),
    ("dataclass", lambda o, **more: (o, more), (Order("lamp", 2),), {"a": 1}),
    ("functions as arguments", compose, (len, sorted), {}),
    ("composed", compose(len, list), ("abc",), {}),
    ("partial", functools.partial(divmod, 17), (5,), {}),
    ("bound method", Square(4).area, (), {}),
    ("sharing", lambda a, b: a is b[0], (shared, [shared]), {}),
    ("many strings", big, (["text %d" % i for i in range(9000)],), {}),
    ("large bytes", lambda a, b: (len(a), b), (b"x" * 200_000, "y"), {}),
    ("a large function", lambda x, table=tuple(map(str, range(9000))): table[x], (8000,), {}),
    ("counter", collections.Counter, ("abca",), {}),
]


def shown(result):
    return repr(result) if not callable(result) else repr(result([3, 1]))


def write():
    for name, function, args, kwargs in CASES:
        expected = shown(cloudpickle.loads(cloudpickle.dumps(function))(*args, **kwargs))
        for protocol in range(6):
            for other in sorted({protocol, 5 - protocol}):
                try:
                    pickles = [
                        cloudpickle.dumps(function, protocol).hex(),
                        cloudpickle.dumps(args, other).hex(),
                        cloudpickle.dumps(kwargs, other).hex(),
                    ]
                except TypeError:
                    # Some objects with slots need protocol 2.
                    if min(protocol, other) >= 2:
                        raise
                    continue
                line = {
                    "name": name,
                    "protocol": protocol,
                    "pickles": pickles,
                    "expected": expected,
                }
                print(json.dumps(line))


def run():
    for line in sys.stdin:
        task = pickle.loads(bytes.fromhex(json.loads(line)))
        print(json.dumps(shown(task["fn"](*task["args"], **task["kwargs"]))))


if __name__ == "__main__":
    {"write": write, "run": run}[sys.argv[1]]()
