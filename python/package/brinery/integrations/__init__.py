"""How other systems are given this package as their pickler: one module each, which imports nothing of them until asked.

`brinery.install("ray")` is the door; `brinery.integrations.ENGINES` are the names it takes. A module here has

- `TESTED`: of each distribution, the beginnings of the versions that the tests have been run with;
- `install()`: puts this package in place, at once in what is imported, and otherwise when it is;
- what an engine's own configuration takes, where it takes something: a `Serializer`, functions to register.
"""

import importlib
import warnings

# The names that `brinery.install` takes, and the module here that knows how.
ENGINES = {
    "casty": "casty",
    "celery": "celery",
    "concurrent.futures": "multiprocessing",
    "dask": "dask",
    "distributed": "dask",
    "executorlib": "executorlib",
    "joblib": "joblib",
    "loky": "joblib",
    "multiprocessing": "multiprocessing",
    "parsl": "parsl",
    "prefect": "prefect",
    "pyspark": "pyspark",
    "ray": "ray",
}


def engine(name):
    """The module that knows an engine."""
    return importlib.import_module("%s.%s" % (__name__, ENGINES[name]))


def check(module):
    """Warns when what is installed of an engine is of a version that was not tested."""
    from importlib.metadata import PackageNotFoundError, version

    for distribution, tested in module.TESTED.items():
        try:
            found = version(distribution)
        except PackageNotFoundError:
            continue
        if not any(found == prefix or found.startswith(prefix + ".") for prefix in tested):
            message = "%s %s is not a version that brinery has been tested with; these are: %s"
            warnings.warn(message % (distribution, found, ", ".join(tested)), UserWarning, stacklevel=4)
