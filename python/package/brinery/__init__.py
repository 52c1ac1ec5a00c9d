"""Reads and writes pickles of live objects with the `brinery` engine.

`import brinery as pickle` and `import brinery as cloudpickle` both work: what pickle can write has pickle's bytes, and
functions and classes that are not imported, or are of `__main__`, and modules travel by value. `brinery.pickle` and
`brinery.cloudpickle` are just the one or the other.
"""

from . import _brinery
from ._brinery import dis, inspect_function, optimize, safe_loads, scan
from ._install import install, uninstall
from .pickle import (
    DEFAULT_PROTOCOL,
    HIGHEST_PROTOCOL,
    PickleBuffer,
    PickleError,
    Pickler,
    PicklingError,
    Unpickler,
    UnpicklingError,
    load,
    loads,
)

dump, dumps = _brinery.either_dump, _brinery.either_dumps
dump.__module__ = dumps.__module__ = __name__

# What cloudpickle has and pickle has not. Where both have a class, `Pickler`, it is pickle's here.
_CLOUD = (
    "CloudPickler",
    "dynamic_subimport",
    "instance",
    "is_tornado_coroutine",
    "list_registry_pickle_by_value",
    "register_pickle_by_value",
    "subimport",
    "unregister_pickle_by_value",
)

__all__ = [
    "DEFAULT_PROTOCOL",
    "HIGHEST_PROTOCOL",
    "PickleBuffer",
    "PickleError",
    "Pickler",
    "PicklingError",
    "Unpickler",
    "UnpicklingError",
    "dis",
    "dump",
    "dumps",
    "inspect_function",
    "install",
    "load",
    "loads",
    "optimize",
    "safe_loads",
    "scan",
    "uninstall",
]


def __getattr__(name):
    # Importing cloudpickle's half takes as long as importing Python's typing and logging does.
    import importlib

    if name in ("cloudpickle", "integrations", "tasks"):
        return importlib.import_module("." + name, __name__)
    if name in _CLOUD:
        return getattr(importlib.import_module(".cloudpickle", __name__), name)
    raise AttributeError("module %r has no attribute %r" % (__name__, name))


def __dir__():
    return sorted({*globals(), *_CLOUD, "cloudpickle"})
