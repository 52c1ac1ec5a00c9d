"""Nothing is left behind: neither memory nor objects, by what works and by what fails."""

import gc
import io
import pickle
import sys
import threading
import types
import unittest

import brinery
import brinery.pickle
from brinery import _brinery, cloudpickle

WARM_UP, ROUNDS, WINDOWS = 60, 300, 12
# What may be there more or less.
SPARE = 60
LOCK = threading.Lock()


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Node:
    pass


class Overridden:
    pass


class Fails:
    def __reduce__(self):
        raise ValueError("never")

    def __setstate__(self, state):
        raise ValueError("never")


class Reduced:
    def __reduce__(self):
        return list, (), None, iter([1, [2], "three"]), None


class Hooks(brinery.pickle.Pickler):
    def persistent_id(self, obj):
        return ("pid", str(obj)) if type(obj) is complex else None

    def reducer_override(self, obj):
        return (dict, ((("a", [obj.__name__]),),)) if obj is Overridden else NotImplemented


class Unhooks(brinery.pickle.Unpickler):
    def persistent_load(self, pid):
        return list(pid)

    def find_class(self, module, name):
        return super().find_class(module, name)


def graph():
    one, other = Node(), Node()
    one.other, other.other, one.all = other, one, [one, other, {"one": one}]
    return one


VALUE = [1, 2.5, "text", b"bytes" * 50, {"a": [(1, 2)], "b": {3, 4}}, Plain(x=1, y=["z"]), graph(), 10**50, Reduced()]


def namespace():
    made = {"__name__": "__main__", "K": [1, 2]}
    exec(
        "def f(x, *, y=[1]): return f, K, x\n"
        "def closure():\n    a = [0]\n    return lambda: a\n"
        "class A:\n    k = {1: 2}\n    def m(self): return super().__init__, A\n"
        "class B(A):\n    __slots__ = ('s',)\n",
        made,
    )
    return made


NAMES = namespace()
FUNCTION, CLASS = [NAMES["f"], NAMES["closure"]()], [NAMES["B"], NAMES["A"]()]


def fails(function, *args, **keywords):
    try:
        function(*args, **keywords)
    except Exception:
        return
    raise AssertionError("nothing was raised")


def truncated():
    data = pickle.dumps(VALUE)
    for at in range(0, len(data), 23):
        fails(brinery.loads, data[:at])


def own_memo():
    pickler = Hooks(io.BytesIO(), 4)
    pickler.dump([VALUE, Overridden, 1j])
    pickler.memo = pickler.memo.copy()
    pickler.circle = pickler
    fails(pickler.dump, [VALUE, LOCK])


def unpickler_in_a_circle():
    unpickler = Unhooks(io.BytesIO(pickle.dumps(VALUE)))
    unpickler.load()
    unpickler.circle = unpickler
    unpickler.memo = {0: unpickler}


def hooked():
    file = io.BytesIO()
    Hooks(file, 4).dump([VALUE, Overridden, 1j, Overridden])
    file.seek(0)
    Unhooks(file).load()


def out_of_band():
    buffers = []
    data = brinery.pickle.dumps([pickle.PickleBuffer(b"abc" * 99)] * 3, 5, buffer_callback=buffers.append)
    brinery.loads(data, buffers=buffers)


def failing_write():
    class File:
        def write(self, data):
            raise OSError("full")

    fails(brinery.pickle.dump, VALUE, File())


