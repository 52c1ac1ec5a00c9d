"""Classes, functions and instances that the cases of `corpus` pickle.

They live in a module of their own so that their pickled name is stable, whatever
script imports them.  The names are short on purpose: they are part of the bytes.
"""

import collections
import copyreg
import enum


class A:
    """A plain instance: state is `__dict__`."""


class Nested:
    class In:
        class Deep:
            pass

        def meth(self):
            pass

    @classmethod
    def cm(cls):
        pass

    @staticmethod
    def sm():
        pass


class L(list):
    pass


class D(dict):
    pass


class SetSub(set):
    pass


class T(tuple):
    pass


class Str(str):
    pass


class Int(int):
    pass


class Slots:
    __slots__ = ('a', 'b')


class SlotsDict(Slots):
    """Slots and a `__dict__`: state is a pair."""


class GNA:
    def __new__(cls, *args):
        return object.__new__(cls)

    def __getnewargs__(self):
        return (1, 2)


class GNAE:
    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)

    def __getnewargs_ex__(self):
        return ((1,), {'k': 2})


class GNAE0:
    """`__getnewargs_ex__` without keywords is written like `__getnewargs__`."""

    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)

    def __getnewargs_ex__(self):
        return ((1,), {})


class R:
    """Reduces to exactly the tuple it was made with."""

    def __init__(self, *r):
        self.r = r

    def __reduce_ex__(self, protocol):
        return self.r


class RS(R):
    """Reduces to a single value, meant to be the name of a global."""

    def __reduce_ex__(self, protocol):
        return self.r[0]


class Rs:
    def __reduce__(self):
        return 'rs_obj'


class Meta(type):
    pass


class WithMeta(metaclass=Meta):
    pass


class StateFalse:
    """A false state that is not None is written all the same."""

    def __getstate__(self):
        return 0


class SelfReduce:
    """The arguments of the reduce value contain the object itself."""

    def __init__(self):
        self.l = [self]

    def __reduce_ex__(self, protocol):
        return (mk, (self.l,), {'s': 1}, iter([1, 2]), iter([(1, 2)]))


class K:
    """Hashable before it has any state, so a set can hold it while unpickling."""

    def __hash__(self):
        return 7


class Enu(enum.Enum):
    A = 1


class E1(Exception):
    pass


class X2:
    """Registered with a two-byte extension code."""


class X4:
    """Registered with a four-byte extension code."""


NT = collections.namedtuple('NT', 'x y')


def func():
    """Registered with a one-byte extension code."""


def mk(*args):
    return SelfReduce()


def setattr_state(obj, state):
    pass


# Instances that are found again by name.
rs_obj = Rs()
rsx = RS('rsx')
Nested.rs = RS('Nested.rs')

copyreg.add_extension(__name__, 'func', 0x12)
copyreg.add_extension(__name__, 'X2', 0x1234)
copyreg.add_extension(__name__, 'X4', 0x12345678)
