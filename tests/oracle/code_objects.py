"""What CPython says of code objects: marshalled bytes, instructions and lines, for brinery to be held against.

    python code_objects.py objects OUT           marshalled objects, and modules of the stdlib
    python code_objects.py functions OUT         modules of the stdlib with their instructions
    python code_objects.py arguments OUT         the arguments of `types.CodeType` for all code objects in them
    python code_objects.py sources OUT           functions of the stdlib as text
    python code_objects.py sourced IN            compares what brinery has made of them
    python code_objects.py compare IN            compares pairs of marshalled objects, CPython's and brinery's

OUT is a file of records: kind (one byte), length (four bytes), payload.
"""

import dis
import marshal
import struct
import sys
import sysconfig
from pathlib import Path
from types import CodeType

VERSION = sys.version_info[1]

# Modules of every kind, small and large. All of them are in every version.
MODULES = """
    abc argparse ast base64 bisect bdb calendar cmd code codecs collections/__init__ contextlib copy csv dataclasses
    datetime decimal difflib dis doctest enum fnmatch fractions functools gettext glob hashlib heapq html/parser
    http/client http/server imaplib importlib/_bootstrap importlib/_bootstrap_external inspect ipaddress json/decoder
    json/encoder keyword locale logging/__init__ mailbox multiprocessing/pool nntplib numbers opcode optparse os
    pathlib pdb pickle pickletools platform plistlib posixpath pprint profile pydoc queue random re reprlib sched
    selectors shelve shutil site smtplib socket socketserver sqlite3/dbapi2 ssl statistics string subprocess
    symtable tarfile tempfile textwrap threading timeit token tokenize trace traceback types typing unittest/case
    unittest/mock urllib/request uuid warnings weakref xml/dom/minidom xmlrpc/client zipfile
    asyncio/base_events asyncio/streams asyncio/tasks concurrent/futures/process concurrent/futures/thread
    email/_header_value_parser ctypes/__init__ lib2to3/refactor idlelib/editor tkinter/__init__ turtle
    test/test_grammar test/test_generators test/test_coroutines test/test_asyncgen test/test_contextlib
    test/test_exceptions test/test_patma test/test_named_expressions test/test_listcomps test/test_type_params
    test/test_exception_group test/test_except_star test/test_fstring test/test_with test/test_scope
    test/test_extcall test/test_unpack_ex test/test_super test/test_sys_settrace test/test_dis
""".split()

# What the stdlib has little of.
EXTRA = '''
def wide(a, b=1, /, c=2, *args, d, e=5, **kwargs):
    """doc"""
    x = [i * a for i in args if i]
    def inner():
        nonlocal x
        x = (a, b, e)
        return lambda: (x, inner, kwargs)
    return inner, {k: v for k, v in kwargs.items()}, {1, 2, 3}, a if b else c, 1j, -0.0, 10 ** 40, b"x", ...
class Shape(dict, metaclass=type):
    __slots__ = ()
    __private = 1
    def area(self):
        return super().area() + self.__private
    async def go(self):
        async with self as a, self:
            async for x in a:
                yield await x
    def gen(self):
        try:
            yield from self
        except (ValueError, KeyError) as error:
            raise RuntimeError from error
        finally:
            del self.x
        while True:
            with open(self) as f, f:
                if f.read() == "é€😀":
                    continue
                return f"{f!r:>{10}} {self!s}"
'''
if VERSION < 8:
    EXTRA = EXTRA.replace(" /,", "")
LONG = "def long(x):\n" + "".join("    x%d = x + %d\n    if x%d: print(x%d)\n" % (i, i + 1000, i, i) for i in range(400))


