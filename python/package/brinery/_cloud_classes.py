"""What enums and classes need besides their attributes: members with a state, and a quiet `__init_subclass__`."""

import abc
import types

from . import _brinery
from ._cloud_kinds import _Call

_OF_MEMBERS = {"_value_", "_name_", "__objclass__", "_sort_order_"}
_PLAIN = {bytes: bytes.__getitem__, float: float.__float__, int: int.__int__, str: str.__str__}


def _member_state(cls, name, member):
    """What a member is made of, and the asides that give it what `__new__` and `__init__` of its class gave it."""
    attributes = {key: value for key, value in getattr(member, "__dict__", {}).items() if key not in _OF_MEMBERS}
    value, asides, same = member._value_, [], _Call(getattr, cls, name)
    kind = cls._member_type_
    if kind in _PLAIN:
        plain = member[:] if kind is bytes else _PLAIN[kind](member)
        # Its value is another than what it is as an int or string.
        if type(plain) is kind and (type(value) is not kind or plain != value):
            attributes["_value_"] = value
            asides.append((dict.update, (_Call(getattr, cls, "_value2member_map_"), {value: same})))
            value = plain
    if attributes:
        asides.append((dict.update, (_Call(getattr, same, "__dict__"), attributes)))
    return value, asides


def _needs_keywords(hook):
    code = hook.__func__.__code__
    missing = code.co_argcount - 1 - len(hook.__func__.__defaults__ or ())
    return missing > 0 or code.co_kwonlyargcount > len(hook.__func__.__kwdefaults__ or ())


def _without_subclass_hook(cls, bases):
    """Bases to make a class with so that no `__init_subclass__` runs a second time, or None if it may.

    What it did is in the attributes, and the keywords that it was given are lost. Another base before the real ones has
    one that does nothing; the class gets its real bases after that. Python exchanges bases only where instances
    are laid out alike, which is tried here.
    """
    owner = next(base for base in cls.__mro__[1:] if "__init_subclass__" in base.__dict__)
    hook = owner.__dict__["__init_subclass__"]
    if not isinstance(hook, classmethod) or not isinstance(hook.__func__, types.FunctionType):
        return None
    if _brinery._should_pickle_by_reference(owner) and not _needs_keywords(hook):
        return None
    if type(cls) not in (type, abc.ABCMeta):
        return None
    for stand_bases, namespace in _stands(cls):
        try:
            stand = type("NoSubclassHook", stand_bases, dict(namespace))
            trial = types.new_class(cls.__name__, (stand, *bases), {"metaclass": type(cls)})
            trial.__bases__ = cls.__bases__
        except TypeError:
            continue
        return (_Call(type, "NoSubclassHook", stand_bases, namespace), *bases)
    return None


def _stands(cls):
    """Bases and namespaces of classes that may stand before the real bases: first one that adds nothing to `object`."""
    # A call of `dict` with any keywords does no harm.
    yield (object,), {"__init_subclass__": dict, "__slots__": ()}
    for base in cls.__base__.__mro__[:-1]:
        above = base.__base__
        if above is None or getattr(above.__init_subclass__, "__func__", None) is not None:
            continue
        namespace = {"__init_subclass__": dict}
        if "__slots__" in base.__dict__:
            namespace["__slots__"] = base.__slots__
        yield (above,), namespace
