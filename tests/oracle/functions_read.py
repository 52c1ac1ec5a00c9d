"""Pickles functions, classes and enums by value with one pickler, and says what live Python knows of them.

    python -I -S functions_read.py PICKLER OUT [PATH...]

PICKLER is the module to dump with, such as `cloudpickle` or a copy of it in another package, PATH what to import it from.
OUT gets NAME.pkl for each case that this pickler can write, and facts.json. All is of the module `__main__`.
"""

import abc
import dis
import enum
import importlib
import inspect
import json
import math
import os
import sys
import types

FACTOR = 10
TABLE = {"a": [1, 2], "b": (None, True, 2.5)}


def every_kind(a, b=2, *args, c, d="four", **others) -> "text":
    """The first line.

    And another."""
    return a + b + FACTOR + math.floor(c)


def defaults(x=(1, [2.5, None]), y={"k": b"v"}, z=-1e300):
    return x, y, z


def imports(path):
    import os.path
    from collections import OrderedDict, deque
    import json as j

    return os.path.join(path, str(OrderedDict)), deque, j.dumps


def recursive(n):
    return 1 if n < 2 else n * recursive(n - 1)


def even(n):
    return n == 0 or odd(n - 1)


def odd(n):
    return n != 0 and even(n - 1)


def pair():
    count = 0

    def increase():
        nonlocal count
        count += 1
        return count

    def get():
        return count

    return increase, get


def itself():
    def f(n):
        return 1 if n < 2 else n * f(n - 1)

    return f


def empty_cell():
    def f():
        return later

    if FACTOR < 0:
        later = 1
    return f


def nesting(xs):
    return [lambda y: x + y for x in xs], sorted(xs, key=lambda x: -x.size)


def generate():
    yield from TABLE.items()


async def coroutine():
    return TABLE


def marked():
    pass


marked.mark = "here"
marked.number = 7


class Base(object):
    """A base."""

    limit = 3

    def method(self, y=1):
        return super(Base, self).__repr__() + str(y)

    @classmethod
    def make(cls):
        return cls()

    @staticmethod
    def plain(x):
        return x

    @property
    def size(self):
        return self.limit


class Derived(Base):
    def method(self, y=2):
        return super().method(y)


class Abstract(abc.ABC):
    @abc.abstractmethod
    def do(self):
        pass


class Color(enum.Enum):
    RED = 1
    BLUE = "b"

    def say(self):
        return self.value


def uses_a_class():
    return Derived().method()


CASES = {
    "lambda": lambda x: x + 1,
    "every_kind": every_kind,
    "defaults": defaults,
    "imports": imports,
    "recursive": recursive,
    "mutual": even,
    "pair": pair(),
    "itself": itself(),
    "empty_cell": empty_cell(),
    "nesting": nesting,
    "generate": generate,
    "coroutine": coroutine,
    "marked": marked,
    "base": Base,
    "derived": Derived,
    "abstract": Abstract,
    "color": Color,
    "uses_a_class": uses_a_class,
    "bound": Derived().method,
    "instance": Derived(),
    "table": {"f": recursive, "g": [even, Base]},
}


def reached(value):
    """The functions and classes that come along by value, each once."""
    functions, classes, seen, todo = [], [], set(), [value]
    while todo:
        item = todo.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, types.FunctionType) and item.__module__ == "__main__":
            functions.append(item)
            todo.extend(filled(item).values())
            todo.extend(item.__globals__[name] for name in global_names(item))
        elif isinstance(item, type) and item.__module__ == "__main__":
            classes.append(item)
            todo.extend(item.__bases__)
            todo.extend(getattr(each, "__func__", getattr(each, "fget", each)) for each in vars(item).values())
        elif isinstance(item, (list, tuple)):
            todo.extend(item)
        elif isinstance(item, dict):
            todo.extend(item.values())
        elif isinstance(item, types.MethodType):
            todo.extend([item.__func__, item.__self__])
        elif type(item).__module__ == "__main__":
            todo.append(type(item))
    return functions, classes


def filled(function):
    """The free variables whose cells are not empty."""
    found = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            found[name] = cell.cell_contents
        except ValueError:
            pass
    return found


def codes(code):
    yield code
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from codes(const)


def used(function, ending):
    names = [
        i.argval
        for code in codes(function.__code__)
        for i in dis.get_instructions(code)
        if i.opname.endswith(ending) and isinstance(i.argval, str) and not i.opname.startswith("IMPORT")
    ]
    return list(dict.fromkeys(names))


def global_names(function):
    return [name for name in used(function, ("_GLOBAL", "_NAME")) if name in function.__globals__]


def plain(value):
    """Its repr, for what brinery shows as Python does."""
    if isinstance(value, (list, tuple)):
        return repr(value) if all(plain(item) for item in value) else None
    if isinstance(value, dict):
        return repr(value) if all(plain(item) for item in value.values()) else None
    return repr(value) if value is None or isinstance(value, (bool, int, float, str, bytes)) else None


def function_facts(function):
    code = function.__code__
    cells = filled(function)
    return {
        "name": function.__name__,
        "qualname": function.__qualname__,
        "module": function.__module__,
        "doc": function.__doc__,
        "line": code.co_firstlineno,
        "file": code.co_filename,
        "flags": code.co_flags,
        "names": list(code.co_names),
        "varnames": list(code.co_varnames),
        "signature": str(inspect.signature(function)),
        "parameters": [[each.name, each.kind.name] for each in inspect.signature(function).parameters.values()],
        "free": [[name, name in cells, plain(cells.get(name))] for name in code.co_freevars],
        "globals": {name: plain(function.__globals__[name]) for name in global_names(function)},
        "attributes": {name: plain(value) for name, value in vars(function).items()},
        "asked": used(function, ("_ATTR", "_METHOD")),
        "imported": [
            i.argval for code in codes(code) for i in dis.get_instructions(code) if i.opname == "IMPORT_NAME"
        ],
        "nested": [each.co_name for each in codes(code)][1:],
        "dis": [[i.offset, i.opname] for i in dis.get_instructions(code)],
    }


def class_facts(cls):
    kinds = {}
    for name, value in vars(cls).items():
        for kind in (classmethod, staticmethod, property, types.FunctionType):
            if isinstance(value, kind) and not name.startswith("_"):
                kinds[name] = kind.__name__
    return {
        "name": cls.__name__,
        "qualname": cls.__qualname__,
        "module": cls.__module__,
        "doc": cls.__doc__ if "__doc__" in vars(cls) else None,
        "bases": [base.__name__ for base in cls.__bases__],
        "methods": kinds,
        "members": {member.name: repr(member.value) for member in cls} if isinstance(cls, enum.EnumMeta) else None,
    }


def main(pickler, out, *path):
    sys.path[:0] = path
    dumps = importlib.import_module(pickler).dumps
    facts = {}
    for name, value in CASES.items():
        try:
            data = dumps(value)
        except Exception as error:
            facts[name] = {"error": repr(error)}
            continue
        with open(os.path.join(out, name + ".pkl"), "wb") as file:
            file.write(data)
        functions, classes = reached(value)
        facts[name] = {
            "functions": [function_facts(each) for each in functions],
            "classes": [class_facts(each) for each in classes],
        }
    with open(os.path.join(out, "facts.json"), "w") as file:
        json.dump(facts, file)


main(*sys.argv[1:])
