"""multiprocessing and concurrent.futures: functions, arguments and results by value, with fork and with spawn.

    brinery.install("multiprocessing")  # before a pool or queue is made
    with multiprocessing.Pool() as pool:
        pool.map(lambda x: x * x, range(10))
"""

import collections
import io
import types

from .. import _places

TESTED = {}

# multiprocessing pickles methods by their name, which is wrong for those that were set on an instance.
_METHODS = {types.MethodType}


def install():
    _places.after("multiprocessing.reduction", _reduction)
    for name in ("multiprocessing.connection", "multiprocessing.queues"):
        _places.after(name, _user)


def _reduction(reduction):
    if _places.is_replaced(vars(reduction), "ForkingPickler"):
        return
    _places.replace(vars(reduction), "ForkingPickler", _pickler(reduction.ForkingPickler))


def _user(module):
    """It holds the class under a name of its own, if it was imported first."""
    from multiprocessing import reduction

    if module._ForkingPickler is not reduction.ForkingPickler:
        _places.replace(vars(module), "_ForkingPickler", reduction.ForkingPickler)


def _pickler(stock):
    from .. import cloudpickle

    class _Reducers(collections.abc.Mapping):
        """cloudpickle's and multiprocessing's, as they are when asked."""

        def __getitem__(self, kind):
            reducer = None if kind in _METHODS else stock._extra_reducers.get(kind)
            return cloudpickle.CloudPickler.dispatch_table[kind] if reducer is None else reducer

        def __iter__(self):
            return iter({**cloudpickle.CloudPickler.dispatch_table, **stock._extra_reducers})

        def __len__(self):
            return len(list(iter(self)))

    class ForkingPickler(cloudpickle.CloudPickler):
        """multiprocessing's pickler, by brinery."""

        _extra_reducers = stock._extra_reducers
        dispatch_table = _Reducers()

        @classmethod
        def register(cls, type, reduce):
            """Registers a reducer, as that of multiprocessing."""
            stock.register(type, reduce)

        @classmethod
        def dumps(cls, obj, protocol=None):
            buffer = io.BytesIO()
            cls(buffer, protocol).dump(obj)
            return buffer.getbuffer()

        loads = cloudpickle.loads

    return ForkingPickler
