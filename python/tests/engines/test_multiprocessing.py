"""multiprocessing and concurrent.futures, forked and spawned."""

import os
import signal
import unittest

import cases

cases.load(globals())
DISTRIBUTIONS = ()


class Pools(cases.Cases):
    method = None

    @classmethod
    def setUpClass(cls):
        import multiprocessing

        import brinery

        brinery.install("multiprocessing")
        cls.context = multiprocessing.get_context(cls.method)
        cls.pool = cls.context.Pool(1)

    @classmethod
    def tearDownClass(cls):
        import brinery

        cls.pool.terminate()
        cls.pool.join()
        brinery.uninstall()

    def call(self, fn, *args):
        return self.pool.apply_async(fn, args).get(timeout=60)

    def test_pickler(self):
        def pickler():
            import multiprocessing.connection
            import multiprocessing.queues

            users = multiprocessing.connection, multiprocessing.queues
            return [user._ForkingPickler.__module__ for user in users]

        self.assertEqual((pickler(), self.call(pickler)), (["brinery.integrations.multiprocessing"] * 2,) * 2)

    def test_map(self):
        self.assertEqual(self.pool.map(lambda x: x * x, range(100)), [x * x for x in range(100)])

    def test_queues_pipes_and_locks(self):
        """What multiprocessing registers reducers for."""
        queue = self.context.Queue()
        mine, theirs = self.context.Pipe()
        lock = self.context.Lock()

        def work(queue, pipe, lock):
            with lock:
                queue.put(pipe.recv()(20))

        process = self.context.Process(target=work, args=(queue, theirs, lock))
        process.start()
        mine.send(lambda x: x + 1)
        self.assertEqual(queue.get(timeout=60), 21)
        process.join(60)
        self.assertEqual(process.exitcode, 0)

    def test_futures(self):
        from concurrent.futures import ProcessPoolExecutor

        with ProcessPoolExecutor(1, mp_context=self.context) as executor:
            self.assertEqual(executor.submit(lambda x: x + 1, 1).result(timeout=60), 2)
            with self.assertRaises(Sold):
                executor.submit(sell, "lamp").result(timeout=60)
            self.assertEqual(list(executor.map(lambda x: -x, [1, 2])), [-1, -2])

    def test_a_worker_dies(self):
        from concurrent.futures import ProcessPoolExecutor
        from concurrent.futures.process import BrokenProcessPool

        with ProcessPoolExecutor(1, mp_context=self.context) as executor:
            with self.assertRaises(BrokenProcessPool):
                executor.submit(lambda: os.kill(os.getpid(), signal.SIGKILL)).result(timeout=60)


class Fork(Pools, unittest.TestCase):
    method = "fork"


class Spawn(Pools, unittest.TestCase):
    method = "spawn"


if __name__ == "__main__":
    cases.run("multiprocessing")
