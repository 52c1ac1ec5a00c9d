"""Classes with an `__init_subclass__` above them, which must not run again, over bases of every layout; and instances that
are hashed before all is there."""

import abc
import collections
import collections.abc
import types
import typing

T = typing.TypeVar("T")


def hooked(*bases, **attributes):
    """A class of these bases that counts how often the hook runs, one below, and one below that which the middle reaches."""

    def note(cls, **keywords):
        super(hook, cls).__init_subclass__(**keywords)
        cls.log = cls.__dict__.get("log", ()) + (cls.__name__,)

    def fill(namespace):
        namespace.update(attributes, __init_subclass__=classmethod(note), __module__=__name__)

    hook = types.new_class("Hook", bases, {}, fill)

    class Middle(hook):
        def low(self=None):
            return Low

    class Low(Middle):
        def up(self=None):
            return Middle, hook

    return Middle


@kind
def layouts():
    def bare(*bases):
        return type("Bare", bases, {"__slots__": (), "__module__": __name__})

    return [
        hooked(),
        hooked(abc.ABC),
        hooked(abc.ABC, __slots__=()),
        hooked(typing.Generic[T]),
        hooked(collections.abc.Mapping),
        hooked(collections.UserList),
        hooked(collections.OrderedDict),
        hooked(tuple, __slots__=()),
        hooked(KeyError),
        hooked(__slots__=("a", "b")),
        hooked(__slots__=()),
        hooked(__slots__=("__dict__",)),
        hooked(__slots__=("__weakref__",)),
        hooked(bare(), type("Full", (), {"__module__": __name__}), abc.ABC),
        hooked(bare(), abc.ABC, __slots__=()),
    ]


@use
def layouts(classes):
    def look(middle):
        low = middle.low()
        same = [low.up()[0] is middle, low.__bases__ == (middle,), middle.__bases__ == (low.up()[1],)]
        return [middle.log, low.log, same, [c.__name__ for c in low.__mro__]]

    return [look(middle) for middle in classes]


@kind
def keywords_and_registry():
    class Plugin:
        found = []

        def __init_subclass__(cls, *, name, **keywords):
            super().__init_subclass__(**keywords)
            cls.name = name
            Plugin.found.append(cls)

    class One(Plugin, name="one"):
        pass

    class Two(One, name="two"):
        pass

    return One


@use
def keywords_and_registry(One):
    return [[c.name for c in One.found], One.found[1].__mro__[1] is One.found[0] is One]


@kind
def attribute():
    class Top:
        def __init_subclass__(cls, count=0, **keywords):
            super().__init_subclass__(**keywords)
            cls.count = count

    class Middle(Top, count=5):
        pass

    class Low(Middle, count=6):
        pass

    class Lowest(Low, count=7):
        pass

    Middle.below, Low.below, Lowest.above = Low, Lowest, [Low, Middle, Top]
    return Middle


@use
def attribute(Middle):
    lowest = Middle.below.below
    return [Middle.count, Middle.below.count, lowest.count, list(lowest.__mro__[1:4]) == lowest.above]


@kind
def two_parents():
    class Top:
        def __init_subclass__(cls, **keywords):
            super().__init_subclass__(**keywords)
            cls.log = cls.__dict__.get("log", 0) + 1

    class A(Top):
        pass

    class B(Top):
        def make(self):
            return D()

    class D(A, B):
        def names(self):
            return [c.__name__ for c in type(self).__mro__], self.log, A.log, B.log

    return B()


@use
def two_parents(b):
    return b.make().names()


@kind
def alias_among_the_bases():
    class Top(typing.Generic[T]):
        def __init_subclass__(cls, **keywords):
            super().__init_subclass__(**keywords)
            cls.log = cls.__dict__.get("log", ()) + (cls.__name__,)
            if "ask" in cls.__dict__:
                made = cls.__dict__["ask"].__func__
                cls.ask = staticmethod(lambda: made() + 1)

    class Middle(Top[T]):
        ask = staticmethod(lambda: 1)

    class Low(Middle[int]):
        ask = staticmethod(lambda: 2)

    Middle.low = Low
    return Middle


@use
def alias_among_the_bases(Middle):
    return [Middle.log, Middle.low.log, Middle.ask(), Middle.low.ask(), Middle.low.__orig_bases__ == (Middle[int],)]


@kind
def instances_in_a_set():
    class Key:
        def __init__(self, key):
            self.key = key

        def __hash__(self):
            return hash(self.key)

        def __eq__(self, other):
            return self.key == other.key

    one, two = Key(1), Key(2)
    one.other, two.other = two, one
    Key.all = {one, two}
    return [one, Key]


@use
def instances_in_a_set(items):
    one, Key = items
    return [one.other.other is one, one in Key.all, len(Key.all), Key(2) in Key.all]
