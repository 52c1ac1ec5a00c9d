"""What live Python says of the functions in an object: the answers that a report on its pickle is held against."""

import functools
import inspect
import sys
import types


def functions(value):
    """A record for each function that comes along by value when `value` is pickled, in no order."""
    found, seen, todo = [], set(), [value]
    while todo:
        item = todo.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, types.FunctionType):
            if by_value(item):
                found.append(record(item))
                todo.extend(parts(item))
        elif isinstance(item, type):
            if item.__module__ == "__main__":
                todo.extend(vars(item).values())
        elif isinstance(item, (list, tuple, set, frozenset)):
            todo.extend(item)
        elif isinstance(item, dict):
            todo.extend(item.values())
        elif isinstance(item, (staticmethod, classmethod)):
            todo.append(item.__func__)
        elif isinstance(item, property):
            todo.extend([item.fget, item.fset, item.fdel])
        elif isinstance(item, types.MethodType):
            todo.extend([item.__func__, item.__self__])
        elif isinstance(item, functools.partial):
            todo.extend([item.func, item.args, item.keywords])
        elif isinstance(item, types.CellType if hasattr(types, "CellType") else type(cell())):
            todo.extend(contents([item]))
        elif type(item).__module__ == "__main__":
            todo.extend([type(item), getattr(item, "__dict__", None)])
    return sorted(found, key=lambda record: (record["qualname"], record["first_line"]))


def cell():
    x = None
    return (lambda: x).__closure__[0]


def contents(cells):
    for each in cells:
        try:
            yield each.cell_contents
        except ValueError:
            pass


def by_value(function):
    module = function.__module__
    return module == "__main__" or module not in sys.modules


def parts(function):
    yield from contents(function.__closure__ or ())
    yield function.__defaults__
    yield function.__kwdefaults__
    yield function.__dict__
    for name in global_names(function.__code__):
        yield function.__globals__.get(name)


def global_names(code):
    """The names that code and the code in it look up among globals, as far as `dis` can tell."""
    import dis

    names = [i.argval for i in dis.get_instructions(code) if i.opname in ("LOAD_GLOBAL", "STORE_GLOBAL", "DELETE_GLOBAL")]
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            names.extend(global_names(const))
    return names


def signature(function):
    try:
        return str(inspect.signature(function, follow_wrapped=False))
    except (TypeError, ValueError):
        return None


def record(function):
    code = function.__code__
    return {
        "name": function.__name__,
        "qualname": function.__qualname__,
        "module": function.__module__,
        "doc": function.__doc__,
        "signature": signature(function),
        "free_variables": list(code.co_freevars),
        "globals": sorted({name for name in global_names(code) if name in function.__globals__}),
        "names": list(code.co_names),
        "variables": list(code.co_varnames),
        "first_line": code.co_firstlineno,
        "file": code.co_filename,
        "flags": code.co_flags,
    }
