"""Random changes to valid pickles: brinery must decide as `_pickle` does, and neither may crash.

    python mutations.py [COUNT] [SEED]

Names lead nowhere: `find_class` gives an inert class, and `loads` finds that an audit hook forbids imports. What is
compared is the exception's type, or the object as it is written again. Left out is what `_pickle` itself has no memory
for, and files with frames that are crossed, or that end in an empty string: there `_pickle` reads what is not there.
"""

import _pickle
import io
import os
import random
import resource
import sys
import warnings

import brinery

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', '..', 'tests', 'oracle'))

import corpus  # noqa: E402

# What each side may allocate: false memo indices and lengths make `_pickle` ask for gigabytes.
MEMORY = 1 << 30
LONGEST = 4000


class Inert:
    """Takes everything and does nothing."""

    def __init__(self, *args, **kwargs):
        self.args = args, kwargs

    def __reduce__(self):
        return Inert, self.args[0], self.__dict__.get('state')

    def __setstate__(self, state):
        self.state = state

    def append(self, item):
        self.__dict__.setdefault('items', []).append(item)

    def __setitem__(self, key, value):
        self.append((key, value))

    def add(self, item):
        self.append(item)


def of(base):
    class Restricted(base):
        def find_class(self, module, name):
            return Inert

        def persistent_load(self, pid):
            return 'persistent', pid
    return Restricted


STOCK, OWN = of(_pickle.Unpickler), of(brinery.Unpickler)
FRAME = 0x95


def forbid(event, arguments):
    if event == 'pickle.find_class':
        raise RuntimeError('no imports')


def from_file(unpickler):
    return lambda data, **settings: unpickler(io.BytesIO(data), **settings).load()


def outcome(load, data):
    """What loading gives, in a form that can be compared."""
    try:
        loaded = load(data, encoding='latin1', buffers=[b'one', bytearray(b'two')])
    except RecursionError:
        raise
    except Exception as error:
        return type(error)
    try:
        return _pickle.dumps(loaded, 4)
    except Exception as error:
        # Not everything that was loaded can be written, and what cannot is seldom comparable.
        return 'unwritable', type(loaded), type(error)


def pickles():
    """Valid pickles of all kinds, not too long."""
    for name, make in corpus.cases.items():
        for protocol in range(6):
            try:
                data = _pickle.dumps(make(), protocol)
            except Exception:
                continue
            if len(data) <= LONGEST:
                yield data


def mutated(rng, data, others):
    """One to four changes."""
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        at = rng.randrange(len(data) + 1)
        kind = rng.randrange(7)
        if kind == 0 and at < len(data):
            data[at] = rng.randrange(256)
        elif kind == 1 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 2:
            data.insert(at, rng.choice(b"().012]}abcdeghijlopqrstuJKMNQRUXBCGT\x80\x81\x85\x86\x87\x88\x8a\x8c\x8f\x90\x91\x92\x93\x94\x95\x96\x97\x98"))
        elif kind == 3:
            del data[at:at + rng.randrange(1, 9)]
        elif kind == 4:
            data[at:at] = data[at:at + rng.randrange(1, 20)]
        elif kind == 5:
            other = rng.choice(others)
            start = rng.randrange(len(other))
            data[at:at + rng.randrange(8)] = other[start:start + rng.randrange(1, 30)]
        else:
            del data[at:]
    return bytes(data)


def main(count, seed):
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY * 4, MEMORY * 4))
    # What codecs say of escapes.
    warnings.simplefilter('ignore')
    rng = random.Random(seed)
    valid = list(pickles())
    sys.addaudithook(forbid)
    ways = (from_file(STOCK), from_file(OWN)), (_pickle.loads, brinery.loads)
    different = loaded = beyond = frames = 0
    for number in range(count):
        data = mutated(rng, rng.choice(valid), valid)
        for stock_load, own_load in ways:
            stock, own = outcome(stock_load, data), outcome(own_load, data)
            loaded += not isinstance(stock, type)
            if stock is MemoryError:
                # It has come back, whatever it says.
                beyond += 1
            elif own != stock and stock_load is not _pickle.loads and (FRAME in data or data[-1:] == b'\0'):
                frames += 1
            elif own != stock:
                different += 1
                if different <= 10:
                    print('different: %r: _pickle %.200r, brinery %.200r' % (data[:300], stock, own))
    print('mutations: %d with seed %d, each from a file and from bytes: %d loaded, %d beyond memory, '
          '%d with crossed frames, %d different' % (count, seed, loaded, beyond, frames, different))
    return different


if __name__ == '__main__':
    arguments = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*arguments, *(20_000, 1)[len(arguments):]) > 0)
