"""joblib and loky, with two workers."""

import os
import sys
import unittest

import cases

cases.load(globals())
DISTRIBUTIONS = ("joblib", "loky")


class Joblib(cases.Cases, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        import brinery
        import joblib

        brinery.install("joblib")
        cls.parallel = joblib.Parallel(n_jobs=2, backend="loky").__enter__()

    @classmethod
    def tearDownClass(cls):
        import brinery
        from joblib.externals.loky import get_reusable_executor

        cls.parallel.__exit__(None, None, None)
        get_reusable_executor().shutdown(wait=True, kill_workers=True)
        brinery.uninstall()

    def call(self, fn, *args):
        import joblib

        return self.parallel([joblib.delayed(fn)(*args)])[0]

    def test_pickler(self):
        def pickler():
            from joblib.externals.loky.backend import reduction

            return reduction.get_loky_pickler_name(), reduction.get_loky_pickler().__mro__[1].__module__

        here = pickler()
        self.assertEqual(here, ("brinery.cloudpickle",) * 2)
        self.assertEqual(self.call(pickler), here)

    def test_batches(self):
        import joblib

        made = self.parallel(joblib.delayed(lambda x: x * x)(x) for x in range(300))
        self.assertEqual(made, [x * x for x in range(300)])

    def test_large_array(self):
        """Arrays are mapped from a file; those in objects are copied."""
        import numpy

        array = numpy.arange(1_000_000.0)
        self.assertEqual(self.call(lambda a: (type(a).__name__, float(a.sum())), array), ("memmap", array.sum()))
        point = self.call(lambda point: point.moved(1), Point(array, array))
        self.assertTrue((point.y == array + 1).all())

    def test_a_worker_dies(self):
        import joblib
        from joblib.externals.loky.process_executor import TerminatedWorkerError

        with self.assertRaises(TerminatedWorkerError):
            self.call(os._exit, 3)
        # The next ones have new workers.
        self.parallel.__exit__(None, None, None)
        type(self).parallel = joblib.Parallel(n_jobs=2, backend="loky").__enter__()
        self.assertEqual(self.call(lambda: 5), 5)


class Loky(cases.Cases, unittest.TestCase):
    """loky by itself."""

    @classmethod
    def setUpClass(cls):
        import brinery
        import loky

        brinery.install("loky")
        cls.executor = loky.get_reusable_executor(max_workers=1)

    @classmethod
    def tearDownClass(cls):
        import brinery

        cls.executor.shutdown(wait=True, kill_workers=True)
        brinery.uninstall()

    def call(self, fn, *args):
        return self.executor.submit(fn, *args).result(timeout=60)

    def test_pickler(self):
        def pickler():
            from loky.backend import reduction

            return reduction.get_loky_pickler_name()

        self.assertEqual((pickler(), self.call(pickler)), ("brinery.cloudpickle",) * 2)


if __name__ == "__main__":
    cases.run("joblib")
