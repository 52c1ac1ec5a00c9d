"""brinery beside cloudpickle inside engines: the same work by both, in turns.

    python engines.py [dask] [joblib] [ray] [map]

Each round is a process of its own that starts the engine with one of the two, does the work once to warm up and then some
times, and prints for each time the CPU seconds of the driver's thread that submits, those of the whole driver process, and
the time on the wall. Rounds alternate; BRINERY_ROUNDS says how many. What is printed are medians with the smallest and the largest, and the median of the
ratios of rounds side by side: above 1, brinery is faster.

Run it with the interpreter of an environment that has the engine, cloudpickle and brinery, such as those that
python/tests/engines/run.sh makes.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = int(os.environ.get("BRINERY_ROUNDS", "7"))
TIMES = 3
TASKS = 2_000


class Dask:
    """2,000 submits of a lambda that is a new one each time, and their results."""

    def __init__(self, ours):
        import dask.distributed

        if ours:
            import brinery

            brinery.install("dask")
        self.cluster = dask.distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        )
        self.client = dask.distributed.Client(self.cluster)

    def work(self):
        futures = [self.client.submit(lambda x, n=n: x + n, 1, pure=False) for n in range(TASKS)]
        assert sum(self.client.gather(futures)) == TASKS + TASKS * (TASKS - 1) // 2

    def close(self):
        self.client.close()
        self.cluster.close()


class Joblib:
    """2,000 calls of a closure, one in each batch: the closure is pickled for each."""

    batch = 1

    def __init__(self, ours):
        import joblib

        if ours:
            import brinery

            brinery.install("joblib")
        self.joblib = joblib

    def work(self):
        by = 3
        calls = (self.joblib.delayed(lambda x: x * by)(x) for x in range(TASKS))
        made = self.joblib.Parallel(n_jobs=2, batch_size=self.batch)(calls)
        assert made == [3 * x for x in range(TASKS)]

    def close(self):
        from joblib.externals.loky import get_reusable_executor

        get_reusable_executor().shutdown(wait=True, kill_workers=True)


class JoblibBatches(Joblib):
    """2,000 calls of a closure, in the batches that joblib makes."""

    batch = "auto"


class Ray:
    """500 tasks that are given a closure as their argument."""

    tasks = 500

    def __init__(self, ours):
        os.environ.update(RAY_AUTH_MODE="disabled", RAY_USAGE_STATS_ENABLED="0", RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO="0")
        if ours:
            import brinery

            brinery.install("ray")
        import ray

        self.ray = ray
        ray.init(
            num_cpus=1, include_dashboard=False, _temp_dir=tempfile.mkdtemp(prefix="br", dir="/tmp"), log_to_driver=False,
            logging_level="ERROR", object_store_memory=100_000_000,
        )
        self.call = ray.remote(lambda function, x: function(x))

    def work(self):
        refs = []
        for n in range(self.tasks):
            by = n
            refs.append(self.call.remote(lambda x, y=n: x * by + y, 1))
        assert sum(self.ray.get(refs)) > 0

    def close(self):
        self.ray.shutdown()


class Map:
    """`parallel_map` of 1,000 items with a lambda, in batches; beside it the same function with cloudpickle's dumps."""

    chunk = None

    def __init__(self, ours):
        from brinery import tasks

        if not ours:
            import cloudpickle
            from brinery.tasks import _map, _pack

            _map.cloudpickle = _pack.cloudpickle = cloudpickle
        self.tasks = tasks

    def work(self):
        by = 3
        made = self.tasks.parallel_map(lambda x: x * by, range(1000), workers=2, chunksize=self.chunk)
        assert made == [3 * x for x in range(1000)]

    def close(self):
        pass


class MapSingly(Map):
    """`parallel_map` of 1,000 items with a lambda, one at a time."""

    chunk = 1


BENCHES = {"dask": [Dask], "joblib": [Joblib, JoblibBatches], "ray": [Ray], "map": [Map, MapSingly]}


def once(name, ours):
    """A round, in this process."""
    bench = next(bench for benches in BENCHES.values() for bench in benches if bench.__name__ == name)(ours)
    bench.work()
    taken = []
    for _ in range(TIMES):
        begun = time.thread_time(), time.process_time(), time.perf_counter()
        bench.work()
        ended = time.thread_time(), time.process_time(), time.perf_counter()
        taken.append([b - a for a, b in zip(begun, ended)])
    bench.close()
    print(json.dumps(taken))


def round_of(name, ours):
    command = [sys.executable, __file__, "--once", name, "brinery" if ours else "cloudpickle"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600)
    if done.returncode:
        sys.exit(done.stderr.decode(errors="replace"))
    taken = json.loads(done.stdout.decode().splitlines()[-1])
    return [statistics.median(column) for column in zip(*taken)]


def main(arguments):
    if arguments[:1] == ["--once"]:
        return once(arguments[1], arguments[2] == "brinery")
    print("CPython %s, %d rounds of %d; milliseconds" % (sys.version.split()[0], ROUNDS, TIMES))
    for engine in arguments or BENCHES:
        for bench in BENCHES[engine]:
            rounds = []
            for number in range(ROUNDS):
                order = (True, False) if number % 2 else (False, True)
                pair = {ours: round_of(bench.__name__, ours) for ours in order}
                rounds.append((pair[True], pair[False]))
            print("%s: %s" % (bench.__name__, bench.__doc__.splitlines()[0]))
            for at, clock in enumerate(("the thread's CPU", "the process's CPU", "on the wall")):
                both = [[pair[side][at] * 1e3 for pair in rounds] for side in (0, 1)]
                ratio = statistics.median(pair[1][at] / pair[0][at] for pair in rounds)
                shown = ["%8.1f (%.1f to %.1f)" % (statistics.median(side), min(side), max(side)) for side in both]
                print("    %-18s brinery %-30s cloudpickle %-30s %5.2f" % (clock, *shown, ratio), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
