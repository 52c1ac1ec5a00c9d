"""The source of code objects, for Pythons that their bytecode is not for."""

import ast
import functools
import linecache
import marshal
import sys
import types

from . import _brinery
from ._cloud_kinds import _Call


class _Named:
    """Stands for what is found under a name where the pickle is loaded."""

    def __call__(self, *args):
        raise TypeError("this call is made when the pickle is loaded")


# Which names these are is written where they are looked for.
_CACHE_TAG, _DICT_GET = _Named(), _Named()

# Flags of `from __future__` imports, and of functions in functions: in the compiler all are.
_FUTURE = 0x1FE0000
_NESTED = 0x10

_SAME = "co_names co_varnames co_freevars co_cellvars co_argcount co_posonlyargcount co_kwonlyargcount co_name".split()


@functools.lru_cache(maxsize=None)
def _compiler():
    """What makes code of source, as it will be where the pickle is loaded."""
    space = {}
    exec(_brinery.COMPILER, space)
    return space["code"]


@functools.lru_cache(maxsize=64)
def _functions(text):
    """The functions in a text by name and first line, each with the class that it is in."""
    found, todo = {}, [(ast.parse(text), None)]
    while todo:
        node, owner = todo.pop()
        if isinstance(node, ast.Lambda):
            found.setdefault(("<lambda>", node.lineno), []).append((node, owner))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            line = min([node.lineno] + [mark.lineno for mark in node.decorator_list])
            found.setdefault((node.name, line), []).append((node, owner))
        if isinstance(node, ast.ClassDef):
            owner = node.name
        todo.extend((child, owner) for child in ast.iter_child_nodes(node))
    return found


def _bare(node):
    """The text of a function without what travels as objects: decorators, defaults and annotations."""
    node = ast.parse(ast.unparse(node)).body[0]
    node = node.value if isinstance(node, ast.Expr) else node
    node.decorator_list, node.returns, node.type_params = [], None, []
    given = node.args
    for each in given.posonlyargs + given.args + given.kwonlyargs + [given.vararg, given.kwarg]:
        if each is not None:
            each.annotation = None
    given.defaults, given.kw_defaults = [], [None] * len(given.kwonlyargs)
    return ast.unparse(node)


def _is_same(one, other, exactly):
    """Whether constants do the same. `exactly`: by the same instructions, which depend on more than the text."""
    if isinstance(one, str) and isinstance(other, str) and "<locals>" in one + other:
        # Up to 3.10 the qualified names of nested functions are constants.
        return one.rpartition(".")[2] == other.rpartition(".")[2]
    if not isinstance(one, types.CodeType) or not isinstance(other, types.CodeType):
        return type(one) is type(other) and repr(one) == repr(other)
    fields = _SAME + ["co_code"] * exactly
    if any(getattr(one, field) != getattr(other, field) for field in fields):
        return False
    if (one.co_flags ^ other.co_flags) & ~_NESTED or len(one.co_consts) != len(other.co_consts):
        return False
    return all(_is_same(a, b, exactly) for a, b in zip(one.co_consts, other.co_consts))


def _source_of(code):
    """What the compiler takes, or None if there is no text that compiles to this code."""
    text = "".join(linecache.getlines(code.co_filename))
    if not text or not hasattr(ast, "unparse"):
        return None
    try:
        found = _functions(text).get((code.co_name, code.co_firstlineno), ())
    except (SyntaxError, ValueError, RecursionError):
        return None
    for node, owner in found:
        qualname = getattr(code, "co_qualname", None)
        flags = code.co_flags & _FUTURE
        spec = (_bare(node), code.co_freevars, owner, code.co_filename, code.co_firstlineno, qualname, flags)
        try:
            if _is_same(_compiler()(spec), code, exactly=len(found) > 1):
                return spec
        except (SyntaxError, ImportError, IndexError):
            pass
    return None


@functools.lru_cache(maxsize=None)
def _compiler_call():
    chosen = _Call(_DICT_GET, {sys.implementation.cache_tag: "loads"}, _CACHE_TAG, "exec(source) or code")
    return _Call(eval, chosen, {"source": _brinery.COMPILER, "loads": marshal.loads})


def _source_reduce(code):
    """Code as source, and as bytecode for this Python; as bytecode alone if there is no source."""
    spec = _source_of(code)
    if spec is None:
        return _brinery._code_reduce(code)
    chosen = _Call(_DICT_GET, {sys.implementation.cache_tag: marshal.dumps(code)}, _CACHE_TAG, spec)
    return _compiler_call(), (chosen,)
