"""What `install` replaces, where, and how it is undone; and what it does to modules that are imported later."""

import importlib.machinery
import os
import sys
import types

# What was there before, by place: a mapping and a name in it, what was put there, and what was there.
_before = []
# The copies of cloudpickle that were imported before they were replaced, by the name of their package.
_stock = {}
# What `undo` leaves: functions that wait for a module.
_kept = []


def replace(mapping, name, value):
    """Puts something in a place until `undo`."""
    _before.append((mapping, name, value, mapping.get(name)))
    mapping[name] = value


def on_undo(function):
    """Has `undo` call a function, too."""
    _before.append((None, None, function, None))


def is_replaced(mapping, name):
    return any(where is mapping and of == name for where, of, _, _ in _before)


def undo():
    """Puts everything back, unless somebody else has put something there meanwhile."""
    _stock.clear()
    _Finder.packages.clear()
    for name, functions in list(_Finder.hooks.items()):
        functions[:] = [function for function in functions if function in _kept]
        if not functions:
            del _Finder.hooks[name]
    if not _Finder.hooks and _Finder in sys.meta_path:
        sys.meta_path.remove(_Finder)
    while _before:
        mapping, name, ours, before = _before.pop()
        if mapping is None:
            ours()
            continue
        found = mapping.get(name)
        # The environment gives a new text each time.
        if found is not ours and not (type(ours) is str and found == ours):
            continue
        if before is None:
            del mapping[name]
        else:
            mapping[name] = before


def alias(name, within=(), extras=None, now=False):
    """From now on the package `name`, cloudpickle or somebody's copy of it, is like `brinery.cloudpickle`.

    In the modules of the packages `within`, which have imported it already, it is replaced, too. `extras` is called with
    the package that stands for it, to add what the copy has besides. What is not imported yet is replaced when it is, or
    `now`.
    """
    if not is_replaced(sys.modules, name) and name not in _Finder.packages:
        if not now and name not in sys.modules:
            _Finder.packages[name] = extras
            _begin_to_find()
            return
        _put(name, extras)
    elif now and name not in sys.modules:
        _put(name, _Finder.packages.get(name, extras))
    if name in _stock and within:
        _rebind(name, within)


def after(name, function, keep=False):
    """Calls a function with a module: now if it is imported, else when it is. `undo` forgets it, unless it is to `keep`."""
    if keep:
        _kept.append(function)
    module = sys.modules.get(name)
    if module is not None:
        function(module)
    else:
        _Finder.hooks.setdefault(name, []).append(function)
        _begin_to_find()


def _begin_to_find():
    if _Finder not in sys.meta_path:
        sys.meta_path.insert(0, _Finder)


def _put(name, extras):
    from . import cloudpickle

    parts = (".cloudpickle", ".cloudpickle_fast")
    before = {part: sys.modules.get(name + part) for part in ("",) + parts}
    if before[".cloudpickle"] is not None:
        _stock[name] = before
        _adopt(before[".cloudpickle"])
    package = _package(name, extras)
    replace(sys.modules, name, package)
    for part in parts:
        replace(sys.modules, name + part, cloudpickle)
    parent, _, last = name.rpartition(".")
    if parent in sys.modules and last in vars(sys.modules[parent]):
        replace(vars(sys.modules[parent]), last, package)
    return package


def _package(name, extras):
    """A package like cloudpickle's, whose submodules are `brinery.cloudpickle`."""
    from . import cloudpickle

    package = types.ModuleType(name, cloudpickle.__doc__)
    parent, _, last = name.rpartition(".")
    # What else is in the folder of a copy is still found there.
    folders = getattr(sys.modules.get(parent), "__path__", ())
    package.__path__ = [os.path.join(folder, last) for folder in folders]
    package.__package__ = name
    package.__spec__ = importlib.machinery.ModuleSpec(name, None, origin="brinery", is_package=True)
    package.__all__ = cloudpickle.__all__
    package.__version__ = cloudpickle.__version__
    package.__file__ = cloudpickle.__file__
    package.cloudpickle = package.cloudpickle_fast = cloudpickle
    for key, value in vars(cloudpickle).items():
        if not key.startswith("_"):
            setattr(package, key, value)
    if extras is not None:
        extras(package)
    return package


def _adopt(stock):
    """Takes over what a copy has been told: the classes it knows, modules that travel by value, reducers."""
    from . import cloudpickle

    if stock is cloudpickle:
        return
    for known in ("_DYNAMIC_CLASS_TRACKER_BY_CLASS", "_DYNAMIC_CLASS_TRACKER_BY_ID"):
        for key, value in list(getattr(stock, known, {}).items()):
            getattr(cloudpickle, known).setdefault(key, value)
    cloudpickle._PICKLE_BY_VALUE_MODULES.update(getattr(stock, "_PICKLE_BY_VALUE_MODULES", ()))
    pickler = getattr(stock, "CloudPickler", None) or getattr(stock, "Pickler", None)
    table = getattr(pickler, "dispatch_table", {})
    for kind, reducer in list(getattr(table, "maps", [table])[0].items()):
        # Its own are ours, too.
        if getattr(reducer, "__module__", None) != stock.__name__:
            cloudpickle.CloudPickler.dispatch_table.setdefault(kind, reducer)


def _rebind(name, within):
    """Replaces a copy, and what is its own, in the modules that have imported it."""
    from . import cloudpickle

    before, package = _stock[name], sys.modules[name]
    stock = before[".cloudpickle"]
    ours = {id(before[""]): package, id(stock): cloudpickle, id(before[".cloudpickle_fast"]): cloudpickle}
    ours.pop(id(None), None)
    for key, value in vars(stock).items():
        if getattr(value, "__module__", None) == stock.__name__ and hasattr(cloudpickle, key):
            ours[id(value)] = getattr(cloudpickle, key)
    for known, module in list(sys.modules.items()):
        if known.partition(".")[0] not in within or not isinstance(module, types.ModuleType):
            continue
        if module in (package, cloudpickle):
            continue
        for key, value in list(vars(module).items()):
            if id(value) in ours:
                replace(vars(module), key, ours[id(value)])


class _Finder:
    """Imports this package by the name of cloudpickle when somebody asks for it, and sees modules being imported."""

    packages, hooks = {}, {}

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in _Finder.packages:
            return importlib.machinery.ModuleSpec(name, _Finder, is_package=True)
        if name not in _Finder.hooks:
            return None
        for finder in sys.meta_path:
            spec = None if finder is _Finder else finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Watched(spec.loader)
                return spec
        return None

    @staticmethod
    def create_module(spec):
        return _put(spec.name, _Finder.packages.pop(spec.name))

    @staticmethod
    def exec_module(module):
        pass


class _Watched:
    """A module's own loader, after which those who wait for the module are told."""

    def __init__(self, loader):
        self._loader = loader

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        module.__loader__ = module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        for function in _Finder.hooks.pop(module.__spec__.name, ()):
            function(module)
