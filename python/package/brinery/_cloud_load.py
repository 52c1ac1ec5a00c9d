"""What loading calls: the functions that payloads of cloudpickle name, by the names they have there."""

import os
import sys
import threading
import types
import typing
import weakref

from . import _places
from ._brinery import _function_setstate, _make_cell, _make_empty_cell, _make_function

# Which class has which id, in this process and all others that one of them was sent to.
_DYNAMIC_CLASS_TRACKER_BY_CLASS = weakref.WeakKeyDictionary()
_DYNAMIC_CLASS_TRACKER_BY_ID = weakref.WeakValueDictionary()
_DYNAMIC_CLASS_TRACKER_LOCK = threading.Lock()


def _trackers():
    """This module, and cloudpickle if it is here, too: then it may be the one that loads what is written here."""
    stock = sys.modules.get("cloudpickle.cloudpickle")
    return [sys.modules[__name__]] + [stock] * hasattr(stock, "_DYNAMIC_CLASS_TRACKER_BY_ID")


def _get_or_create_tracker_id(class_def):
    with _DYNAMIC_CLASS_TRACKER_LOCK:
        tracker_id = _DYNAMIC_CLASS_TRACKER_BY_CLASS.get(class_def)
        if tracker_id is None:
            known = [tracker._DYNAMIC_CLASS_TRACKER_BY_CLASS.get(class_def) for tracker in _trackers()]
            tracker_id = known[-1] or os.urandom(16).hex()
            _track(tracker_id, class_def)
    return tracker_id


def _track(tracker_id, class_def):
    for tracker in _trackers():
        tracker._DYNAMIC_CLASS_TRACKER_BY_CLASS[class_def] = tracker_id
        tracker._DYNAMIC_CLASS_TRACKER_BY_ID[tracker_id] = class_def


def _tell(stock):
    """cloudpickle is imported later than this: perhaps to load what was written here."""
    with _DYNAMIC_CLASS_TRACKER_LOCK:
        for tracker_id, class_def in list(_DYNAMIC_CLASS_TRACKER_BY_ID.items()):
            _track(tracker_id, class_def)


_places.after("cloudpickle.cloudpickle", _tell, keep=True)


def _lookup_class_or_track(class_tracker_id, class_def):
    if class_tracker_id is None:
        return class_def
    with _DYNAMIC_CLASS_TRACKER_LOCK:
        known = _tracked(class_tracker_id)
        class_def = class_def if known is None else known
        _track(class_tracker_id, class_def)
    return class_def


def _content_id(data, number):
    """An id for what is pickled like this, and for others that are pickled just like it."""
    import hashlib

    return hashlib.sha256(b"%d:%s" % (number, data)).hexdigest()[:32]


def _track_content(tracker_id, class_def):
    """Makes a class that comes back with an id made of its content the class that was sent. It keeps an id it had."""
    with _DYNAMIC_CLASS_TRACKER_LOCK:
        for tracker in _trackers():
            tracker._DYNAMIC_CLASS_TRACKER_BY_ID.setdefault(tracker_id, class_def)


def _tracked(class_tracker_id):
    """The class or type variable of that id, if this process has it: then there is none to make."""
    for tracker in _trackers():
        known = tracker._DYNAMIC_CLASS_TRACKER_BY_ID.get(class_tracker_id)
        if known is not None:
            return known
    return None


def subimport(name):
    """Imports a module and returns it, not the package that it is in."""
    __import__(name)
    return sys.modules[name]


def dynamic_subimport(name, vars):
    """A module that is found nowhere."""
    module = types.ModuleType(name)
    module.__dict__.update(vars, __builtins__=__builtins__)
    return module


def _builtin_type(name):
    # The class of Python 2's classes is in payloads of cloudpickle before 1.3.
    return type if name == "ClassType" else getattr(types, name)


def instance(cls):
    """An instance of a class that takes nothing."""
    return cls()


@instance
class _empty_cell_value:
    """Stands for the content of a cell that has none."""

    @classmethod
    def __reduce__(cls):
        return cls.__name__


def _make_skeleton_class(type_constructor, name, bases, type_kwargs, class_tracker_id, extra):
    known = _tracked(class_tracker_id)
    if known is not None:
        return known
    namespace = {sys.intern(key): value for key, value in type_kwargs.items()}
    made = types.new_class(name, bases, {"metaclass": type_constructor}, lambda body: body.update(namespace))
    return _lookup_class_or_track(class_tracker_id, made)


def _make_skeleton_enum(bases, name, qualname, members, module, class_tracker_id, extra):
    known = _tracked(class_tracker_id)
    if known is not None:
        return known
    # An enum comes last among its bases.
    metaclass = type(bases[-1])
    body = metaclass.__prepare__(name, bases)
    for member, value in members.items():
        body[member] = value
    made = metaclass.__new__(metaclass, name, bases, body)
    made.__module__ = module
    made.__qualname__ = qualname
    return _lookup_class_or_track(class_tracker_id, made)


def _class_setstate(obj, state):
    attributes, _ = state
    for name, value in attributes.items():
        if name != "_abc_impl":
            setattr(obj, name, value)
    # Python 3.13 forgets it when another attribute of the class is set.
    if "__firstlineno__" in attributes:
        obj.__firstlineno__ = attributes["__firstlineno__"]
    for registered in attributes.get("_abc_impl", ()):
        obj.register(registered)
    return obj


def _make_typevar(name, bound, constraints, covariant, contravariant, class_tracker_id):
    known = _tracked(class_tracker_id)
    if known is not None:
        return known
    made = typing.TypeVar(name, *constraints, bound=bound, covariant=covariant, contravariant=contravariant)
    return _lookup_class_or_track(class_tracker_id, made)


def _make_dict_keys(obj, is_ordered=False):
    return _ordered(is_ordered).fromkeys(obj).keys()


def _make_dict_values(obj, is_ordered=False):
    return _ordered(is_ordered)(enumerate(obj)).values()


def _make_dict_items(obj, is_ordered=False):
    return _ordered(is_ordered)(obj).items()


def _ordered(is_ordered):
    if not is_ordered:
        return dict
    import collections

    return collections.OrderedDict


def _file_reconstructor(retval):
    return retval


def _get_dataclass_field_type_sentinel(name):
    import dataclasses

    return getattr(dataclasses, name)


# Payloads are loaded where only cloudpickle is installed, so they name its module.
for _helper in (
    _builtin_type,
    _class_setstate,
    _file_reconstructor,
    _function_setstate,
    _get_dataclass_field_type_sentinel,
    _lookup_class_or_track,
    _make_cell,
    _make_dict_items,
    _make_dict_keys,
    _make_dict_values,
    _make_empty_cell,
    _make_function,
    _make_skeleton_class,
    _make_skeleton_enum,
    _make_typevar,
    dynamic_subimport,
    instance,
    subimport,
    type(_empty_cell_value),
):
    _helper.__module__ = "cloudpickle.cloudpickle"
del _helper
