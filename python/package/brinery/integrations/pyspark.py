"""PySpark: its own copy of cloudpickle, in the driver and in the workers.

    brinery.install("pyspark")          # the workers need BRINERY_INSTALL=pyspark; local ones inherit it
    SparkSession.builder.config("spark.executorEnv.BRINERY_INSTALL", "pyspark")     # and those of a cluster are told
"""

from .. import _places

TESTED = {"pyspark": ("3.5", "4.3")}


def install():
    _places.alias("cloudpickle")
    _places.alias("pyspark.cloudpickle", within=("pyspark",))
