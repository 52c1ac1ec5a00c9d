"""executorlib: a worker process that is kept, and one for each call."""

import os
import signal
import unittest

import cases

cases.load(globals())
DISTRIBUTIONS = ("executorlib",)


class Kept(cases.Cases, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        import executorlib

        import brinery

        brinery.install("executorlib")
        cls.make = staticmethod(
            lambda **more: executorlib.SingleNodeExecutor(hostname_localhost=True, block_allocation=True, **more)
        )
        cls.executor = cls.make(max_workers=1)

    @classmethod
    def tearDownClass(cls):
        import brinery

        cls.executor.shutdown(wait=True)
        brinery.uninstall()

    def call(self, fn, *args):
        return self.executor.submit(fn, *args).result(timeout=60)

    def test_pickler(self):
        def pickler():
            import executorlib.standalone.interactive.communication as user

            return user.cloudpickle.dumps.__module__

        self.assertEqual((pickler(), self.call(pickler)), ("brinery.cloudpickle",) * 2)

    def test_a_worker_dies(self):
        with self.make(max_workers=1) as executor:
            with self.assertRaises(Exception) as caught:
                executor.submit(lambda: os.kill(os.getpid(), signal.SIGKILL)).result(timeout=60)
            self.assertEqual(type(caught.exception).__name__, "ExecutorlibSocketError")

    def test_one_for_each_call(self):
        import executorlib

        with executorlib.SingleNodeExecutor(max_cores=2, hostname_localhost=True) as executor:
            first = executor.submit(lambda x: Point(x, os.getpid()), 1)
            second = executor.submit(lambda point: Point(point.x + 1, os.getpid()), first)
            self.assertEqual(second.result(timeout=60).x, 2)
            self.assertNotEqual(first.result().y, second.result().y)


if __name__ == "__main__":
    cases.run("executorlib")
