"""The shortcuts of `loads` (state set without a dict, dicts copied from one with the same keys, a memo that forgets what
nobody asks for, the collector stopped) are not to be seen: what comes out is what `_pickle` makes of the same bytes."""

import _pickle
import copyreg
import gc
import pickle
import pickletools
import re
import sys
import threading
import unittest
import weakref

import brinery

# More objects than are built before the memo is looked ahead in, and more bytes than the smallest pickle with shortcuts.
MANY = 200


class Plain:
    pass


class Default:
    a = 'of the class'

    def b(self):
        return 'a method'


class Slots:
    __slots__ = ('a', 'b')


class SlotsAndDict:
    __slots__ = ('a', '__dict__')


class Property:
    @property
    def a(self):
        return self.__dict__['a'], 'by the property'

    @a.setter
    def a(self, value):
        raise AssertionError('BUILD sets no property')


class Descriptor:
    def __get__(self, obj, cls):
        return 'from the descriptor' if obj is not None else self

    def __set__(self, obj, value):
        raise AssertionError('BUILD calls no descriptor')


class HasDescriptor:
    a = Descriptor()


class Setattr:
    def __setattr__(self, name, value):
        raise AssertionError('BUILD calls no __setattr__')


class Getattribute:
    def __getattribute__(self, name):
        if name == 'a':
            return 'from __getattribute__'
        return object.__getattribute__(self, name)


class Getattr:
    def __getattr__(self, name):
        if name == '__setstate__':
            return lambda state: self.__dict__.update(from_getattr=sorted(state))
        raise AttributeError(name)


class Setstate:
    def __setstate__(self, state):
        self.given = sorted(state)


class Meta(type):
    calls = 0

    def __call__(cls, *args):
        raise AssertionError('NEWOBJ does not call the class')


class OfMeta(metaclass=Meta):
    pass


class New:
    def __new__(cls):
        made = object.__new__(cls)
        made.made = 'by __new__'
        return made


class OfDict(dict):
    pass


class OfList(list):
    pass


class DictOfItsOwn:
    own = {}

    @property
    def __dict__(self):
        return self.own


class Name(str):
    """A `str` that is no exact one."""


class Hashed(str):
    hashed = 0

    def __hash__(self):
        type(self).hashed += 1
        return str.__hash__(self)


CLASSES = [Plain, Default, Slots, SlotsAndDict, Property, HasDescriptor, Setattr, Getattribute, Getattr, Setstate, OfMeta,
           New, OfDict, OfList]


def opcode(name):
    return next(op.code for op in pickletools.opcodes if op.name == name).encode('latin-1')


def build(cls, states, proto=4, shared_keys=True):
    """A pickle of a list of instances with these states, put together by hand: objects need not be able to have them."""
    out = [b'\x80', bytes([proto]), opcode('EMPTY_LIST'), b'\x94']
    body = pickle.dumps(cls, 4)
    out.append(body[body.index(b'\x8c'):-1])
    index = 1 + body.count(b'\x94') - 1
    out.append(b'0')
    memo = 1 + body.count(b'\x94')
    keys = {}
    for state in states:
        out.append(b'h' + bytes([index]) + b')\x81\x94}\x94(')
        memo += 2
        for key, value in state.items():
            if shared_keys and key in keys:
                out.append(b'j' + keys[key].to_bytes(4, 'little'))
            else:
                text = key.encode()
                out.append(b'\x8c' + bytes([len(text)]) + text + b'\x94')
                keys[key] = memo
                memo += 1
            text = str(value).encode()
            out.append(b'\x8c' + bytes([len(text)]) + text + b'\x94')
            memo += 1
        out.append(b'uba')
    out.append(b'.')
    return b''.join(out)


def shown(obj, depth=3):
    """What there is of an object, for comparing."""
    if isinstance(obj, (list, tuple)) and depth:
        return type(obj).__name__, [shown(item, depth - 1) for item in obj], getattr(obj, '__dict__', None)
    if type(obj) is dict:
        return [(type(key), key, shown(value, depth - 1)) for key, value in obj.items()], gc.is_tracked(obj)
    try:
        own = object.__getattribute__(obj, '__dict__')
    except AttributeError:
        own = None
    if type(obj) in CLASSES:
        names = [(key, sys.intern(str(key)) is key) for key in own] if own is not None else None
        slots = [getattr(obj, name, None) for name in ('a', 'b')] if type(obj) in (Slots, SlotsAndDict) else None
        return type(obj).__name__, names, own and list(own.values()), slots, list(obj) if isinstance(obj, (dict, list)) else None
    return type(obj).__name__, repr(obj)


