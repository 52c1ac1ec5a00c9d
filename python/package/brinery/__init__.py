"""Reads and writes pickles of live objects with the `brinery` engine: the bytes and the exceptions are `pickle`'s."""

from .pickle import *  # noqa: F403
from .pickle import __all__
