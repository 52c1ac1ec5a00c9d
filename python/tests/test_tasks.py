"""`brinery.tasks`: payloads, parallel maps, registries, explanations."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import unittest
import warnings
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import brinery
from brinery import tasks
from cloud_support import SITE, main_module

MAIN = main_module(
    """
class Broken(Exception):
    def __init__(self, code, why):
        super().__init__(code)
        self.code, self.why = code, why
class Sold(Exception):
    def __init__(self, name, left=0):
        super().__init__(name)
        self.left = left
def sold(name):
    error = Sold(name)
    error.left = 7
    raise error
def broken():
    raise Broken(3, "no")
def divide(a, b):
    return a / b
def nested():
    try:
        return divide(1, 0)
    except ZeroDivisionError as error:
        raise LookupError("deep") from error
"""
)


def call(fn, *args, **kwargs):
    return tasks.unpack_result(tasks.execute_task(tasks.pack_task(fn, args, kwargs)))


def outside(code, payload=b"", **environment):
    """What another process makes of a payload."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=payload,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": SITE, **environment},
        timeout=100,
    )
    if done.returncode:
        raise AssertionError(done.stderr.decode(errors="replace"))
    return done.stdout


EXECUTE = "import sys; from brinery import tasks; sys.stdout.buffer.write(tasks.execute_task(sys.stdin.buffer.read()))"


def remote(fn, *args):
    return tasks.unpack_result(outside(EXECUTE, tasks.pack_task(fn, args)))


def remote_text(error):
    """The traceback that an exception has brought along."""
    if sys.version_info >= (3, 11):
        return "\n".join(error.__notes__)
    return str(error.__cause__)


class Payloads(unittest.TestCase):
    def test_results(self):
        self.assertEqual(call(lambda a, *, b: (a, b), 1, b=2), (1, 2))
        self.assertEqual(remote(lambda text: text.upper(), "a"), "A")
        self.assertEqual(remote(lambda: (lambda x: x + 1))(2), 3)
        with self.assertRaises(ValueError):
            tasks.unpack_result(pickle.dumps({"result": 1, "error": 2}))
        with self.assertRaises(ValueError):
            tasks.unpack_result(pickle.dumps(["result"]))

    def test_a_result_is_no_error(self):
        """Whatever it looks like: a record, a payload of one, an exception, a task."""
        error = ZeroDivisionError("mine")
        record = {"error": {"class": "x.Y", "message": "", "traceback": ""}}
        for value in (record, {"result": 5}, tasks.pack_error(error), {"fn": 1, "args": (), "kwargs": {}}, None):
            self.assertEqual(call(lambda value: value, value), value)
            self.assertEqual(tasks.parallel_map(lambda value: value, [value, value], workers=1), [value, value])
        returned = call(lambda error: error, error)
        self.assertEqual((type(returned), str(returned)), (ZeroDivisionError, "mine"))
        self.assertEqual(str(tasks.unpack_result(tasks.pack_result(error))), "mine")
        self.assertEqual(call(lambda error: [error, record], error)[1], record)
        # The record that an exception arrives in can be a result, and so can what it is raised from.
        with self.assertRaises(KeyError):
            call(lambda: {}[record["error"]["class"]])

    def test_exceptions_arrive_as_themselves(self):
        with self.assertRaises(MAIN.Sold) as caught:
            remote(MAIN.sold, "lamp")
        error = caught.exception
        self.assertEqual((str(error), error.left), ("lamp", 7))
        self.assertIn("in sold", remote_text(error))
        self.assertIn("Traceback (most recent call last)", remote_text(error))
        self.assertNotIn("execute_task", remote_text(error))
        with self.assertRaises(LookupError) as caught:
            remote(MAIN.nested)
        self.assertIn("ZeroDivisionError", remote_text(caught.exception))
        self.assertIn("direct cause", remote_text(caught.exception))
        with self.assertRaises(SystemExit):
            call(sys.exit, 3)

    def test_exceptions_that_cannot_be_had(self):
        with self.assertRaises(tasks.RemoteError) as caught:
            remote(MAIN.broken)
        self.assertEqual((caught.exception.kind, caught.exception.message), ("__main__.Broken", "3"))
        self.assertIn("cannot be loaded here: TypeError", str(caught.exception))
        self.assertIn("in broken", remote_text(caught.exception))

        def locked():
            import threading

            raise ValueError("locked", threading.Lock())

        with self.assertRaises(tasks.RemoteError) as caught:
            remote(locked)
        self.assertIn("cannot be pickled", str(caught.exception))
        again = pickle.loads(pickle.dumps(caught.exception))
        self.assertEqual((str(again), again.kind), (str(caught.exception), "builtins.ValueError"))

        class Rude(Exception):
            def __str__(self):
                raise OSError

        def rude():
            raise Rude

        with self.assertRaises(Rude):
            remote(rude)

    def test_results_that_cannot_be_packed(self):
        with self.assertRaises(TypeError) as caught:
            call(lambda: {"rows": [1, threading.Lock()]})
        self.assertIn("result['rows'][1] is a _thread.lock", remote_text(caught.exception))

    def test_tasks_that_cannot_be_loaded(self):
        for payload in (b"", b"no pickle", pickle.dumps(5), pickle.dumps({"fn": len})):
            with self.assertRaises(Exception) as caught:
                tasks.unpack_result(tasks.execute_task(payload))
            self.assertIn("Remote traceback" if sys.version_info >= (3, 11) else type(caught.exception).__name__, remote_text(caught.exception))
        with self.assertRaises(TypeError):
            tasks.pack_task(threading.Lock())

    def test_plain_wire(self):
        """What a worker without this package reads and writes."""
        task = pickle.loads(tasks.pack_task(max, (3, 5)))
        self.assertEqual(task, {"fn": max, "args": (3, 5), "kwargs": {}})
        self.assertEqual(tasks.unpack_result(pickle.dumps({"result": 5})), 5)
        record = {"class": "shop.SoldOut", "message": "lamp", "traceback": "Traceback…"}
        with self.assertRaises(tasks.RemoteError) as caught:
            tasks.unpack_result(pickle.dumps({"error": record}))
        self.assertEqual(caught.exception.kind, "shop.SoldOut")


