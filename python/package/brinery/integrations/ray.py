"""Ray: its own copy of cloudpickle, in the driver and in the workers.

    brinery.install("ray")              # before ray.init; local workers inherit BRINERY_INSTALL
    ray.init(runtime_env={"env_vars": {"BRINERY_INSTALL": "ray"}})      # and those of a cluster are told
"""

from .. import _places

TESTED = {"ray": ("2.60",)}


def install():
    _places.alias("cloudpickle")
    _places.alias("ray.cloudpickle", within=("ray",), extras=_extras)


def _extras(package):
    """What Ray's copy has besides: errors that say how to find out more."""
    import os
    import pickle

    def telling(function):
        def wrapper(obj, *args, **kwargs):
            try:
                return function(obj, *args, **kwargs)
            except (TypeError, pickle.PicklingError) as error:
                if os.environ.get("RAY_PICKLE_VERBOSE_DEBUG"):
                    from ray.util.check_serialize import inspect_serializability

                    inspect_serializability(obj)
                    raise
                from ..tasks import explain

                raise type(error)("ray.cloudpickle.%s failed: %s" % (function.__name__, explain(obj) or error)) from error

        return wrapper

    package.dump_debug, package.dumps_debug = telling(package.dump), telling(package.dumps)
