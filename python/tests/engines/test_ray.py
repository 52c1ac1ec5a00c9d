"""Ray: a cluster of one node, whose workers are told by the environment, and again by `runtime_env`."""

import os
import shutil
import signal
import tempfile
import unittest

import cases

cases.load(globals())
DISTRIBUTIONS = ("ray",)

# Nothing is written outside the temporary folder, and nothing told to anybody.
os.environ.update(RAY_AUTH_MODE="disabled", RAY_USAGE_STATS_ENABLED="0", RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO="0")


class Ray(cases.Cases):
    init = {}

    @classmethod
    def setUpClass(cls):
        import brinery

        # Its own copy is there already, and has to be replaced where it is held.
        import ray

        brinery.install("ray", children=not cls.init)
        cls.folder = tempfile.mkdtemp(prefix="br", dir="/tmp")
        ray.init(
            num_cpus=2, include_dashboard=False, _temp_dir=cls.folder, log_to_driver=False, logging_level="ERROR",
            object_store_memory=100_000_000, _node_ip_address="127.0.0.1", **cls.init
        )

    @classmethod
    def tearDownClass(cls):
        import brinery
        import ray

        ray.shutdown()
        shutil.rmtree(cls.folder, ignore_errors=True)
        brinery.uninstall()

    def call(self, fn, *args):
        import ray

        return ray.get(ray.remote(lambda function, arguments: function(*arguments)).remote(fn, args), timeout=100)

    def unwrapped(self, error):
        # Ray raises a class made of its own and the task's.
        return error.cause

    def test_pickler(self):
        def pickler():
            import ray._private.function_manager as functions
            import ray._private.serialization as values

            return values.pickle.dumps.__module__, functions.pickle.dumps.__module__

        self.assertEqual((pickler(), self.call(pickler)), (("brinery.cloudpickle",) * 2,) * 2)

    def test_remote_functions_and_actors(self):
        import ray

        @ray.remote
        def summed(*values):
            return sum(values) * SCALE

        refs = [ray.put(n) for n in range(5)]
        self.assertEqual(ray.get(summed.remote(*refs), timeout=60), 30)

        @ray.remote
        class Counter:
            def __init__(self, step):
                self.n, self.step = 0, step

            def add(self, n):
                self.n = self.step(self.n, n)
                return self.n

        actor = Counter.remote(lambda a, b: a + b)
        self.assertEqual(ray.get([actor.add.remote(n) for n in (1, 2, 3)], timeout=60), [1, 3, 6])
        # References and handles in a value, which Ray registers reducers for.
        found = self.call(lambda held: (ray.get(held["ref"]), ray.get(held["actor"].add.remote(4))),
                          {"ref": ray.put("value"), "actor": actor})
        self.assertEqual(found, ("value", 10))
        ray.kill(actor)

    def test_large_array(self):
        """Out of band, in the object store: what comes out cannot be written to."""
        import numpy
        import ray

        array = numpy.arange(1_000_000.0)
        moved = self.call(lambda point: point.moved(1), Point(array, 1))
        self.assertTrue((moved.x == array + 1).all())
        self.assertFalse(ray.get(ray.put(Point(array, 1))).x.flags.writeable)

    def test_faults_are_told(self):
        import threading

        import ray

        with self.assertRaisesRegex(TypeError, "lock"):
            ray.put(Point(threading.Lock(), 1))

    def test_a_worker_dies(self):
        import ray

        @ray.remote(max_retries=0)
        def die():
            os.kill(os.getpid(), signal.SIGKILL)

        with self.assertRaises(ray.exceptions.WorkerCrashedError):
            ray.get(die.remote(), timeout=100)
        self.assertEqual(self.call(lambda: 5), 5)


class Inherited(Ray, unittest.TestCase):
    """The workers inherit BRINERY_INSTALL."""


class Told(Ray, unittest.TestCase):
    """The workers are told by `runtime_env`, as those of other machines have to be."""

    init = {"runtime_env": {"env_vars": {"BRINERY_INSTALL": "ray"}}}


if __name__ == "__main__":
    cases.run("ray")
