"""The reference with source text: code as bytecode for this Python and as source for the others.

A pickle that is to be loaded by other Pythons needs the text of its functions, which no bytecode gives back. This pickler
looks it up in the files of the kinds, cuts it out and makes sure that it compiles to the very bytecode it stands for.
Code without a text (made by `exec`, by `dataclasses`) stays bytecode alone.
"""

import ast
import functools
import io
import marshal
import os
import pickle
import sys
import types

import reference

COMPILER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../src/function/write/compiler.py")


@functools.lru_cache(maxsize=None)
def text():
    with open(COMPILER, encoding="utf-8") as file:
        return file.read()


@functools.lru_cache(maxsize=None)
def compiler():
    space = {}
    exec(text(), space)
    return space["code"]


@functools.lru_cache(maxsize=None)
def nodes(path):
    """The functions of a file by name and first line, each with the class that it is in."""
    found = {}
    if not os.path.exists(path):
        return found
    with open(path, encoding="utf-8") as file:
        todo = [(ast.parse(file.read()), None)]
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


def bare(node):
    """The text without what travels as objects: decorators, defaults and annotations."""
    node = ast.parse(ast.unparse(node)).body[0]
    node = node.value if isinstance(node, ast.Expr) else node
    node.decorator_list, node.returns, node.type_params = [], None, []
    for each in node.args.posonlyargs + node.args.args + node.args.kwonlyargs + [node.args.vararg, node.args.kwarg]:
        if each is not None:
            each.annotation = None
    node.args.defaults, node.args.kw_defaults = [], [None] * len(node.args.kwonlyargs)
    return ast.unparse(node)


# Within the compiler's own function everything is nested.
NESTED = 0x10


def alike(one, other, exactly):
    """Whether code does the same: lines and the place in a file may differ. `exactly`: by the same instructions."""
    if isinstance(one, str) and isinstance(other, str) and "<locals>" in one + other:
        # Up to 3.10 the qualified names of nested functions are constants.
        return one.split(".")[-1] == other.split(".")[-1]
    if not isinstance(one, types.CodeType) or not isinstance(other, types.CodeType):
        return type(one) is type(other) and repr(one) == repr(other)
    fields = "co_names co_varnames co_freevars co_cellvars co_argcount co_kwonlyargcount co_name".split()
    fields += ["co_code"] * exactly
    same = all(getattr(one, field) == getattr(other, field) for field in fields)
    same = same and one.co_flags | NESTED == other.co_flags | NESTED and len(one.co_consts) == len(other.co_consts)
    return same and all(alike(a, b, exactly) for a, b in zip(one.co_consts, other.co_consts))


@functools.lru_cache(maxsize=None)
def source(code):
    """What the compiler takes, or None if there is no text that compiles to this."""
    found = nodes(code.co_filename).get((code.co_name, code.co_firstlineno), ())
    for node, owner in found:
        # Flags of `from __future__` imports.
        flags = code.co_flags & 0x1FE0000
        qualname = getattr(code, "co_qualname", None)
        spec = (bare(node), code.co_freevars, owner, code.co_filename, code.co_firstlineno, qualname, flags)
        try:
            # Where a module imports a name, 3.12 and later call its attributes by other instructions.
            if alike(compiler()(spec), code, exactly=len(found) > 1):
                return spec
        except (SyntaxError, ImportError, IndexError):
            pass
    return None


class Sources(reference.Reference):
    def __init__(self, file, protocol):
        super().__init__(file, protocol)
        tag = sys.implementation.cache_tag
        asked = reference.Name("sys", "implementation.cache_tag")
        loads = reference.Name("marshal", "loads")
        expression = reference.Call("builtins", "dict.get", {tag: "loads"}, asked, "exec(source) or code")
        self.compiler = reference.Call("builtins", "eval", expression, {"source": text(), "loads": loads})
        self.tag, self.asked = tag, asked

    def save_code(self, code):
        spec = source(code)
        if spec is None:
            return super().save_code(code)
        chosen = reference.Call("builtins", "dict.get", {self.tag: marshal.dumps(code)}, self.asked, spec)
        self.save(self.compiler)
        self.save((chosen,))
        self.write(pickle.REDUCE)
        self.memoize(code)

    how = dict(reference.Reference.how)
    how[types.CodeType] = save_code


def dumps(value, protocol):
    file = io.BytesIO()
    Sources(file, max(protocol or 4, 4)).dump(value)
    return file.getvalue()
