"""Reducers of what is met seldom: files, views, type variables, caches. Functions, classes and modules are not here."""

import abc
import collections
import copyreg
import dataclasses
import functools
import io
import logging
import pickle
import sys
import types
import typing
import weakref

from . import _brinery
from ._cloud_load import (
    _file_reconstructor,
    _get_dataclass_field_type_sentinel,
    _get_or_create_tracker_id,
    _lookup_class_or_track,
    _make_dict_items,
    _make_dict_keys,
    _make_dict_values,
    _make_typevar,
)


class _Call:
    """Stands for what a call returns, where a reduce value has no other way to say it."""

    __slots__ = ("value",)

    def __init__(self, callable, *args, state=None):
        self.value = (callable, args) if state is None else (callable, args, state)

    def __reduce__(self):
        return self.value

    def __call__(self, *args):
        # What is called when the pickle is loaded has to look like it when it is written.
        raise TypeError("this call is made when the pickle is loaded")


class _Reduction(tuple):
    """A reduce value with calls to be made when the object is there, before it gets its state."""

    asides = ()


def _is_imported(obj, name):
    """Whether an object is found under a name where the pickle is loaded."""
    found = _brinery._lookup_module_and_qualname(obj, name)
    return found is not None and not _brinery._is_registered_pickle_by_value(found[0])


def _by_name_of(obj):
    """In what order objects are written whose hashes are others each time."""
    return getattr(obj, "__module__", ""), getattr(obj, "__qualname__", "")


def _sorted_by_name(objects):
    return sorted(objects, key=_by_name_of)


# Type variables and the like

_WITH_VARIANCE = ("covariant", "contravariant", "infer_variance")


def _keywords(variable):
    """What a type variable of any kind was made with, besides name and constraints."""
    keywords = {name: True for name in _WITH_VARIANCE if getattr(variable, "__%s__" % name, False)}
    if getattr(variable, "__bound__", None) is not None:
        keywords["bound"] = variable.__bound__
    if getattr(variable, "has_default", bool)():
        keywords["default"] = variable.__default__
    return keywords


def _tracked_call(obj, made):
    return _lookup_class_or_track, (_get_or_create_tracker_id(obj), made)


def _typevar_by_value(variable):
    keywords = _keywords(variable)
    if not keywords.keys() - {"bound", "covariant", "contravariant"}:
        return _make_typevar, _decompose_typevar(variable)
    return _tracked_call(variable, _variable_call(variable, *variable.__constraints__))


def _variable_call(variable, *constraints):
    keywords = _keywords(variable)
    maker = functools.partial(type(variable), **keywords) if keywords else type(variable)
    return _Call(maker, variable.__name__, *constraints)


def _decompose_typevar(obj):
    return (
        obj.__name__,
        obj.__bound__,
        obj.__constraints__,
        obj.__covariant__,
        obj.__contravariant__,
        _get_or_create_tracker_id(obj),
    )


def _variable_reduce(obj):
    """`ParamSpec` and `TypeVarTuple`."""
    if _is_imported(obj, obj.__name__):
        return obj.__name__
    return _tracked_call(obj, _variable_call(obj))


def _new_type_reduce(obj):
    if _is_imported(obj, obj.__qualname__):
        return obj.__qualname__
    return _tracked_call(obj, _Call(type(obj), obj.__name__, obj.__supertype__, state=dict(obj.__dict__)))


def _alias_reduce(obj):
    """What a `type` statement makes."""
    if _is_imported(obj, obj.__name__):
        return obj.__name__
    maker = functools.partial(type(obj), type_params=obj.__type_params__) if obj.__type_params__ else type(obj)
    # No weak reference leads to it, so it cannot be tracked.
    return maker, (obj.__name__, obj.__value__)


def _origin_reduce(obj):
    return type(obj), (obj.__origin__,)


# Functions that are objects of other classes

_OF_CACHES = {"__wrapped__", "cache_parameters", "lock"}


