"""A second source of pickles by value: everything by calls of the stdlib alone, as a bare Python can load it.

cloudpickle loses things when it writes, and what is lost no reader can bring back: the function within an `lru_cache`, the
qualified name of a class without methods, what members of an enum were given later, type parameters. So whether brinery
keeps them is asked of pickles that hold them. This pickler writes those: plain, slow and for tests alone, after the
recipe of a function's pickle that needs nothing but the stdlib:

- `types.FunctionType(types.CodeType(...), globals, name, None, cells)`, then BUILD with the attributes;
- cells are `types.CellType()`, globals a dict with nothing but `__builtins__`; both are filled when the function is there,
  so that it may be in its own cell;
- a class is `metaclass(name, bases, {names and slots})`, and its attributes are set one by one when it is there;
- an enum is made of its members' bare values in what `__prepare__` gives, then gets its methods, then its members their
  attributes.
"""

import _abc
import abc
import enum
import functools
import importlib
import io
import pickle
import sys
import types
import typing

import live

CODE = {
    (3, 8): "argcount posonlyargcount kwonlyargcount nlocals stacksize flags code consts names varnames filename name "
    "firstlineno lnotab freevars cellvars",
    (3, 11): "argcount posonlyargcount kwonlyargcount nlocals stacksize flags code consts names varnames filename name "
    "qualname firstlineno linetable exceptiontable freevars cellvars",
}
CODE[3, 9] = CODE[3, 8]
CODE[3, 10] = CODE[3, 8].replace("lnotab", "linetable")
CODE[3, 12] = CODE[3, 13] = CODE[3, 11]

# Objects of the stdlib that are one of a kind, or whose own idea of where they are from is wrong.
NAMED = [("types", name) for name in dir(types) if isinstance(getattr(types, name), type)]
NAMED += [("dataclasses", name) for name in ("MISSING", "KW_ONLY", "_FIELD", "_FIELD_CLASSVAR", "_FIELD_INITVAR")]
NAMED += [("dataclasses", "_HAS_DEFAULT_FACTORY"), ("functools", "_lru_cache_wrapper"), ("functools", "_CacheInfo")]
# What a class has of itself, or gets when it is made.
OWN = {"__dict__", "__weakref__", "_abc_impl", "__slots__", "__module__", "__qualname__"}
ENUM = {"_member_names_", "_member_type_", "_value2member_map_", "_unhashable_values_map_", "_hashable_values_"}


class Call:
    """Pickled as the result of a call."""

    def __init__(self, module, name, *args):
        self.callee, self.args = (module, name), args


class Name:
    """Pickled as what can be imported by this name."""

    def __init__(self, module, name):
        self.path = module, name


