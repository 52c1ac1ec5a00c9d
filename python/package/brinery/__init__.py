"""Reads and writes pickles of live objects with the `brinery` engine: the bytes and the exceptions are `pickle`'s."""

from ._brinery import dumps, loads
from ._install import install, uninstall

__all__ = ["dumps", "install", "loads", "uninstall"]
