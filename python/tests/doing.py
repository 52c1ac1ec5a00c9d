"""What the tests of picklers share."""

import _pickle
import io

import brinery

PROTOCOLS = range(6)


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)

    def __eq__(self, other):
        return type(other) is Plain and self.__dict__ == other.__dict__

    __hash__ = None


class Does:
    """Runs something while it is pickled."""

    def __init__(self, action, args=()):
        self.action, self.args = action, args

    def __reduce__(self):
        self.action()
        return tuple, (self.args,)


def both(test, make):
    """The bytes that a pickler class of each kind writes with the same hooks."""
    written = []
    for base in (_pickle.Pickler, brinery.Pickler):
        file = io.BytesIO()
        test(make(base), file)
        written.append(file.getvalue())
    return written
