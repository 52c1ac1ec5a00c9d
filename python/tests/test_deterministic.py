"""`deterministic=True`: the same bytes for equal objects, in this process and in others."""

import io
import os
import pickle
import random
import subprocess
import sys
import tempfile
import textwrap
import types
import unittest

import brinery
import brinery.pickle
import cloudpickle as _stock  # noqa: F401 - it loads what names it, and has to know the classes
from brinery import cloudpickle
from cloud_support import SITE

PROTOCOLS = range(6)


def dumps(obj, protocol=None):
    return brinery.pickle.dumps(obj, protocol, deterministic=True)


def apart(value):
    """An equal value of which no part is the same object."""
    return eval(repr(value))


class Node:
    def __init__(self, name):
        self.name, self.near = name, set()


class Tagged(set):
    pass


# Printed by other processes: hashes of what they pickle.
SCRIPT = textwrap.dedent(
    '''
    import abc, collections, dataclasses, enum, functools, hashlib, random, sys, types, typing, weakref
    import brinery
    from brinery import cloudpickle

    class Color(enum.Enum):
        RED = "red"
        BLUE = ("b", 2)

    class Flags(enum.Flag):
        A = 1
        B = 2

    @dataclasses.dataclass(frozen=True)
    class Key:
        name: str
        tags: frozenset = frozenset()

    class Base(abc.ABC):
        words = {"x", "y", "z"}

        def __init__(self):
            self.one, self.two, self.three, self.four = 1, 2, 3, 4

        @abc.abstractmethod
        def run(self): ...

    class Derived(Base):
        table = {Key("a"): {"p", "q"}, "b": None}

        def run(self):
            return {self.one, "one", super().__init__, Color.RED}

    class Virtual:
        pass

    class Other:
        pass

    Base.register(Virtual)
    Base.register(Other)

    class Tagged(set):
        pass

    class Node:
        def __init__(self, name):
            self.name, self.near = name, set()

    rng = random.Random(7)
    nodes = [Node("node %d" % number) for number in range(60)]
    for node in nodes:
        node.near.update(rng.sample(nodes, 4))

    def make(number):
        class Local:
            def method(self):
                return number
        return Local

    T = typing.TypeVar("T", bound=Base)

    def function(x, *, kind={"a", "b", "c"}):
        return x in {"r", "s", "t", ("u", "v"), frozenset("wxyz")} or make or T or Derived

    def recursive(n):
        return n and recursive(n - 1)

    CASES = {
        "strings": {"a", "bc", "def", "ghij"},
        "mixed": {1, 2.5, None, True, "text", b"bytes", (1, "x"), frozenset({"u", "v", frozenset("xyz")})},
        "keys": {Key("k%d" % n, frozenset("t%d" % m for m in range(n))) for n in range(12)},
        "subclass": Tagged(Key("k%d" % n) for n in range(12)),
        "weak": weakref.WeakSet(nodes[:9]),
        "graph": nodes[0],
        "enum": Color,
        "flags": {Flags.A, Flags.B},
        "abstract": Base,
        "class": Derived,
        "instance": Derived(),
        "twins": [make(1), make(2), make(1)],
        "function": function,
        "recursive": recursive,
        "closure": make(3)().method,
        "partial": functools.partial(function, kind={"z", "y", "x"}),
        "variable": T,
        "module": types.ModuleType("empty"),
        "counter": collections.Counter("abracadabra"),
    }

    def results():
        for name, value in CASES.items():
            for protocol in (2, 4, 5):
                data = cloudpickle.dumps(value, protocol, deterministic=True)
                yield name, protocol, data, value
    '''
)

PRINTED = SCRIPT + textwrap.dedent(
    """
    for name, protocol, data, value in results():
        # Elsewhere, where it was loaded, it is the same again.
        if name != "weak":
            again = cloudpickle.loads(data)
            if cloudpickle.dumps(again, protocol, deterministic=True) != data:
                print("changed by loading:", name, protocol)
        print(name, protocol, len(data), hashlib.sha256(data).hexdigest())
    """
)

WRITTEN = SCRIPT + "import pickle\npickle.dump([(n, p, d) for n, p, d, _ in results() if n != 'weak'], open(sys.argv[1], 'wb'))\n"

# A process that never saw the classes, and one that has stock cloudpickle only.
LOADED = """
import pickle, sys
import %s as loader
from brinery import cloudpickle
for name, protocol, data in pickle.load(open(sys.argv[1], "rb")):
    again = cloudpickle.dumps(loader.loads(data), protocol, deterministic=True)
    print(name, protocol, again == data)
"""


def run(script, *arguments, seed):
    with tempfile.TemporaryDirectory() as directory:
        # Functions know the name of their file.
        path = os.path.join(directory, "script.py")
        with open(path, "w") as file:
            file.write(script)
        # Once more as a text, so that neither name nor directory differ.
        code = "import sys; sys.path.insert(0, %r); exec(compile(open(%r).read(), 'script', 'exec'))" % (SITE, path)
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
        )
    if done.returncode:
        raise AssertionError(done.stderr)
    return done.stdout