class Maps(unittest.TestCase):
    def test_results_in_order(self):
        scale = 3
        items = list(range(50))
        self.assertEqual(tasks.parallel_map(lambda x: x * scale, items, workers=2), [x * 3 for x in items])
        self.assertEqual(tasks.parallel_map(lambda x, y: x + y, items, iter(items), workers=2), [2 * x for x in items])
        self.assertEqual(tasks.parallel_starmap(divmod, ((x, 7) for x in items), workers=2), [divmod(x, 7) for x in items])
        self.assertEqual(tasks.parallel_map(abs, []), [])
        functions = tasks.parallel_map(lambda n: lambda x: x + n, range(3), workers=1)
        self.assertEqual([function(1) for function in functions], [1, 2, 3])

    def test_in_other_processes(self):
        pids = set(tasks.parallel_map(lambda _: os.getpid(), range(20), workers=2, chunksize=1))
        self.assertNotIn(os.getpid(), pids)
        for pid in pids:
            with self.assertRaises(ProcessLookupError):
                os.kill(pid, 0)

    def test_as_they_come(self):
        def nap(seconds):
            import time

            time.sleep(seconds)
            return seconds

        came = tasks.parallel_map(nap, [0.5, 0, 0.01], workers=2, ordered=False, chunksize=1)
        self.assertEqual(next(came), 0)
        self.assertEqual(sorted(came), [0.01, 0.5])
        self.assertEqual(sorted(tasks.parallel_map(abs, range(40), workers=2, ordered=False)), list(range(40)))

    def test_endless(self):
        import itertools

        came = tasks.parallel_map(lambda x: x, itertools.count(), workers=2, ordered=False)
        self.assertEqual(len({next(came) for _ in range(30)}), 30)
        came.close()

    def test_contexts(self):
        for context in ("fork", "spawn"):
            self.assertEqual(tasks.parallel_map(lambda x: -x, [1, 2], workers=1, context=context), [-1, -2])

    def test_exceptions(self):
        with self.assertRaises(MAIN.Sold) as caught:
            tasks.parallel_map(MAIN.sold, ["lamp", "chair"], workers=2)
        self.assertIn("in sold", remote_text(caught.exception))
        # The first one in the order.
        with self.assertRaisesRegex(KeyError, "3"):
            tasks.parallel_map(lambda x: {}[x] if x % 5 == 3 else x, range(40), workers=2, chunksize=3)
        came = tasks.parallel_map(lambda x: 1 // x, [1, 1, 0, 1], workers=1, ordered=False, chunksize=4)
        self.assertEqual([next(came), next(came)], [1, 1])
        with self.assertRaises(ZeroDivisionError):
            next(came)
        with self.assertRaises(TypeError) as caught:
            tasks.parallel_map(lambda x: [x] if x < 3 else (n for n in [x]), range(5), workers=1, chunksize=5)
        self.assertIn("result is a generator", remote_text(caught.exception))
        # What is raised in the worker is not taken for what happens to the pool.
        with self.assertRaises(BrokenProcessPool) as caught:
            tasks.parallel_map(MAIN_broken, [1], workers=1)
        self.assertNotIsInstance(caught.exception, tasks.WorkerDied)
        with self.assertRaises(TypeError):
            tasks.parallel_map(len)

    def test_timeout(self):
        begun = time.monotonic()
        with self.assertRaisesRegex(TimeoutError, "after 1 s 3 items were done; under way were the items 3"):
            tasks.parallel_map(lambda x: time.sleep(100) if x == 3 else x, range(4), workers=1, timeout=1, chunksize=1)
        self.assertLess(time.monotonic() - begun, 30)

    def test_dead_worker(self):
        def die(x):
            import os, signal, time

            if x == 11:
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(0.01)
            return x

        for workers in (1, 2):
            with self.assertRaises(tasks.WorkerDied) as caught:
                tasks.parallel_map(die, range(30), workers=workers, chunksize=1)
            self.assertEqual(caught.exception.exitcode, -signal.SIGKILL)
            self.assertIn(11, caught.exception.items)
            self.assertLessEqual(len(caught.exception.items), workers)
            self.assertIn("SIGKILL", str(caught.exception))
        with self.assertRaises(tasks.WorkerDied) as caught:
            tasks.parallel_map(os._exit, [5], workers=1)
        self.assertEqual(caught.exception.exitcode, 5)

    def test_given_executor(self):
        with ProcessPoolExecutor(2) as executor:
            for factor in (2, 3):
                made = tasks.parallel_map(lambda x: x * factor, range(5), executor=executor)
                self.assertEqual(made, [x * factor for x in range(5)])
            self.assertEqual(executor.submit(abs, -1).result(), 1)

    def test_progress(self):
        told = []
        tasks.parallel_map(abs, range(10), workers=1, chunksize=5, progress=lambda *args: told.append(args))
        self.assertEqual(told, [(0, 10), (5, 10), (10, 10)])
        tasks.parallel_map(abs, iter([1]), workers=1, progress=lambda *args: told.append(args))
        self.assertEqual(told[-1], (1, None))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            modules = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] == "tqdm"}
            sys.modules["tqdm"] = sys.modules["tqdm.auto"] = None
            try:
                self.assertEqual(tasks.parallel_map(abs, [-1], workers=1, progress=True), [1])
            finally:
                del sys.modules["tqdm"], sys.modules["tqdm.auto"]
                sys.modules.update(modules)
        self.assertEqual([str(warning.message)[:15] for warning in caught], ["no progress bar"])
        self.assertEqual(caught[0].filename, __file__)

    def test_bar(self):
        try:
            import tqdm  # noqa: F401
        except ImportError:
            print("NOT RUN: the progress bar of tqdm, which is not installed")
            self.skipTest("tqdm is not installed")
        code = "from brinery import tasks; tasks.parallel_map(abs, range(9), workers=1, progress='counting')"
        done = subprocess.run(
            [sys.executable, "-c", code], stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": SITE}, check=True
        )
        self.assertIn(b"counting: 100%", done.stderr)
        self.assertIn(b"9/9", done.stderr)


