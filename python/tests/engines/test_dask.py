"""Dask and distributed: a scheduler and two workers in processes of their own, on loopback."""

import os
import signal
import unittest

import cases

cases.load(globals())
DISTRIBUTIONS = ("dask", "distributed")


class Dask(cases.Cases, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # Imported first, so that the cloudpickle they hold has to be replaced.
        import dask.distributed
        import distributed.protocol.pickle

        import brinery

        assert distributed.protocol.pickle.cloudpickle.__name__ == "cloudpickle"
        brinery.install("dask")
        dask.config.set({"distributed.comm.timeouts.connect": "30s", "distributed.scheduler.allowed-failures": 1})
        cls.cluster = dask.distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        )
        cls.client = dask.distributed.Client(cls.cluster)

    @classmethod
    def tearDownClass(cls):
        import brinery

        cls.client.close()
        cls.cluster.close()
        brinery.uninstall()

    def call(self, fn, *args):
        return self.client.submit(fn, *args, pure=False).result(timeout=60)

    def test_pickler(self):
        def pickler():
            import dask.multiprocessing
            import distributed.protocol.pickle as user

            return [user.cloudpickle.dumps.__module__, dask.multiprocessing.cloudpickle.dumps.__module__]

        self.assertEqual((pickler(), self.call(pickler)), (["brinery.cloudpickle"] * 2,) * 2)

    def test_graphs(self):
        import dask

        parts = [dask.delayed(lambda x: x * SCALE)(x) for x in range(20)]
        self.assertEqual(dask.delayed(sum)(parts).compute(), 570)
        import dask.bag

        bag = dask.bag.from_sequence(range(100), npartitions=4)
        self.assertEqual(bag.map(lambda x: Point(x, x)).filter(lambda p: p.x % 2).map(lambda p: p.y).sum().compute(), 2500)

    def test_same_token_for_the_same_function(self):
        from dask.base import tokenize

        def make():
            return lambda x: (x, SCALE, Point)

        self.assertEqual(tokenize(make()), tokenize(make()))

    def test_large_array(self):
        """Out of band: not in the pickle, but beside it."""
        import numpy
        from distributed.protocol import pickle

        array = numpy.arange(1_000_000.0)
        point = Point(array, 1)
        buffers = []
        head = pickle.dumps(point, buffer_callback=buffers.append)
        self.assertEqual((len(buffers), len(head) < 10_000), (1, True))
        moved = self.call(lambda point: point.moved(1), point)
        self.assertTrue((moved.x == array + 1).all())

    def test_family(self):
        import numpy
        from distributed.protocol import deserialize, serialize

        array = numpy.arange(1000)
        header, frames = serialize((lambda x: x + 1, Point(array, 2)), serializers=["brinery"])
        self.assertEqual((header["serializer"], len(frames)), ("brinery", 2))
        function, point = deserialize(header, frames)
        self.assertEqual((function(1), point.y, point.x.sum()), (2, 2, array.sum()))
        point.x[0] = 5

    def test_a_worker_dies(self):
        from distributed.scheduler import KilledWorker

        with self.assertRaises(KilledWorker):
            self.call(lambda: os.kill(os.getpid(), signal.SIGKILL))
        self.assertEqual(self.call(lambda: 5), 5)


if __name__ == "__main__":
    cases.run("dask")
