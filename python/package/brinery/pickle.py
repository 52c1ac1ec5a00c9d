"""The names of `_pickle`, by the `brinery` engine; exceptions and `PickleBuffer` are `pickle`'s own."""

from _pickle import PickleBuffer, PickleError, PicklingError, UnpicklingError
from pickle import DEFAULT_PROTOCOL, HIGHEST_PROTOCOL

from ._brinery import Pickler, Unpickler, dump, dumps, load, loads

__all__ = [
    "DEFAULT_PROTOCOL",
    "HIGHEST_PROTOCOL",
    "PickleBuffer",
    "PickleError",
    "Pickler",
    "PicklingError",
    "Unpickler",
    "UnpicklingError",
    "dump",
    "dumps",
    "load",
    "loads",
]
