"""Classes of every kind that the tests of typed classes exchange with Rust, and who writes and checks them.

As a script: `write` prints every object in every protocol it can be pickled in, a line each of name, protocol and hex;
`check` reads such lines, loads them and compares what comes out with its own objects, type by type and field by field.
"""

import collections
import dataclasses
import enum
import pickle
import sys
import typing


class Order:
    """A plain class: its state is its `__dict__`."""


class Slotted:
    __slots__ = ('x', 'y')


class SlottedAndDict(Slotted):
    """Slots, and a `__dict__` beside them."""


@dataclasses.dataclass
class Item:
    name: str
    price: float
    count: int = 1


if sys.version_info >= (3, 10):

    @dataclasses.dataclass(frozen=True, slots=True)
    class Frozen:
        key: str
        size: int

else:

    @dataclasses.dataclass(frozen=True)
    class Frozen:
        key: str
        size: int


Point = collections.namedtuple('Point', 'x y')


class Span(typing.NamedTuple):
    start: int
    end: int


class Color(enum.Enum):
    RED = 1
    GREEN = 'green'
    DARK_BLUE = -5


class Size(enum.IntEnum):
    SMALL = 1
    LARGE = 2


class Server:
    """Takes keyword arguments only."""

    def __new__(cls, *, host, port):
        self = object.__new__(cls)
        self.host, self.port = host, port
        return self

    def __getnewargs_ex__(self):
        return (), {'host': self.host, 'port': self.port}

    def __getstate__(self):
        return None


class Money:
    def __init__(self, amount, currency):
        self.amount, self.currency = amount, currency

    def __reduce__(self):
        return Money, (self.amount, self.currency)


class Meters(float):
    """A subclass of a built-in type: its value is an argument."""

    __slots__ = ()


class OutOfStock(Exception):
    pass


class Marker:
    """No attributes, no state."""


class Outer:
    class Inner:
        pass


class Circle:
    pass


class Square:
    pass


Segment = collections.namedtuple('Segment', 'start end')


class Node:
    pass


def made(cls, **attributes):
    self = cls.__new__(cls)
    for name, value in attributes.items():
        setattr(self, name, value)
    return self


def objects():
    """Every object by name, made afresh."""
    line = made(Order, id=2, customer='ann', lines=[])
    yield 'order', made(Order, id=1, customer='eve', lines=[line])
    yield 'slotted', made(Slotted, x=1.5, y=None)
    yield 'slotted_and_dict', made(SlottedAndDict, x=1.5, y=None, z='more')
    yield 'item', Item('lamp', 9.5)
    yield 'frozen', Frozen('k', 3)
    yield 'point', Point(1, -2)
    yield 'span', Span(10, 1 << 40)
    yield 'color', Color.RED
    yield 'colors', [Color.RED, Color.GREEN, Color.DARK_BLUE, Color.RED]
    yield 'color_keys', {Color.RED: 1, Color.GREEN: 2}
    yield 'size', Size.LARGE
    yield 'server', Server(host='localhost', port=8000)
    yield 'money', Money(5, 'EUR')
    yield 'meters', Meters(2.5)
    yield 'error', OutOfStock('lamp', 3)
    yield 'key_error', KeyError('lamp')
    yield 'marker', Marker()
    yield 'inner', made(Outer.Inner, a=1)
    yield 'shapes', [made(Circle, radius=1.0), made(Square, side=2.5), Segment(1, 2), Marker()]
    node = made(Node, name='one', next=None)
    yield 'shared', [node, node, made(Node, name='two', next=node)]
    yield 'apart', [made(Node, name='n%d' % i, next=None) for i in range(2)]


def pickled():
    for name, value in objects():
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            if name == 'server' and protocol < 2:
                continue  # Python loses the arguments
            try:
                yield name, protocol, pickle.dumps(value, protocol)
            except (pickle.PicklingError, TypeError) as error:
                # Slots and keyword arguments need a protocol that knows them.
                print('# cannot', name, protocol, error)


def same(a, b, seen):
    """Type by type and field by field, and shared in the same places."""
    if type(a) is not type(b):
        return '%r is a %s, not a %s' % (b, type(b).__name__, type(a).__name__)
    if isinstance(a, (type(None), int, float, str, enum.Enum)) and not hasattr(a, '__dict__'):
        return None if a == b else '%r is not %r' % (b, a)
    if isinstance(a, enum.Enum):
        return None if a is b else '%r is not %r' % (b, a)
    if seen.setdefault(id(a), b) is not b:
        return '%r is not shared where it should be' % (b,)
    if seen.setdefault(('back', id(b)), a) is not a:
        return '%r is shared where it should not be' % (b,)
    if isinstance(a, dict):
        a, b = list(a.items()), list(b.items())
    if isinstance(a, (list, tuple)):
        if len(a) != len(b):
            return '%r has another length than %r' % (b, a)
        parts = zip(a, b)
    else:
        fields = [attributes(a), attributes(b)]
        if fields[0].keys() != fields[1].keys():
            return '%s has %r, not %r' % (type(b).__name__, sorted(fields[1]), sorted(fields[0]))
        parts = [(fields[0][key], fields[1][key]) for key in fields[0]]
    for one, other in parts:
        problem = same(one, other, seen)
        if problem:
            return problem
    return None


def attributes(value):
    fields = dict(getattr(value, '__dict__', {}))
    for cls in type(value).__mro__:
        for name in getattr(cls, '__slots__', ()):
            if hasattr(value, name):
                fields[name] = getattr(value, name)
    if isinstance(value, BaseException):
        fields['args'] = value.args
    return fields


def check(lines):
    known = dict(objects())
    count = 0
    for line in lines:
        name, protocol, hexed = line.split()
        data = bytes.fromhex(hexed)
        try:
            problem = same(known[name], pickle.loads(data), {})
        except Exception as error:
            problem = '%s: %s' % (type(error).__name__, error)
        count += 1
        if problem:
            print('%s, protocol %s: %s: %r' % (name, protocol, problem, data))
    print('checked', count)


if __name__ == '__main__':
    # Pickles name the module, not the script.
    import shop_models

    if sys.argv[1] == 'write':
        for name, protocol, data in shop_models.pickled():
            print(name, protocol, data.hex())
    else:
        shop_models.check(sys.stdin)
