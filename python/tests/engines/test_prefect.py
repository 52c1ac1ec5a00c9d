"""Prefect: its task runner of processes, with a server of its own on loopback."""

import os
import shutil
import tempfile
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


class Prefect(unittest.TestCase):
    """One run of a flow makes all the calls: to start one takes seconds."""

    @classmethod
    def setUpClass(cls):
        import brinery
        import prefect
        from prefect.task_runners import ProcessPoolTaskRunner

        brinery.install("prefect")

        def run(calls):
            futures = [prefect.task(function, name="call").submit(*arguments) for function, arguments in calls]
            answers = []
            for future in futures:
                try:
                    answers.append((True, future.result()))
                except Exception as error:
                    answers.append((False, error))
            return answers

        flow = prefect.flow(run, task_runner=ProcessPoolTaskRunner(max_workers=1), validate_parameters=False)
        by, hidden = 3, cases.hidden_module()

        def pickler():
            import prefect.utilities.callables as user

            return user.cloudpickle.dumps.__module__

        calls = {
            "lambda": (lambda x, y=1: x + y, (41,)),
            "closure": (lambda x: x * by, (5,)),
            "recursive": (recursive(), (20,)),
            "mutual": (mutual(), (7,)),
            "main": (moved, (Point(1, 2), 4)),
            "method": (lambda point: point.greet("!"), (greeter("ann"),)),
            "hidden": (lambda: hidden.thing(5), ()),
            "exception": (sell, ("lamp",)),
            "here": (counted, (counter(),)),
            "there": (counter, ()),
            "where": (where, ()),
            "pickler": (pickler, ()),
        }
        from brinery import cloudpickle

        cloudpickle.register_pickle_by_value(hidden)
        cls.answers = dict(zip(calls, flow(list(calls.values()))))
        cloudpickle.unregister_pickle_by_value(hidden)

    @classmethod
    def tearDownClass(cls):
        import brinery

        brinery.uninstall()
        shutil.rmtree(HOME, ignore_errors=True)

    def result(self, name):
        done, result = self.answers[name]
        if not done:
            raise result
        return result

    def test_functions(self):
        self.assertEqual([self.result(name) for name in ("lambda", "closure")], [42, 15])
        self.assertEqual([self.result(name) for name in ("recursive", "mutual")], [2432902008176640000, False])
        self.assertEqual([self.result(name) for name in ("method", "hidden")], ["hello ann!", 15])

    def test_classes(self):
        self.assertEqual(self.result("main"), Point(13, 14))
        with self.assertRaises(Sold):
            self.result("exception")

    def test_pickler(self):
        self.assertEqual(self.result("pickler"), "brinery.cloudpickle")
        self.assertNotEqual(self.result("where")[0], os.getpid())
        # Two functions share a variable only if brinery has written them.
        self.assertEqual(self.result("here"), 2)
        pair = self.result("there")
        pair.x()
        self.assertEqual(pair.y(), 1)

    def test_results(self):
        """The serializer for results that are kept, by its own setting."""
        from prefect.serializers import PickleSerializer

        serializer = PickleSerializer(picklelib="brinery.cloudpickle")
        self.assertEqual(serializer.loads(serializer.dumps(lambda x: x + SCALE))(1), 4)


if __name__ == "__main__":
    cases.run("prefect")