class Values(unittest.TestCase):
    def test_identity_of_immutable_values(self):
        values = [
            ["ab", "ab"],
            [b"ab", b"ab", bytearray(b"ab")],
            [(1, "a"), (1, "a"), ((1, "a"), 2)],
            [(10**40, 1.5), (10**40, 1.5)],
            [frozenset({1, "a"}), frozenset({1, "a"})],
            [(frozenset({(1, 2)}),), (frozenset({(1, 2)}),)],
            {"ab": "ab", ("ab",): ("ab",)},
        ]
        for value in values:
            for protocol in PROTOCOLS:
                with self.subTest(value=value, protocol=protocol):
                    first = value[0] if isinstance(value, list) else None
                    data = dumps(apart(value), protocol)
                    if first is not None:
                        shared = [first if part == first and type(part) is type(first) else part for part in value]
                        self.assertEqual(dumps(shared, protocol), data)
                    self.assertEqual(dumps(pickle.loads(data), protocol), data)
                    self.assertEqual(pickle.loads(data), value)

    def test_values_of_other_types_are_others(self):
        pairs = [(1, True), (0, False), (1, 1.0), (0.0, -0.0), ("a", b"a"), ((1,), (True,)), ((0.0,), (-0.0,))]
        for one, other in pairs:
            loaded = pickle.loads(dumps([(one,), (other,), (one,)]))
            self.assertEqual([type(part[0]) for part in loaded], [type(one), type(other), type(one)])
            self.assertEqual(repr(loaded), repr([(one,), (other,), (one,)]))

    def test_identity_of_lists_stays(self):
        shared = []
        loaded = pickle.loads(dumps([shared, shared, [], (shared,), ([],)]))
        self.assertIs(loaded[0], loaded[1])
        self.assertIsNot(loaded[0], loaded[2])
        self.assertIs(loaded[3][0], loaded[0])
        self.assertIsNot(loaded[4][0], loaded[0])

    def test_tuples_in_themselves(self):
        inner = []
        one, other = (inner,), (inner,)
        inner.extend([other, one])
        for protocol in PROTOCOLS:
            loaded = pickle.loads(dumps(one, protocol))
            self.assertIs(loaded[0][0][0], loaded[0])
            self.assertIs(loaded[0][1][0], loaded[0])

    def test_order_of_a_dict_stays(self):
        self.assertNotEqual(dumps({"a": 1, "b": 2}), dumps({"b": 2, "a": 1}))
        self.assertEqual(list(pickle.loads(dumps({"b": 2, "a": 1}))), ["b", "a"])

    def test_sets(self):
        rng = random.Random(5)
        for members in ("abcdefgh", range(50), [1.5, None, "x", (1, 2), b"b"], [frozenset("ab"), frozenset("bc"), "ab"]):
            members = list(members)
            for kind in (set, frozenset, Tagged):
                for protocol in PROTOCOLS:
                    written = set()
                    for _ in range(5):
                        rng.shuffle(members)
                        # Other sizes of the table give another order.
                        value = set(range(1000, 1000 + rng.randrange(200)))
                        value.update(members)
                        value.difference_update(range(1000, 1200))
                        value = kind(value)
                        data = dumps(value, protocol)
                        self.assertEqual(pickle.loads(data), value)
                        written.add(data)
                    self.assertEqual(len(written), 1, (kind, protocol, members))

    def test_deep_and_wide(self):
        deep = ()
        for _ in range(100_000):
            deep = (deep, 1)
        data = dumps(deep)
        self.assertEqual(dumps(brinery.loads(data)), data)
        # Shared parts of a tuple are not gone through twice.
        wide = ("x",)
        for _ in range(200):
            wide = (wide, wide)
        self.assertLess(len(dumps(wide)), 3000)
        wide = frozenset("x")
        for _ in range(60):
            wide = frozenset([wide, (wide,)])
        self.assertLess(len(dumps(wide)), 3000)

    def test_sets_of_objects_that_lead_to_each_other(self):
        nodes = [Node("n%d" % number) for number in range(300)]
        rng = random.Random(3)
        for node in nodes:
            node.near.update(rng.sample(nodes, 6))
        data = dumps(nodes[0])
        self.assertEqual(dumps(brinery.loads(data)), data)

    def test_members_that_are_alike(self):
        one, other = Node("same"), Node("same")
        written = {dumps([one, {one, other}]), dumps([one, {other, one}])}
        one, other = other, one
        written |= {dumps([one, {one, other}]), dumps([one, {other, one}])}
        self.assertEqual(len(written), 1)

    def test_picklers(self):
        def written(objects, fast=False):
            file = io.BytesIO()
            pickler = brinery.pickle.Pickler(file, 4, deterministic=True)
            pickler.fast = fast
            for obj in objects:
                pickler.dump(obj)
            return file.getvalue()

        self.assertEqual(written(["ab", ["ab", ("ab",)], {"x", "y"}]), written(apart(["ab", ["ab", ("ab",)], {"x", "y"}])))
        value = ("a", "b")
        self.assertEqual(written([value, [value]]), written([apart(value), [apart(value)]]))
        self.assertEqual(written([value, [value]], fast=True), written([apart(value), [apart(value)]], fast=True))
        unpickler = pickle.Unpickler(io.BytesIO(written([value, [value]])))
        self.assertEqual([unpickler.load(), unpickler.load()], [value, [value]])

    def test_buffers_and_hooks(self):
        buffers = []
        value = [{"b", "a"}, pickle.PickleBuffer(b"abc"), {(pickle.PickleBuffer, 1), "x"}]
        data = brinery.pickle.dumps(value, 5, buffer_callback=buffers.append, deterministic=True)
        self.assertEqual(len(buffers), 1)
        self.assertEqual(pickle.loads(data, buffers=buffers)[0], {"a", "b"})

        class Pids(brinery.pickle.Pickler):
            def persistent_id(self, obj):
                return obj.name if isinstance(obj, Node) else None

        class Loads(pickle.Unpickler):
            def persistent_load(self, pid):
                return pid

        written = set()
        for names in (["a", "b", "c"], ["c", "b", "a"], ["b", "a", "c"]):
            file = io.BytesIO()
            Pids(file, 4, deterministic=True).dump({Node(name) for name in names})
            written.add(file.getvalue())
        self.assertEqual(len(written), 1)
        self.assertEqual(Loads(io.BytesIO(written.pop())).load(), {"a", "b", "c"})

    def test_errors(self):
        with self.assertRaises((AttributeError, pickle.PicklingError)):
            dumps([1, {lambda: 0, "a"}])
        self.assertRaises(TypeError, brinery.pickle.dumps, 1, 4, None, True)

    def test_without_it_the_bytes_are_pickles(self):
        value = ["ab" * 3, apart("ab" * 3), {1, 2, 3}]
        self.assertEqual(brinery.pickle.dumps(value, deterministic=False), pickle.dumps(value))


