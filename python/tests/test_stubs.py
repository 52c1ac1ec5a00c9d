"""The type stubs say what is there: checked by mypy's stubtest, which test.sh installs where mypy runs."""

import importlib.util
import os
import re
import subprocess
import sys
import unittest

from cloud_support import SITE

HERE = os.path.dirname(os.path.abspath(__file__))


class Stubs(unittest.TestCase):
    def test_stubs(self):
        if importlib.util.find_spec("mypy") is None:
            print("NOT RUN: no mypy here to check the stubs with")
            self.skipTest("no mypy")
        command = [sys.executable, "-m", "mypy.stubtest", "brinery", "--ignore-missing-stub", "--ignore-unused-allowlist"]
        command += ["--allowlist", os.path.join(HERE, "stubs_allowed.txt")]
        command += ["--mypy-config-file", os.path.join(HERE, "..", "mypy.ini")]
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            env={**os.environ, "MYPYPATH": os.path.abspath(SITE) if "site-packages" not in SITE else ""},
        )
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, "no issues found")

    def test_every_public_name_is_in_a_stub(self):
        import brinery

        names = {"brinery": set(brinery.__all__) | set(brinery._CLOUD), "brinery.cloudpickle": set(brinery.cloudpickle.__all__)}
        package = os.path.dirname(brinery.__file__)
        for module, public in names.items():
            name = "__init__.pyi" if module == "brinery" else module.rpartition(".")[2] + ".pyi"
            with open(os.path.join(package, name), encoding="utf-8") as file:
                words = set(re.findall(r"\w+", file.read()))
            self.assertEqual(public - words, set(), module)


if __name__ == "__main__":
    unittest.main()
