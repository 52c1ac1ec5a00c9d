"""What runs in a process of its own: CPython's tests with brinery as `_pickle`, and mutations of pickles."""

import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
MUTATIONS = int(os.environ.get('MUTATIONS', 10_000))


def run(script, *arguments):
    command = [sys.executable, os.path.join(HERE, script), *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True,
                          errors='replace')
    return done.returncode, done.stdout


class Suites(unittest.TestCase):
    def test_cpythons_own(self):
        status, output = run('cpython_suite.py')
        if status == 2:
            print('NOT RUN: %s has no tests of its own: %s' % (sys.executable, output.strip()))
            self.skipTest(output)
        self.assertEqual(status, 0, output[-5000:])
        print(output.strip().splitlines()[-1])

    def test_mutations(self):
        status, output = run('mutations.py', str(MUTATIONS))
        self.assertEqual(status, 0, output[-5000:])
        print(output.strip().splitlines()[-1])


if __name__ == '__main__':
    unittest.main()
