"""The bytes are those of `_pickle`, and the exceptions too, for the corpus and for random objects."""

import _pickle
import collections
import gc
import os
import random
import sys
import unittest

import brinery
import brinery.pickle

ORACLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'tests', 'oracle')
sys.path.insert(0, ORACLE)

import corpus  # noqa: E402
from random_objects import random_object  # noqa: E402

PROTOCOLS = range(6)
RANDOM_OBJECTS = int(os.environ.get('RANDOM_OBJECTS', 500))


def outcome(function, *args, **kwargs):
    """The result, or the type of the exception."""
    try:
        return function(*args, **kwargs)
    except Exception as error:
        return type(error)


class Bytes(unittest.TestCase):
    maxDiff = 500

    def compare(self, name, make, protocol, counts):
        expected = outcome(_pickle.dumps, make(), protocol)
        with self.subTest(case=name, protocol=protocol):
            counts['compared'] += 1
            self.assertEqual(outcome(brinery.pickle.dumps, make(), protocol), expected)
            counts['equal'] += 1
        if type(expected) is not bytes:
            return
        stock = outcome(_pickle.loads, expected)
        with self.subTest(case=name, protocol=protocol, loads=True):
            counts['loaded'] += 1
            live = outcome(brinery.loads, expected)
            if isinstance(stock, type) and issubclass(stock, Exception):
                self.assertEqual(live, stock)
            else:
                self.assertEqual(type(live), type(stock))
                self.assertEqual(outcome(_pickle.dumps, live, protocol), outcome(_pickle.dumps, stock, protocol))
            counts['loaded equal'] += 1

    def report(self, what, counts):
        print('%s: dumps %d of %d equal, loads %d of %d' % (
            what, counts['equal'], counts['compared'], counts['loaded equal'], counts['loaded']))

    def test_corpus(self):
        counts = collections.Counter()
        for name, make in corpus.cases.items():
            for protocol in PROTOCOLS:
                self.compare(name, make, protocol, counts)
        self.report('corpus', counts)

    def test_random(self):
        counts = collections.Counter()
        rng = random.Random(20240229)
        for number in range(RANDOM_OBJECTS):
            obj = random_object(rng)
            for protocol in PROTOCOLS:
                self.compare(number, lambda: obj, protocol, counts)
        self.report('random objects', counts)

    def test_buffers_out_of_band(self):
        data = [_pickle.PickleBuffer(b'abc'), _pickle.PickleBuffer(bytearray(b'def'))]
        ours, theirs = [], []
        written = brinery.pickle.dumps(data, 5, buffer_callback=ours.append)
        self.assertEqual(written, _pickle.dumps(data, 5, buffer_callback=theirs.append))
        self.assertEqual(ours, theirs)
        loaded = brinery.loads(written, buffers=[b'abc', bytearray(b'def')])
        self.assertEqual(loaded, [b'abc', bytearray(b'def')])
        kept = brinery.pickle.dumps(data, 5, buffer_callback=lambda buffer: True)
        self.assertEqual(kept, _pickle.dumps(data, 5))

    def test_names_of_python_2_stay_when_asked(self):
        for fix in (True, False):
            self.assertEqual(brinery.pickle.dumps(map, 2, fix_imports=fix), _pickle.dumps(map, 2, fix_imports=fix))

    def test_nothing_leaks(self):
        obj = [object.__new__(corpus.A), {'a': (1, 2)}, 'x' * 50]
        before = [sys.getrefcount(item) for item in obj]
        for _ in range(100):
            brinery.loads(brinery.pickle.dumps(obj))
        gc.collect()
        self.assertEqual([sys.getrefcount(item) for item in obj], before)


if __name__ == '__main__':
    unittest.main()
