"""Prefect: tasks in a pool of processes, flows in processes of their own, results kept; with a server of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

import cases

cases.load(globals())
DISTRIBUTIONS = ("prefect",)

# Seconds: a cold start reads a great many files.
PATIENCE = 300


class Server:
    """Prefect's server on loopback, which keeps all it has in a temporary folder and tells nobody."""

    def __init__(self):
        self.folder = tempfile.mkdtemp()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        self.url = "http://127.0.0.1:%s/api" % port
        # Before Prefect is imported, and for all processes that are started.
        self.before = dict(os.environ)
        os.environ.update(
            PREFECT_HOME=self.folder, PREFECT_API_URL=self.url, PREFECT_SERVER_ANALYTICS_ENABLED="false",
            DO_NOT_TRACK="1", PREFECT_SERVER_UI_ENABLED="false", PREFECT_SERVER_ALLOW_EPHEMERAL_MODE="false",
            # Tasks that fail are what is tested.
            PREFECT_LOGGING_LEVEL="CRITICAL", PREFECT_LOGGING_TO_API_ENABLED="false",
        )
        command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", port]
        self.log = open(os.path.join(self.folder, "log"), "w+")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def _wait(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            try:
                with urllib.request.urlopen(self.url + "/health", timeout=5):
                    return
            except OSError:
                time.sleep(0.2)
        self.log.seek(0)
        raise RuntimeError("Prefect's server did not start: %s" % self.log.read()[-2000:])

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        os.environ.clear()
        os.environ.update(self.before)


def setUpModule():
    global server
    server = Server()


def tearDownModule():
    server.stop()


class Pool(cases.Cases, unittest.TestCase):
    """A task runner whose one process is kept."""

    @classmethod
    def setUpClass(cls):
        import brinery

        # Imported first: what it holds already has to be replaced.
        from prefect.task_runners import ProcessPoolTaskRunner

        brinery.install("prefect")
        cls.runner = ProcessPoolTaskRunner(max_workers=1).__enter__()

    @classmethod
    def tearDownClass(cls):
        import brinery

        cls.runner.__exit__(None, None, None)
        brinery.uninstall()

    def call(self, fn, *args, runner=None):
        import prefect
        from prefect.utilities.callables import get_call_parameters

        # The function is the task.
        future = (runner or self.runner).submit(prefect.task(fn), get_call_parameters(fn, args, {}))
        return future.result(timeout=PATIENCE)

    def test_pickler(self):
        def pickler():
            import prefect.bundles as bundles
            import prefect.utilities.callables as calls
            import prefect.utilities.hashing as hashing

            return {user.cloudpickle.dumps.__module__ for user in (bundles, calls, hashing)}

        self.assertEqual((pickler(), self.call(pickler)), ({"brinery.cloudpickle"},) * 2)

    def test_a_worker_dies(self):
        from concurrent.futures.process import BrokenProcessPool

        with self.runner.duplicate() as runner:
            with self.assertRaises(BrokenProcessPool):
                self.call(lambda: os.kill(os.getpid(), signal.SIGKILL), runner=runner)
        self.assertEqual(self.call(lambda: 5), 5)


class Flows(unittest.TestCase):
    """As users write them."""

    @classmethod
    def setUpClass(cls):
        import brinery

        brinery.install("prefect")

    @classmethod
    def tearDownClass(cls):
        import brinery

        brinery.uninstall()

    def test_tasks_of_a_flow(self):
        import prefect
        from prefect.task_runners import ProcessPoolTaskRunner

        @prefect.task
        def made(x, change):
            return Point(change(x), os.getpid())

        @prefect.flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
        def chain(change):
            first = made.map([1, 2], prefect.unmapped(change))
            # What a task gives is the argument of another.
            last = made.submit(first[0], lambda point: point.x + 1)
            return [future.result() for future in [*first, last]]

        points = chain(lambda x: x * SCALE)
        self.assertEqual([point.x for point in points], [3, 6, 4])
        self.assertEqual({type(point) for point in points}, {Point})
        self.assertNotIn(os.getpid(), {point.y for point in points})

    def run_in_process(self, fn, start):
        """What a flow has left where results are kept, having run in a process that `start` has started."""
        import prefect
        from prefect.client.orchestration import get_client
        from prefect.serializers import PickleSerializer

        serializer = PickleSerializer(picklelib="brinery")
        flow = prefect.flow(fn, persist_result=True, result_serializer=serializer)
        # For a bundle: with a launcher, no packages are listed, to be installed where it runs.
        flow.launcher = {"execution": [sys.executable]}
        with get_client(sync_client=True) as client:
            run = client.create_flow_run(flow)
            process = start(flow, run)
            process.join(PATIENCE)
            self.assertEqual(process.exitcode, 0)
            return client.read_flow_run(run.id).state.result()

    def check_in_process(self, start):
        shared, hidden = counter(), cases.hidden_module()

        def flow():
            import prefect.utilities.callables as calls

            answers = [counted(shared), recursive()(5), hidden.thing(5), calls.cloudpickle.dumps.__module__]
            return Point([*answers, os.getpid()], counter())

        back = self.run_in_process(flow, start)
        self.assertEqual(back.x[:-1], [2, 120, 15, "brinery.cloudpickle"])
        self.assertNotEqual(back.x[-1], os.getpid())
        # Written by brinery there.
        self.assertEqual(counted(back.y), 2)
        self.assertIs(type(back), Point)

    def test_a_flow_in_a_process(self):
        import cloudpickle
        from prefect.flow_engine import run_flow_in_subprocess

        hidden = cases.hidden_module()
        cloudpickle.register_pickle_by_value(hidden)
        try:
            self.check_in_process(lambda flow, run: run_flow_in_subprocess(flow, flow_run=run))
        finally:
            cloudpickle.unregister_pickle_by_value(hidden)

    def test_a_bundle(self):
        """What is sent to a work pool: text, which anybody may carry. Prefect itself has local modules go by value."""
        import json

        from prefect.bundles import create_bundle_for_flow_run, execute_bundle_in_subprocess

        def start(flow, run):
            bundle = create_bundle_for_flow_run(flow, run)["bundle"]
            return execute_bundle_in_subprocess(json.loads(json.dumps(bundle)))

        self.check_in_process(start)


class Results(unittest.TestCase):
    """`PickleSerializer(picklelib="brinery")` needs no more than that: functions are sent by cloudpickle here."""

    def test_kept(self):
        import cloudpickle
        import prefect
        from prefect.serializers import PickleSerializer
        from prefect.task_runners import ProcessPoolTaskRunner

        self.assertEqual(cloudpickle.dumps.__module__, "cloudpickle.cloudpickle")

        @prefect.task(
            persist_result=True, result_serializer=PickleSerializer(picklelib="brinery"),
            cache_key_fn=lambda context, arguments: "kept",
        )
        def kept():
            import cloudpickle

            return Point(counter(), [os.getpid(), cloudpickle.dumps.__module__])

        with ProcessPoolTaskRunner(max_workers=1) as runner:
            sent = runner.submit(kept, {}).result(timeout=PATIENCE)
        # cloudpickle copies what the two functions share.
        self.assertEqual(counted(sent.x), 0)
        state = kept(return_state=True)
        self.assertEqual(state.name, "Cached")
        found = state.result()
        self.assertEqual(found.y, sent.y)
        self.assertEqual(found.y[1], "cloudpickle.cloudpickle")
        self.assertNotEqual(found.y[0], os.getpid())
        self.assertEqual(counted(found.x), 2)


if __name__ == "__main__":
    cases.run("prefect")
