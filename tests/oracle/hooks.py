"""Writes pickles of picklers with hooks, as the records of write.py.

    hooks.py cases                the named cases: things that say how they are reduced
    hooks.py random SEED COUNT    random objects, with a reducer that wraps each reduce value
    hooks.py table SEED COUNT     random objects, with a dispatch table
    hooks.py pids SEED COUNT      random objects, with persistent ids for numbers, texts and lists
    hooks.py load SEED COUNT      built-in objects with persistent ids, loaded with persistent_load and find_class;
                                  y is what saving them again gives
    hooks.py typed                what tests/hooks/typed.rs has as Rust values

x is what a pickler without hooks writes, y what one with hooks does, in the same protocol.
"""

import collections
import copyreg
import io
import os
import random
import sys

import write
from write import _pickle

import hook_classes as hc
import random_classes as rc
from random_objects import Generator, random_builtin

Thing, produce, set_state = hc.Thing, hc.produce, hc.set_state


# --- named cases ----------------------------------------------------------------------

def reduce_thing(thing):
    how = thing.how
    if how == 'call':
        return produce, (thing.name, thing.parts)
    if how == 'state':
        return produce, (), thing.parts
    if how == 'setter':
        return produce, (thing.name,), {'closure': thing.parts}, None, None, set_state
    if how == 'list':
        return produce, (), None, iter(thing.parts)
    if how == 'dict':
        return produce, (), None, None, iter(thing.pairs)
    if how == 'all':
        return produce, (thing.name,), thing.parts, iter(thing.parts), iter(thing.pairs), set_state
    if how == 'name':
        return 'SINGLE'
    if how == 'newobj':
        return copyreg.__newobj__, (type(thing), thing.name)
    if how == 'newobj_ex':
        return copyreg.__newobj_ex__, (type(thing), (thing.name,), {'parts': thing.parts})
    if how == 'same':
        return produce, hc.ARGS
    if how == 'again':
        return produce, (Thing('call', name=thing.name, parts=[thing.name]), 'a', 'é', b'b', b'')
    if how == 'nested':
        return hc.Outer.Inner.produce, (thing.name,)
    if how == 'recursive':
        return produce, (thing.parts,), {'name': thing.name}
    return NotImplemented


class Reducing(_pickle.Pickler):
    def reducer_override(self, obj):
        return reduce_thing(obj) if isinstance(obj, Thing) else NotImplemented


class Table(_pickle.Pickler):
    dispatch_table = {Thing: reduce_thing}


class Both(_pickle.Pickler):
    """The dispatch table is asked for what the reducer declines."""

    dispatch_table = {Thing: reduce_thing, hc.Other: reduce_thing}

    def reducer_override(self, obj):
        if type(obj) is hc.Other:
            return produce, tuple(['other'])
        if obj is hc.Outer:
            return type, ('Outer', (), {})
        return NotImplemented


def cases():
    parts = lambda n: list(range(n))  # noqa: E731
    for how in ('call', 'state', 'setter', 'all', 'newobj', 'newobj_ex', 'same', 'again', 'nested'):
        one = Thing(how, name='n', parts=[1, 'x'], pairs=[('k', 1), ('l', ['x'])])
        two = Thing(how, name='name', parts=[one, 'hook_classes'], pairs=[(1, one)])
        yield how, [one, two, one]
        yield how + ' single', one
    for n in (0, 1, 2, 1000, 1001, 2000, 2001):
        yield 'list %d' % n, Thing('list', parts=parts(n))
        yield 'dict %d' % n, Thing('dict', pairs=[(i, i) for i in range(n)])
    yield 'name', [hc.SINGLE, hc.SINGLE]
    for how in ('setter', 'state', 'list', 'all', 'recursive'):
        own = Thing(how, name='own', parts=[], pairs=[])
        own.parts.append(own)
        yield how + ' in itself', own
        yield how + ' in itself twice', [own.parts, own]
        first = Thing(how, name='first', parts=[], pairs=[])
        second = Thing(how, name='second', parts=[first], pairs=[(1, first)])
        first.parts.append(second)
        yield how + ' in each other', [first, second]
    yield 'classes', [Thing, hc.Outer, hc.Outer.Inner, produce, Thing('call', name='n', parts=None), len, hc.Outer]
    yield 'others', [hc.Other('call', name='n', parts=[]), Thing('call', name='n', parts=[]), hc.Other('none')]
    deep = None
    for i in range(50):
        deep = Thing('state', parts=[deep, i])
    yield 'deep', deep


def write_cases(writer):
    for name, obj in cases():
        for pickler in (Reducing, Table, Both):
            for p in write.PROTOCOLS:
                x = writer.attempt(p, _pickle.dumps, obj, p)
                y = writer.attempt(p, write.dump_all, pickler, p, [obj])
                if x is not None and y is not None:
                    writer.write('%s: %s' % (pickler.__name__, name), p, p, x, y)


# --- random objects -------------------------------------------------------------------

