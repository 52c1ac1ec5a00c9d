"""Reads and writes pickles of live objects with the `brinery` engine: the bytes and the exceptions are `pickle`'s."""

from ._brinery import dis, inspect_function, optimize, safe_loads, scan
from ._install import install, uninstall
from .pickle import *  # noqa: F403
from .pickle import __all__ as _names

# What cloudpickle has and pickle has not; what both have is pickle's here, and cloudpickle's in `brinery.cloudpickle`.
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

__all__ = [*_names, "dis", "inspect_function", "install", "optimize", "safe_loads", "scan", "uninstall"]


def __getattr__(name):
    # Importing cloudpickle's half takes as long as importing Python's typing and logging does.
    import importlib

    if name in ("cloudpickle", "integrations", "tasks"):
        return importlib.import_module("." + name, __name__)
    if name in _CLOUD:
        return getattr(importlib.import_module(".cloudpickle", __name__), name)
    raise AttributeError("module %r has no attribute %r" % (__name__, name))
