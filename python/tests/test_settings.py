"""Interpreters besides the main one, and those without the GIL: what does not work says so, and nothing crashes."""

import subprocess
import sys
import textwrap
import unittest

import brinery
from cloud_support import SITE


def run(code, *flags):
    code = "import sys; sys.path.insert(0, %r)\n" % SITE + textwrap.dedent(code)
    done = subprocess.run(
        [sys.executable, *flags, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True
    )
    return done.returncode, done.stdout


INTERPRETERS = """
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters

def run_string(code):
    made = interpreters.create()
    try:
        failed = interpreters.run_string(made, "import sys; sys.path[:] = %r\\n" % sys.path + code)
        # From 3.13 on it is returned.
        if failed is not None:
            raise RuntimeError("%s: %s" % (failed.type.__name__, failed.msg))
    finally:
        interpreters.destroy(made)
"""


class Settings(unittest.TestCase):
    def test_subinterpreters(self):
        for first in ("", "import brinery\n"):
            with self.subTest(first=first):
                status, output = run(
                    INTERPRETERS
                    + first
                    + """
try:
    run_string("import brinery; print(brinery.loads(brinery.dumps([1])))")
except Exception as error:
    print("FAILED", type(error).__name__, error)
import brinery
print(brinery.loads(brinery.dumps([2])))
"""
                )
                self.assertEqual(status, 0, output)
                # There is one interpreter per process that has it, the first.
                self.assertIn("ImportError", output)
                self.assertRegex(output, "subinterpreter")

    @unittest.skipUnless(sys.platform.startswith("linux"), "needs fork")
    def test_threads(self):
        status, output = run(
            """
            import threading, brinery
            value = [{"a": [1, 2.5, "x" * 9]} for _ in range(1000)]
            wrong = []
            def work():
                for _ in range(20):
                    if brinery.loads(brinery.dumps(value)) != value:
                        wrong.append(1)
            threads = [threading.Thread(target=work) for _ in range(8)]
            [thread.start() for thread in threads]
            [thread.join() for thread in threads]
            print(len(wrong))
            """
        )
        self.assertEqual((status, output), (0, "0\n"))

    def test_forked(self):
        status, output = run(
            """
            import os, brinery
            brinery.dumps([1, {2: lambda: 0}])
            child = os.fork()
            if child == 0:
                ok = brinery.loads(brinery.dumps([1, {"a": 2}])) == [1, {"a": 2}]
                os._exit(0 if ok else 9)
            print(os.waitpid(child, 0)[1])
            """
        )
        self.assertEqual((status, output), (0, "0\n"))

    def test_at_exit(self):
        status, output = run(
            """
            import atexit, brinery
            class Late:
                def __del__(self):
                    brinery.loads(brinery.dumps([1, "late"]))
            atexit.register(lambda: brinery.dumps([1]))
            late = Late()
            late.circle = late
            keep = brinery.pickle.Pickler(type("File", (), {"write": print})())
            keep.persistent_id = lambda obj, keep=keep: None
            """
        )
        self.assertEqual((status, output), (0, ""))


if __name__ == "__main__":
    unittest.main()
