"""What a pickler keeps for the next pickle: room, and nothing of the one before."""

import io
import pickle
import random
import unittest

import brinery
import brinery.pickle
from brinery import cloudpickle

# The tables of 4,096 places are kept, those of more are not; they grow when they are half full.
SIZES = 0, 1, 31, 32, 33, 127, 128, 511, 512, 1023, 1024, 2047, 2048, 2049, 5000
SEED = 11


def shared(size):
    """Lists and texts, each of which is met again; new objects each time, where the old ones may have been."""
    texts = ["text %d" % number for number in range(size)]
    lists = [[number] for number in range(size)]
    return [texts, lists, texts[::2], lists[::3], texts[:3], [list(texts)]]


class Reenters:
    """Is pickled by a pickle of its own, while the one around it is under way."""

    def __init__(self, size):
        self.size = size

    def __reduce__(self):
        value = shared(self.size)
        inner = brinery.pickle.dumps(value, 4)
        assert inner == pickle.dumps(value, 4)
        return bytes, (inner,)


class Fails:
    def __reduce__(self):
        raise ValueError("not this one")


class Kept(unittest.TestCase):
    def sizes(self, rounds):
        rng = random.Random(SEED)
        return [rng.choice(SIZES) for _ in range(rounds)]

    def test_bytes_do_not_depend_on_what_came_before(self):
        for size in self.sizes(120):
            value = shared(size)
            for protocol in 0, 2, 5:
                expected = pickle.dumps(value, protocol)
                self.assertTrue(brinery.pickle.dumps(value, protocol) == expected, (size, protocol))
                self.assertTrue(brinery.dumps(value, protocol) == expected, (size, protocol))

    def test_one_pickler_for_many(self):
        own, stock = io.BytesIO(), io.BytesIO()
        picklers = brinery.pickle.Pickler(own, 4), pickle.Pickler(stock, 4)
        for size in self.sizes(60):
            value = shared(size)
            for pickler in picklers:
                pickler.clear_memo()
                pickler.dump(value)
        self.assertTrue(own.getvalue() == stock.getvalue())

    def test_pickles_within_pickles(self):
        for size, inner in zip(self.sizes(60), reversed(self.sizes(60))):
            value = [shared(size), Reenters(inner), shared(3)]
            self.assertTrue(brinery.pickle.dumps(value, 4) == pickle.dumps(value, 4), (size, inner))

    def test_after_failures(self):
        for size in self.sizes(60):
            with self.assertRaisesRegex(ValueError, "not this one"):
                brinery.pickle.dumps([shared(size), Fails()], 4)
            value = shared(size // 2)
            self.assertTrue(brinery.pickle.dumps(value, 4) == pickle.dumps(value, 4), size)

    def test_texts_by_value(self):
        first = {}
        for size in self.sizes(60):
            data = cloudpickle.dumps(shared(size), 4, deterministic=True)
            self.assertTrue(first.setdefault(size, data) == data, size)
            self.assertTrue(pickle.loads(data) == shared(size), size)

    def test_loads(self):
        pickles = {size: pickle.dumps(shared(size), 4) for size in SIZES}
        for size in self.sizes(120):
            self.assertTrue(brinery.pickle.loads(pickles[size]) == shared(size), size)
            with self.assertRaises(Exception):
                brinery.pickle.loads(pickles[size][:-2])


if __name__ == "__main__":
    unittest.main()
