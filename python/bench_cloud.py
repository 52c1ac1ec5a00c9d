"""Compares `brinery.cloudpickle` with cloudpickle: medians of the ratios of paired runs, in microseconds.

    python bench_cloud.py

Both must be installed. Above 1, brinery is faster. `loads` is `brinery.loads` with the helpers of `brinery.cloudpickle`
against `pickle.loads` with those of cloudpickle, each of what it wrote itself.
"""

import dataclasses
import gc
import pickle
import platform
import statistics
import time
import types

import cloudpickle as stock
from brinery import cloudpickle, install, loads, uninstall

SOURCE = """
import dataclasses, enum, email
K = 3
lam = lambda x: x + 1
def make():
    a, b = 1, 2
    return lambda: a + b
closure = make()
class Class10:
%s
class Enum4(enum.Enum):
    A = 1
    B = 2
    C = 3
    D = 4
@dataclasses.dataclass
class Data3:
    x: int
    y: float = 1.0
    z: str = ""
%s
def fn20():
    return %s
def package():
    return email.message
""" % (
    "".join("    def m%d(self, x, y=1):\n        return self.m%d(x) + K + y\n" % (i, (i + 1) % 10) for i in range(10)),
    "\n".join("g%d = %d" % (i, i) for i in range(20)),
    " + ".join("g%d" % i for i in range(20)),
)


def seconds(call, value, count):
    gc.disable()
    start = time.perf_counter()
    for _ in range(count):
        call(value)
    taken = time.perf_counter() - start
    gc.enable()
    return taken / count


def paired(ours, theirs, count, rounds=21):
    """Median microseconds of ours and of theirs, and the median of the ratios of runs side by side."""
    runs = [(seconds(*ours, count), seconds(*theirs, count)) for _ in range(rounds)]
    ratio = statistics.median(their / our for our, their in runs)
    return [statistics.median(run[side] for run in runs) * 1e6 for side in (0, 1)] + [ratio]


def cold(dumps, count=200):
    """Each function has code of its own that nobody has seen."""
    functions = []
    for number in range(count):
        space = {"__name__": "__main__", **{"g%d" % i: i for i in range(20)}}
        text = "def f():\n    return %r + %s" % (time.perf_counter(), " + ".join("g%d" % i for i in range(20)))
        exec(text, space)
        functions.append(space["f"])
    start = time.perf_counter()
    for function in functions:
        dumps(function)
    return (time.perf_counter() - start) / count * 1e6


def main():
    module = types.ModuleType("__main__")
    exec(compile(SOURCE, "<bench>", "exec"), module.__dict__)
    names = ("lam", "closure", "fn20", "package", "Class10", "Enum4", "Data3")
    cases = {name: getattr(module, name) for name in names}
    many = {"__name__": "__main__"}
    exec("\n".join("def f%d(x):\n    return x + %d" % (i, i) for i in range(1000)), many)
    cases["1000 functions"] = [many["f%d" % i] for i in range(1000)]
    cases["imported"] = dataclasses.dataclass
    print(platform.python_implementation(), platform.python_version())
    print("%-16s %10s %10s %6s   %10s %10s %6s" % ("", "dumps", "stock", "", "loads", "stock", ""))
    for name, value in cases.items():
        count = 5 if name.startswith("1000") else 200
        row = paired((cloudpickle.dumps, value), (stock.dumps, value), count)
        theirs = stock.dumps(value)
        install()
        ours = cloudpickle.dumps(value)
        runs = []
        for _ in range(21):
            install()
            our = seconds(loads, ours, count)
            uninstall()
            runs.append((our, seconds(pickle.loads, theirs, count)))
        row += [statistics.median(run[side] for run in runs) * 1e6 for side in (0, 1)]
        row.append(statistics.median(their / our for our, their in runs))
        print("%-16s %10.2f %10.2f %6.2f   %10.2f %10.2f %6.2f" % (name, *row))
    runs = [(cold(cloudpickle.dumps), cold(stock.dumps)) for _ in range(7)]
    ratio = statistics.median(their / our for our, their in runs)
    our, their = (statistics.median(run[side] for run in runs) for side in (0, 1))
    print("%-16s %10.2f %10.2f %6.2f" % ("fn20, cold", our, their, ratio))


if __name__ == "__main__":
    main()
