"""Runs the running interpreter's own tests of `pickle` with brinery in the place of `_pickle`.

    python cpython_suite.py

Left out are the classes that test `_pickle` itself and not pickling: its memory (`SizeofTests`) and the flags of its types
(`HeapTypesTests`), and `CompatPickleTests`, which has no pickler in it. Status 2 says that this interpreter has no tests.
"""

import importlib
import re
import sys
import unittest

import brinery.pickle

LEFT_OUT = re.compile('Sizeof|HeapTypes|CompatPickle')
# Those of the pure Python implementation are left out, too.
WITH_C = re.compile('C[A-Z]|InMemory|DumpPickle_C')


def main():
    for name in [name for name in sys.modules if name in ('pickle', 'copy')]:
        del sys.modules[name]
    sys.modules['_pickle'] = brinery.pickle
    pickle = importlib.import_module('pickle')
    if pickle.Pickler is not brinery.Pickler or pickle.loads is not brinery.loads:
        sys.exit('pickle does not use brinery')
    try:
        module = importlib.import_module('test.test_pickle')
    except ImportError as error:
        print(error)
        sys.exit(2)
    suite = unittest.TestSuite()
    for name, cls in sorted(vars(module).items()):
        if isinstance(cls, type) and issubclass(cls, unittest.TestCase) and WITH_C.match(name) and not LEFT_OUT.match(name):
            suite.addTests(unittest.defaultTestLoader.loadTestsFromTestCase(cls))
    result = unittest.TextTestRunner(verbosity=0).run(suite)
    print("CPython's own tests: %d run, %d skipped, %d failed" % (
        result.testsRun, len(result.skipped), len(result.failures) + len(result.errors)))
    sys.exit(not result.wasSuccessful())


if __name__ == '__main__':
    main()