class Reference(pickle._Pickler):
    def __init__(self, file, protocol):
        super().__init__(file, protocol)
        self.fills, self.filled, self.held = [], set(), 0
        self.named = {
            id(find(module, name)): (module, name) for module, name in NAMED if find(module, name) is not None
        }

    def save(self, obj, save_persistent_id=True):
        if id(obj) in self.memo:
            return super().save(obj)
        if id(obj) in self.named:
            return self.name(*self.named[id(obj)])
        kind = type(obj)
        if isinstance(obj, enum.Enum) and obj.name in kind.__members__ and not importable(kind):
            return self.save_member(obj)
        if obj is type(None) or obj is type(...) or obj is type(NotImplemented):
            return super().save(obj)
        if isinstance(obj, type) and not importable(obj):
            return self.save_enum(obj) if issubclass(obj, enum.Enum) else self.save_class(obj)
        how = self.how.get(kind)
        if how is None or (kind is types.FunctionType and importable(obj)):
            return super().save(obj)
        return how(self, obj)

    def name(self, module, name, obj=None):
        """What can be imported by this name, nested ones included."""
        obj = find(module, name) if obj is None else obj
        if id(obj) in self.memo:
            return self.write(self.get(self.memo[id(obj)][0]))
        self.save(module)
        self.save(name)
        self.write(pickle.STACK_GLOBAL)
        self.memoize(obj)

    def call(self, module, name, *args):
        self.name(module, name)
        self.save(args)
        self.write(pickle.REDUCE)

    def aside(self, module, name, *args):
        """A call for its effect."""
        self.call(module, name, *args)
        self.write(pickle.POP)

    def save_function(self, f):
        code = f.__code__
        self.name("types", "FunctionType")
        self.write(pickle.MARK)
        self.save(code)
        self.save_globals(f.__globals__)
        self.save(code.co_name)
        self.save(None)
        self.save(f.__closure__)
        self.write(pickle.TUPLE + pickle.REDUCE)
        self.memoize(f)
        names = "__name__ __qualname__ __module__ __doc__ __defaults__ __kwdefaults__ __annotations__ __type_params__".split()
        self.save(
            (
                f.__dict__ or None,
                {
                    name: getattr(f, name)
                    for name in names
                    if getattr(f, name, None) is not None or name == "__module__"
                },
            )
        )
        self.write(pickle.BUILD)
        for name in used_names(code):
            if name in f.__globals__ and (id(f.__globals__), name) not in self.filled:
                self.filled.add((id(f.__globals__), name))
                self.save(f.__globals__)
                self.save(name)
                self.save(f.__globals__[name])
                self.write(pickle.SETITEM + pickle.POP)
        for cell in f.__closure__ or ():
            if id(cell) not in self.filled:
                self.filled.add(id(cell))
                for value in live.contents([cell]):
                    self.save(cell)
                    self.save((None, {"cell_contents": value}))
                    self.write(pickle.BUILD + pickle.POP)

    def save_globals(self, space):
        if id(space) in self.memo:
            return super().save(space)
        self.write(pickle.EMPTY_DICT)
        self.memoize(space)
        self.save("__builtins__")
        self.name("builtins", "__dict__")
        self.write(pickle.SETITEM)
        if "__name__" in space:
            self.save("__name__")
            self.save(space["__name__"])
            self.write(pickle.SETITEM)

    def save_cell(self, cell):
        self.call("types", "CellType")
        self.memoize(cell)

    def save_code(self, code):
        fields = CODE[sys.version_info[:2]].split()
        self.call("types", "CodeType", *[getattr(code, "co_" + field) for field in fields])
        self.memoize(code)

    def save_class(self, cls):
        self.save(type(cls))
        space = {name: vars(cls)[name] for name in ("__module__", "__slots__", "__orig_bases__") if name in vars(cls)}
        space["__qualname__"] = cls.__qualname__
        self.save((cls.__name__, cls.__bases__, space))
        self.write(pickle.REDUCE)
        self.finish(cls)
        if isinstance(cls, abc.ABCMeta):
            for known in _abc._get_dump(cls)[0]:
                if known() is not None:
                    self.aside("abc", "ABCMeta.register", cls, known())

    def finish(self, cls, but=()):
        """The attributes of a class that was made without."""
        if id(cls) in self.memo:
            # Its bases or its metaclass know it.
            self.write(pickle.POP + self.get(self.memo[id(cls)][0]))
            return
        self.memoize(cls)
        for name, value in list(vars(cls).items()):
            if (
                name in OWN
                or name in but
                or isinstance(value, (types.MemberDescriptorType, types.GetSetDescriptorType))
            ):
                continue
            self.aside("builtins", "setattr", cls, name, value)

    def save_member(self, member):
        """By its name: its value may not be enough to find it."""
        self.save(type(member))
        if id(member) in self.memo:
            self.write(pickle.POP + self.get(self.memo[id(member)][0]))
            return
        self.write(pickle.POP)
        self.call("builtins", "getattr", type(member), member.name)
        self.memoize(member)

    def save_enum(self, cls):
        self.save(type(cls))
        self.write(pickle.MARK)
        self.save(cls.__name__)
        self.save(cls.__bases__)
        self.call("enum", "EnumMeta.__prepare__", cls.__name__, cls.__bases__)
        self.write(pickle.MARK)
        members = cls.__members__
        # Text and bytes have a way to `__str__` of their own, a slice has not.
        bare = {object: lambda member: member.value, str: lambda member: member[:]}.get(
            cls._member_type_, cls._member_type_
        )
        entries = {"__module__": cls.__module__, "__qualname__": cls.__qualname__}
        entries.update((name, bare(member)) for name, member in members.items())
        for name, value in entries.items():
            self.save(name)
            self.save(value)
        self.write(pickle.SETITEMS + pickle.TUPLE + pickle.REDUCE)
        but = ENUM | set(members) | {"_member_map_", "_generate_next_value_", "__new_member__", "_new_member_"}
        if id(cls) not in self.memo:
            self.finish(cls, but)
            for member in cls:
                state = {
                    name: value
                    for name, value in vars(member).items()
                    if name not in ("_name_", "__objclass__", "_sort_order_")
                }
                self.save(member)
                self.save(state)
                self.write(pickle.BUILD + pickle.POP)
            self.aside("builtins", "setattr", cls, "_value2member_map_", dict(cls._value2member_map_))

    def save_module(self, module):
        if sys.modules.get(module.__name__) is module and module.__name__ != "__main__":
            self.call("importlib", "import_module", module.__name__)
            return self.memoize(module)
        self.call("types", "ModuleType", module.__name__)
        self.memoize(module)
        # Its functions share a dict of globals that is not the module's own.
        self.save({name: value for name, value in module.__dict__.items() if name != "__builtins__"})
        self.write(pickle.BUILD)

    def save_lru_cache(self, f):
        # Before 3.9 it does not tell, and no kind that has it tells these apart.
        asked = (
            f.cache_parameters()
            if hasattr(f, "cache_parameters")
            else {"maxsize": f.cache_info().maxsize, "typed": False}
        )
        self.call(
            "functools", "_lru_cache_wrapper", f.__wrapped__, asked["maxsize"], asked["typed"], functools._CacheInfo
        )
        if id(f) in self.memo:
            # A function that knows itself by its cache.
            self.write(pickle.POP + self.get(self.memo[id(f)][0]))
            return
        self.memoize(f)
        names = "__name__ __qualname__ __module__ __doc__".split()
        self.save(dict(vars(f), **{name: getattr(f, name) for name in names}))
        self.write(pickle.BUILD)

    def by_call(*name):
        """Made again by a call of its class with some of its attributes."""
        module, name, attributes = name

        def save(self, obj):
            self.call(module, name, *[getattr(obj, attribute) for attribute in attributes.split()])
            if id(obj) not in self.memo:
                self.memoize(obj)

        return save

    def save_call(self, call):
        self.call(*call.callee, *call.args)
        self.memoize(call)

    def save_name(self, name):
        # By this object: what is there may be a text that is elsewhere in the pickle, too, and is another on another Python.
        self.name(*name.path, obj=name)

    def save_proxy(self, proxy):
        self.call("types", "MappingProxyType", dict(proxy))
        self.memoize(proxy)

    def save_type_variable(self, variable):
        keywords = {"covariant": variable.__covariant__, "contravariant": variable.__contravariant__}
        keywords["bound"] = variable.__bound__
        if getattr(variable, "__infer_variance__", False):
            keywords["infer_variance"] = True
        if getattr(variable, "has_default", bool)():
            keywords["default"] = variable.__default__
        maker = functools.partial(
            type(variable), variable.__name__, *getattr(variable, "__constraints__", ()), **keywords
        )
        self.save(maker)
        self.write(pickle.EMPTY_TUPLE + pickle.REDUCE)
        self.memoize(variable)

    how = {
        Call: save_call,
        Name: save_name,
        types.FunctionType: save_function,
        types.CodeType: save_code,
        types.CellType: save_cell,
        types.ModuleType: save_module,
        types.MappingProxyType: save_proxy,
        typing.TypeVar: save_type_variable,
        functools._lru_cache_wrapper: save_lru_cache,
        types.MethodType: by_call("types", "MethodType", "__func__ __self__"),
        property: by_call("builtins", "property", "fget fset fdel __doc__"),
        classmethod: by_call("builtins", "classmethod", "__func__"),
        staticmethod: by_call("builtins", "staticmethod", "__func__"),
    }
    if hasattr(typing, "TypeVarTuple"):
        how[typing.TypeVarTuple] = by_call("typing", "TypeVarTuple", "__name__")
    if hasattr(typing, "ParamSpec"):
        how[typing.ParamSpec] = by_call("typing", "ParamSpec", "__name__")
    if isinstance(typing.NewType, type):
        how[typing.NewType] = by_call("typing", "NewType", "__name__ __supertype__")
    how[types.MemberDescriptorType] = by_call("builtins", "getattr", "__objclass__ __name__")


def used_names(code):
    """Globals of the code and of all code in it; bodies of classes look names up by LOAD_NAME."""
    names = live.global_names(code)
    todo = [const for const in code.co_consts if isinstance(const, types.CodeType)]
    while todo:
        inner = todo.pop()
        # Not optimized: a class body, whose names may be globals.
        names.extend(inner.co_names if not inner.co_flags & 1 else ())
        todo.extend(const for const in inner.co_consts if isinstance(const, types.CodeType))
    return list(dict.fromkeys(names))


def find(module, name):
    found = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def importable(obj):
    """Whether a fresh Python finds this by its name."""
    module = sys.modules.get(obj.__module__)
    if module is None or obj.__module__ == "__main__":
        return False
    for part in obj.__qualname__.split("."):
        module = getattr(module, part, None)
    return module is obj


def dumps(value, protocol):
    file = io.BytesIO()
    Reference(file, max(protocol or 4, 4)).dump(value)
    return file.getvalue()
