"""joblib and loky, by `set_loky_pickler`, which tells their workers; and the copy of cloudpickle in joblib before 1.6.

    brinery.install("joblib")
    joblib.Parallel(n_jobs=4)(joblib.delayed(lambda x: x * x)(i) for i in range(10))
"""

import os

from .. import _places

TESTED = {"joblib": ("1.4", "1.5", "1.6"), "loky": ("3.4", "3.5", "3.6", "3.7")}

PICKLER = "brinery.cloudpickle"


def install():
    # Workers are told the name; this is for those that import loky later, and for their own workers.
    if os.environ.get("LOKY_PICKLER") != PICKLER:
        _places.replace(os.environ, "LOKY_PICKLER", PICKLER)
    _places.alias("cloudpickle", within=("joblib", "loky"))
    _places.alias("joblib.externals.cloudpickle", within=("joblib",))
    for package in ("loky", "joblib.externals.loky"):
        _places.after(package + ".backend.reduction", _set)


def _set(reduction):
    import types

    from .. import cloudpickle

    before = reduction.get_loky_pickler_name()
    _places.on_undo(lambda: reduction.set_loky_pickler(before))
    reduction.set_loky_pickler(PICKLER)
    # loky pickles methods by their name, which is wrong for those that were set on an instance.
    _places.replace(reduction._dispatch_table, types.MethodType, cloudpickle._method_reduce)
