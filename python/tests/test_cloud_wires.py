"""Pickles of functions that need neither cloudpickle nor this package where they are loaded."""

import glob
import os
import sys
import unittest

from brinery import cloudpickle
from cloud_support import fresh, main_module

# A file, as the portable wire needs the source of functions.
import cloud_zoo

PYTHONS = os.path.expanduser("~/.pyenv/versions/3.*/bin/python")
BARE = ("-I", "-S")


def others():
    """Other Pythons to load with, if there are any here: 3.8 and later."""
    for path in glob.glob(PYTHONS):
        minor = int(path.split("/3.")[1].split(".")[0])
        if 8 <= minor <= 13 and minor != sys.version_info[1]:
            yield path


class Wires(unittest.TestCase):
    CASES = [
        (lambda: cloud_zoo.add, "loaded(1)", "6"),
        (lambda: cloud_zoo.counter(), "[loaded[0](), loaded[0](), loaded[1]()]", "[1, 2, 2]"),
        (lambda: (cloud_zoo.Point, cloud_zoo.Point(1, 2)), "[loaded[1].norm(), isinstance(loaded[1], loaded[0])]", "[5, True]"),
    ]

    @classmethod
    def setUpClass(cls):
        cloudpickle.register_pickle_by_value(cloud_zoo)

    @classmethod
    def tearDownClass(cls):
        cloudpickle.unregister_pickle_by_value(cloud_zoo)

    def test_standalone(self):
        for make, expression, answer in self.CASES:
            data = cloudpickle.dumps(make(), wire="standalone")
            self.assertNotIn(b"cloudpickle", data)
            self.assertNotIn(b"brinery.", data)
            self.assertEqual(fresh(data, expression, flags=BARE), answer)

    def test_standalone_elsewhere(self):
        """Another Python refuses the bytecode by name, before it could run it."""
        data = cloudpickle.dumps(cloud_zoo.add, wire="standalone")
        for python in others():
            with self.assertRaisesRegex(RuntimeError, "functions for CPython 3.%d only" % sys.version_info[1]):
                fresh(data, "loaded(1)", flags=BARE, python=python)

    def test_portable(self):
        for make, expression, answer in self.CASES:
            data = cloudpickle.dumps(make(), wire="portable")
            for python in [sys.executable, *others()]:
                with self.subTest(python=python, expression=expression):
                    self.assertEqual(fresh(data, expression, flags=BARE, python=python), answer)

    def test_portable_without_source(self):
        f = main_module("def f():\n    pass\n").f
        with self.assertRaisesRegex(Exception, "f has bytecode and no source"):
            cloudpickle.dumps(f, wire="portable")

    def test_arguments(self):
        self.assertRaisesRegex(ValueError, "'compat', 'standalone' or 'portable'", cloudpickle.dumps, 1, wire="native")
        self.assertRaises(ValueError, cloudpickle.dumps, 1, wire="standalone", buffer_callback=print)
        self.assertEqual(fresh(cloudpickle.dumps([1], wire="standalone", protocol=2), "loaded", flags=BARE), "[1]")


if __name__ == "__main__":
    unittest.main()
