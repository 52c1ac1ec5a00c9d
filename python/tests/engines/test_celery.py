"""Celery: a worker in a process of its own, and a broker of files.

The pool is "solo": since Celery 5.1 that of processes pickles arguments a second time, with `pickle`.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import cases

cases.load(globals())
DISTRIBUTIONS = ("celery", "kombu")

APP = '''
import os, sys
from celery import Celery
from brinery.integrations import celery as brinery_celery

folder = os.environ["BRINERY_TEST_FOLDER"]
app = Celery("app", broker="filesystem://", backend="file://" + folder + "/results")
app.conf.update(
    broker_transport_options={"data_folder_in": folder + "/queue", "data_folder_out": folder + "/queue"},
    broker_connection_retry_on_startup=True, worker_hijack_root_logger=False,
)
brinery_celery.configure(app)

@app.task(name="call")
def call(function, arguments):
    return function(*arguments)
'''


class Celery(cases.Cases, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        for name in ("queue", "results"):
            os.mkdir(os.path.join(cls.folder, name))
        with open(os.path.join(cls.folder, "brinery_test_app.py"), "w") as file:
            file.write(APP)
        os.environ["BRINERY_TEST_FOLDER"] = cls.folder
        sys.path.insert(0, cls.folder)
        import brinery_test_app

        cls.app = brinery_test_app
        cls.start()

    @classmethod
    def start(cls):
        cls.worker = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "brinery_test_app", "worker", "--pool=solo", "--loglevel=WARNING",
             "--without-gossip", "--without-mingle", "--without-heartbeat"],
            cwd=cls.folder, stdout=subprocess.DEVNULL,
            env={**os.environ, "C_FORCE_ROOT": "1"},
        )

    @classmethod
    def tearDownClass(cls):
        cls.worker.send_signal(signal.SIGTERM)
        try:
            cls.worker.wait(30)
        except subprocess.TimeoutExpired:
            cls.worker.kill()
            cls.worker.wait()
        sys.path.remove(cls.folder)
        shutil.rmtree(cls.folder)

    def call(self, fn, *args):
        return self.app.call.delay(fn, args).get(timeout=60, interval=0.02)

    def test_pickler(self):
        """The message says by what it was written, and nothing else is accepted."""
        sent = self.app.call.delay(lambda: 1, ())
        self.assertEqual(sent.get(timeout=60), 1)
        files = os.path.join(self.folder, "results", "celery-task-meta-" + sent.id)
        import brinery

        with open(files, "rb") as file:
            self.assertEqual(brinery.loads(file.read())["status"], "SUCCESS")
        self.assertEqual(self.call(lambda: sys.modules["brinery_test_app"].app.conf.task_serializer), "brinery")

    def test_not_accepted_unasked(self):
        import kombu.serialization
        from kombu.exceptions import ContentDisallowed

        kind, encoding, data = kombu.serialization.dumps({"a": 1}, serializer="brinery")
        self.assertEqual((kind, encoding), ("application/x-brinery", "binary"))
        with self.assertRaises(ContentDisallowed):
            kombu.serialization.loads(data, kind, encoding)
        self.assertEqual(kombu.serialization.loads(data, kind, encoding, accept={kind}), {"a": 1})

    def test_large_array(self):
        import numpy

        array = numpy.arange(100_000.0)
        self.assertTrue((self.call(lambda point: point.moved(1).x, Point(array, 1)) == array + 1).all())

    def test_a_worker_dies(self):
        """The task that killed it is gone, as Celery has it; the next worker does the next one."""
        lost = self.app.call.delay(lambda: os._exit(3), ())
        self.assertEqual(self.worker.wait(60), 3)
        self.assertEqual(lost.status, "PENDING")
        type(self).start()
        self.assertEqual(self.call(lambda: 5), 5)


if __name__ == "__main__":
    cases.run("celery")
