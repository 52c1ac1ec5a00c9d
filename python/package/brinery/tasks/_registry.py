"""Functions that are pickled once for any number of tasks."""

import hashlib

from .. import cloudpickle
from .._brinery import PreparedFunction


class FunctionRegistry:
    """Functions that are pickled once and spliced into any number of tasks, unread.

        functions = FunctionRegistry()
        square = functions.add(lambda x: x * x)
        payloads = [functions.pack(square, (x,)) for x in range(1000)]

    A function's id is the SHA-256 of its pickle, as that of the Rust crate's `FunctionRegistry`. Between the function and
    the arguments nothing is shared: an object that both refer to arrives twice.
    """

    def __init__(self):
        self._functions = {}

    def add(self, fn):
        """Pickles a function as it is now, and gives the id by which it is packed."""
        return self.add_pickle(cloudpickle.dumps(fn))

    def add_pickle(self, pickle):
        """Takes a function that was pickled elsewhere, unread."""
        pickle = bytes(pickle)
        id = hashlib.sha256(pickle).hexdigest()
        if id not in self._functions:
            self._functions[id] = PreparedFunction(pickle)
        return id

    def pack(self, id, args=(), kwargs=None):
        """The payload of a task, as `pack_task` makes it, for the function of this id; `KeyError` if there is none."""
        return self._functions[id].pack(cloudpickle.dumps(tuple(args)), cloudpickle.dumps(dict(kwargs or {})))

    def remove(self, id):
        """Forgets a function; `KeyError` if there is none of this id."""
        del self._functions[id]

    def __contains__(self, id):
        return id in self._functions

    def __len__(self):
        return len(self._functions)

    def __iter__(self):
        return iter(list(self._functions))
