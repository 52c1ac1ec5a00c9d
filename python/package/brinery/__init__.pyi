from . import cloudpickle as cloudpickle, integrations as integrations, pickle as pickle, tasks as tasks
from ._brinery import (
    dis as dis,
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
from .pickle import *
