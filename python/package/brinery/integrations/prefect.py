"""Prefect: what it writes with cloudpickle; and `PickleSerializer(picklelib="brinery")` for results.

    brinery.install("prefect")          # processes that it starts inherit BRINERY_INSTALL
"""

from .. import _places

TESTED = {"prefect": ("3.8",)}


def install():
    _places.alias("cloudpickle", within=("prefect",))
