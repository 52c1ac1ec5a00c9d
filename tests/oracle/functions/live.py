"""What live Python says of the functions in an object: the answers that a report on its pickle is held against."""

import dis
import functools
import inspect
import sys
import types

GLOBALS = {"LOAD_GLOBAL", "STORE_GLOBAL", "DELETE_GLOBAL"}
ATTRIBUTES = {"LOAD_ATTR", "STORE_ATTR", "DELETE_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR"}
# What `repr` writes as a program would.
PLAIN = (type(None), bool, int, float, str, bytes)


def functions(value):
    """A record for each function that comes along by value when `value` is pickled."""
    found, seen, todo = [], {}, [value]
    while todo:
        item = todo.pop()
        if id(item) in seen:
            continue
        # Kept, so that no other object gets its id.
        seen[id(item)] = item
        todo.extend(inside(item))
        if isinstance(item, types.FunctionType) and by_value(item):
            found.append(record(item))
            todo.extend(parts(item))
    return sorted(found, key=lambda record: (record["qualname"], record["line"]))


def inside(item):
    if isinstance(item, type):
        return vars(item).values() if item.__module__ == "__main__" else ()
    if isinstance(item, (list, tuple, set, frozenset)):
        return item
    if isinstance(item, dict):
        return item.values()
    if isinstance(item, (staticmethod, classmethod)):
        return (item.__func__,)
    if isinstance(item, property):
        return (item.fget, item.fset, item.fdel)
    if isinstance(item, types.MethodType):
        return (item.__func__, item.__self__)
    if isinstance(item, functools.partial):
        return (item.func, item.args, item.keywords)
    if type(item).__module__ == "__main__" and not isinstance(item, types.FunctionType):
        return (type(item), getattr(item, "__dict__", None))
    return ()


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


def codes(code):
    """Code and all code in it."""
    yield code
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from codes(const)


def names(code, operations):
    return [i.argval for each in codes(code) for i in dis.get_instructions(each) if i.opname in operations]


def global_names(code):
    return names(code, GLOBALS)


def kind(function):
    if function.__name__ == "<lambda>":
        return "lambda"
    if inspect.isasyncgenfunction(function):
        return "async generator function"
    if inspect.iscoroutinefunction(function):
        return "async function"
    return "generator function" if inspect.isgeneratorfunction(function) else "function"


def plain(value):
    if isinstance(value, (tuple, list)):
        return all(map(plain, value))
    return type(value) in PLAIN


def parameters(function):
    """Names and kinds as they are declared, whatever `__signature__` and decorators say, and the text if it is plain."""
    bare = types.FunctionType(
        function.__code__, {}, function.__name__, function.__defaults__, tuple(function.__closure__ or ()) or None
    )
    bare.__kwdefaults__, bare.__annotations__ = function.__kwdefaults__, dict(function.__annotations__)
    try:
        signature = inspect.signature(bare)
    except ValueError:
        # What comprehensions are given has a name that no parameter may have.
        return None, None
    found = [[each.name, each.kind.name, each.default is not each.empty] for each in signature.parameters.values()]
    values = [each.default for each in signature.parameters.values() if each.default is not each.empty]
    values += [note for note in bare.__annotations__.values() if getattr(note, "__module__", "") != "builtins"]
    return found, str(signature) if plain(values) else None


def record(function):
    code = function.__code__
    declared, signature = parameters(function)
    carried = {name for name in global_names(code) if name in function.__globals__}
    return {
        "name": function.__name__,
        "qualname": function.__qualname__,
        "module": function.__module__,
        "doc": function.__doc__,
        "kind": kind(function),
        "file": code.co_filename,
        "line": code.co_firstlineno,
        "parameters": declared,
        "signature": signature,
        "free_variables": list(code.co_freevars),
        "cells": [id(cell) for cell in function.__closure__ or ()],
        "namespace": id(function.__globals__),
        "globals": sorted(carried),
        "attributes": sorted(function.__dict__),
        "uses": {
            "globals": sorted(set(global_names(code))),
            "attributes": sorted(set(names(code, ATTRIBUTES))),
            "imports": sorted(set(names(code, {"IMPORT_NAME"}))),
        },
        # The names that bodies of classes look up are globals or not, as it happens.
        "class_bodies": any(not each.co_flags & inspect.CO_OPTIMIZED for each in codes(code)),
    }
