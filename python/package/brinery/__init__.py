"""Reads and writes pickles of live objects with the `brinery` engine: the bytes and the exceptions are `pickle`'s."""

from ._brinery import dumps, loads

__all__ = ["dumps", "loads"]
