"""PySpark: a master and an executor on loopback, which starts Python workers. Needs Java 17 or later."""

import os
import shutil
import signal
import sys
import tempfile
import unittest

import cases

cases.load(globals())
DISTRIBUTIONS = ("pyspark",)


class PySpark(cases.Cases, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        os.environ.update(PYSPARK_PYTHON=sys.executable, PYSPARK_DRIVER_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1")
        import brinery
        from pyspark.sql import SparkSession

        brinery.install("pyspark")
        build = SparkSession.builder.master(os.environ.get("BRINERY_SPARK_MASTER", "local-cluster[1,2,512]")).appName("brinery")
        for name, value in {
            "spark.ui.enabled": "false",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.task.maxFailures": "2",
            "spark.sql.shuffle.partitions": "2",
            "spark.driver.memory": "512m",
            "spark.executor.memory": "512m",
            "spark.executorEnv.BRINERY_INSTALL": "pyspark",
        }.items():
            build = build.config(name, value)
        cls.spark = build.getOrCreate()
        cls.spark.sparkContext.setLogLevel("OFF")

    @classmethod
    def tearDownClass(cls):
        import brinery

        # Stopping leaves the JVM to the end of the process.
        gateway = cls.spark.sparkContext._gateway
        cls.spark.stop()
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(60)
        brinery.uninstall()

    def call(self, fn, *args):
        return self.spark.sparkContext.parallelize([args], 1).map(lambda args: fn(*args)).collect()[0]

    def test_exception_of_main(self):
        """Spark brings exceptions back as text."""
        from pyspark.errors import PythonException
        from py4j.protocol import Py4JJavaError

        with self.assertRaises((PythonException, Py4JJavaError)) as caught:
            self.call(sell, "lamp")
        self.assertIn("Sold: lamp", str(caught.exception))
        self.assertIn("in sell", str(caught.exception))
        # As a value it comes back as itself.
        def caught_there():
            try:
                sell("lamp")
            except Exception as error:
                return error

        self.assertIs(type(self.call(caught_there)), Sold)

    def test_pickler(self):
        def pickler():
            import pyspark.serializers as user

            return user.cloudpickle.dumps.__module__

        self.assertEqual((pickler(), self.call(pickler)), ("brinery.cloudpickle",) * 2)

    def test_shuffles(self):
        numbers = self.spark.sparkContext.parallelize(range(1000), 4)
        pairs = numbers.map(lambda n: (n % 3, Point(n, 1))).reduceByKey(lambda a, b: Point(a.x + b.x, a.y + b.y))
        found = {key: (point.x, point.y) for key, point in pairs.collect()}
        self.assertEqual(found, {k: (sum(range(k, 1000, 3)), len(range(k, 1000, 3))) for k in range(3)})

    def test_functions_of_columns(self):
        from pyspark.sql.functions import udf

        scaled_there = udf(lambda x: scaled(x) + Point(1, 2).y, "int")
        rows = self.spark.range(5).select(scaled_there("id").alias("n")).collect()
        self.assertEqual([row.n for row in rows], [2, 5, 8, 11, 14])

    def test_broadcasts_and_accumulators(self):
        context = self.spark.sparkContext
        # What is broadcast goes through `pickle`: no classes of `__main__`.
        table = context.broadcast({n: (n, n) for n in range(10)})
        count = context.accumulator(0)

        def look(n):
            count.add(1)
            return Point(*table.value[n]).x

        self.assertEqual(context.parallelize(range(10), 2).map(look).sum(), 45)
        self.assertEqual(count.value, 10)

    def test_a_worker_dies(self):
        """The task is tried again, in another worker."""
        folder = tempfile.mkdtemp()
        marker = os.path.join(folder, "died")

        def die_once():
            if not os.path.exists(marker):
                open(marker, "w").close()
                os.kill(os.getpid(), signal.SIGKILL)
            return 5

        self.assertEqual(self.call(die_once), 5)
        self.assertTrue(os.path.exists(marker))
        shutil.rmtree(folder)


if __name__ == "__main__":
    cases.run("pyspark")