class Wrapping(_pickle.Pickler):
    """Every object by the same function, with the reduce value as its arguments."""

    def __init__(self, file, protocol):
        super().__init__(file, protocol)
        self.protocol = protocol

    def reducer_override(self, obj):
        if type(obj).__module__ != 'random_classes' or isinstance(obj, type):
            return NotImplemented
        # Their reduce values have a copy of them, made anew each time.
        if isinstance(obj, (set, frozenset)) or isinstance(obj, (list, dict)) and self.protocol < 2:
            return NotImplemented
        # What a partial function is written with does not tell whose tuple the arguments were.
        if type(obj) is rc.NewArgsEx and self.protocol in (2, 3):
            return NotImplemented
        registered = copyreg.dispatch_table.get(type(obj))
        value = registered(obj) if registered else obj.__reduce_ex__(self.protocol)
        if isinstance(value, str):
            return NotImplemented
        function, args, state, items, entries = (value + (None,) * 4)[:5]
        return produce, (function, args, 'wrapped'), state, items, entries, None if state is None else set_state


class Classes(_pickle.Pickler):
    # Fresh arguments each time: a constant tuple would be one object.
    dispatch_table = collections.ChainMap(
        {rc.Plain: lambda obj: (produce, tuple(['plain']), obj.__dict__)}, copyreg.dispatch_table)


class Pids(_pickle.Pickler):
    def __init__(self, file, protocol):
        super().__init__(file, protocol)
        self.protocol = protocol

    def persistent_id(self, obj):
        if type(obj) is int and -2**40 < obj < 2**40 and obj % 7 == 0:
            return 'int%d' % obj
        if type(obj) is str and len(obj) % 5 == 4:
            return len(obj)
        if type(obj) is list and len(obj) == 3:
            # Protocol 0 writes ids as text.
            return ('list', 'of', 3) if self.protocol else 'list'
        if obj is None:
            return 'None'
        return None


class Keys(_pickle.Pickler):
    """Ids for what is not hashed, since lists are loaded in their place."""

    def persistent_id(self, obj):
        return len(obj) if type(obj) is list and len(obj) == 3 else None


def write_random(writer, rng, name, pickler):
    obj = Generator(rng, user_classes=True).root()
    for p in write.PROTOCOLS:
        x = writer.attempt(p, _pickle.dumps, obj, p)
        y = writer.attempt(p, write.dump_all, pickler, p, [obj])
        if x is not None and y is not None:
            writer.write(name, p, p, x, y)


# --- loading ------------------------------------------------------------------------

class Loading(_pickle.Unpickler):
    def persistent_load(self, pid):
        return ['loaded', 'id %s' % pid]

    def find_class(self, module, name):
        if (module, name) == ('hook_classes', 'Other'):
            name = 'Thing'
        return super().find_class(module, name)


def has_sets(obj):
    """Their order may be another once they are loaded."""
    seen, todo = set(), [obj]
    while todo:
        obj = todo.pop()
        if isinstance(obj, (set, frozenset)):
            return True
        if id(obj) in seen or not isinstance(obj, (list, tuple, dict)):
            continue
        seen.add(id(obj))
        todo.extend(obj)
        if isinstance(obj, dict):
            todo.extend(obj.values())
    return False


def write_load(writer, rng, name):
    while True:
        obj = random_builtin(rng)
        if not has_sets(obj):
            break
    obj = [obj, hc.Other, 7, obj, hc.Thing]
    for p in write.PROTOCOLS:
        x = writer.attempt(p, write.dump_all, Keys, p, [obj])
        if x is None:
            continue
        loaded = Loading(io.BytesIO(x)).load()
        for q in write.PROTOCOLS:
            y = writer.attempt(q, _pickle.dumps, loaded, q)
            if y is not None:
                writer.write(name, p, q, x, y)


# --- Rust values ----------------------------------------------------------------------

def write_typed(writer):
    lamp = Thing('setter', name='lamp', parts=[1, 2])
    values = {
        'one': lamp,
        'shared': [lamp, lamp],
        'plain': {'name': 'x', 'n': [1, 2.5, None]},
        'inner': Thing('call', name='outer', parts=[lamp, Thing('newobj', name='y', parts=[])]),
        'items': Thing('list', name='many', parts=list(range(1500))),
    }
    for name, obj in values.items():
        for p in write.PROTOCOLS:
            writer.write(name, p, p, b'', write.dump_all(Reducing, p, [obj]))


SEEDED = {'random': Wrapping, 'table': Classes, 'pids': Pids}


def main(args):
    writer = write.Writer(sys.stdout.buffer)
    write.write_version(writer)
    mode = args[0] if args else ''
    if mode == 'cases':
        write_cases(writer)
    elif mode == 'typed':
        write_typed(writer)
    elif mode == 'load' and len(args) == 3:
        for index in range(int(args[2])):
            name = '%s-%s-%d' % (mode, args[1], index)
            write_load(writer, random.Random(name), name)
    elif mode in SEEDED and len(args) == 3:
        for index in range(int(args[2])):
            name = '%s-%s-%d' % (mode, args[1], index)
            write_random(writer, random.Random(name), name, SEEDED[mode])
    else:
        sys.exit(__doc__)
    sys.stdout.buffer.flush()


if __name__ == '__main__':
    if os.environ.get('PYTHONHASHSEED') != '0':
        os.environ['PYTHONHASHSEED'] = '0'
        os.execv(sys.executable, [sys.executable] + sys.argv)
    main(sys.argv[1:])
