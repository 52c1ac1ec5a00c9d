"""cloudpickle's interface over the `brinery` engine: functions, classes and modules travel by value.

    from brinery import cloudpickle
    data = cloudpickle.dumps(lambda x: x + 1)

What is written loads with any cloudpickle 3, and with this module where it is installed as `cloudpickle`
(`brinery.install`).
"""

import dis
import io
import opcode
import pickle
import platform
import sys
import types
from types import CellType

from . import _brinery
from ._brinery import (  # noqa: F401
    _cell_reduce,
    _class_getnewargs,
    _class_getstate,
    _class_reduce,
    _classmethod_reduce,
    _code_reduce,
    _dynamic_class_reduce,
    _enum_getnewargs,
    _enum_getstate,
    _extract_code_globals,
    _find_imported_submodules,
    _function_getstate,
    _getset_descriptor_reduce,
    _is_registered_pickle_by_value,
    _lookup_module_and_qualname,
    _method_reduce,
    _module_reduce,
    _property_reduce,
    _should_pickle_by_reference,
    _typevar_reduce,
    _whichmodule,
    load,
    loads,
)
from . import _cloud_classes, _cloud_kinds, _cloud_load, _cloud_source

__all__ = [
    "__version__",
    "Pickler",
    "CloudPickler",
    "dumps",
    "loads",
    "dump",
    "load",
    "register_pickle_by_value",
    "unregister_pickle_by_value",
]

# The cloudpickle that this is like.
__version__ = "3.1.2"

for _part in (_cloud_load, _cloud_kinds, _cloud_classes, _cloud_source):
    globals().update({_name: _value for _name, _value in vars(_part).items() if not _name.startswith("__")})
del _part

DEFAULT_PROTOCOL = pickle.HIGHEST_PROTOCOL
PYPY = platform.python_implementation() == "PyPy"
builtin_code_type = None

STORE_GLOBAL = opcode.opmap["STORE_GLOBAL"]
DELETE_GLOBAL = opcode.opmap["DELETE_GLOBAL"]
LOAD_GLOBAL = opcode.opmap["LOAD_GLOBAL"]
GLOBAL_OPS = (STORE_GLOBAL, DELETE_GLOBAL, LOAD_GLOBAL)
HAVE_ARGUMENT = dis.HAVE_ARGUMENT
EXTENDED_ARG = dis.EXTENDED_ARG

# Classes that Python names in `types` only.
_BUILTIN_TYPE_NAMES = {kind: name for name, kind in vars(types).items() if type(kind) is type}

# Names of modules whose contents travel by value.
_PICKLE_BY_VALUE_MODULES = set()


def register_pickle_by_value(module):
    """From now on functions and classes of a module and of those in it travel by value.

    They can then be loaded where the module cannot be imported, or is an older one.
    """
    if not isinstance(module, types.ModuleType):
        raise ValueError(f"Input should be a module object, got {str(module)} instead")
    if module.__name__ not in sys.modules:
        raise ValueError(f"{module} was not imported correctly, have you used an `import` statement to access it?")
    _PICKLE_BY_VALUE_MODULES.add(module.__name__)


def unregister_pickle_by_value(module):
    """Undoes `register_pickle_by_value`."""
    if not isinstance(module, types.ModuleType):
        raise ValueError(f"Input should be a module object, got {str(module)} instead")
    if module.__name__ not in _PICKLE_BY_VALUE_MODULES:
        raise ValueError(f"{module} is not registered for pickle by value")
    _PICKLE_BY_VALUE_MODULES.remove(module.__name__)


def list_registry_pickle_by_value():
    """The names of the registered modules."""
    return _PICKLE_BY_VALUE_MODULES.copy()


def is_tornado_coroutine(func):
    """Deprecated: `tornado.gen.is_coroutine_function`."""
    import warnings

    warnings.warn(
        "is_tornado_coroutine is deprecated in cloudpickle 3.0 and will be removed in cloudpickle 4.0. "
        "Use tornado.gen.is_coroutine_function directly instead.",
        category=DeprecationWarning,
    )
    gen = sys.modules.get("tornado.gen")
    return gen.is_coroutine_function(func) if hasattr(gen, "is_coroutine_function") else False


def _getattribute(obj, name):
    for part in name.split("."):
        if part == "<locals>":
            raise AttributeError(f"Can't get local attribute {name!r} on {obj!r}")
        obj = getattr(obj, part)
    return obj


def _get_cell_contents(cell):
    try:
        return cell.cell_contents
    except ValueError:
        return _cloud_load._empty_cell_value


def _get_bases(typ):
    return getattr(typ, "__orig_bases__" if "__orig_bases__" in getattr(typ, "__dict__", {}) else "__bases__")


def _extract_class_dict(cls):
    """The attributes of a class that are not the very objects its bases have, sorted."""
    inherited = {}
    for base in reversed(cls.__bases__):
        inherited.update(base.__dict__)
    own = sorted(cls.__dict__.items())
    return {name: value for name, value in own if name not in inherited or inherited[name] is not value}


def _walk_global_ops(code):
    return (instruction.argval for instruction in dis.get_instructions(code) if instruction.opcode in GLOBAL_OPS)


class Pickler(_brinery.Pickler):
    """A pickler of functions, classes and modules by value.

    Subclasses override `reducer_override`, `persistent_id`, `dispatch_table` or `_dynamic_function_reduce` as they do with
    that of cloudpickle.
    """

    _dispatch_table = _cloud_kinds._DISPATCH_TABLE
    dispatch_table = _cloud_kinds._DISPATCH_CHAIN
    dispatch = dispatch_table

    def __init__(self, file, protocol=None, buffer_callback=None, *, deterministic=False):
        if protocol is None:
            protocol = DEFAULT_PROTOCOL
        super().__init__(file, protocol=protocol, buffer_callback=buffer_callback, deterministic=deterministic)
        self._cloud = _brinery.Cloud()
        self.globals_ref = self._cloud.globals_ref
        self.proto = int(protocol)

    def dump(self, obj):
        """Writes an object."""
        try:
            return super().dump(obj)
        except RecursionError as error:
            message = "Could not pickle object as excessively deep recursion required."
            raise pickle.PicklingError(message) from error

    def reducer_override(self, obj):
        if isinstance(obj, types.FunctionType):
            return self._function_reduce(obj)
        return self._cloud.reducer_override(obj)

    def _function_reduce(self, obj):
        if _should_pickle_by_reference(obj):
            return NotImplemented
        return self._dynamic_function_reduce(obj)

    def _dynamic_function_reduce(self, func):
        return self._cloud.dynamic_function_reduce(func)

    def _function_getnewargs(self, func):
        return self._cloud.function_getnewargs(func)


CloudPickler = Pickler


dump, dumps = _brinery.cloud_dump, _brinery.cloud_dumps
dump.__module__ = dumps.__module__ = __name__

_brinery._set_cloud_helpers(globals())