def outcome(loads, data):
    try:
        return re.sub('0x[0-9a-f]+', '', repr(shown(loads(data))))
    except Exception as error:
        # Ours say where.
        return type(error)


class Loads(unittest.TestCase):
    maxDiff = 400

    def check(self, data):
        self.assertEqual(outcome(brinery.loads, data), outcome(_pickle.loads, data))

    def test_states_of_classes(self):
        for cls in CLASSES:
            for keys in ('ab', 'ba', ('a', 'a'), ('c',), ('__class__',), ('__dict__',), ('__setstate__',), ('__weakref__',),
                         ('a', 'long_name_that_is_no_attribute', 'é', '')):
                for shared in (True, False):
                    with self.subTest(cls=cls, keys=keys, shared=shared):
                        states = [dict.fromkeys(keys, 'v%d' % n) for n in range(MANY)]
                        self.check(build(cls, states, shared_keys=shared))

    def test_keys_that_change(self):
        for cls in (Plain, Default, Property, OfMeta):
            states = [{name: name + str(n) for name in ('abcdefgh'[n % 5:n % 5 + 1 + n % 3])} for n in range(MANY)]
            states += [{'n%d' % n: 'v'} for n in range(MANY)]
            states += [{'m%d' % m: 'v' for m in range(n)} for n in range(50)]
            self.check(build(cls, states))

    def test_the_same_object_built_twice(self):
        for second in (b'}(\x8c\x01a\x8c\x01xu', b'}(\x8c\x0c__setstate__c\nlen\n', b'N', b'}', b'}}\x86',
                       b'}(\x8c\x01a\x8c\x01xu}\x86'):
            second = second.replace(b'c\nlen\n', b'cbuiltins\nlen\nu')
            data = build(Plain, [{'a': 'v'}] * MANY)
            for copies in (1, MANY):
                one = data[:-3].replace(b'uba', b'ub' + second + b'ba') + b'ub' + second + b'ba.'
                self.check(one)

    def test_a_state_that_is_asked_for_again(self):
        """The dict of an instance pickled beside it: the memo may not forget it."""
        objs = []
        for n in range(MANY):
            obj = Plain()
            obj.a, obj.b = n, 'x%d' % n
            objs += [obj, obj.__dict__] if n % 3 == 0 else [obj]
        for proto in range(2, 6):
            data = _pickle.dumps(objs, proto)
            mine, stock = brinery.loads(data), _pickle.loads(data)
            self.assertEqual([type(obj) for obj in mine], [type(obj) for obj in stock])
            for before, obj in zip(mine, mine[1:]):
                if type(obj) is dict:
                    self.assertEqual(obj, before.__dict__)
                    self.assertIsNot(obj, before.__dict__)
            # Once more: who shares what is the same.
            self.assertEqual(brinery.dumps(mine, proto), _pickle.dumps(stock, proto))

    def test_an_early_entry_is_asked_for_late(self):
        text = b'\x8c\x05early\x94'
        data = build(Plain, [{'a': 'v%d' % n} for n in range(MANY)])
        # Index 0 is the list itself.
        self.check(data[:-1] + b'h\x00a.')
        for index in (3, 100, 500, 100_000, 2**32 - 1):
            self.check(data[:-1] + b'j' + index.to_bytes(4, 'little') + b'a.')
            self.check(data[:-1] + text + b'a' + b'j' + index.to_bytes(4, 'little') + b'a.')

    def test_entries_out_of_order(self):
        data = build(Plain, [{'a': 'v%d' % n} for n in range(MANY)])
        for more in (b'r\xff\xff\x01\x00j\xff\xff\x01\x00a', b'q\x05h\x05a', b'q\x00', b'p5\ng5\na', b'\x8c\x03abcp77\n0g77\na',
                     b'\x8c\x03abcr\x00\x02\x00\x000\x8c\x03def\x94j\x00\x02\x00\x00aa'):
            self.check(data[:-1] + more + b'.')

    def test_faults_in_the_middle(self):
        """Cut anywhere, or with a fault anywhere, it is the same error, and nothing is left behind."""
        data = build(Plain, [{'a': 'v%d' % n, 'bcd': 'w'} for n in range(40)])
        for end in range(len(data)):
            self.check(data[:end])
        for at in range(900, len(data), 7):
            for byte in b'u(eb0.\x94}\x81)':
                self.check(data[:at] + bytes([byte]) + data[at + 1:])

    def test_dicts_with_the_same_keys(self):
        inner = [1, 'a', None, (), (1,), [], {}, 1.5, b'x', Plain, 10**30]
        for keys in (('one', 'two', 'three'), ('one', 2, 'three'), ('one', b'two', 'three', None), (1, 2, 3),
                     ('one', 'two', 'three', 'four', 'five', 'six'), tuple('k%d' % n for n in range(300)),
                     tuple('key %d' % n for n in range(5)), ('é', 'ü', '漢', 'a' * 300)):
            rows = [{key: inner[(n + at) % len(inner)] for at, key in enumerate(keys)} for n in range(MANY)]
            for proto in range(2, 6):
                data = _pickle.dumps(rows, proto)
                mine, stock = brinery.loads(data), _pickle.loads(data)
                self.assertEqual(mine, stock)
                self.assertEqual([list(row) for row in mine], [list(row) for row in stock])
                self.assertEqual([gc.is_tracked(row) for row in mine], [gc.is_tracked(row) for row in stock])
                self.assertEqual([sys.getsizeof(row) for row in mine], [sys.getsizeof(row) for row in stock])
                self.assertEqual(brinery.dumps(mine, proto), _pickle.dumps(stock, proto))
                # They are dicts like others.
                for row in mine:
                    row['new'] = row
                    del row[keys[0]]
                    row.update(dict.fromkeys(keys, 0))
                    self.assertEqual(len(row), len(keys) + 1)
                    row.clear()

    def test_shapes_that_alternate(self):
        """With the same first key and as many: what was met once, and what is known, is of one of them at a time."""
        shapes = [('first', 'a', 'b'), ('first', 'b', 'a'), ('first', 'c', 'd'), ('first', 2, 'd'), ('other', 'a', 'b')]
        for period in ((0,), (0, 1), (0, 0, 1), (0, 0, 0, 1, 1), (0, 3, 0, 0), (0, 4), (0, 1, 2, 3, 4), (3, 3, 0, 0, 0)):
            rows = [dict.fromkeys(shapes[period[n % len(period)]], n) for n in range(MANY)]
            data = _pickle.dumps(rows)
            mine, stock = brinery.loads(data), _pickle.loads(data)
            self.assertEqual([list(row.items()) for row in mine], [list(row.items()) for row in stock])
            self.assertEqual([sys.getsizeof(row) for row in mine], [sys.getsizeof(row) for row in stock])

    def test_keys_that_are_equal(self):
        row = b'}\x94(h\x02K\x01h\x03K\x02h\x04K\x03u'
        start = b'\x80\x04]\x94(\x8c\x01a\x94\x8c\x01a\x94\x8c\x01b\x94\x8c\x02cd\x94'
        data = start + row.replace(b'h\x02', b'h\x01').replace(b'h\x03', b'h\x02') * MANY + b'e.'
        self.check(data)
        # A dict that is not empty any more, and one that is filled twice.
        again = b'}\x94(h\x01K\x01h\x03K\x02h\x04K\x03u(h\x01K\x09h\x03K\x08h\x04K\x07u'
        self.check(start + again * MANY + b'e.')
        self.check(start + b'}\x94h\x03K\x00s(h\x01K\x01h\x03K\x02h\x04K\x03u' * MANY + b'e.')

    def test_dicts_are_let_go(self):
        """Values of a dict that was copied belong to it alone."""
        class Held:
            pass
        globals()['Held'] = Held
        Held.__qualname__ = 'Held'
        rows = [{'one': Held(), 'two': Held(), 'three': Held()} for _ in range(MANY)]
        loaded = brinery.loads(_pickle.dumps(rows, 4))
        seen = [weakref.ref(row[key]) for row in loaded for key in row]
        self.assertTrue(all(ref() is not None for ref in seen))
        del loaded
        self.assertTrue(all(ref() is None for ref in seen))

    def test_nothing_leaks(self):
        rows = [{'one': n + 1000, 'two': 'x%d' % n, 'three': [n]} for n in range(MANY)]
        objs = []
        for n in range(MANY):
            obj = Plain()
            obj.a, obj.b, obj.c = n + 1000, 'y%d' % n, objs[-1:]
            objs.append(obj)
        datas = [_pickle.dumps(rows, 5), _pickle.dumps(objs, 5), build(Property, [{'a': 'v'}] * MANY)]
        datas += [data[:-n] for data in datas for n in (1, 3, 50, 1001)]

        def run():
            for data in datas:
                try:
                    brinery.loads(data)
                except Exception:
                    pass
            gc.collect()
        for _ in range(3):
            run()
        watched = [None, Plain, 'one', sys.intern('a')]

        def counted():
            return [*(sys.getrefcount(obj) for obj in watched), len(gc.get_objects()), sys.getallocatedblocks()]
        rounds = []
        for _ in range(4):
            before = counted()
            for _ in range(20):
                run()
            rounds.append([after - earlier for earlier, after in zip(before, counted())])
        # What other tests left behind may go or come in one round. What leaks leaks in each.
        for changes in zip(*rounds):
            self.assertLess(min(map(abs, changes)), 20, rounds)

    def test_hooks_that_keep_and_change(self):
        """`find_class`, `__setstate__`, `__reduce__` and `__new__` that reach what is being loaded."""
        kept = []

        class Keeper:
            def __setstate__(self, state):
                for obj in gc.get_objects():
                    if type(obj) is Plain and not hasattr(obj, 'touched'):
                        obj.touched = True
                        obj.__dict__.setdefault('c', 'set meanwhile')
                kept.append((gc.isenabled(), state))
        globals()['Keeper'] = Keeper
        Keeper.__qualname__ = 'Keeper'
        objs = []
        for n in range(MANY):
            obj = Plain()
            obj.a, obj.b = Keeper() if n % 4 == 0 else n, objs[-2:]
            if n % 4 == 0:
                obj.a.state = n
            objs.append(obj)
        data = _pickle.dumps(objs, 4)

        def run(loads):
            kept.clear()
            loaded = loads(data)
            names = [(sorted(obj.__dict__), obj.a if type(obj.a) is int else 'keeper') for obj in loaded]
            return names, list(kept)
        del objs, obj
        gc.collect()
        self.assertEqual(run(brinery.loads), run(_pickle.loads))
        self.assertTrue(all(enabled for enabled, _ in kept))

    def test_a_class_that_changes_while_loading(self):
        class Changes:
            pass
        globals()['Changes'] = Changes
        Changes.__qualname__ = 'Changes'

        def turn(n):
            if n == 30:
                Changes.a = property(lambda self: 'property')
            elif n == 60:
                del Changes.a
            elif n == 90:
                Changes.__setstate__ = lambda self, state: self.__dict__.update(seen=len(state))
            elif n == 120:
                del Changes.__setstate__
            return n
        globals()['turn'] = turn
        turn.__qualname__ = 'turn'

        class Turn:
            def __init__(self, n):
                self.n = n

            def __reduce__(self):
                return turn, (self.n,)
        objs = []
        for n in range(MANY):
            obj = Changes()
            obj.a, obj.b = n, Turn(n)
            objs.append(obj)
        data = _pickle.dumps(objs, 4)

        def run(loads):
            return [sorted(obj.__dict__.items()) for obj in loads(data)]
        self.assertEqual(run(brinery.loads), run(_pickle.loads))

    def test_the_collector(self):
        """It runs again after each load, as it did before, whatever happens."""
        data = _pickle.dumps([[n] for n in range(20_000)], 4)
        for enabled in (True, False):
            (gc.enable if enabled else gc.disable)()
            try:
                brinery.loads(data)
                self.assertEqual(gc.isenabled(), enabled)
                with self.assertRaises(Exception):
                    brinery.loads(data[:-5])
                self.assertEqual(gc.isenabled(), enabled)
            finally:
                gc.enable()
        gc.collect()
        gc.freeze()
        try:
            frozen = gc.get_freeze_count()
            loaded = brinery.loads(data)
            self.assertLess(abs(gc.get_freeze_count() - frozen), 50)
        finally:
            gc.unfreeze()
        # Cycles among what was made are found.
        cyclic = []
        for n in range(10_000):
            cyclic.append([cyclic, Plain()])
        loaded = brinery.loads(_pickle.dumps(cyclic, 4))
        seen = weakref.ref(loaded[5][1])
        del loaded
        gc.collect()
        self.assertIsNone(seen())

    def test_loads_in_loads(self):
        inner = _pickle.dumps([Plain() for _ in range(MANY)], 4)
        large = _pickle.dumps(['x%d' % n for n in range(100_000)], 4)

        class Nested:
            def __setstate__(self, state):
                self.loaded = brinery.loads(inner), len(brinery.loads(large)), brinery.loads(b'K\x05.')
        globals()['Nested'] = Nested
        Nested.__qualname__ = 'Nested'
        obj = Nested()
        obj.a = ['y%d' % n for n in range(100_000)]
        loaded = brinery.loads(_pickle.dumps([obj, obj.a], 4))
        self.assertEqual((len(loaded[0].loaded[0]), loaded[0].loaded[1:], len(loaded[1])), (MANY, (100_000, 5), 100_000))

    def test_threads(self):
        class Yields:
            def __setstate__(self, state):
                threading.Event().wait(0.001)
                self.a = len(state['a'])
        globals()['Yields'] = Yields
        Yields.__qualname__ = 'Yields'
        obj = Yields()
        obj.a = ['y%d' % n for n in range(60_000)]
        data = _pickle.dumps([obj, [{'one': n, 'two': n, 'three': n} for n in range(60_000)]], 4)
        found = []

        def run():
            for _ in range(3):
                loaded = brinery.loads(data)
                found.append((loaded[0].a, len(loaded[1]), loaded[1][-1]))
        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(found, [(60_000, 60_000, dict.fromkeys(('one', 'two', 'three'), 59_999))] * 12)

    def test_numbers(self):
        edges = [0, 1, -1, -5, -6, 255, 256, 257, 2**15, 2**16 - 1, 2**16, 2**30 - 1, 2**30, 2**31 - 1, 2**31, 2**32, 2**59, 2**60 - 1,
                 2**60, 2**63 - 1, 2**63, 2**64, 2**64 - 1, 10**40]
        numbers = edges + [-n for n in edges] + [n - 1 for n in edges] + [1 - n for n in edges]
        for proto in range(6):
            for number in numbers:
                loaded = brinery.loads(_pickle.dumps(number, proto))
                self.assertEqual((loaded, hash(loaded), str(loaded), loaded + 1 - 1, -loaded, sys.getsizeof(loaded)),
                                 (number, hash(number), str(number), number + 1 - 1, -number, sys.getsizeof(number)))
                self.assertEqual(loaded is number, -5 <= number <= 256)
        for length in range(1, 12):
            for last in (0x00, 0x01, 0x7f, 0x80, 0xff):
                for first in (0x00, 0x05, 0xfb, 0xff):
                    for middle in (bytes([0xff, 0] * 6), bytes([first] * 12)):
                        payload = (bytes([first]) + middle)[:length - 1] + bytes([last])
                        self.check(b'\x80\x02\x8a' + bytes([length]) + payload + b'.')

    def test_texts(self):
        for length in list(range(0, 40)) + [255, 256, 1000]:
            for text in ('a' * length, 'é' * length, 'a' * length + 'é', '漢' * length, 'a' * length + '\ud800', '\x7f' * length,
                         '\x80' + 'a' * length, 'a' * (length // 2) + '\xff' + 'b' * (length // 2)):
                for proto in range(6):
                    data = _pickle.dumps(text, proto)
                    loaded = brinery.loads(data)
                    self.assertEqual(loaded, text)
                    self.assertEqual((hash(loaded), loaded.isascii(), len(loaded)), (hash(text), text.isascii(), len(text)))
        for bad in (b'\x80', b'abc\xff', b'\xc3', b'a\xc3\x28' * 5, b'\xed\xa0', b'\xf5\x80\x80\x80'):
            self.check(b'\x8c' + bytes([len(bad)]) + bad + b'.')
        one, other = brinery.loads(b'\x80\x04\x8c\x01a\x8c\x01a\x86.')
        self.assertIs(one, other)

    def test_lists(self):
        for length in (0, 1, 2, 3, 4, 5, 999, 1000, 1001, 2500, 100_000):
            for proto in (0, 2, 4):
                data = _pickle.dumps([None] * length, proto)
                mine, stock = brinery.loads(data), _pickle.loads(data)
                self.assertEqual((mine, sys.getsizeof(mine)), (stock, sys.getsizeof(stock)))
                mine.append(1)
                mine.extend([2] * 100)
                del mine[:50]
                mine.clear()

    def test_memory_kept(self):
        """Instances keep no dict of their own where Python knows how to do without."""
        if sys.version_info < (3, 11):
            self.skipTest('before 3.11 every instance has a dict')
        objs = []
        for n in range(1000):
            obj = Plain()
            obj.a, obj.b = n + 1000, 'x%d' % n
            objs.append(obj)
        data = _pickle.dumps(objs, 4)

        def blocks(loads):
            gc.collect()
            before = sys.getallocatedblocks()
            loaded = loads(data)
            gc.collect()
            return sys.getallocatedblocks() - before, loaded
        mine, stock = blocks(brinery.loads)[0], blocks(_pickle.loads)[0]
        self.assertLess(mine, stock - 900)

    def test_copyreg_and_extensions(self):
        copyreg.add_extension('builtins', 'len', 240)
        try:
            data = b'\x80\x02]q\x00(' + b'\x82\xf0' * MANY * 3 + b'e.'
            self.check(data)
        finally:
            copyreg.remove_extension('builtins', 'len', 240)


if __name__ == '__main__':
    unittest.main()
