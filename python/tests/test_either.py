"""`import brinery as pickle` and `import brinery as cloudpickle`: both have what they need at the top level."""

import _pickle
import inspect
import io
import pickle
import subprocess
import sys
import threading
import types
import unittest

import brinery
import brinery.pickle
from brinery import cloudpickle
from test_bytes import corpus, outcome

PROTOCOLS = range(6)


class Mine:
    """Of a module that is imported."""

    class Within:
        pass

    def method(self):
        return 1


# What a program has in its `__main__`, which is another one in a worker.
MAIN = """
import enum, functools, typing
class Plain:
    def __init__(self):
        self.a = 1
    def __eq__(self, other):
        return type(other).__name__ == "Plain" and vars(other) == vars(self)
class Outer:
    class Inner:
        pass
    def method(self):
        return 7
    @classmethod
    def of_class(cls):
        return cls.__name__
class Slots:
    __slots__ = ("a",)
class Listed(list):
    pass
class Reduced:
    def __reduce__(self):
        return function, ()
class Meta(type):
    pass
class OfMeta(metaclass=Meta):
    pass
class Color(enum.Enum):
    RED = 1
class Pair(typing.NamedTuple):
    a: int
T = typing.TypeVar("T")
class Broken(Exception):
    pass
def function(x=1):
    return x
def reducer():
    return 5
"""
IN_MAIN = {
    "function": "function",
    "class": "Plain",
    "instance": "Plain()",
    "instances": "[1, 'a', Plain(), Plain()]",
    "key": "{Color.RED: 1}",
    "nested class": "Outer.Inner()",
    "method": "Outer().method",
    "class method": "Outer.of_class",
    "slots": "Slots()",
    "list": "Listed([1, 2])",
    "reducer": "Reduced()",
    "metaclass": "OfMeta",
    "enum": "Color.RED",
    "named tuple": "Pair(1)",
    "type variable": "T",
    "exception": "Broken('why')",
    "partial": "functools.partial(function, 2)",
    "a million": "[*range(100000), Plain()]",
}
# A process with another `__main__`, that has neither cloudpickle nor this package in the place of it.
WORKER = """
import pickle, sys
import cloudpickle
value = pickle.loads(sys.stdin.buffer.read())
print(type(value).__name__, value() if type(value).__name__ in ("function", "method", "partial") else "")
"""


def function():
    return 1


def modules_of(data):
    """The modules that a pickle imports from."""
    names = []

    class Listing(pickle.Unpickler):
        def find_class(self, module, name):
            names.append(module)
            return super().find_class(module, name)

    Listing(io.BytesIO(data)).load()
    return names


def writes(dump, obj, **keywords):
    """The pieces that go to a file."""
    pieces = []
    file = types.SimpleNamespace(write=lambda piece: pieces.append(bytes(piece)))
    dump(obj, file, **keywords)
    return pieces


