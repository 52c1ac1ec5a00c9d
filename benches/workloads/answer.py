"""Measures `pickle` for the benchmarks in Rust: reads lines of WHAT, PROTOCOL, TIMES and PATH, answers each with
seconds.

WHAT is `loads` or `dumps`, by the thread's CPU clock, of a file that make.py wrote; for pickles one behind the other it
is the time of all of them. The collector is off, which is the best that CPython can do: collecting is not the work that
is compared. What was made is dropped when the clock has stopped.
"""

import gc
import pickle
import sys
import time

import make


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    if path.endswith(".pickles"):
        return make.slices(data)
    return [data]


def seconds(work, items, times):
    made = []
    start = time.thread_time()
    for _ in range(times):
        for item in items:
            made.append(work(item))
    return (time.thread_time() - start) / times


def main():
    gc.disable()
    sys.setrecursionlimit(1_000_000)
    path, slices, objects = None, [], None
    for line in sys.stdin:
        what, protocol, times, wanted = line.rstrip("\n").split("\t")
        if wanted != path:
            path, objects = wanted, None
            slices = read(path)
        if what == "dumps" and objects is None:
            objects = [pickle.loads(each) for each in slices]
        if what == "loads":
            taken = seconds(pickle.loads, slices, int(times))
        else:
            taken = seconds(lambda value: pickle.dumps(value, int(protocol)), objects, int(times))
        gc.collect()
        print(taken, flush=True)


if __name__ == "__main__":
    main()
