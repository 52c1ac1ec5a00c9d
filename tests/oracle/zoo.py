"""Loads pickles and saves what came, with this interpreter's C implementation.

    zoo.py again SEED

On stdin parts behind lengths of four bytes, in pairs: a protocol as one byte, a pickle.  On stdout, behind such
lengths, what loading the pickle and saving the object in that protocol gives.  The classes are those of the module
`zoo`, which is made here.
"""

import collections
import enum
import pickle
import struct
import sys
import types

zoo = types.ModuleType('zoo')
sys.modules['zoo'] = zoo


def member(cls):
    """Moves a class into the module."""
    cls.__module__ = 'zoo'
    setattr(zoo, cls.__name__, cls)
    return cls


@member
class Plain:
    pass


@member
class Slotted:
    __slots__ = ('name', 'load')


@member
class Round:
    pass


@member
class Square:
    pass


@member
class Keyed:
    def __new__(cls, *, low, high):
        self = object.__new__(cls)
        self.low, self.high = low, high
        return self

    def __getnewargs_ex__(self):
        return (), {'low': self.low, 'high': self.high}

    def __getstate__(self):
        return None


@member
class Color(enum.Enum):
    RED = 1
    GREEN = 'green'
    BLUE = 7


member(collections.namedtuple('Point', 'x y'))


def parts(stream):
    while True:
        head = stream.read(4)
        if not head:
            return
        yield stream.read(*struct.unpack('<I', head))


def main():
    wanted = iter(parts(sys.stdin.buffer))
    for protocol in wanted:
        again = pickle.dumps(pickle.loads(next(wanted)), protocol[0])
        sys.stdout.buffer.write(struct.pack('<I', len(again)) + again)


main()
