"""executorlib: what it writes with cloudpickle, in the process that submits and in its workers.

    brinery.install("executorlib")      # the workers inherit BRINERY_INSTALL
"""

from .. import _places

TESTED = {"executorlib": ("1.11",)}


def install():
    _places.alias("cloudpickle", within=("executorlib",))
