"""Writes pickles made by this interpreter's C implementation, as records on stdout.

    write.py corpus                 the named cases of `corpus`
    write.py random SEED COUNT      random objects
    write.py oob SEED COUNT         buffers out of band (protocol 5)
    write.py convert SEED COUNT     built-in values loaded from one protocol, saved in another
    write.py persistent SEED COUNT  persistent ids
    write.py shared SEED COUNT      several dumps of one pickler
    write.py fast SEED COUNT        pickler without a memo; cyclic objects are left out

A record, integers little-endian:

    u32 length, name in UTF-8; u8 p; u8 q; u32 length, x; u32 length, y

x is a pickle of protocol p.  In mode `convert`, y is what loading x and saving it with
protocol q gives; in mode `oob`, y is the buffers, each as u32 length, u8 readonly,
contents.  Otherwise q = p and y is empty.  The first record is named "version": x is
the interpreter's version, y the extension registry as JSON.

What cannot be written is left out and counted on stderr.
"""

import collections
import copyreg
import io
import json
import os
import random
import struct
import sys
import time

# The directory belongs to a Rust crate; leave no caches in it.
sys.dont_write_bytecode = True

import _pickle  # noqa: E402
import pickle  # noqa: E402

import random_classes as rc  # noqa: E402
from random_objects import Generator, random_buffer, random_builtin, random_object  # noqa: E402

PROTOCOLS = range(6)


class Writer:
    """Writes records and counts them, together with everything that was left out."""

    def __init__(self, out):
        self.out = out
        self.records = 0
        self.size = 0
        self.refused = collections.Counter()
        self.rejected = 0

    def write(self, name, p, q, x, y=b''):
        name = name.encode()
        self.out.write(struct.pack('<I', len(name)) + name + struct.pack('<BB', p, q)
                       + struct.pack('<I', len(x)) + x + struct.pack('<I', len(y)) + y)
        self.records += 1
        self.size += len(x) + len(y)

    def refuse(self, error, p):
        self.refused['%s in protocol %d' % (type(error).__name__, p)] += 1

    def attempt(self, p, function, *args):
        """The result, or None (and one more refusal) when it cannot be pickled.

        Any exception counts: objects are meant to raise all kinds of them.
        """
        try:
            return function(*args)
        except Exception as error:
            self.refuse(error, p)
            return None


def write_version(writer):
    extensions = [[module, name, code]
                  for (module, name), code in sorted(copyreg._extension_registry.items())]
    version = '%d.%d.%d' % sys.version_info[:3]
    writer.write('version', 0, 0, version.encode(), json.dumps({'extensions': extensions}).encode())


# --- corpus and random --------------------------------------------------------------

def write_corpus(writer):
    for name, make in corpus_cases().items():
        for p in PROTOCOLS:
            x = writer.attempt(p, lambda: _pickle.dumps(make(), p))
            if x is not None:
                writer.write(name, p, p, x)


def corpus_cases():
    # Not imported at the top: its extension codes are for this mode only.
    import corpus
    return corpus.cases


def write_random(writer, rng, name):
    obj = random_object(rng)
    for p in PROTOCOLS:
        x = writer.attempt(p, _pickle.dumps, obj, p)
        if x is not None:
            writer.write(name, p, p, x)


# --- buffers out of band ------------------------------------------------------------

def write_oob(writer, rng, name):
    # Few buffers for many references, so that most of them occur more than once.
    buffers = [random_buffer(rng) for _ in range(rng.randrange(1, 4))]
    generator = Generator(rng, user_classes=rng.random() < 0.5,
                          leaves=[lambda: rng.choice(buffers)])
    obj = [generator.root(), rng.choice(buffers), buffers]
    # A true result of the callback keeps a buffer in band.
    in_band = set(map(id, buffers[1:])) if rng.random() < 0.3 else set()
    collected = []

    def callback(buffer):
        if id(buffer) in in_band:
            return True
        with buffer.raw() as view:
            collected.append(struct.pack('<IB', view.nbytes, view.readonly) + view.tobytes())
        return False

    x = writer.attempt(5, lambda: _pickle.dumps(obj, 5, buffer_callback=callback))
    if x is not None:
        writer.write(name, 5, 5, x, b''.join(collected))


# --- conversion ---------------------------------------------------------------------

def write_convert(writer, rng, name):
    while True:
        obj = random_builtin(rng)
        pickles = {}
        loaded = {}
        for p in PROTOCOLS:
            x = writer.attempt(p, _pickle.dumps, obj, p)
            if x is not None:
                pickles[p] = x
                loaded[p] = _pickle.loads(x)
        if all(same_set_order(obj, copy) for copy in loaded.values()):
            break
        writer.rejected += 1
    for p, x in pickles.items():
        for q in PROTOCOLS:
            y = writer.attempt(q, _pickle.dumps, loaded[p], q)
            if y is not None:
                writer.write(name, p, q, x, y)


def same_set_order(first, second):
    """Whether all sets of a graph iterate in the same order as those of its copy.

    A set re-built from its own iteration order may come out in another order.  Who
    converts the pickle without building the set cannot know that order, so nothing
    could be compared.  Every protocol's way of loading must be checked; all ways to
    save and load again are then stable as well, as they start from the same order.
    """
    seen = set()
    todo = [(first, second)]
    while todo:
        a, b = todo.pop()
        if type(a) is not type(b):
            return False
        if not isinstance(a, (list, tuple, dict, set, frozenset)):
            # Differing atoms mean that elements or keys are paired up wrongly.
            if a != b and a == a:
                return False
            continue
        if (id(a), id(b)) in seen:
            continue
        seen.add((id(a), id(b)))
        if len(a) != len(b):
            return False
        todo.extend(zip(a, b))
        if isinstance(a, dict):
            todo.extend(zip(a.values(), b.values()))
    return True