def _lru_cache_reduce(obj):
    name = getattr(obj, "__qualname__", None)
    if name is not None and _is_imported(obj, name):
        return name
    wrapped = obj.__wrapped__
    parameters = obj.cache_parameters()
    attributes = {
        name: value
        for name, value in obj.__dict__.items()
        if name not in _OF_CACHES and getattr(wrapped, name, obj) is not value
    }
    return _Call(functools.lru_cache, *parameters.values()), (wrapped,), attributes or None


def _cached_property_reduce(obj):
    # Up to 3.11 it has a lock, which a new one gets by itself.
    attributes = {name: value for name, value in obj.__dict__.items() if name not in _OF_CACHES}
    return type(obj), (obj.func,), attributes


_SINGLEDISPATCH_CODE = functools.singledispatch(len).__code__
_OF_SINGLEDISPATCH = {"__wrapped__", "register", "dispatch", "registry", "_clear_cache"}


def _singledispatch_reduce(func):
    """Maker, arguments and asides, or None if somebody changed what a generic function is made of."""
    try:
        registry = dict(func.registry)
        first = registry.pop(object)
    except (AttributeError, KeyError):
        return None
    asides = [(_Call(getattr, func, "register"), (cls, registry[cls])) for cls in _sorted_by_name(registry)]
    attributes = {name: value for name, value in func.__dict__.items() if name not in _OF_SINGLEDISPATCH}
    if attributes:
        asides.append((dict.update, (_Call(getattr, func, "__dict__"), attributes)))
    return functools.singledispatch, (first,), asides


# Everything else that pickle does not know


def _file_reduce(obj):
    if not hasattr(obj, "name") or not hasattr(obj, "mode"):
        raise pickle.PicklingError("Cannot pickle files that do not map to an actual file")
    for name in ("stdout", "stderr"):
        if obj is getattr(sys, name):
            return getattr, (sys, name)
    if obj is sys.stdin:
        raise pickle.PicklingError("Cannot pickle standard input")
    if obj.closed:
        raise pickle.PicklingError("Cannot pickle closed files")
    if hasattr(obj, "isatty") and obj.isatty():
        raise pickle.PicklingError("Cannot pickle files that map to tty objects")
    if not set("r+") & set(obj.mode):
        raise pickle.PicklingError("Cannot pickle files that are not opened for reading: %s" % obj.mode)
    copy = io.StringIO()
    try:
        at = obj.tell()
        obj.seek(0)
        copy.write(obj.read())
        obj.seek(at)
    except OSError as error:
        raise pickle.PicklingError("Cannot pickle file %s as it cannot be read" % obj.name) from error
    copy.seek(at)
    copy.name = obj.name
    return _file_reconstructor, (copy,)


def _logger_reduce(obj):
    return logging.getLogger, (obj.name,)


def _root_logger_reduce(obj):
    return logging.getLogger, ()


def _memoryview_reduce(obj):
    return bytes, (obj.tobytes(),)


def _mappingproxy_reduce(obj):
    return types.MappingProxyType, (dict(obj),)


def _weakset_reduce(obj):
    return weakref.WeakSet, (list(obj),)


def _weak_dict_reduce(obj):
    return type(obj), (dict(obj.items()),)


def _dict_keys_reduce(obj):
    # Not the dict itself, whose values are nobody's business here.
    return _make_dict_keys, (list(obj),)


def _dict_values_reduce(obj):
    return _make_dict_values, (list(obj),)


def _dict_items_reduce(obj):
    return _make_dict_items, (dict(obj),)


def _odict_keys_reduce(obj):
    return _make_dict_keys, (list(obj), True)


def _odict_values_reduce(obj):
    return _make_dict_values, (list(obj), True)


def _odict_items_reduce(obj):
    return _make_dict_items, (dict(obj), True)


def _dataclass_field_base_reduce(obj):
    return _get_dataclass_field_type_sentinel, (obj.name,)


