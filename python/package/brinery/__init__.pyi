from . import cloudpickle as cloudpickle, integrations as integrations, pickle as pickle, tasks as tasks
from ._brinery import (
    dis as dis,
    either_dump as dump,
    either_dumps as dumps,
    inspect_function as inspect_function,
    optimize as optimize,
    safe_loads as safe_loads,
    scan as scan,
)
from ._install import install as install, uninstall as uninstall
from .cloudpickle import (
    CloudPickler as CloudPickler,
    dynamic_subimport as dynamic_subimport,
    instance as instance,
    is_tornado_coroutine as is_tornado_coroutine,
    list_registry_pickle_by_value as list_registry_pickle_by_value,
    register_pickle_by_value as register_pickle_by_value,
    subimport as subimport,
    unregister_pickle_by_value as unregister_pickle_by_value,
)
from .pickle import (
    DEFAULT_PROTOCOL as DEFAULT_PROTOCOL,
    HIGHEST_PROTOCOL as HIGHEST_PROTOCOL,
    PickleBuffer as PickleBuffer,
    PickleError as PickleError,
    Pickler as Pickler,
    PicklingError as PicklingError,
    Unpickler as Unpickler,
    UnpicklingError as UnpicklingError,
    load as load,
    loads as loads,
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