CASES = {
    "dumps": lambda: [brinery.pickle.dumps(VALUE, protocol) for protocol in range(6)],
    "dumps of both": lambda: brinery.dumps(VALUE),
    "loads": lambda: brinery.loads(LOADED),
    "files": lambda: brinery.load(io.BytesIO(LOADED)),
    "dump": lambda: brinery.dump(VALUE, io.BytesIO()),
    "hooks": hooked,
    "memos": own_memo,
    "circle": unpickler_in_a_circle,
    "buffers": out_of_band,
    "failing": lambda: fails(brinery.pickle.dumps, [VALUE, {"a": (1, Fails())}]),
    "failing path": lambda: fails(brinery.pickle.dumps, [[0, {"a": Plain(x=[{1, LOCK}])}]]),
    "failing by value": lambda: fails(cloudpickle.dumps, [FUNCTION, Plain(x=lambda: LOCK)]),
    "failing file": failing_write,
    "explain": lambda: _brinery.explain([FUNCTION, {"a": LOCK}]),
    "deterministic": lambda: brinery.pickle.dumps(VALUE, deterministic=True),
    "deterministic failing": lambda: fails(brinery.pickle.dumps, [VALUE, {(1, LOCK), "a"}], deterministic=True),
    "truncated": truncated,
    "failing state": lambda: fails(brinery.loads, FAILING),
    "function": lambda: cloudpickle.loads(cloudpickle.dumps(FUNCTION)),
    "function of both": lambda: brinery.loads(brinery.dumps(FUNCTION)),
    "class": lambda: cloudpickle.loads(cloudpickle.dumps(CLASS)),
    "class, deterministic": lambda: cloudpickle.loads(cloudpickle.dumps(CLASS, deterministic=True)),
    "new function": lambda: cloudpickle.loads(cloudpickle.dumps(namespace()["f"])),
    "new class": lambda: cloudpickle.loads(cloudpickle.dumps(namespace()["B"])),
    "standalone": lambda: brinery.loads(cloudpickle.dumps(FUNCTION, wire="standalone")),
    "module": lambda: cloudpickle.loads(cloudpickle.dumps(types.ModuleType("empty"))),
    "cloud pickler": lambda: cloudpickle.CloudPickler(io.BytesIO()).dump([FUNCTION, CLASS]),
    "tools": lambda: (brinery.dis(LOADED), brinery.optimize(LOADED), brinery.scan(LOADED)),
    "refused": lambda: fails(brinery.safe_loads, LOADED),
    "inspected": lambda: brinery.inspect_function(INSPECTED),
}
LOADED = pickle.dumps(VALUE)
FAILING = brinery.pickle.dumps(Plain()).replace(b"Plain", b"Fails").replace(b"}", b"")[:-1] + b"}K\x01K\x01sb."
INSPECTED = cloudpickle.dumps(FUNCTION)


def counts():
    gc.collect()
    # A debug build counts every reference.
    total = getattr(sys, "gettotalrefcount", int)()
    return sys.getallocatedblocks(), len(gc.get_objects()), total


class Leaks(unittest.TestCase):
    def test_all(self):
        for name, case in CASES.items():
            with self.subTest(case=name):
                for _ in range(WARM_UP):
                    case()
                # What leaks does so each time; tables that grow, and caches that fill, do not.
                for _ in range(WINDOWS):
                    before = counts()
                    for _ in range(ROUNDS):
                        case()
                    blocks, objects, references = (after - at for after, at in zip(counts(), before))
                    if blocks < SPARE and objects < SPARE and references < 2 * SPARE:
                        break
                if hasattr(sys, "gettotalrefcount"):
                    print("%-24s blocks %+d, objects %+d, references %+d" % (name, blocks, objects, references))
                # A leak is one of something in each round.
                self.assertLess(blocks, SPARE)
                self.assertLess(objects, SPARE)
                self.assertLess(references, 2 * SPARE)

    def test_this_would_see_one(self):
        kept = []
        before = counts()
        for _ in range(ROUNDS):
            kept.append([brinery.loads(LOADED)])
        blocks, objects, _ = (after - at for after, at in zip(counts(), before))
        self.assertGreater(blocks, ROUNDS)
        self.assertGreater(objects, ROUNDS)

    def test_what_is_pickled_is_let_go(self):
        watched = [object(), "a string of its own", (1, "tuple"), Plain(), graph(), lambda: 0]
        before = [sys.getrefcount(one) for one in watched]
        for _ in range(20):
            brinery.dumps([watched[1:5], {"a": watched[1]}])
            cloudpickle.dumps(watched[1:])
            brinery.pickle.dumps([watched[1:5]], deterministic=True)
            fails(cloudpickle.dumps, [watched, LOCK])
        gc.collect()
        self.assertEqual([sys.getrefcount(one) for one in watched], before)


if __name__ == "__main__":
    unittest.main()
