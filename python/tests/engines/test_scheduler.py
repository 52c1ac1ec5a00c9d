"""The Rust scheduler of examples/scheduler with its Python client. BRINERY_SCHEDULER is its executable.

BRINERY_TASKS says how many tasks the long test runs; for the record it was 100,000.
"""

import collections
import importlib.util
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
import unittest

import cases

cases.load(globals())
DISTRIBUTIONS = ()
TASKS = int(os.environ.get("BRINERY_TASKS", "5000"))
EXAMPLE = pathlib.Path(__file__).resolve().parents[3] / "examples" / "scheduler"


def client_module():
    spec = importlib.util.spec_from_file_location("scheduler_client", EXAMPLE / "client.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class Scheduler(cases.Cases, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.module = client_module()
        cls.server = subprocess.Popen(
            [os.environ["BRINERY_SCHEDULER"], "serve", "--workers", "2", "--size", "100000", "--forbid", "subprocess,ctypes"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "BRINERY_PYTHON": sys.executable},
        )
        cls.port = int(cls.server.stdout.readline())
        cls.said = []
        cls.reader = threading.Thread(target=lambda: cls.said.extend(cls.server.stderr))
        cls.reader.start()
        cls.client = cls.module.Client(cls.port)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.kill()
        cls.server.wait()
        cls.reader.join()
        cls.server.stdout.close()
        cls.server.stderr.close()

    def call(self, fn, *args):
        return self.client.submit(fn, *args).result(timeout=60)

    def test_inspected(self):
        def runs():
            import subprocess

            return subprocess

        with self.assertRaisesRegex(self.module.Refused, "it imports subprocess"):
            self.client.function(runs)
        with self.assertRaisesRegex(self.module.Refused, "it imports subprocess"):
            self.client.function(subprocess.Popen)
        large = "x" * 100_000
        with self.assertRaisesRegex(self.module.Refused, "bytes, more than 100000"):
            self.client.function(lambda: large)
        with self.assertRaisesRegex(self.module.Refused, "the function is not known"):
            self.client.submit(b"?" * 32).result(timeout=60)
        # As another version would have written it: its bytecode cannot be run here.
        other = 13 if sys.version_info[1] < 11 else 10
        with self.assertRaisesRegex(self.module.Refused, "its bytecode is of CPython 3"):
            self.client._ask(b"F", bytes.fromhex(OTHER[other])).result(timeout=60)

    def test_arguments_made_in_rust(self):
        by = 3
        function = self.client.function(lambda x: x * by)
        self.assertEqual(dict(self.client.over(function, -50, 50)), {x: 3 * x for x in range(-50, 50)})
        self.assertEqual(list(self.client.over(function, 5, 5)), [])

    def test_results_read_in_rust(self):
        function = self.client.function(lambda x: x * x)
        self.assertEqual(self.client.total(function, 0, 300), sum(x * x for x in range(300)))
        with self.assertRaisesRegex(self.module.Refused, "ZeroDivisionError"):
            self.client.total(self.client.function(lambda x: 1 // x), 0, 3)
        with self.assertRaisesRegex(self.module.Refused, "'no' is no int"):
            self.client.total(self.client.function(lambda x: "no"), 0, 3)

    def test_keywords(self):
        self.assertEqual(self.client.submit(lambda *a, **k: (a, k), 1, b=2).result(timeout=60), ((1,), {"b": 2}))

    def test_a_worker_dies(self):
        with self.assertRaises(self.module.Lost):
            self.client.submit(os._exit, 3).result(timeout=60)
        self.assertEqual(self.call(lambda: 5), 5)

    def test_z_many_tasks(self):
        """Nothing is lost or answered twice when a worker is killed in the middle, and memory stays flat."""
        by = 7
        function = self.client.function(lambda x: (x * by, os.getpid()))
        answers, pids = collections.Counter(), set()
        early = killed = None
        begun = time.monotonic()
        for number, (result, pid) in self.client.over(function, 0, TASKS):
            self.assertEqual(result, number * 7)
            answers[number] += 1
            pids.add(pid)
            done = len(answers)
            if early is None and done >= TASKS // 10:
                early = self.client_memory()
            if killed is None and done >= TASKS // 2:
                killed = next(pid for pid in self.watcher().workers() if pid in pids)
                os.kill(killed, signal.SIGKILL)
        taken = time.monotonic() - begun
        late = self.client_memory()
        self.assertEqual(answers, collections.Counter(range(TASKS)))
        self.assertEqual(len(pids), 3, "two workers, and the one in the place of that which was killed")
        self.assertNotIn(killed, self.watcher().workers())
        self.assertLess(late[1] - early[1], 4096, "KiB")
        print("%d tasks in %.1f s (%.0f/s), one worker of two killed; scheduler: %d KiB after a tenth, at most %d KiB" % (
            TASKS, taken, TASKS / taken, early[0], late[1]), flush=True)

    # Questions on a connection of their own, for the other one is busy with the range.
    def watcher(self):
        if not hasattr(self, "_watcher"):
            self._watcher = self.module.Client(self.port)
            self.addCleanup(self._watcher.close)
        return self._watcher

    def client_memory(self):
        return self.watcher().memory()


# Of other versions: cloudpickle.dumps(lambda x: x) by CPython 3.10 and 3.13.
OTHER = {
    10: (
        "8004958a010000000000008c17636c6f75647069636b6c652e636c6f75647069636b6c65948c0e5f6d616b655f66756e6374"
        "696f6e9493942868008c0d5f6275696c74696e5f747970659493948c08436f6465547970659485945294284b014b004b004b"
        "014b014b4343047c005300944e8594298c01789485948c073c6f746865723e948c083c6c616d6264613e944b014302040094"
        "2929749452947d948c085f5f6e616d655f5f948c085f5f6d61696e5f5f94734e4e4e7494529468008c125f66756e6374696f"
        "6e5f736574737461746594939468157d947d942868128c083c6c616d6264613e948c0c5f5f7175616c6e616d655f5f948c08"
        "3c6c616d6264613e948c0f5f5f616e6e6f746174696f6e735f5f947d948c0e5f5f6b7764656661756c74735f5f944e8c0c5f"
        "5f64656661756c74735f5f944e8c0a5f5f6d6f64756c655f5f9468138c075f5f646f635f5f944e8c0b5f5f636c6f73757265"
        "5f5f944e8c175f636c6f75647069636b6c655f7375626d6f64756c6573945d948c0b5f5f676c6f62616c735f5f947d947586"
        "948652302e"
    ),
    13: (
        "8004959c010000000000008c17636c6f75647069636b6c652e636c6f75647069636b6c65948c0e5f6d616b655f66756e6374"
        "696f6e9493942868008c0d5f6275696c74696e5f747970659493948c08436f6465547970659485945294284b014b004b004b"
        "014b014b034306950055002400944e8594298c01789485948c073c6f746865723e948c083c6c616d6264613e948c083c6c61"
        "6d6264613e944b01430480008921944300942929749452947d948c085f5f6e616d655f5f948c085f5f6d61696e5f5f94734e"
        "4e4e7494529468008c125f66756e6374696f6e5f736574737461746594939468177d947d942868148c083c6c616d6264613e"
        "948c0c5f5f7175616c6e616d655f5f948c083c6c616d6264613e948c0f5f5f616e6e6f746174696f6e735f5f947d948c0e5f"
        "5f6b7764656661756c74735f5f944e8c0c5f5f64656661756c74735f5f944e8c0a5f5f6d6f64756c655f5f9468158c075f5f"
        "646f635f5f944e8c0b5f5f636c6f737572655f5f944e8c175f636c6f75647069636b6c655f7375626d6f64756c6573945d94"
        "8c0b5f5f676c6f62616c735f5f947d947586948652302e"
    ),
}


if __name__ == "__main__":
    if "BRINERY_SCHEDULER" not in os.environ:
        sys.exit("BRINERY_SCHEDULER does not name the executable: cargo build --release --example scheduler")
    cases.run("scheduler")