class AsPickle(unittest.TestCase):
    def test_names(self):
        stock = [name for name in pickle.__all__ if name in dir(_pickle) or name in dir(brinery)]
        for name in [*stock, "HIGHEST_PROTOCOL", "DEFAULT_PROTOCOL", "PickleBuffer"]:
            self.assertTrue(hasattr(brinery, name), name)
        self.assertIs(brinery.Pickler, brinery.pickle.Pickler)
        self.assertIs(brinery.loads, brinery.pickle.loads)
        for function in (brinery.dump, brinery.dumps):
            self.assertIs(pickle.loads(pickle.dumps(function)), function)
            self.assertIn("deterministic", inspect.signature(function).parameters)

    def test_bytes(self):
        compared = 0
        for name, make in corpus.cases.items():
            for protocol in PROTOCOLS:
                expected = outcome(_pickle.dumps, make(), protocol)
                if type(expected) is bytes:
                    with self.subTest(case=name, protocol=protocol):
                        self.assertEqual(outcome(brinery.dumps, make(), protocol), expected)
                        file = io.BytesIO()
                        brinery.dump(make(), file, protocol)
                        self.assertEqual(file.getvalue(), expected)
                        compared += 1
        self.assertGreater(compared, 2400)

    def test_functions_and_classes_that_are_imported_go_by_name(self):
        value = [Mine(), Mine, Mine.Within, function, Mine().method, len]
        for protocol in PROTOCOLS:
            self.assertEqual(brinery.dumps(value, protocol), pickle.dumps(value, protocol))
        # With by-value functions beside them, all goes as cloudpickle has it.
        self.assertEqual(brinery.dumps([value, lambda: 0])[:2], cloudpickle.dumps(value)[:2])

    def test_pieces(self):
        value = [b"x" * 70000, "y" * 100, bytearray(b"z" * 100000), list(range(50000)), b"w" * 70000]
        for protocol in PROTOCOLS:
            expected = writes(pickle.dump, value, protocol=protocol)
            own = writes(brinery.pickle.dump, value, protocol=protocol)
            self.assertEqual(writes(brinery.dump, value, protocol=protocol), own)
            self.assertEqual(b"".join(own), b"".join(expected))

    def test_nothing_is_written_of_what_fails(self):
        self.assertRaises(TypeError, brinery.dump, [b"x" * 200000, threading.Lock()], file := io.BytesIO())
        self.assertEqual(file.getvalue(), b"")
        self.assertRaises(TypeError, brinery.dump, 1, object())

    def test_buffers(self):
        for value in ([pickle.PickleBuffer(b"abc"), "a", "a"], [pickle.PickleBuffer(bytearray(3))] * 2):
            own, stock = [], []
            data = brinery.dumps(value, 5, buffer_callback=own.append)
            self.assertEqual(data, pickle.dumps(value, 5, buffer_callback=stock.append))
            self.assertEqual(len(own), len(stock))
        calls = []
        data = brinery.dumps([value[0], lambda: 7], 5, buffer_callback=calls.append)
        self.assertEqual(len(calls), 1)
        self.assertEqual(brinery.loads(data, buffers=calls)[1](), 7)
        self.assertRaises(ValueError, brinery.dumps, [1], 4, buffer_callback=calls.append)

    def test_errors(self):
        class Fails:
            def __reduce__(self):
                raise KeyError("mine")

        for value in (threading.Lock(), [threading.Lock()]):
            with self.assertRaisesRegex(TypeError, "cannot pickle '_thread.lock' object") as caught:
                brinery.dumps(value)
            self.assertIsNone(caught.exception.__context__)
        with self.assertRaises(KeyError) as caught:
            brinery.dumps([Fails()])
        self.assertEqual(caught.exception.args, ("mine",))
        with self.assertRaises(TypeError):
            brinery.dumps([lambda: 0, threading.Lock()])
        self.assertRaises(ValueError, brinery.dumps, 1, 6)

        class Deep:
            def __getattribute__(self, name):
                return getattr(self, name)

        with self.assertRaisesRegex(pickle.PicklingError, "deep recursion"):
            brinery.dumps(Deep())
        self.assertRaises(TypeError, brinery.dumps)


class OfMain(unittest.TestCase):
    """What only this process has in its `__main__` is not named."""

    @classmethod
    def setUpClass(cls):
        # It lies in the real one, where pickle finds it by name.
        cls.main = sys.modules["__main__"]
        cls.before = dict(vars(cls.main))
        names = {"__name__": "__main__"}
        exec(MAIN, names)
        cls.names = {name: value for name, value in names.items() if not name.startswith("__")}
        vars(cls.main).update(cls.names)

    @classmethod
    def tearDownClass(cls):
        for name in cls.names:
            delattr(cls.main, name)
        vars(cls.main).update(cls.before)

    def value(self, text):
        return eval(text, dict(self.names))

    def test_by_value(self):
        for name, text in IN_MAIN.items():
            value = self.value(text)
            with self.subTest(name):
                # The others have what is theirs.
                self.assertEqual(brinery.pickle.dumps(value), pickle.dumps(value))
                for protocol in PROTOCOLS:
                    own = outcome(brinery.dumps, value, protocol)
                    self.assertEqual(own, outcome(cloudpickle.dumps, value, protocol))
                file = io.BytesIO()
                brinery.dump(value, file)
                self.assertEqual(file.getvalue(), cloudpickle.dumps(value))
                pieces = []
                self.assertEqual(brinery.dumps(value, None, pieces.append), cloudpickle.dumps(value))
                self.assertEqual(brinery.dumps(value, deterministic=True), cloudpickle.dumps(value, deterministic=True))

    def test_it_is_not_named(self):
        for name, text in IN_MAIN.items():
            # A type variable says so itself, of whatever module.
            if name != "type variable":
                with self.subTest(name):
                    self.assertNotIn("__main__", modules_of(brinery.dumps(self.value(text))))

    def test_elsewhere(self):
        for text, said in (("function", "function 1"), ("Outer().method", "method 7"), ("Plain()", "Plain "),
                           ("Color.RED", "Color "), ("functools.partial(function, 2)", "partial 2")):
            data = brinery.dumps(self.value(text))
            done = subprocess.run([sys.executable, "-c", WORKER], input=data, stdout=subprocess.PIPE, check=True)
            self.assertEqual(done.stdout.decode().strip(), said.strip())

    def test_here_classes_are_the_same(self):
        self.assertIs(type(brinery.loads(brinery.dumps(self.value("Plain()")))), self.names["Plain"])
        self.assertEqual(brinery.loads(brinery.dumps(self.value("Plain()"))), self.value("Plain()"))

    def test_what_is_said_to_be_of_main_and_is_not(self):
        function = types.FunctionType(Mine.method.__code__, {"__name__": "__main__"}, "nowhere")
        function.__module__, function.__qualname__ = "__main__", "nowhere"
        self.assertEqual(brinery.dumps(function), cloudpickle.dumps(function))

    def test_plain_data_beside_a_main(self):
        for value in ([1, "a", {2: 3.0}], ["__main__", "__main__.Plain"], len, dict, OSError, [Mine()]):
            self.assertEqual(brinery.dumps(value), pickle.dumps(value))

    def test_picklers_are_pickles(self):
        value = [self.value("Plain()")]
        own, stock = io.BytesIO(), io.BytesIO()
        brinery.Pickler(own).dump(value)
        pickle.Pickler(stock).dump(value)
        self.assertEqual(own.getvalue(), stock.getvalue())

    def test_installed_as_pickle(self):
        brinery.install("pickle")
        try:
            self.assertIs(pickle.dumps, brinery.pickle.dumps)
            value = self.value("[Plain(), function]")
            self.assertEqual(pickle.dumps(value), pickle._dumps(value))
            self.assertIn(b"__main__", pickle.dumps(value))
        finally:
            brinery.uninstall()

    def test_errors_are_cloudpickles(self):
        local = self.names["Plain"]
        local.lock = threading.Lock()
        try:
            self.assertIn(b"Plain", pickle.dumps(local()))
            with self.assertRaisesRegex(TypeError, "cannot pickle '_thread.lock' object"):
                brinery.dumps(local())
        finally:
            del local.lock


