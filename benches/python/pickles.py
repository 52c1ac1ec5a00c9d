"""Compares brinery with `_pickle` and others, workload by workload, in protocol 5.

    python pickles.py [--fresh] [--scale S] [WORKLOAD …]

The workloads are those of benches/workloads/make.py, at a fifth of their size unless said otherwise. Beside `_pickle`
there are cloudpickle and dill, and, where they give back an equal object, marshal, orjson and msgspec (MessagePack), as
far as they are installed. How it is measured: timing.py. Above 1, brinery is faster. The collector is on, as it is for
most.

With `--fresh` each works once in a process of its own, as it does where a worker starts; then the peak of memory is
measured too (on Linux): that of the pages that came after the process was ready to begin.

Run it with the interpreter of an environment that has the package, such as the one that python/test.sh makes.
"""

import _pickle
import argparse
import functools
import gc
import importlib
import json
import marshal
import os
import subprocess
import sys
import time

import brinery.pickle as ours
import timing

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "workloads"))
import make

ROUNDS = int(os.environ.get("BRINERY_ROUNDS", "15"))
FRESH_ROUNDS = int(os.environ.get("BRINERY_ROUNDS", "7"))
WORKLOADS = {each.__name__: each for each in make.WORKLOADS}
# What the fresh processes do: the others are about very small things, or about bytes that stay where they are.
IN_FRESH = [name for name in WORKLOADS if name not in ("blobs", "arrays", "message")]


@functools.cache
def found(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        print("pickles.py: %s is not installed and is left out" % name, file=sys.stderr)
        return None


class Both:
    """The two functions of one of them."""

    def __init__(self, dumps, loads):
        self.dumps, self.loads = dumps, loads


def of_pickle(module):
    return Both(lambda value: module.dumps(value, 5), module.loads)


def each_of(both):
    """The same for a list of messages."""
    dumps, loads = both.dumps, both.loads
    return Both(lambda values: [dumps(value) for value in values], lambda all: [loads(data) for data in all])


def out_of_band(module):
    """The same with buffers that stay out of the pickle."""

    def dumps(value):
        buffers = []
        return module.dumps(value, 5, buffer_callback=buffers.append), buffers

    return Both(dumps, lambda both: module.loads(both[0], buffers=both[1]))


def candidates(name, value):
    """Name to Both, brinery first."""
    picklers = {"brinery": ours, "pickle": _pickle, "cloudpickle": found("cloudpickle"), "dill": found("dill")}
    picklers = {who: module for who, module in picklers.items() if module}
    if name == "arrays":
        return {who: out_of_band(picklers[who]) for who in ("brinery", "pickle")}
    all = {who: of_pickle(module) for who, module in picklers.items()}
    others = {"marshal": Both(marshal.dumps, marshal.loads)}
    if orjson := found("orjson"):
        others["orjson"] = Both(orjson.dumps, orjson.loads)
    if found("msgspec"):
        msgpack = importlib.import_module("msgspec.msgpack")
        others["msgspec"] = Both(msgpack.Encoder().encode, msgpack.Decoder().decode)
    if name == "messages":
        all, others = ({who: each_of(both) for who, both in these.items()} for these in (all, others))
    for who, both in others.items():
        try:
            able = both.loads(both.dumps(value)) == value
        except (TypeError, ValueError, OverflowError):
            able = False
        if able:
            all[who] = both
    return all


def compare(name, scale):
    value = make.value_of(WORKLOADS[name], scale)
    both = candidates(name, value)
    data = {who: each.dumps(value) for who, each in both.items()}
    assert name == "arrays" or data["brinery"] == data["pickle"], "other bytes than pickle's"
    size = sum(map(len, data["pickle"])) if name == "messages" else len(data["pickle"])
    dumps = timing.race({who: timing.calling(each.dumps, value) for who, each in both.items()}, ROUNDS)
    timing.save("python", "dumps", name, dumps, bytes=size)
    print("%-10s dumps %s" % (name, timing.cells(dumps)), flush=True)
    del value
    gc.collect()
    # cloudpickle's loads is pickle's.
    runs = {who: timing.calling(each.loads, data[who]) for who, each in both.items() if who != "cloudpickle"}
    loads = timing.race(runs, ROUNDS)
    timing.save("python", "loads", name, loads, bytes=size)
    print("%-10s loads %s" % (name, timing.cells(loads)), flush=True)


def peak():
    """Peak and present size of the process, if the system tells."""
    try:
        with open("/proc/self/status") as file:
            lines = dict(line.split(":", 1) for line in file)
        return int(lines["VmHWM"].split()[0]) * 1024, int(lines["VmRSS"].split()[0]) * 1024
    except OSError:
        return 0, 0


def forget_peak():
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        pass


def once(work, who, name):
    """One `loads` or `dumps` in this process: its seconds and its memory."""
    data = sys.stdin.buffer.read()
    both = of_pickle({"brinery": ours, "pickle": _pickle}[who])
    given = data
    if name == "messages":
        both, given = each_of(both), make.slices(data)
    if work == "dumps":
        given = _pickle.loads(data) if name != "messages" else [_pickle.loads(each) for each in given]
        gc.collect()
    function = getattr(both, work)
    forget_peak()
    before = peak()[1]
    start = time.thread_time()
    result = function(given)
    taken = time.thread_time() - start
    print(json.dumps([taken, max(0, peak()[0] - before)]))
    del result


def fresh(name, scale):
    data = make.WAYS.get(WORKLOADS[name], (make.one,))[0](make.value_of(WORKLOADS[name], scale), 5)
    for work in ("loads", "dumps"):
        peaks = {"brinery": [], "pickle": []}

        def run(who):
            command = [sys.executable, __file__, "--once", work, who, name]
            taken, size = json.loads(subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout)
            peaks[who].append(size)
            return taken

        taken = timing.race({who: lambda who=who: run(who) for who in peaks}, FRESH_ROUNDS)
        middle = {who: sorted(sizes)[len(sizes) // 2] for who, sizes in peaks.items()}
        for who in taken:
            timing.save("python, fresh", work, name, {who: taken[who]}, bytes=len(data), peak=middle[who])
        times = "peak ×%.2f, pickle ×%.2f" % tuple(middle[who] / len(data) for who in peaks)
        print("%-10s %s %s  %s" % (name, work, timing.cells(taken), times), flush=True)


def main():
    # Nested containers go deeper than Python likes.
    sys.setrecursionlimit(100_000)
    if sys.argv[1:2] == ["--once"]:
        return once(*sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=", ".join(WORKLOADS))
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--scale", type=float, default=0.2)
    options = parser.parse_args()
    print("%s (%s), protocol 5; above 1: brinery is faster" % (timing.build(), sys.executable))
    for name in options.workloads or (IN_FRESH if options.fresh else WORKLOADS):
        (fresh if options.fresh else compare)(name, options.scale)


if __name__ == "__main__":
    main()
