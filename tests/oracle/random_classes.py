"""User classes for `random_objects`: one for every way an object can reduce itself."""

import collections
import copyreg
import enum
import functools


class Plain:
    """State is `__dict__`."""


class Keyed:
    """Hashable by a constant, so that it can sit in sets and refer back to them."""

    def __hash__(self):
        return 11


class Slotted:
    __slots__ = ('left', 'right')


class SlottedDict(Slotted):
    """Slots and a `__dict__`: the state is a pair."""


class WithState:
    """Any value at all as state, also None and false ones."""

    def __init__(self):
        self.state = None

    def __getstate__(self):
        return self.state

    def __setstate__(self, state):
        self.state = state


class NewArgs:
    def __new__(cls, *args):
        self = object.__new__(cls)
        self.args = args
        return self

    def __getnewargs__(self):
        return self.args


class NewArgsEx:
    def __new__(cls, *args, **kwargs):
        self = object.__new__(cls)
        self.args = args
        self.kwargs = kwargs
        return self

    def __getnewargs_ex__(self):
        return (self.args, self.kwargs)


class TakesItems:
    """Accepts the list items and dict items of a pickle."""

    def append(self, item):
        pass

    def __setitem__(self, key, value):
        pass


class Reduced(TakesItems):
    """Reduces to a tuple of 2 to 6 elements, chosen by the attribute `size`.

    Items are handed out as new iterators, so the object can be pickled repeatedly.
    """

    def __init__(self, *args):
        self.args = args
        self.size = 2
        self.state = None
        self.listitems = None
        self.dictitems = None
        self.setter = None

    def __reduce__(self):
        value = (
            self.callable(),
            self.args,
            self.state,
            None if self.listitems is None else iter(self.listitems),
            None if self.dictitems is None else iter(self.dictitems),
            self.setter,
        )
        return value[:self.size]

    def callable(self):
        return Reduced

    def __setstate__(self, state):
        self.state = state


class ReducedByFunction(Reduced):
    """The callable is a function, not a class."""

    def callable(self):
        return rebuild


class ReducedByNewobj(Reduced):
    """The callable is copyreg's constructor, which has opcodes of its own."""

    def __reduce__(self):
        value = super().__reduce__()
        return (copyreg.__newobj__, (type(self),) + value[1]) + value[2:]


class Recursive(TakesItems):
    """The arguments reach back to the object through a list."""

    def __init__(self, *args):
        self.back = [self]
        self.extra = None

    def __reduce_ex__(self, protocol):
        return (Recursive, (self.back,), {'extra': self.extra}, iter([1, 2]), iter([(1, 2)]))


class RecursiveNew:
    """The same through `__getnewargs__`."""

    def __new__(cls, *args):
        self = object.__new__(cls)
        self.back = [self]
        return self

    def __getnewargs__(self):
        return (self.back,)


class NamedGlobal:
    """Reduces to the name of a global."""

    def __init__(self, name):
        self.name = name

    def __reduce__(self):
        return self.name


class ListSub(list):
    pass


class DictSub(dict):
    pass


class SetSub(set):
    pass


class FrozenSetSub(frozenset):
    pass


class TupleSub(tuple):
    pass


class StrSub(str):
    pass


class BytesSub(bytes):
    pass


class BytearraySub(bytearray):
    pass


class IntSub(int):
    pass


class FloatSub(float):
    pass


class Meta(type):
    pass


class WithMeta(metaclass=Meta):
    pass


class Outer:
    class Inner:
        class Deep:
            @classmethod
            def make(cls):
                return cls()

            def method(self):
                pass

    @classmethod
    def make(cls):
        return cls()

    @staticmethod
    def helper():
        pass


class Color(enum.Enum):
    RED = 1
    GREEN = 'green'


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 70000


class Permission(enum.Flag):
    READ = 1
    WRITE = 2


class PlainError(Exception):
    pass


class ErrorWithArgs(Exception):
    """Takes other arguments than it passes on, as many exceptions in the wild do."""

    def __init__(self, code=None, *, hint=None):
        super().__init__('code', code)
        self.hint = hint


class Registered1:
    """Extension code of one byte."""


class Registered2:
    """Extension code of two bytes."""


class Registered4:
    """Extension code of four bytes."""


class CopyregReduced:
    """Pickled by a function registered with copyreg."""


Point = collections.namedtuple('Point', 'x y')


def rebuild(*args):
    return ReducedByFunction(*args)


def set_state(obj, state):
    """A state setter, the sixth element of a reduce value."""
    obj.state = state


def registered_function():
    """Has an extension code as well."""


def plain_function():
    pass


@functools.lru_cache(maxsize=None)
def cached_function():
    """A callable object that reduces to its qualified name."""


named_global = NamedGlobal('named_global')
Outer.named = NamedGlobal('Outer.named')


def reduce_registered(obj):
    return (CopyregReduced, (), vars(obj))


copyreg.pickle(CopyregReduced, reduce_registered)
copyreg.add_extension(__name__, 'Registered1', 0x21)
copyreg.add_extension(__name__, 'Registered2', 0x2345)
copyreg.add_extension(__name__, 'Registered4', 0x23456789)
copyreg.add_extension(__name__, 'registered_function', 0x22)
