"""How CPython's readers take pickles: the C unpickler, the one written in Python, and pickletools.

Reads streams from standard input, each behind its length as four bytes, least significant first. Writes a line of JSON
for each: what the two unpicklers make of it ("!" and the exception if they refuse it), whether pickletools disassembles
it, and the names that the C unpickler asks find_class for, after the mapping from Python 2. Nothing is imported and
nothing called: an inert class stands for all that is asked for.
"""

import _compat_pickle
import io
import json
import pickle
import pickletools
import struct
import sys

try:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
except (ImportError, ValueError):
    pass


class Inert:
    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)

    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, *args, **kwargs):
        return Inert()

    def __setstate__(self, state):
        pass

    def __setitem__(self, key, value):
        pass

    def append(self, item):
        pass

    def extend(self, items):
        list(items)

    def add(self, item):
        pass

    def __repr__(self):
        return "inert"


def mapped(protocol, module, name):
    if protocol < 3:
        if (module, name) in _compat_pickle.NAME_MAPPING:
            return _compat_pickle.NAME_MAPPING[(module, name)]
        module = _compat_pickle.IMPORT_MAPPING.get(module, module)
    return module, name


def load(base, data):
    protocol = data[1] if data[:1] == b"\x80" and len(data) > 1 else 0
    names = []

    class Reader(base):
        def find_class(self, module, name):
            names.append(mapped(protocol, module, name))
            return type("Asked", (Inert,), {})

        def persistent_load(self, pid):
            return Inert()

    try:
        value = Reader(io.BytesIO(data)).load()
        outcome = "%s %r" % (type(value).__name__, value)
        if len(outcome) > 2000:
            outcome = "long %d" % len(outcome)
    except BaseException as error:
        outcome = "!" + type(error).__name__
    return outcome, names


def disassembles(data):
    try:
        pickletools.dis(data, io.StringIO())
        return True
    except Exception:
        return False


def main():
    data = sys.stdin.buffer.read()
    at = 0
    while at < len(data):
        (length,) = struct.unpack_from("<I", data, at)
        stream = data[at + 4 : at + 4 + length]
        at += 4 + length
        c, names = load(pickle.Unpickler, stream)
        python, _ = load(pickle._Unpickler, stream)
        line = {"c": c, "python": python, "dis": disassembles(stream), "names": names}
        print(json.dumps(line), flush=True)


main()
