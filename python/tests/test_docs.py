"""The examples in the documentation run."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

from cloud_support import SITE

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
PAGES = {"docs/from-pickle.md": 5, "docs/from-cloudpickle.md": 1, "python/README.md": 1}


def examples(page):
    with open(os.path.join(ROOT, page), encoding="utf-8") as file:
        return re.findall(r"^```python\n(.*?)^```", file.read(), re.DOTALL | re.MULTILINE)


class Docs(unittest.TestCase):
    def test_examples(self):
        for page, least in PAGES.items():
            found = examples(page)
            self.assertGreaterEqual(len(found), least, page)
            for number, example in enumerate(found):
                with self.subTest(page=page, number=number), tempfile.TemporaryDirectory() as directory:
                    path = os.path.join(directory, "example.py")
                    with open(path, "w", encoding="utf-8") as file:
                        file.write("import sys; sys.path.insert(0, %r)\n" % os.path.abspath(SITE) + example)
                    done = subprocess.run(
                        [sys.executable, path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True
                    )
                    self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
