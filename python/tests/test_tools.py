"""Pickles looked at without loading them."""

import collections
import io
import os
import pickle
import pickletools
import unittest

import brinery
from brinery import cloudpickle
from cloud_support import main_module


class Evil:
    def __reduce__(self):
        return os.system, ("exit 1",)


class Tools(unittest.TestCase):
    def test_dis(self):
        for value in (None, [1, "a", {2: (3.5, b"x")}], collections.OrderedDict(a=1)):
            for protocol in range(6):
                data = pickle.dumps(value, protocol)
                out = io.StringIO()
                pickletools.dis(data, out)
                self.assertEqual(brinery.dis(data), out.getvalue())
        self.assertIn("Push None", brinery.dis(b"N.", annotate=20))
        self.assertRaises(ValueError, brinery.dis, b"(")

    def test_optimize(self):
        data = pickle.dumps([["a"], {"b": ("c", 1)}], 4)
        self.assertEqual(brinery.optimize(data), pickletools.optimize(data))
        self.assertRaises(pickle.UnpicklingError, brinery.optimize, b"(")
        self.assertRaises(TypeError, brinery.optimize, "N.")

    def test_inspect_function(self):
        f = main_module("import math\nK = 2\ndef area(r, *, scale: float = 1):\n    'doc'\n    return math.pi * r * K\n").area
        report = brinery.inspect_function(cloudpickle.dumps(f))
        [function] = [function for function in report["functions"] if function["name"] == "area"]
        self.assertEqual(function["doc"], "doc")
        self.assertNotIn("instructions", str(report.keys()))
        self.assertGreater(len(str(brinery.inspect_function(cloudpickle.dumps(f), disassembly=True))), len(str(report)))
        self.assertRaises(pickle.UnpicklingError, brinery.inspect_function, b"junk")

    def test_scan(self):
        self.assertEqual(brinery.scan(pickle.dumps([1, {"a": 2}]), "data")["verdict"], "safe")
        report = brinery.scan(pickle.dumps(Evil()))
        self.assertEqual(report["verdict"], "dangerous")
        self.assertEqual([call["callable"] for call in report["calls"]], ["posix.system"])
        self.assertRaisesRegex(ValueError, "no policy named", brinery.scan, b"N.", "nothing")

    def test_safe_loads(self):
        self.assertEqual(brinery.safe_loads(pickle.dumps({"a": [1, 2.5, b"x"]})), {"a": [1, 2.5, b"x"]})
        data = pickle.dumps(collections.OrderedDict(a=1))
        with self.assertRaisesRegex(pickle.UnpicklingError, "not safe to load.*OrderedDict"):
            brinery.safe_loads(data)
        self.assertEqual(brinery.safe_loads(data, allow="stdlib"), collections.OrderedDict(a=1))
        for allow in ("data", "stdlib"):
            self.assertRaises(pickle.UnpicklingError, brinery.safe_loads, pickle.dumps(Evil()), allow)
        mine = 'allow."%s".Plain = { new = "()", state = true }' % __name__
        data = pickle.dumps(Plain())
        self.assertRaises(pickle.UnpicklingError, brinery.safe_loads, data, "stdlib")
        self.assertIsInstance(brinery.safe_loads(data, ["stdlib", mine]), Plain)


class Plain:
    def __init__(self):
        self.x = 1


if __name__ == "__main__":
    unittest.main()
