"""`import brinery as pickle` and `import brinery as cloudpickle`: both have what they need at the top level."""

import _pickle
import inspect
import io
import pickle
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


def function():
    return 1


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

    def test_functions_and_classes_that_are_found_go_by_name(self):
        main = sys.modules["__main__"]
        main.of_main = types.FunctionType(function.__code__, vars(main), "of_main")
        main.of_main.__module__, main.of_main.__qualname__ = "__main__", "of_main"
        try:
            value = [Mine(), Mine, function, main.of_main, len]
            self.assertEqual(brinery.dumps(value), pickle.dumps(value))
            # With by-value functions beside them, all goes as cloudpickle has it.
            self.assertEqual(brinery.dumps([value, lambda: 0])[:2], cloudpickle.dumps(value)[:2])
            self.assertIn(b"of_main", brinery.dumps([value, lambda: 0]))
        finally:
            del main.of_main

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
        self.assertRaises(TypeError, brinery.dumps)


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
            self.assertEqual(brinery.dumps(function), cloudpickle.dumps(function))
            self.assertGreater(len(brinery.dumps(function)), 2 * len(by_name))
        finally:
            brinery.unregister_pickle_by_value(module)
        self.assertEqual(brinery.dumps(function), by_name)


if __name__ == "__main__":
    unittest.main()
