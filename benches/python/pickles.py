"""Compares brinery with `_pickle`, shape by shape, in protocol 5.

    python pickles.py [--fresh] [SHAPE …]

Runs alternate, the clock is the thread's CPU time, and what is printed is the median of the ratios of pairs of runs: above 1
brinery is faster. The results are destroyed outside the measured time. The collector is on, as it is for most.
With `--fresh` each load happens once in a process of its own, as it does where a worker starts.

Run it with the interpreter of an environment that has the package, such as the one that python/test.sh makes.
"""

import _pickle
import dataclasses
import datetime
import decimal
import gc
import random
import statistics
import subprocess
import sys
import time

from brinery import pickle as ours

ROUNDS = 15
FRESH_ROUNDS = 7
N = 100_000


class Instance:
    def __init__(self, a, b):
        self.a = a
        self.b = b


@dataclasses.dataclass
class Data:
    number: int
    name: str
    weight: float


class Node:
    def __init__(self, number):
        self.number = number
        self.links = []


def nested(depth):
    return {'leaf': depth} if depth == 0 else {'left': nested(depth - 1), 'right': nested(depth - 1)}


def graph():
    # Shared and cyclic, and no deeper than `_pickle` can.
    nodes = [Node(n) for n in range(N // 4)]
    rng = random.Random(1)
    for number, node in enumerate(nodes):
        node.links.extend([node, *(nodes[rng.randrange(number + 1)] for _ in range(2))])
    return nodes


def times():
    start = datetime.datetime(2020, 1, 1)
    return [(start + datetime.timedelta(seconds=n), decimal.Decimal(n) / 8) for n in range(N // 10)]


SHAPES = {
    'ints': lambda: [n * 7919 % 3_000_000_000 for n in range(N * 5)],
    'floats': lambda: [n * 0.37 for n in range(N * 5)],
    'strings': lambda: ['item-%d' % (n % (N // 2)) if n % 10 else 'größe-%d' % n for n in range(N)],
    'records': lambda: [{'id': n, 'name': 'user-%d' % n, 'email': 'user-%d@example.org' % n, 'score': n / 3, 'ok': n % 3 > 0,
                         'tag': None, 'city': ('Wien', 'Oslo', 'Porto')[n % 3], 'joined': '2020-01-%02d %d' % (n % 28, n)}
                        for n in range(N)],
    'nested dicts': lambda: nested(15),
    'tuples': lambda: [(n, n + 1) for n in range(N)],
    'instances': lambda: [Instance(n, 'x%d' % n) for n in range(N // 2)],
    'dataclasses': lambda: [Data(n, 'x%d' % n, n / 2) for n in range(N // 2)],
    'graphs': graph,
    'datetimes, Decimals': times,
    'blobs': lambda: [bytes([n]) * 1_000_000 for n in range(50)],
    'message of 100 bytes': lambda: {'id': 12345, 'name': 'a message', 'tags': ['a', 'b'], 'score': 0.5, 'more': (1, 2)},
    'one int': lambda: 5,
}


def seconds(function, argument, calls):
    start = time.thread_time()
    for _ in range(calls):
        result = function(argument)
    taken = time.thread_time() - start
    del result
    return taken / calls


def dump_stock(obj):
    return _pickle.dumps(obj, 5)


def dump_own(obj):
    return ours.dumps(obj, 5)


def ratio(own, stock, argument):
    """How many times as long stock takes: median of pairs, and the seconds of each."""
    calls = max(1, int(0.005 / max(seconds(stock, argument, 1), 1e-7)))
    pairs = []
    for number in range(ROUNDS):
        order = (own, stock) if number % 2 else (stock, own)
        taken = {function: seconds(function, argument, calls) for function in order}
        pairs.append((taken[own], taken[stock]))
    return statistics.median(b / a for a, b in pairs), statistics.median(a for a, _ in pairs)


def once(which, name):
    """One load in this process, timed."""
    data = sys.stdin.buffer.read()
    loads = {'own': ours.loads, 'stock': _pickle.loads}[which]
    start = time.thread_time()
    result = loads(data)
    print(time.thread_time() - start)
    del result


def fresh(name, data):
    pairs = []
    for number in range(FRESH_ROUNDS):
        taken = {}
        for which in ('own', 'stock') if number % 2 else ('stock', 'own'):
            command = [sys.executable, __file__, '--once', which, name]
            taken[which] = float(subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout)
        pairs.append((taken['own'], taken['stock']))
    return statistics.median(b / a for a, b in pairs), statistics.median(a for a, _ in pairs)


def main(arguments):
    if arguments[:1] == ['--once']:
        return once(*arguments[1:])
    in_fresh = '--fresh' in arguments
    chosen = [argument for argument in arguments if argument in SHAPES] or list(SHAPES)
    print('Python %s (%s), protocol 5, against _pickle; above 1: brinery is faster' % (
        sys.version.split()[0], sys.executable))
    print('%-22s %8s %10s %8s %10s' % ('', 'dumps', 'ms', 'loads', 'ms'))
    for name in chosen:
        obj = SHAPES[name]()
        data = _pickle.dumps(obj, 5)
        assert ours.dumps(obj, 5) == data
        dumps = (0, 0) if in_fresh else ratio(dump_own, dump_stock, obj)
        del obj
        gc.collect()
        loads = fresh(name, data) if in_fresh else ratio(ours.loads, _pickle.loads, data)
        print('%-22s %7.2fx %10.4f %7.2fx %10.4f' % (name, dumps[0], dumps[1] * 1e3, loads[0], loads[1] * 1e3), flush=True)


if __name__ == '__main__':
    # Pickles name the classes by this module's name, in processes of their own too.
    main(sys.argv[1:])
