"""Compares brinery with `_pickle`, shape by shape: interleaved runs, medians, and their ratio.

Above 1 brinery is faster. Run it with the interpreter of the environment that test.sh makes.
"""

import _pickle
import gc
import statistics
import sys
import time

import brinery

ROUNDS = 41
N = 20_000


class Instance:
    def __init__(self, a, b):
        self.a = a
        self.b = b


def nested(depth):
    return {'leaf': depth} if depth == 0 else {'left': nested(depth - 1), 'right': nested(depth - 1)}


SHAPES = {
    'small ints': [i % 200 for i in range(N)],
    'ints': [i * 7919 for i in range(N)],
    'floats': [i * 0.37 for i in range(N)],
    'strings, unique': ['item-%d' % i for i in range(N)],
    'strings, repeated': ['abc', 'def', 'ghi'] * (N // 3),
    'strings, not ASCII': ['größe-%d' % i for i in range(N)],
    'tuples': [(i, i + 1) for i in range(N)],
    'records': [{'id': i, 'name': 'n%d' % i, 'score': i / 3, 'ok': True, 'tag': None} for i in range(N // 5)],
    'nested dicts': nested(12),
    'lists': [[] for _ in range(N)],
    'instances': [Instance(i, 'x') for i in range(N // 5)],
    'one int': 5,
    'small record': {'id': 1, 'name': 'x', 'tags': ['a', 'b']},
}


def seconds(function, argument, times):
    start = time.perf_counter()
    for _ in range(times):
        function(argument)
    return (time.perf_counter() - start) / times


def ratio(ours, theirs, argument):
    """How many times as long theirs takes, by medians of alternating runs."""
    times = max(1, int(0.002 / max(seconds(theirs, argument, 1), 1e-7)))
    taken = [], []
    for _ in range(ROUNDS):
        for function, results in zip((ours, theirs), taken):
            results.append(seconds(function, argument, times))
    own, stock = map(statistics.median, taken)
    return stock / own


def main():
    print('Python %s, protocol 5, against _pickle (above 1: brinery is faster)' % sys.version.split()[0])
    print('%-20s %7s %7s' % ('', 'dumps', 'loads'))
    gc.disable()
    for name, obj in SHAPES.items():
        data = _pickle.dumps(obj, 5)
        assert brinery.dumps(obj, 5) == data
        dumps = ratio(lambda o: brinery.dumps(o, 5), lambda o: _pickle.dumps(o, 5), obj)
        loads = ratio(brinery.loads, _pickle.loads, data)
        print('%-20s %6.2fx %6.2fx' % (name, dumps, loads), flush=True)


if __name__ == '__main__':
    main()
