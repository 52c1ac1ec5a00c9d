"""Parsl: its executor of many processes, on loopback."""

import os
import shutil
import signal
import sys
import tempfile
import unittest

import cases

cases.load(globals())
DISTRIBUTIONS = ("parsl",)


class Parsl(cases.Cases, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        import parsl
        from parsl.config import Config
        from parsl.executors import HighThroughputExecutor
        from parsl.providers import LocalProvider

        import brinery

        brinery.install("parsl")
        cls.folder = tempfile.mkdtemp()
        # Its own scripts are looked for there.
        os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
        executor = HighThroughputExecutor(
            label="brinery", address="127.0.0.1", loopback_address="127.0.0.1", max_workers_per_node=1,
            cores_per_worker=1, encrypted=False, heartbeat_period=2, heartbeat_threshold=6,
            provider=LocalProvider(init_blocks=1, max_blocks=1),
        )
        cls.kernel = parsl.load(
            Config(executors=[executor], run_dir=cls.folder, strategy="none", usage_tracking=0, retries=0)
        )

    @classmethod
    def tearDownClass(cls):
        import brinery
        import parsl

        cls.kernel.cleanup()
        parsl.clear()
        shutil.rmtree(cls.folder, ignore_errors=True)
        brinery.uninstall()

    def call(self, fn, *args):
        from parsl.app.python import PythonApp

        return PythonApp(fn, executors=["brinery"])(*args).result(timeout=100)

    def test_pickler(self):
        def pickler():
            import parsl.serialize.facade as user

            return [type(next(iter(methods.values()))).__module__ for methods in (user.methods_for_code, user.methods_for_data)]

        self.assertEqual((pickler(), self.call(pickler)), (["brinery.integrations.parsl"] * 2,) * 2)

    def test_a_worker_dies(self):
        from parsl.executors.high_throughput.errors import WorkerLost

        with self.assertRaises(WorkerLost):
            self.call(lambda: os.kill(os.getpid(), signal.SIGKILL))
        self.assertEqual(self.call(lambda: 5), 5)


if __name__ == "__main__":
    cases.run("parsl")