def MAIN_broken(x):
    raise BrokenProcessPool("mine")


class Registries(unittest.TestCase):
    def test_pack(self):
        functions = tasks.FunctionRegistry()
        scale = 3
        scaled = functions.add(lambda x, by=1: x * scale * by)
        other = functions.add_pickle(pickle.dumps(max))
        self.assertEqual((len(functions), scaled in functions, list(functions)), (2, True, [scaled, other]))
        for x in range(5):
            payload = functions.pack(scaled, (x,), {"by": 2})
            self.assertEqual(tasks.unpack_result(tasks.execute_task(payload)), x * 6)
        self.assertEqual(tasks.unpack_result(outside(EXECUTE, functions.pack(other, [3, 5]))), 5)
        self.assertEqual(functions.add_pickle(bytearray(pickle.dumps(max))), other)
        functions.remove(other)
        with self.assertRaises(KeyError):
            functions.pack(other)
        with self.assertRaises(pickle.UnpicklingError):
            functions.add_pickle(b"no pickle")

    def test_spliced_as_packed(self):
        """With memo entries on both sides, by value and by reference, in the classes of one script."""
        functions = tasks.FunctionRegistry()
        shared = ["x"] * 3
        arguments = (shared, shared, {"self": shared}, MAIN.Sold)

        def same(a, b, c, kind):
            return a is b is c["self"], kind("n").left, MAIN.Sold is kind

        payload = functions.pack(functions.add(same), arguments)
        self.assertEqual(tasks.unpack_result(tasks.execute_task(payload)), (True, 0, True))
        self.assertEqual(tasks.unpack_result(outside(EXECUTE, payload)), (True, 0, True))