def codes(code):
    """A code object and all in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes(constant)


def modules():
    """Code objects of whole modules."""
    home = Path(sysconfig.get_paths()["stdlib"])
    for name in MODULES:
        path = home / (name + ".py")
        if path.exists():
            try:
                yield compile(path.read_bytes(), name + ".py", "exec", dont_inherit=True)
            except SyntaxError:
                pass
    yield compile(EXTRA, "extra.py", "exec", dont_inherit=True)
    yield compile(EXTRA, "extra.py", "exec", dont_inherit=True, optimize=2)
    yield compile(LONG, "long.py", "exec", dont_inherit=True)


def values():
    """Objects of every type that marshal has."""
    shared = [1, "two"]
    cycle = []
    cycle.append(cycle)
    tuple_cycle = ([],)
    tuple_cycle[0].append(tuple_cycle)
    nested = [[frozenset([(1, 2), (1, 2, 3), "q"])] * 2] if VERSION >= 11 else []
    return nested + [
        None, True, False, ..., StopIteration, 0, -1, 255, 256, 257, -5, -6, 2**31 - 1, 2**31, -2**31, -2**31 - 1,
        2**62, -2**63, 2**63, 2**64, -2**64, 10**50, -(10**50), 2**15, 2**30, 2**45 - 1, 1 << 3000, 0.0, -0.0, 1.5,
        0.1, 1e300, float("inf"), float("-inf"), 1e-7, 1e17, 123456789.125, 1j, complex(1.5, -0.0), b"", b"a", b"ab" * 300,
        bytearray(b"xyz"), "", "a", "é", "ÿ", "Ā", "name", "two words", "€uro", "😀", "\ud800", "x" * 255, "y" * 256,
        "z z" * 100, (), (1,), ((),), tuple(range(255)), tuple(range(256)), [], [1, [2, [3]]], {}, {"a": 1, 2: ("b",)},
        {None: {}}, set(), {1}, frozenset(), frozenset([1.5]), [shared, shared], (shared, {"k": shared}), cycle,
        tuple_cycle, {1000, 2000, 3000, 4000, 5000},
        {"alpha", "beta", "gamma", "delta", "epsilon", "zeta eta"}, ["same", "same"], [b"same", b"same"], [(), ()],
        {(1, ("x",), None): [0.5]}, [10**20] * 3, [1000] * 3, [2.5] * 3,
    ]  # fmt: skip


def reload(value, version=4):
    """As it is after a way through marshal, so that nothing else refers to it."""
    return marshal.loads(marshal.dumps(value, version))


def write(out, kind, payload):
    out.write(struct.pack("<cI", kind, len(payload)))
    out.write(payload)


def records(path):
    data = Path(path).read_bytes()
    at = 0
    while at < len(data):
        kind, length = struct.unpack_from("<cI", data, at)
        yield kind, data[at + 5 : at + 5 + length]
        at += 5 + length


def lines_of(code):
    """The line of each byte of the code."""
    lines = [None] * len(code.co_code)
    if VERSION >= 10:
        for start, end, line in code.co_lines():
            lines[start:end] = [line] * (min(end, len(lines)) - start)
    else:
        starts = list(dis.findlinestarts(code))
        starts = [(0, code.co_firstlineno)] + starts
        for (start, line), (end, _) in zip(starts, starts[1:] + [(len(lines), None)]):
            lines[start:end] = [line] * (end - start)
    return lines


def plain(argrepr):
    """Without addresses."""
    import re

    return re.sub(r" at 0x[0-9a-f]+", "", argrepr)


def show(code):
    """The instructions in one text, in the words of brinery."""
    lines = lines_of(code)
    out = [code.co_name]
    # Which instructions are marked differs from version to version: 3.13 marks where handlers begin and end.
    targets = set(dis.findlabels(code.co_code))
    if VERSION >= 11:
        targets |= {entry.target for entry in dis._parse_exception_table(code) if entry.start < entry.end}
    for it in dis.get_instructions(code):
        jump = it.opcode in dis.hasjrel or it.opcode in dis.hasjabs
        meaning = "to %d" % it.argval if jump else plain(it.argrepr)
        if it.opname == "KW_NAMES":
            # A constant, which `dis` does not show.
            meaning = repr(code.co_consts[it.arg])
        if "frozenset" in meaning:
            # Its order is that of its table.
            meaning = "frozenset"
        arg = "-" if it.arg is None else it.arg
        facts = it.offset, it.opcode, it.opname, arg, meaning, lines[it.offset], it.offset in targets
        out.append("%d|%d|%s|%s|%s|%s|%d" % facts)
    return "\n".join(out)


def objects(path):
    """Marshalled objects, each as the interpreter has it (V, behind the version) and as it has it after loading (W)."""
    with open(path, "wb") as out:
        for value in values():
            for version in range(5):
                try:
                    data = marshal.dumps(value, version)
                except ValueError:
                    # Below version 3 nothing can contain itself.
                    continue
                write(out, b"V", bytes([version]) + data)
                write(out, b"W", marshal.dumps(reload(value, version), version))
        for module in modules():
            # What holds other references to its names must go first.
            filename, data = module.co_filename, [marshal.dumps(module, version) for version in range(5)]
            del module
            for version in range(5):
                if version in (2, 4) or filename == "extra.py":
                    write(out, b"V", bytes([version]) + data[version])
                    write(out, b"W", marshal.dumps(marshal.loads(data[version]), version))


def functions(path):
    """Modules (M), each with the instructions of all code objects in it (I)."""
    with open(path, "wb") as out:
        for module in modules():
            write(out, b"M", marshal.dumps(module))
            for code in codes(module):
                write(out, b"I", show(code).encode("utf-8", "surrogatepass"))


def arguments(path):
    """The arguments of `types.CodeType` for each code object, pickled; nested code objects are left out. Runs on 3.6 too."""
    import pickle

    names = "argcount posonlyargcount kwonlyargcount nlocals stacksize flags code consts names varnames filename name"
    names = names.split() + (["qualname"] if VERSION >= 11 else []) + ["firstlineno"]
    names += ["linetable", "exceptiontable"] if VERSION >= 11 else ["linetable"] if VERSION == 10 else ["lnotab"]
    names += ["freevars", "cellvars"]
    if VERSION < 8:
        names.remove("posonlyargcount")
    with open(path, "wb") as out:
        for module in modules():
            for code in codes(module):
                values = {name: getattr(code, "co_" + name) for name in names}
                values["consts"] = tuple(None if isinstance(value, CodeType) else value for value in code.co_consts)
                write(out, b"A", pickle.dumps(tuple(values[name] for name in names), 4))


def sources(path):
    """The text of each function in the modules, lambdas among them, as `inspect` would give it."""
    import ast

    home = Path(sysconfig.get_paths()["stdlib"])
    texts = [(home / (name + ".py")) for name in MODULES]
    texts = [path.read_bytes() for path in texts if path.exists()] + [EXTRA.encode(), LONG.encode()]
    with open(path, "wb") as out:
        for text in texts:
            try:
                text = text.decode("utf-8")
                tree = ast.parse(text)
            except (UnicodeDecodeError, SyntaxError):
                continue
            for node in ast.walk(tree):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                    segment = ast.get_source_segment(text, node, padded=not isinstance(node, ast.Lambda))
                    if isinstance(node, ast.Lambda) and "\n" in segment:
                        segment = "(" + segment + ")"
                    write(out, b"S", segment.encode("utf-8"))


def same_code(one, other, shift):
    """Whether two code objects are the same but for where they stand; or which part of them differs."""
    if not one.co_flags & 1:
        # A class has its line as a constant since 3.13, which may be one that is there already.
        return None if one.co_names == other.co_names else "co_names"
    facts = "co_code co_names co_varnames co_cellvars co_freevars co_argcount co_kwonlyargcount co_posonlyargcount co_flags"
    for fact in facts.split():
        if getattr(one, fact) != getattr(other, fact):
            return fact
    if len(one.co_consts) != len(other.co_consts):
        return "co_consts"
    for a, b in zip(one.co_consts, other.co_consts):
        if isinstance(a, CodeType) and isinstance(b, CodeType):
            if same_code(a, b, shift):
                return a.co_name + "." + same_code(a, b, shift)
        elif repr(a) != repr(b):
            return "co_consts"
    # The line of the header is that of the first decorator, if there is one.
    lines = [line - shift for line in lines_of(one) if line and line != one.co_firstlineno]
    if lines != [line for line in lines_of(other) if line and line != other.co_firstlineno]:
        return "lines"
    return None


def outside(table):
    """The names that a function and all in it take from outside, by symtable."""
    names = set()
    for symbol in table.get_symbols():
        if symbol.is_global() and (symbol.is_referenced() or symbol.is_assigned()):
            names.add(symbol.get_name())
    for child in table.get_children():
        names |= outside(child)
    return names


def sourced(path):
    """Compares what brinery has made of each source: the text (T) and the names (N), behind the original (S)."""
    import ast
    import symtable

    count = 0
    faults = []
    it = records(path)
    for (_, source), (_, text), (_, names) in zip(it, it, it):
        source, text, names = source.decode(), text.decode(), names.decode()
        up = "if 1:\n" if source[0] in " \t" else ""
        wrapped = "(" + text + "\n)" if text.startswith("lambda") else text
        nodes = ast.walk(ast.parse(up + source))
        node = next(node for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)))
        name = getattr(node, "name", "<lambda>")
        generic = getattr(node, "type_params", [])
        count += 1
        try:
            whole = compile(up + source, "", "exec")
        except SyntaxError as error:
            # Cut out of a function whose variable it declares nonlocal.
            assert "nonlocal" in str(error), error
            continue
        # Defaults may be functions of the same name, and come first.
        first = [it.arg for it in node.args.posonlyargs + node.args.args]
        found = lambda code: code.co_name == name and list(code.co_varnames[: code.co_argcount]) == first
        original = next(filter(found, codes(whole)))
        made = next(filter(found, codes(compile(wrapped, "", "exec"))))
        fault = None if generic else same_code(original, made, node.lineno - 1)
        if fault:
            faults.append("%s differs:\n%s\n---\n%s" % (fault, source, text))
        table = symtable.symtable(wrapped, "", "exec").get_children()[0]
        wanted = ",".join(sorted(outside(table)))
        if names != wanted:
            faults.append("names %s, not %s:\n%s" % (names, wanted, source))
    if faults:
        sys.exit("\n".join(faults[:5]) + "\n%d of %d" % (len(faults), count))
    print(count)


class Tokens:
    """A marshalled object, with what depends on reference counts taken out: see `canon`."""

    def __init__(self, data):
        self.data, self.at, self.refs = data, 0, []

    def take(self, count):
        self.at += count
        assert self.at <= len(self.data), "too short"
        return self.data[self.at - count : self.at]

    def int(self):
        return struct.unpack("<i", self.take(4))[0]

    def read(self):
        """One object as nested tuples. Atoms that refer to each other by chance are spelled out."""
        byte = self.take(1)[0]
        flag, code = byte & 0x80, chr(byte & 0x7F)
        if code in "0NFTS.":
            return code
        if code == "r":
            index = self.int()
            kind, value = self.refs[index]
            return value if kind == "atom" else ("ref", kind)
        slot = len(self.refs)
        if flag:
            self.refs.append(None)
        if code in "iIlgfxysutaAzZ":
            if code == "i":
                value = self.take(4)
            elif code == "I" or code == "g":
                value = self.take(8)
            elif code == "y":
                value = self.take(16)
            elif code == "l":
                value = struct.pack("<i", self.int())
                value += self.take(2 * abs(struct.unpack("<i", value)[0]))
            elif code in "fzZ":
                value = self.take(self.take(1)[0])
            elif code == "x":
                value = (self.take(self.take(1)[0]), self.take(self.take(1)[0]))
            else:
                value = self.take(self.int())
            # Numbers have no identity here, and an interned text is one by its content.
            atom = code in "iIlgftAZ"
            value = (code, value) if atom else (code, bool(flag), value)
            if flag:
                self.refs[slot] = ("atom", value) if atom else (self.number(), None)
            return value
        number = self.number() if flag else None
        if flag:
            self.refs[slot] = (number, None)
        if code in "([<>)":
            count = self.take(1)[0] if code == ")" else self.int()
            items = [self.read() for _ in range(count)]
            # Up to 3.10 they come in the order of the hash table.
            return (code, number, sorted(items, key=repr) if code in "<>" and VERSION < 11 else items)
        if code == "{":
            items = []
            while True:
                item = self.read()
                if item == "0":
                    return (code, number, items)
                items.append(item)
        assert code == "c", code
        if VERSION >= 11:
            head = self.take(20)
            parts = [self.read() for _ in range(8)]
        else:
            head = self.take(24)
            parts = [self.read() for _ in range(8)]
        line = self.take(4)
        return (code, number, head, parts, line, [self.read() for _ in range(2 if VERSION >= 11 else 1)])

    count = 0

    def number(self):
        """Numbers of those that keep one."""
        self.count += 1
        return self.count


def canon(data):
    tokens = Tokens(data)
    value = tokens.read()
    assert tokens.at == len(data), "bytes behind the object"
    return value


def compare(path):
    """Each pair of records is CPython's bytes and brinery's, which may differ in nothing but flags of atoms."""
    sys.setrecursionlimit(20000)
    pairs = exact = bad = 0
    it = records(path)
    for (_, theirs), (_, ours) in zip(it, it):
        pairs += 1
        exact += theirs == ours
        if theirs == ours:
            continue
        same = canon(theirs) == canon(ours)
        if not same or canon(marshal.dumps(marshal.loads(ours))) != canon(marshal.dumps(marshal.loads(theirs))):
            at = next((i for i, (a, b) in enumerate(zip(theirs, ours)) if a != b), 0)
            bad += 1
            window = slice(max(0, at - 40), at + 80)
            print("loads differently" if same else "differs", "at", at, theirs[window], ours[window], sep="\n")
            if bad == 10:
                break
    if bad:
        sys.exit(1)
    print(pairs, exact)


def main():
    command, *paths = sys.argv[1:]
    commands = objects, functions, arguments, sources, compare, sourced
    {function.__name__: function for function in commands}[command](*paths)


if __name__ == "__main__":
    main()
