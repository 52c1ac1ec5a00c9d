"""What the benchmarks share: candidates that do the same work in turns, and rows of results.

The clock is the thread's CPU time. All candidates run once in each round, another one first each time; a ratio is one
of two runs of the same round, and what is told is the median with the quartiles around it. Results are destroyed
outside the measured time. If BRINERY_RESULTS names a file, each result is a line of JSON in it.
"""

import collections
import json
import os
import statistics
import sys
import sysconfig
import time

# Who takes longer for one run has fewer rounds.
SLOW = 0.5
SLOW_ROUNDS = 3

# Quartiles: of the seconds, and of how many times those of the first candidate they are.
Taken = collections.namedtuple("Taken", "seconds ratio")


def seconds(function, argument, calls=1):
    start = time.thread_time()
    for _ in range(calls):
        result = function(argument)
    taken = time.thread_time() - start
    del result
    return taken / calls


def calling(function, argument, least=0.005):
    """Runs for `race`: as many calls as take so many seconds."""
    seconds(function, argument)
    calls = max(1, int(least / max(seconds(function, argument), 1e-7)))
    return lambda: seconds(function, argument, calls)


def quartiles(values):
    if len(values) == 1:
        return values * 3
    return statistics.quantiles(values, n=4, method="inclusive")


def race(runs, rounds):
    """Name to Taken, of name to what runs and gives its seconds. The first is the one that the others are held against."""
    names = list(runs)
    taken = {name: [] for name in names}
    for number in range(rounds):
        for turn in range(len(names)):
            name = names[(turn + number) % len(names)]
            if number < SLOW_ROUNDS or taken[name][0] < SLOW or name == names[0]:
                taken[name].append(runs[name]())
    first = taken[names[0]]
    return {
        name: Taken(quartiles(mine), quartiles([b / a for a, b in zip(first, mine)])) for name, mine in taken.items()
    }


def build():
    """The interpreter. Distributions optimise theirs by profiles, which their configuration does not say."""
    optimised = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "") or sys.base_prefix == "/usr"
    return "CPython %s, %s" % (sys.version.split()[0], "optimised" if optimised else "plain")


def short(value):
    return [short(each) for each in value] if isinstance(value, list) else float("%.4g" % value)


def append(row):
    """A line of JSON with these values, behind the others."""
    if path := os.environ.get("BRINERY_RESULTS"):
        with open(path, "a") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def save(suite, work, workload, results, **more):
    for name, taken in results.items():
        row = dict(suite=suite, python=build(), work=work, workload=workload, peer=name, **more)
        append({**row, "seconds": short(taken.seconds[1]), "ratio": short(taken.ratio)})


def cells(results):
    """A result for people: what the first takes, and the others beside it."""
    first, *others = results.items()
    shown = ["%10.2f µs" % (first[1].seconds[1] * 1e6)]
    return "  ".join(shown + ["%s %.2f (%.2f–%.2f)" % (name, t.ratio[1], t.ratio[0], t.ratio[2]) for name, t in others])