class Holder:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Slotted:
    __slots__ = ("a", "__hidden")

    def __init__(self, value):
        self.__hidden = value


class Explanations(unittest.TestCase):
    def test_can(self):
        self.assertTrue(tasks.can_serialize(lambda: MAIN))
        self.assertFalse(tasks.can_serialize([threading.Lock()]))
        self.assertIsNone(tasks.explain([1, lambda: 2]))

    def test_size(self):
        for value in (None, lambda x: x, list(range(1000)), b"x" * 1_000_000):
            self.assertEqual(tasks.serialization_size(value), len(brinery.cloudpickle.dumps(value)))
        self.assertEqual(tasks.serialization_size("a", protocol=0), len(pickle.dumps("a", 0)))
        with self.assertRaises(TypeError):
            tasks.serialization_size(threading.Lock())

    def test_paths(self):
        lock = threading.Lock()
        job = Holder(jobs=[1, 2, 3, Holder(lock=lock, name="x")])

        def closing():
            return lock

        def using():
            return GLOBAL

        def defaulting(a, b=(1, lock), *, c=None):
            return a

        class Class:
            shared = {"a": lock}

        cyclic = Holder(other=Holder(items=[]))
        cyclic.other.items += [cyclic, {"deep": lock}]
        namespace = {"__name__": "__main__", "GLOBAL": {1: lock}}
        exec("def using():\n    return GLOBAL", namespace)
        cases = [
            (lock, "obj"),
            (job, "obj.jobs[3].lock"),
            (closing, "obj's variable lock"),
            (namespace["using"], "obj's global GLOBAL[1]"),
            (defaulting, "obj.__defaults__[0][1]"),
            (Class, "obj.shared['a']"),
            ({"x": Slotted(lock)}, "obj['x']._Slotted__hidden"),
            ({(1, lock): 2}, "key (1, "),
            (frozenset([lock]), "an item of obj"),
            (cyclic, "obj.other.items[1]['deep']"),
            (job.jobs.append, "obj"),
            (Holder(run=closing).run, "obj's variable lock"),
        ]
        for value, path in cases:
            found = tasks.explain(value)
            if path == "obj" and value is not lock:
                self.assertIsNotNone(found)
            else:
                self.assertTrue(found.path.startswith(path) and found.culprit is lock, found)
                self.assertIn("cannot pickle '_thread.lock' object", str(found))
        self.assertEqual(tasks.explain(job, "job").path, "job.jobs[3].lock")

    def test_own_fault(self):
        class Refuses:
            def __reduce__(self):
                raise LookupError("not me")

        found = tasks.explain({"a": [Refuses()]})
        self.assertEqual(found.path, "obj['a'][0]")
        self.assertIsInstance(found.error, LookupError)


if __name__ == "__main__":
    unittest.main()