class AsCloudpickle(unittest.TestCase):
    def test_names(self):
        import cloudpickle as stock

        for name in stock.__all__:
            self.assertTrue(hasattr(brinery, name) or name == "__version__", name)
        for name in ("CloudPickler", "register_pickle_by_value", "unregister_pickle_by_value", "subimport"):
            self.assertIs(getattr(brinery, name), getattr(cloudpickle, name))
            self.assertIn(name, dir(brinery))

    def test_by_value(self):
        local = 3

        class Local:
            def value(self):
                return local

        values = [lambda: local, Local().value, types.ModuleType("empty"), function.__code__]
        for value in values:
            for protocol in PROTOCOLS:
                if protocol < 2 and isinstance(value, types.CodeType):
                    continue
                brinery.loads(brinery.dumps(value, protocol))
                file = io.BytesIO()
                brinery.dump(value, file, protocol)
                file.seek(0)
                brinery.load(file)
        self.assertEqual(brinery.loads(brinery.dumps(values[0]))(), 3)
        self.assertEqual(brinery.loads(brinery.dumps(values[1]))(), 3)
        # Positional, as cloudpickle has it.
        buffers = []
        data = brinery.dumps([pickle.PickleBuffer(b"a"), values[0]], None, buffers.append)
        self.assertEqual(brinery.loads(data, buffers=buffers)[1](), 3)
        self.assertEqual(data, cloudpickle.dumps([buffers[0], values[0]], None, [].append))

    def test_registered_modules(self):
        module = sys.modules[__name__]
        by_name = brinery.dumps(function)
        self.assertEqual(by_name, pickle.dumps(function))
        brinery.register_pickle_by_value(module)
        try:
            for value in (function, Mine, Mine(), [1, Mine()], Mine().method):
                self.assertEqual(brinery.dumps(value), cloudpickle.dumps(value))
                self.assertEqual(brinery.pickle.dumps(value), pickle.dumps(value))
            self.assertGreater(len(brinery.dumps(function)), 2 * len(by_name))
            # What is of other modules stays pickle's.
            for value in ([1, "a"], len, [io.BytesIO, unittest.TestCase]):
                self.assertEqual(brinery.dumps(value), pickle.dumps(value))
        finally:
            brinery.unregister_pickle_by_value(module)
        self.assertEqual(brinery.dumps(function), by_name)

    def test_registered_packages(self):
        package, inner = types.ModuleType("a_package"), types.ModuleType("a_package.inner")
        sys.modules.update({"a_package": package, "a_package.inner": inner})
        exec("class Of:\n    pass", vars(inner))
        try:
            for value in (inner.Of, [inner.Of()]):
                by_name = brinery.dumps(value)
                self.assertEqual(by_name, pickle.dumps(value))
                brinery.register_pickle_by_value(package)
                try:
                    self.assertEqual(brinery.dumps(value), cloudpickle.dumps(value))
                    self.assertNotIn("a_package.inner", modules_of(brinery.dumps(value)))
                finally:
                    brinery.unregister_pickle_by_value(package)
                self.assertEqual(brinery.dumps(value), by_name)
        finally:
            del sys.modules["a_package"], sys.modules["a_package.inner"]


if __name__ == "__main__":
    unittest.main()