# --- persistent ids -----------------------------------------------------------------

class Marker:
    """An object that is pickled by its persistent id only.

    Each time it is asked for it gives the same object: an id made afresh shows the pickler a
    new identity even for what a recursive tuple's discarded first attempt has written, and
    that attempt cannot be read back from the stream.
    """

    def __init__(self, pid):
        self.pid = pid


def make_markers(rng):
    """Ids of many kinds; some have parts in common."""
    shared = ('table', rng.randrange(1000))
    text = 'key-%d' % rng.randrange(1000)
    return [
        Marker(text),
        Marker('fresh' + str(len(text))),
        Marker(len(text) * 1000),
        Marker(shared),
        Marker((text, shared, 2**40)),
        Marker(['a', (1, text), None]),
        Marker('caf\xe9'),
        Marker(rc.Plain),
    ]


class PersistentPickler(_pickle.Pickler):
    def __init__(self, file, protocol):
        super().__init__(file, protocol)
        self.text_only = protocol == 0

    def persistent_id(self, obj):
        if not isinstance(obj, Marker):
            return None
        pid = obj.pid
        if self.text_only:
            # Protocol 0 writes ids as a line of ASCII text.
            return ascii(pid).strip("'")
        return pid


def write_persistent(writer, rng, name):
    markers = make_markers(rng)
    generator = Generator(rng, user_classes=True, leaves=[lambda: rng.choice(markers)])
    obj = [generator.root(), rng.choice(markers)]
    for p in PROTOCOLS:
        x = writer.attempt(p, dump_all, PersistentPickler, p, [obj])
        if x is not None:
            writer.write(name, p, p, x)


# --- one memo for several dumps -----------------------------------------------------

def write_shared(writer, rng, name):
    generator = Generator(rng, user_classes=rng.random() < 0.5)
    objects = [generator.root() for _ in range(rng.randrange(2, 4))]
    if rng.random() < 0.2:
        # The whole second stream is a reference to the first.
        objects.append(objects[0])
    for p in PROTOCOLS:
        x = writer.attempt(p, dump_all, _pickle.Pickler, p, objects)
        if x is not None:
            writer.write(name, p, p, x)


def dump_all(pickler_class, protocol, objects):
    out = io.BytesIO()
    pickler = pickler_class(out, protocol)
    for obj in objects:
        pickler.dump(obj)
    return out.getvalue()


# --- no memo ------------------------------------------------------------------------

class FastPickler(_pickle.Pickler):
    def __init__(self, file, protocol):
        super().__init__(file, protocol)
        self.fast = True


class Trial(pickle._Pickler):
    """Finds cycles as too deep a nesting.  The C pickler overflows its stack on some, and CPython
    3.8 does not survive a RecursionError at a bad moment, so that none must come up."""

    depth = 0

    def save(self, obj, *args, **kwargs):
        if self.depth > 100:
            raise ValueError('a cycle')
        self.depth += 1
        super().save(obj, *args, **kwargs)
        self.depth -= 1


def write_fast(writer, rng, name):
    obj = random_object(rng)
    trial = Trial(io.BytesIO(), 4)
    trial.fast = True
    if writer.attempt(4, lambda: trial.dump(obj) or True) is None:
        return
    for p in PROTOCOLS:
        x = writer.attempt(p, dump_all, FastPickler, p, [obj])
        # What is shared by many is written as often: more than this says nothing new.
        if x is not None and len(x) < 1 << 20:
            writer.write(name, p, p, x)


# --- command line -------------------------------------------------------------------

SEEDED = {
    'random': write_random,
    'oob': write_oob,
    'convert': write_convert,
    'persistent': write_persistent,
    'shared': write_shared,
    'fast': write_fast,
}


def report(writer, mode, seconds):
    print('%s on %s: %d records, %d bytes, %.1f s' % (
        mode, sys.version.split()[0], writer.records, writer.size, seconds), file=sys.stderr)
    if mode == 'convert':
        print('  objects rejected for unstable set order: %d' % writer.rejected, file=sys.stderr)
    print('  left out: %d' % sum(writer.refused.values()), file=sys.stderr)
    for reason, count in sorted(writer.refused.items()):
        print('    %4d  %s' % (count, reason), file=sys.stderr)


def main(args):
    start = time.time()
    out = sys.stdout.buffer
    writer = Writer(out)
    mode = args[0] if args else ''
    if mode == 'corpus' and len(args) == 1:
        corpus_cases()  # registers the extensions that the version record lists
        write_version(writer)
        write_corpus(writer)
    elif mode in SEEDED and len(args) == 3:
        seed, count = int(args[1]), int(args[2])
        write_version(writer)
        for index in range(count):
            # One generator per object: each can be made again without the others.
            rng = random.Random('%s-%d-%d' % (mode, seed, index))
            SEEDED[mode](writer, rng, '%s-%d-%d' % (mode, seed, index))
    else:
        sys.exit(__doc__)
    out.flush()
    report(writer, mode, time.time() - start)


if __name__ == '__main__':
    if os.environ.get('PYTHONHASHSEED') != '0':
        # The order of sets of strings must not change from run to run.
        os.environ['PYTHONHASHSEED'] = '0'
        os.execv(sys.executable, [sys.executable] + sys.argv)
    main(sys.argv[1:])
