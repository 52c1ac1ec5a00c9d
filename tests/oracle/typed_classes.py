"""Classes of every shape that a Rust struct can be written as an instance of."""

import collections
import enum


class Order:
    pass


class Other:
    pass


class Outer:
    class Inner:
        class Deep:
            pass


class Slotted:
    __slots__ = ('x', 'y')


Point = collections.namedtuple('Point', 'x y')
Four = collections.namedtuple('Four', 'a b c d')
One = collections.namedtuple('One', 'a')


class Money:
    def __init__(self, amount, currency):
        self.amount, self.currency = amount, currency

    def __reduce__(self):
        return Money, (self.amount, self.currency)


class Server:
    def __new__(cls, **kwargs):
        self = object.__new__(cls)
        self.kwargs = kwargs
        return self

    def __getnewargs_ex__(self):
        return (), self.kwargs

    def __reduce_ex__(self, protocol):
        # Without the attribute that only remembers the arguments.
        made = object.__reduce_ex__(self, protocol)
        return made[:2] + (None,) + made[3:] if protocol >= 2 else made


class Listed:
    __slots__ = ('key', 'size')

    def __getstate__(self):
        return [self.key, self.size]

    def __setstate__(self, state):
        self.key, self.size = state


class Color(enum.Enum):
    RED = 1
    GREEN = 'green'
    BIG = 1 << 70


class Circle:
    pass


class Square:
    pass


def make(cls, **attributes):
    """An instance with these attributes, in this order."""
    self = cls.__new__(cls)
    for name, value in attributes.items():
        setattr(self, name, value)
    return self


def fresh(value):
    """A str or bytes that is no other object's, unless Python has only one of it; also within containers."""
    if type(value) is str:
        return value.encode('utf-8').decode('utf-8') if len(value) != 0 else ''
    if type(value) is bytes:
        return (value + b'!')[:-1]
    if type(value) in (list, tuple):
        return type(value)(fresh(item) for item in value)
    if type(value) is dict:
        return {key: fresh(item) for key, item in value.items()}
    return value
