"""Classes whose instances the vectors hold: one for every way an object can be reduced.

Written for Python 2.7 and 3.6 onwards alike.  The module is called `shapes` in the
pickles, so renaming it or a class changes the vectors.
"""

import collections


class Plain(object):
    """The default: copyreg in protocols 0-1, NEWOBJ and a state dict from 2 on."""

    def __init__(self, **attributes):
        for name in sorted(attributes):
            setattr(self, name, attributes[name])


class Empty(object):
    pass


class Slots(object):
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


class SlotsAndDict(Slots):
    """The state becomes a pair: instance dictionary, slot values."""


class GetState(object):
    def __init__(self, state):
        self.kept = state

    def __getstate__(self):
        return self.kept

    def __setstate__(self, state):
        self.kept = state


class NewArgs(object):
    def __new__(cls, *args):
        self = object.__new__(cls)
        self.args = args
        return self

    def __getnewargs__(self):
        return self.args


class NewArgsEx(object):
    def __new__(cls, *args, **kwargs):
        self = object.__new__(cls)
        self.args, self.kwargs = args, kwargs
        return self

    def __getnewargs_ex__(self):
        return self.args, self.kwargs

    def __getstate__(self):
        return None


class Reduce(object):
    """Returns from __reduce__ whatever it was given after the callable."""

    def __init__(self, *parts):
        self.parts = parts

    def __reduce__(self):
        parts = list(self.parts)
        for index in (2, 3):
            if len(parts) > index and parts[index] is not None:
                parts[index] = iter(parts[index])
        return (make,) + tuple(parts)


def make(*args):
    return Plain(args=args)


def set_state(instance, state):
    instance.state = state


class ByName(object):
    """__reduce__ returns a string: the object is a global."""

    def __reduce__(self):
        return "singleton"


singleton = ByName()


class RecursiveReduce(object):
    """Its own arguments lead back to it, so it is saved while being saved."""

    def __init__(self):
        self.members = [self]

    def __reduce__(self):
        return make, (self.members,), {"state": 1}


class ListChild(list):
    pass


class DictChild(dict):
    pass


class SetChild(set):
    pass


class TupleChild(tuple):
    pass


class IntChild(int):
    pass


class FloatChild(float):
    pass


class StrChild(str):
    pass


class Outer(object):
    class Inner(object):
        class Innermost(object):
            pass

    class Method(object):
        pass


class Node(object):
    """Hashed by identity and with a link to anything."""

    def __init__(self, link=None):
        self.link = link


class Error(Exception):
    pass


Point = collections.namedtuple("Point", "x y")


class Old:
    """An old-style class for Python 2, an ordinary one for Python 3."""

    def __init__(self, value=None):
        self.value = value


class OldEmpty:
    pass


class OldInitArgs:
    def __init__(self, *args):
        self.args = args

    def __getinitargs__(self):
        return self.args


class OldGetState:
    def __getstate__(self):
        return (1, "two")

    def __setstate__(self, state):
        self.state = state


class External(object):
    """Saved by persistent id."""

    def __init__(self, key):
        self.key = key


try:
    import enum
except ImportError:  # Python 2
    pass
else:

    class Colour(enum.Enum):
        RED = 1
        GREEN = "g"

    class Level(enum.IntEnum):
        LOW = 1

    class Mode(enum.Flag):
        READ = 1
        WRITE = 2
