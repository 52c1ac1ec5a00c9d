"""Reads and writes pickles of live objects with the `brinery` engine: the bytes and the exceptions are `pickle`'s."""

from ._install import install, uninstall
from .pickle import *  # noqa: F403
from .pickle import __all__ as _names

__all__ = [*_names, "install", "uninstall"]
