"""Prefect: its task runner of processes, with a server of its own on loopback."""

import os
import queue
import shutil
import tempfile
import threading
import unittest

import cases

cases.load(globals())
DISTRIBUTIONS = ("prefect",)

HOME = tempfile.mkdtemp()
os.environ.update(
    PREFECT_HOME=HOME, PREFECT_LOGGING_LEVEL="CRITICAL", PREFECT_SERVER_ANALYTICS_ENABLED="false", PREFECT_API_URL="",
    DO_NOT_TRACK="1", PREFECT_SERVER_ALLOW_EPHEMERAL_MODE="true", PREFECT_CLI_PROMPT="false",
    PREFECT_RESULTS_PERSIST_BY_DEFAULT="false", PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS="120",
)


class Prefect(cases.Cases, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        import brinery
        import prefect

        brinery.install("prefect")
        from prefect.task_runners import ProcessPoolTaskRunner

        # One run of a flow for all calls: to start one takes seconds. The queues are where the flow, which travels, does not
        # take them along.
        cases.asked, cases.answers = queue.Queue(), queue.Queue()

        def serve():
            while True:
                call = cases.asked.get()
                if call is None:
                    return
                function, arguments = call
                try:
                    cases.answers.put((True, prefect.task(function, name="call").submit(*arguments).result()))
                except Exception as error:
                    cases.answers.put((False, error))

        flow = prefect.flow(serve, task_runner=ProcessPoolTaskRunner(max_workers=1))
        cls.thread = threading.Thread(target=flow)
        cls.thread.start()

    @classmethod
    def tearDownClass(cls):
        import brinery

        cases.asked.put(None)
        cls.thread.join(60)
        brinery.uninstall()
        shutil.rmtree(HOME, ignore_errors=True)

    def call(self, fn, *args):
        cases.asked.put((fn, args))
        done, result = cases.answers.get(timeout=120)
        if not done:
            raise result
        return result

    def test_pickler(self):
        def pickler():
            import prefect.utilities.callables as user

            return user.cloudpickle.dumps.__module__

        self.assertEqual((pickler(), self.call(pickler)), ("brinery.cloudpickle",) * 2)

    def test_results(self):
        """The serializer for results that are kept, by its own setting."""
        from prefect.serializers import PickleSerializer

        serializer = PickleSerializer(picklelib="brinery.cloudpickle")
        self.assertEqual(serializer.loads(serializer.dumps(lambda x: x + SCALE))(1), 4)


if __name__ == "__main__":
    cases.run("prefect")