class Functions(unittest.TestCase):
    def test_ids_of_classes(self):
        def make(value):
            class Local:
                def method(self):
                    return value

            return Local

        one, same, other = make(1), make(1), make(2)
        data = {cls: cloudpickle.dumps(cls, deterministic=True) for cls in (one, same, other)}
        self.assertEqual(data[one], data[same])
        self.assertNotEqual(data[one], data[other])
        # What comes back is what was sent.
        self.assertIs(cloudpickle.loads(data[one]), one)
        self.assertIs(cloudpickle.loads(data[other]), other)
        # Two that are alike stay two.
        loaded = cloudpickle.loads(cloudpickle.dumps([one, same, one], deterministic=True))
        self.assertIs(loaded[0], loaded[2])
        self.assertIsNot(loaded[0], loaded[1])
        # An id it has already does not matter.
        cloudpickle.dumps(one)
        self.assertEqual(cloudpickle.dumps(one, deterministic=True), data[one])

    def test_reloaded_module(self):
        source = "import math\nK = {'a', 'b', 'c'}\nclass C:\n    def m(self): return f(1), K\ndef f(x): return C, x in {'p', 'q'}, math.pi\n"

        def load(name):
            module = types.ModuleType(name)
            sys.modules[name] = module
            exec(compile(source, "shop.py", "exec"), module.__dict__)
            return module

        try:
            module = load("reloaded_shop")
            cloudpickle.register_pickle_by_value(module)
            before = [cloudpickle.dumps(obj, deterministic=True) for obj in (module.f, module.C, module.C())]
            module = load("reloaded_shop")
            after = [cloudpickle.dumps(obj, deterministic=True) for obj in (module.f, module.C, module.C())]
            self.assertEqual(before, after)
        finally:
            cloudpickle.unregister_pickle_by_value(module)
            del sys.modules["reloaded_shop"]

    def test_in_other_processes(self):
        printed = {run(PRINTED, seed=seed) for seed in (0, 1, 2, 12345)}
        [text] = printed
        self.assertNotIn("changed by loading", text)
        self.assertEqual(text.count("\n"), 19 * 3)

    def test_loaded_in_other_processes(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "written.pkl")
            run(WRITTEN, path, seed=3)
            for loader in ("brinery", "cloudpickle", "pickle"):
                lines = run(LOADED % loader, path, seed=4).splitlines()
                self.assertEqual(len(lines), 18 * 3)
                wrong = [line for line in lines if not line.endswith("True")]
                self.assertEqual(wrong, [], loader)

    def test_wires(self):
        for wire in ("standalone",):
            function = eval("lambda x: x in {'a', 'b', 'c', 'd'}", {"__name__": "__main__"})
            data = cloudpickle.dumps(function, wire=wire, deterministic=True)
            self.assertEqual(cloudpickle.dumps(pickle.loads(data), wire=wire, deterministic=True), data)


if __name__ == "__main__":
    unittest.main()
