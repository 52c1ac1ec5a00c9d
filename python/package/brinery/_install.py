"""Makes this package the process's `cloudpickle`, and by request its `pickle`."""

import importlib.machinery
import os
import sys
import types

_NAMES = ("cloudpickle", "cloudpickle.cloudpickle", "cloudpickle.cloudpickle_fast")
# What was there before, by place: a mapping or module and a name in it.
_before = []


def _package():
    """A package like cloudpickle's, whose submodules are `brinery.cloudpickle`."""
    from . import cloudpickle

    package = types.ModuleType("cloudpickle", cloudpickle.__doc__)
    package.__path__ = []
    package.__package__ = "cloudpickle"
    package.__spec__ = importlib.machinery.ModuleSpec("cloudpickle", None, origin="brinery", is_package=True)
    package.__all__ = cloudpickle.__all__
    package.__version__ = cloudpickle.__version__
    package.__file__ = cloudpickle.__file__
    package.cloudpickle = package.cloudpickle_fast = cloudpickle
    for name, value in vars(cloudpickle).items():
        if not name.startswith("_"):
            setattr(package, name, value)
    return package


def install(cloudpickle=True, pickle=False):
    """From now on `import cloudpickle` imports this package, as far as it is not imported yet, here and in all modules.

    With `pickle=True` the functions and classes of `pickle` are those of this package as well. What others hold already
    by other names (`from pickle import dumps`) stays what it is. `uninstall` undoes it.
    """
    if cloudpickle and not _is_installed(sys.modules, "cloudpickle"):
        from . import cloudpickle as module

        _replace(sys.modules, "cloudpickle", _package())
        for name in _NAMES[1:]:
            _replace(sys.modules, name, module)
    if pickle:
        import pickle as stock

        from . import pickle as ours

        for name in ("dump", "dumps", "load", "loads", "Pickler", "Unpickler"):
            if not _is_installed(vars(stock), name):
                _replace(vars(stock), name, getattr(ours, name))


def uninstall():
    """Undoes what `install` did."""
    while _before:
        mapping, name, ours, before = _before.pop()
        if mapping.get(name) is not ours:
            continue
        if before is None:
            del mapping[name]
        else:
            mapping[name] = before


def _is_installed(mapping, name):
    return any(where is mapping and of == name for where, of, _, _ in _before)


def _replace(mapping, name, value):
    _before.append((mapping, name, value, mapping.get(name)))
    mapping[name] = value


class _Finder:
    """Imports this package by the name of cloudpickle, when somebody asks for it."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, _Finder, is_package=True) if name == "cloudpickle" else None

    @staticmethod
    def create_module(spec):
        install()
        return sys.modules[spec.name]

    @staticmethod
    def exec_module(module):
        pass


def from_environment():
    """Does what BRINERY_INSTALL says: names, separated by commas, of what this package is to be."""
    names = {name.strip() for name in os.environ.get("BRINERY_INSTALL", "").split(",")}
    if "pickle" in names:
        install(cloudpickle=False, pickle=True)
    # Most processes have no use for it, so it waits for the first that asks.
    if "cloudpickle" in names and "cloudpickle" not in sys.modules and _Finder not in sys.meta_path:
        sys.meta_path.insert(0, _Finder)