def _sentinel_reduce(obj):
    return _SENTINELS[type(obj)]


# Objects of the module `dataclasses` that are compared by identity.
_SENTINELS = {
    type(getattr(dataclasses, name)): name
    for name in ("MISSING", "KW_ONLY", "_HAS_DEFAULT_FACTORY")
    if hasattr(dataclasses, name)
}


def _class_method_descriptor_reduce(obj):
    # As an attribute it would be bound to the class.
    return dict.__getitem__, (_Call(dict, _Call(getattr, obj.__objclass__, "__dict__")), obj.__name__)


_ORDERED = collections.OrderedDict()

# Classes that are found nowhere, with what to ask for the type of.
_TYPE_SAMPLES = {
    type(sample): sample
    for sample in (
        {}.keys(),
        {}.values(),
        {}.items(),
        _ORDERED.keys(),
        _ORDERED.values(),
        _ORDERED.items(),
        iter(()),
        iter([]),
        iter(range(0)),
        iter(""),
        iter(b""),
    )
}

_DISPATCH_TABLE = {
    classmethod: _brinery._classmethod_reduce,
    staticmethod: _brinery._classmethod_reduce,
    property: _brinery._property_reduce,
    types.CellType: _brinery._cell_reduce,
    types.CodeType: _brinery._code_reduce,
    types.GetSetDescriptorType: _brinery._getset_descriptor_reduce,
    types.MemberDescriptorType: _brinery._getset_descriptor_reduce,
    types.MethodType: _brinery._method_reduce,
    types.ModuleType: _brinery._module_reduce,
    typing.TypeVar: _brinery._typevar_reduce,
    abc.abstractclassmethod: _brinery._classmethod_reduce,
    abc.abstractstaticmethod: _brinery._classmethod_reduce,
    abc.abstractproperty: _brinery._property_reduce,
    types.MappingProxyType: _mappingproxy_reduce,
    io.TextIOWrapper: _file_reduce,
    logging.Logger: _logger_reduce,
    logging.RootLogger: _root_logger_reduce,
    memoryview: _memoryview_reduce,
    weakref.WeakSet: _weakset_reduce,
    weakref.WeakKeyDictionary: _weak_dict_reduce,
    weakref.WeakValueDictionary: _weak_dict_reduce,
    type({}.keys()): _dict_keys_reduce,
    type({}.values()): _dict_values_reduce,
    type({}.items()): _dict_items_reduce,
    type(_ORDERED.keys()): _odict_keys_reduce,
    type(_ORDERED.values()): _odict_values_reduce,
    type(_ORDERED.items()): _odict_items_reduce,
    type(dataclasses._FIELD): _dataclass_field_base_reduce,
    functools._lru_cache_wrapper: _lru_cache_reduce,
    functools.cached_property: _cached_property_reduce,
}
for _name, _reducer in (
    ("ParamSpec", _variable_reduce),
    ("TypeVarTuple", _variable_reduce),
    ("NewType", _new_type_reduce),
    ("TypeAliasType", _alias_reduce),
    ("ParamSpecArgs", _origin_reduce),
    ("ParamSpecKwargs", _origin_reduce),
):
    _kind = getattr(typing, _name, None)
    # A function up to 3.9.
    if isinstance(_kind, type):
        _DISPATCH_TABLE[_kind] = _reducer
# Up to 3.10 it has a reducer of its own, which gives a method bound to the class; that stays as it is.
if "__reduce__" not in vars(types.ClassMethodDescriptorType):
    _DISPATCH_TABLE[types.ClassMethodDescriptorType] = _class_method_descriptor_reduce
_DISPATCH_TABLE.update(dict.fromkeys(_SENTINELS, _sentinel_reduce))
del _name, _reducer, _kind

# Registrations that come later are seen, too.
_DISPATCH_CHAIN = collections.ChainMap(_DISPATCH_TABLE, copyreg.dispatch_table)
