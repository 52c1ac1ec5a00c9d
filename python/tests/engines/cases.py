"""What every engine has to carry to a worker process and back, with brinery as the pickler on both sides.

Each module beside this one starts one engine and runs as a script: what is sent is of its own `__main__`, which workers cannot
import. `load(globals())` defines it there, and a subclass of `Cases` says how a call is made.
"""

import os
import shutil
import sys
import tempfile
import unittest

# Defined in `__main__` by `load`.
SOURCE = '''
import os
import types

SCALE = 3

class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y
    def moved(self, by):
        return Point(self.x + by, self.y + by)
    def __eq__(self, other):
        return type(self) is type(other) and vars(self) == vars(other)

class Sold(Exception):
    def __init__(self, name):
        super().__init__(name)
        self.left = SCALE

def scaled(x):
    return x * SCALE

def moved(point, by):
    return point.moved(scaled(by))

def sell(name):
    raise Sold(name)

def greeter(name):
    point = Point(name, 0)
    point.greet = types.MethodType(lambda self, mark: "hello " + self.x + mark, point)
    return point

def recursive():
    def factorial(n):
        return 1 if n < 2 else n * factorial(n - 1)
    return factorial

def mutual():
    def even(n):
        return n == 0 or odd(n - 1)
    def odd(n):
        return n != 0 and even(n - 1)
    return even

def counter():
    """Two functions that share a variable: cloudpickle copies it, so that they part."""
    count = 0
    def add():
        nonlocal count
        count += 1
    def get():
        return count
    # Not a tuple, whose items some engines pickle one by one.
    return Point(add, get)

def counted(pair):
    pair.x()
    pair.x()
    return pair.y()

def where():
    import sys
    return os.getpid(), sys.modules["brinery"].__name__
'''

# What a worker can import under no circumstances.
HIDDEN = """
BASE = 10
class Thing:
    def __init__(self, n):
        self.n = n
def thing(n):
    return Thing(n + BASE).n
"""


def load(namespace):
    """Defines what is sent in a script's own namespace."""
    exec(compile(SOURCE, "<cases>", "exec"), namespace)
    return namespace


def hidden_module():
    """A module that is imported here and whose file is gone."""
    if "brinery_hidden" not in sys.modules:
        folder = tempfile.mkdtemp()
        try:
            with open(os.path.join(folder, "brinery_hidden.py"), "w") as file:
                file.write(HIDDEN)
            sys.path.insert(0, folder)
            try:
                import brinery_hidden  # noqa: F401
            finally:
                sys.path.remove(folder)
        finally:
            shutil.rmtree(folder)
    return sys.modules["brinery_hidden"]


class Cases:
    """Mixed into a `unittest.TestCase` that has `call(fn, *args)`: the result of a call in a worker process."""

    # How the engine raises what a task raised, if not as itself.
    wrapped = None

    @staticmethod
    def main(name):
        return getattr(sys.modules["__main__"], name)

    def test_lambda(self):
        self.assertEqual(self.call(lambda x, y=1: x + y, 41), 42)

    def test_closure(self):
        by, words = 3, ["a"]
        self.assertEqual(self.call(lambda x: (x * by, words), 5), (15, ["a"]))

    def test_recursive_closures(self):
        self.assertEqual(self.call(self.main("recursive")(), 20), 2432902008176640000)
        self.assertIs(self.call(self.main("mutual")(), 7), False)

    def test_functions_and_classes_of_main(self):
        moved = self.call(self.main("moved"), self.main("Point")(1, 2), 4)
        self.assertEqual(moved, self.main("Point")(13, 14))
        self.assertIs(type(moved), self.main("Point"))

    def test_classes_come_back_as_they_went(self):
        Point = self.main("Point")
        self.assertIs(self.call(lambda kind: kind, Point), Point)
        self.assertIs(self.call(lambda: Point), Point)

    def test_method_set_on_an_instance(self):
        self.assertEqual(self.call(lambda point: point.greet("!"), self.main("greeter")("ann")), "hello ann!")
        back = self.call(self.main("greeter"), "bob")
        self.assertEqual(back.greet("?"), "hello bob?")

    def test_module_by_value(self):
        from brinery import cloudpickle

        hidden = hidden_module()
        cloudpickle.register_pickle_by_value(hidden)
        try:
            self.assertEqual(self.call(lambda: hidden.thing(5)), 15)
        finally:
            cloudpickle.unregister_pickle_by_value(hidden)
        with self.assertRaises(ImportError):
            __import__("importlib").reload(hidden)

    def test_message_with_callables(self):
        message = {"steps": [lambda x: x + 1, self.main("scaled"), str], "then": self.main("Point")}

        def run(message, x):
            for step in message["steps"]:
                x = step(x)
            point = message["then"](x, 0)
            return point, lambda suffix: point.x + suffix

        point, function = self.call(run, message, 1)
        self.assertEqual((point.x, function("!")), ("6", "6!"))

    def test_exception_of_main(self):
        Sold = self.main("Sold")
        try:
            self.call(self.main("sell"), "lamp")
        except Exception as error:
            error = self.unwrapped(error)
            self.assertIs(type(error), Sold)
            self.assertEqual((error.args, error.left), (("lamp",), 3))
        else:
            self.fail("no exception came back")

    def unwrapped(self, error):
        return error

    def test_written_by_brinery_here(self):
        """Two functions share a variable only if brinery has written them."""
        self.assertEqual(self.call(self.main("counted"), self.main("counter")()), 2)

    def test_written_by_brinery_there(self):
        pair = self.call(self.main("counter"))
        pair.x()
        self.assertEqual(pair.y(), 1)

    def test_in_another_process(self):
        pid, name = self.call(self.main("where"))
        self.assertNotEqual(pid, os.getpid())
        self.assertEqual(name, "brinery")


def run(module):
    """Runs the tests of a script and says what was tested. An engine that is not there for this Python is left out, loudly."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    import brinery

    found = []
    for name in sys.modules["__main__"].DISTRIBUTIONS:
        try:
            found.append("%s %s" % (name, version(name)))
        except PackageNotFoundError:
            print("SKIPPED: %s: %s is not for CPython %s" % (module, name, platform.python_version()), flush=True)
            return
    where = os.path.dirname(brinery.__file__)
    said = module, ", ".join(found) or "the standard library", platform.python_version(), where
    print("%s: %s, CPython %s, brinery in %s" % said, flush=True)
    unittest.main(module="__main__", argv=[sys.argv[0], *sys.argv[1:]])
