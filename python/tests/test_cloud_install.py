"""This package in cloudpickle's and pickle's place."""

import os
import subprocess
import sys
import unittest

from cloud_support import SITE


def run(code, **environment):
    """What a new process prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": SITE, **environment},
    )
    if done.returncode:
        raise AssertionError(done.stderr.decode(errors="replace"))
    return done.stdout.decode().split()


class Install(unittest.TestCase):
    def test_cloudpickle(self):
        code = (
            "import brinery; brinery.install(); brinery.install()\n"
            "import cloudpickle, cloudpickle.cloudpickle, cloudpickle.cloudpickle_fast, importlib.util\n"
            "from cloudpickle.cloudpickle import CloudPickler\n"
            "print(cloudpickle.dumps is brinery.cloudpickle.dumps, CloudPickler is brinery.CloudPickler)\n"
            "print(cloudpickle.loads(cloudpickle.dumps(lambda: 5))(), importlib.util.find_spec('cloudpickle').name)\n"
            "brinery.uninstall()\nimport sys; print(*[name for name in sys.modules if name.startswith('cloudpickle')])\n"
        )
        self.assertEqual(run(code), ["True", "True", "5", "cloudpickle"])

    def test_what_was_there_comes_back(self):
        code = (
            "import cloudpickle as stock, brinery, sys; brinery.install(); import cloudpickle\n"
            "print(cloudpickle is stock); brinery.uninstall(); print(sys.modules['cloudpickle'] is stock)\n"
        )
        self.assertEqual(run(code), ["False", "True"])

    def test_pickle(self):
        code = (
            "import pickle, brinery; before = pickle.dumps, pickle.Unpickler\n"
            "brinery.install(cloudpickle=False, pickle=True); import pickle, sys\n"
            "print(pickle.dumps is brinery.pickle.dumps, pickle.Pickler is brinery.Pickler, 'cloudpickle' in sys.modules)\n"
            "brinery.uninstall(); print((pickle.dumps, pickle.Unpickler) == before)\n"
        )
        self.assertEqual(run(code), ["True", "True", "False", "True"])

    def test_replaced_meanwhile(self):
        """What somebody else put there after it stays."""
        code = (
            "import brinery, sys; brinery.install(); sys.modules['cloudpickle'] = other = object()\n"
            "brinery.uninstall(); print(sys.modules['cloudpickle'] is other)\n"
        )
        self.assertEqual(run(code), ["True"])

    def test_one_class_in_a_process(self):
        """Whoever loads it knows the class again: this package, cloudpickle beside it, and the one in place of the other."""
        for first in ("import cloudpickle, brinery", "import brinery; import cloudpickle"):
            code = first + (
                "\nfrom brinery import cloudpickle as ours; import pickle\nclass A: pass\nclass B: pass\n"
                "print(pickle.loads(ours.dumps(A)) is A, ours.loads(ours.dumps(A)) is A)\n"
                "print(ours.loads(cloudpickle.dumps(B)) is B, pickle.loads(ours.dumps(B)) is B)\n"
            )
            self.assertEqual(run(code), ["True"] * 4)

    def test_without_cloudpickle(self):
        code = (
            "import sys; sys.modules['cloudpickle'] = None\nfrom brinery import cloudpickle\nclass A: x = 6\n"
            "import brinery; print(brinery.loads(cloudpickle.dumps(lambda: A.x))(), cloudpickle.loads(cloudpickle.dumps(A)) is A)\n"
        )
        self.assertEqual(run(code), ["6", "True"])


class Environment(unittest.TestCase):
    CODE = "import sys; print('brinery' in sys.modules); import cloudpickle; print(hasattr(cloudpickle, '_brinery') or cloudpickle.cloudpickle.__name__)"

    def test_off_unless_set(self):
        self.assertEqual(run(self.CODE), ["False", "cloudpickle.cloudpickle"])

    def test_by_environment(self):
        """By the file beside the package that Python reads when it starts, if that is where it is installed."""
        if not os.path.exists(os.path.join(SITE, "brinery.pth")):
            code = "import site; site.addsitedir(%r); " % os.path.join(os.path.dirname(__file__), "..", "data", "purelib")
        else:
            code = ""
        self.assertEqual(run(code + self.CODE, BRINERY_INSTALL="cloudpickle")[1], "brinery.cloudpickle")
        code += "import pickle, _pickle; print(pickle.dumps is _pickle.dumps)"
        self.assertEqual(run(code, BRINERY_INSTALL="pickle, cloudpickle"), ["False"])


if __name__ == "__main__":
    unittest.main()
