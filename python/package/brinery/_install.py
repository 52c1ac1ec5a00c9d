"""Makes this package the process's `cloudpickle`, by request its `pickle`, and the pickler of engines."""

import os

from . import _places

_VARIABLE = "BRINERY_INSTALL"


def install(*names, cloudpickle=None, pickle=False, children=True):
    """Puts this package in the place of others: in that of cloudpickle, if nothing else is said.

    Names are "cloudpickle", "pickle", and those of engines, such as "dask", "joblib", "ray" and "pyspark"
    (`brinery.integrations.ENGINES`): then it becomes their pickler in this process, as far as they have one. A warning says
    when the engine's version is one that was not tested. With `children`, processes that are started from here and have this
    package do the same when an engine was named: the names are put into the environment variable BRINERY_INSTALL.

    `import cloudpickle` then imports this package, as far as it is not imported yet, here and in all modules. With "pickle"
    the functions and classes of `pickle` are those of this package as well. What others hold already by other names
    (`from pickle import dumps`) stays what it is. `uninstall` undoes it.
    """
    names = list(names) + ["pickle"] * bool(pickle)
    if cloudpickle or (cloudpickle is None and not names):
        names.append("cloudpickle")
    engines = [name for name in names if name not in ("cloudpickle", "pickle")]
    if engines:
        from .integrations import ENGINES, check, engine

        unknown = [name for name in engines if name not in ENGINES]
        if unknown:
            raise ValueError("%r is none of %s" % (unknown[0], ", ".join(["cloudpickle", "pickle", *ENGINES])))
        for name in engines:
            check(engine(name))
    _put(names, now=True)
    if engines and children:
        told = [name for name in _told() if name not in names]
        _places.replace(os.environ, _VARIABLE, ",".join(told + names))


def uninstall():
    """Undoes what `install` did."""
    _places.undo()


def from_environment():
    """Does what BRINERY_INSTALL says: names, separated by commas, as `install` takes them. Others are left alone."""
    # Most processes have no use for it, so it waits for the first that asks.
    _put(_told(), now=False)


def _told():
    return [name.strip() for name in os.environ.get(_VARIABLE, "").split(",") if name.strip()]


def _put(names, now):
    for name in names:
        if name == "cloudpickle":
            _places.alias("cloudpickle", now=now)
        elif name == "pickle":
            _put_pickle()
        else:
            from .integrations import ENGINES, engine

            if name in ENGINES:
                engine(name).install()


def _put_pickle():
    import pickle as stock

    from . import pickle as ours

    for name in ("dump", "dumps", "load", "loads", "Pickler", "Unpickler"):
        if not _places.is_replaced(vars(stock), name):
            _places.replace(vars(stock), name, getattr(ours, name))
