"""`Pickler` and `Unpickler`: attributes, hooks, files, memos, the collector."""

import _pickle
import collections
import copyreg
import gc
import io
import os
import sys
import tempfile
import unittest
import weakref

import brinery
import brinery.pickle
from doing import PROTOCOLS, Does, Plain, both

class Names(unittest.TestCase):
    def test_names_of_the_module(self):
        for name in ('PickleError', 'PicklingError', 'UnpicklingError', 'PickleBuffer'):
            self.assertIs(getattr(brinery.pickle, name), getattr(_pickle, name))
            self.assertIs(getattr(brinery, name), getattr(_pickle, name))
        for name in ('dump', 'dumps', 'load', 'loads'):
            self.assertIs(type(getattr(brinery, name)), type(len))
            if not name.startswith("dump"):
                self.assertIs(getattr(brinery.pickle, name), getattr(brinery, name))

    def test_keywords(self):
        file = io.BytesIO()
        brinery.pickle.dump(obj=1, file=file, protocol=2, fix_imports=False, buffer_callback=None)
        self.assertEqual(file.getvalue(), brinery.pickle.dumps(obj=1, protocol=2, fix_imports=False, buffer_callback=None))
        file.seek(0)
        self.assertEqual(brinery.load(file=file, fix_imports=True, encoding='ASCII', errors='strict', buffers=()), 1)
        brinery.Pickler(file=file, protocol=5, fix_imports=True, buffer_callback=print)
        brinery.Unpickler(file=file, fix_imports=True, encoding='bytes', errors='strict', buffers=None)
        self.assertRaises(TypeError, brinery.loads, data=b'N.')
        self.assertRaises(TypeError, brinery.Unpickler, file, True)
        self.assertRaises(ValueError, brinery.Pickler, file, 4, buffer_callback=print)

    def test_base_classes_have_no_dict(self):
        for plain in (brinery.Pickler(io.BytesIO()), brinery.Unpickler(io.BytesIO())):
            self.assertFalse(hasattr(plain, '__dict__'))
            self.assertRaises(AttributeError, setattr, plain, 'other', 1)
            self.assertRaises(TypeError, weakref.ref, plain)
            self.assertTrue(gc.is_tracked(plain))

    def test_init_is_needed(self):
        class P(brinery.Pickler):
            def __init__(self):
                pass

        class U(brinery.Unpickler):
            def __init__(self, a, b=None):
                pass
        self.assertRaisesRegex(_pickle.PicklingError, 'not called by P.__init__', P().dump, 1)
        self.assertRaisesRegex(_pickle.UnpicklingError, 'not called by U.__init__', U(1, b=2).load)

    def test_attributes(self):
        pickler = brinery.Pickler(io.BytesIO(), 2)
        self.assertEqual((pickler.bin, pickler.fast), (1, 0))
        pickler.fast = True
        self.assertEqual(pickler.fast, 1)
        self.assertRaises(AttributeError, getattr, pickler, 'dispatch_table')
        pickler.dispatch_table = table = {}
        self.assertIs(pickler.dispatch_table, table)
        del pickler.dispatch_table
        self.assertRaises(AttributeError, delattr, pickler, 'dispatch_table')
        self.assertRaises(AttributeError, delattr, pickler, 'no_such')
        self.assertGreater(sys.getsizeof(pickler), 50)

    @unittest.skipIf(sys.version_info < (3, 10), 'types are immutable from 3.10 on')
    def test_types_are_immutable(self):
        for cls in (brinery.Pickler, brinery.Unpickler):
            with self.assertRaisesRegex(TypeError, 'immutable'):
                cls.dump = None


class Memos(unittest.TestCase):
    def test_one_memo_for_all(self):
        shared = ['shared']

        def two(pickler):
            pickler.dump(shared)
            pickler.dump([shared, 'own'])
            pickler.clear_memo()
            pickler.dump(shared)
        for protocol in PROTOCOLS:
            stock, own = both(lambda cls, file: two(cls(file, protocol)), lambda base: base)
            self.assertEqual(own, stock)
        unpickler = brinery.Unpickler(io.BytesIO(own))
        first, second = unpickler.load(), unpickler.load()
        self.assertIs(second[0], first)

    def test_proxies(self):
        file = io.BytesIO()
        pickler = brinery.Pickler(file, 4)
        items = ['a', 'b']
        pickler.dump(items)
        copy = pickler.memo.copy()
        self.assertEqual({key: copy[key] for key in sorted(copy)},
                         {key: value for key, value in sorted((id(x), (n, x)) for n, x in enumerate([items, *items]))})
        function, args = pickler.memo.__reduce__()
        self.assertEqual(function(*args), copy)
        self.assertRaises(TypeError, hash, pickler.memo)
        other = brinery.Pickler(io.BytesIO(), 4)
        for memo in (pickler.memo, copy):
            other.memo = memo
            self.assertEqual(other.memo.copy(), copy)
        for wrong, error in ((1, TypeError), ({1: 2}, TypeError), ({1: (2,)}, TypeError), ({1: ('x', 2)}, TypeError)):
            with self.assertRaises(error):
                other.memo = wrong
        pickler.memo.clear()
        self.assertEqual(pickler.memo.copy(), {})

        unpickler = brinery.Unpickler(io.BytesIO(file.getvalue() + b'h\x01.'))
        self.assertEqual(unpickler.load(), items)
        self.assertEqual(unpickler.memo.copy(), {0: items, 1: 'a', 2: 'b'})
        self.assertEqual(unpickler.load(), 'a')
        other = brinery.Unpickler(io.BytesIO(b'h\x02.'))
        other.memo = unpickler.memo
        self.assertEqual(other.load(), 'b')
        self.assertRaises(TypeError, hash, unpickler.memo)
        for wrong, error in ((1, TypeError), ({'a': 2}, TypeError), ({-1: 2}, ValueError)):
            with self.assertRaises(error):
                other.memo = wrong

    def test_memo_of_an_unpickler_is_where_it_says(self):
        # `_pickle` forgets the length of its memo here, or the memo.
        unpickler = brinery.Unpickler(io.BytesIO(b'K\x07\x94.K\x08\x94.h\x00.'))
        self.assertEqual(unpickler.load(), 7)
        unpickler.memo.clear()
        self.assertEqual(unpickler.load(), 8)
        self.assertEqual(unpickler.memo.copy(), {0: 8})
        unpickler.memo = {0: 'set', 70_000: 'far'}
        self.assertEqual(unpickler.memo.copy(), {0: 'set', 70_000: 'far'})
        self.assertEqual(unpickler.load(), 'set')

    def test_what_a_failed_dump_wrote_stays(self):
        kept = ['kept']

        def fail(pickler):
            with self.assertRaises(ZeroDivisionError):
                pickler.dump([kept, Does(lambda: 1 / 0)])
            pickler.dump(kept)
        stock, own = both(lambda cls, file: fail(cls(file, 2)), lambda base: base)
        self.assertEqual(own, stock)


class Hooks(unittest.TestCase):
    def test_persistent_ids(self):
        class Known:
            pass
        known = Known()

        def make(base):
            class P(base):
                def persistent_id(self, obj):
                    return ('known', 1) if obj is known else None
            return P
        for protocol in range(1, 6):
            stock, own = both(lambda cls, file: cls(file, protocol).dump([known, {known: known}]), make)
            self.assertEqual(own, stock)

            class U(brinery.Unpickler):
                def persistent_load(self, pid):
                    assert pid == ('known', 1)
                    return known
            self.assertEqual(U(io.BytesIO(own)).load(), [known, {known: known}])
            self.assertRaises(_pickle.UnpicklingError, brinery.loads, own)

    def test_persistent_id_of_an_instance(self):
        for base in (brinery.Pickler, type('P', (brinery.Pickler,), {})):
            file = io.BytesIO()
            pickler = base(file, 0)
            pickler.persistent_id = lambda obj: 'x' if obj == 5 else None
            pickler.dump([5, 6])
            unpickler = brinery.Unpickler(io.BytesIO(file.getvalue()))
            unpickler.persistent_load = lambda pid: pid * 2
            self.assertEqual(unpickler.load(), ['xx', 6])
            del pickler.persistent_id

    @unittest.skipIf(sys.version_info < (3, 13), 'the methods are there from 3.13 on')
    def test_the_methods_of_the_base(self):
        class P(brinery.Pickler):
            def persistent_id(self, obj):
                return super().persistent_id(obj)

        class U(brinery.Unpickler):
            def persistent_load(self, pid):
                return super().persistent_load(pid)
        file = io.BytesIO()
        P(file, 1).dump([1])
        self.assertEqual(file.getvalue(), _pickle.dumps([1], 1))
        self.assertRaises(_pickle.UnpicklingError, U(io.BytesIO(b'NQ.')).load)
        self.assertIsNone(brinery.Pickler(file).persistent_id(1))

    def test_reducer_override(self):
        seen = []

        def make(base):
            class P(base):
                def reducer_override(self, obj):
                    seen.append(type(obj).__name__)
                    if isinstance(obj, Plain):
                        return dict, (), None, None, iter([('a', obj.a)])
                    return NotImplemented
            return P
        data = [1, 'a', {}, (2,), len, Plain(a=3), Plain]
        for protocol in PROTOCOLS:
            stock, own = both(lambda cls, file: cls(file, protocol).dump(data), make)
            self.assertEqual(own, stock)
            self.assertEqual(seen[:len(seen) // 2], seen[len(seen) // 2:])
            seen.clear()

        class Raises(brinery.Pickler):
            def reducer_override(self, obj):
                raise KeyError(obj)
        self.assertRaises(KeyError, Raises(io.BytesIO()).dump, len)
        # Of an instance, too.
        pickler = type('P', (brinery.Pickler,), {})(io.BytesIO())
        pickler.reducer_override = lambda obj: 'len' if obj is len else NotImplemented
        pickler.dump(len)

    def test_dispatch_tables(self):
        def reduce_plain(obj):
            return Plain, (), {'reduced': True}

        class Missing(dict):
            def __missing__(self, key):
                raise LookupError(key)
        tables = [{Plain: reduce_plain}, collections.ChainMap({}, {Plain: reduce_plain}, copyreg.dispatch_table)]
        for table in tables:
            for protocol in PROTOCOLS:
                def write(cls, file):
                    pickler = cls(file, protocol)
                    pickler.dispatch_table = table
                    pickler.dump([Plain(a=1), Plain])
                stock, own = both(write, lambda base: base)
                self.assertEqual(own, stock)
                stock, own = both(lambda cls, file: cls(file, protocol).dump([Plain(a=1), Plain]),
                                  lambda base: type('P', (base,), {'dispatch_table': table}))
                self.assertEqual(own, stock)
        pickler = brinery.Pickler(io.BytesIO())
        pickler.dispatch_table = Missing()
        self.assertRaises(LookupError, pickler.dump, Plain(a=1))

    def test_find_class(self):
        class U(brinery.Unpickler):
            def find_class(self, module, name):
                if (module, name) == ('builtins', 'len'):
                    raise _pickle.UnpicklingError('no len')
                return super().find_class(module, name)
        for protocol in range(4, 6):
            self.assertIs(U(io.BytesIO(_pickle.dumps(print, protocol))).load(), print)
            self.assertRaisesRegex(_pickle.UnpicklingError, 'no len', U(io.BytesIO(_pickle.dumps(len, protocol))).load)
        self.assertIs(brinery.Unpickler(io.BytesIO()).find_class('__builtin__', 'xrange'), range)

    def test_audit(self):
        events = []
        listens = True

        def hook(event, args):
            if listens and event == 'pickle.find_class':
                events.append(args)
        # It stays for as long as the process does.
        sys.addaudithook(hook)
        brinery.loads(b'c__builtin__\nxrange\n.')
        brinery.load(io.BytesIO(_pickle.dumps(len, 4)))
        listens = False
        self.assertEqual(events, [('__builtin__', 'xrange'), ('builtins', 'len')])

    def test_fast(self):
        def write(cls, file):
            pickler = cls(file, 4)
            pickler.fast = 1
            shared = ['x']
            pickler.dump([shared, shared, (shared, {'x': 'x'}), Plain(a='x')])
        stock, own = both(write, lambda base: base)
        self.assertEqual(own, stock)
        pickler = brinery.Pickler(io.BytesIO(), 4)
        pickler.fast = 1
        circle = []
        circle.append(circle)
        self.assertRaises(ValueError, pickler.dump, circle)

    def test_buffer_callback(self):
        data = [_pickle.PickleBuffer(b'abc'), _pickle.PickleBuffer(bytearray(b'x' * 70_000))]
        for keep in (False, True):
            taken = [], []
            for cls, buffers in zip((_pickle.Pickler, brinery.Pickler), taken):
                file = io.BytesIO()

                def callback(buffer):
                    buffers.append(buffer)
                    return keep
                cls(file, 5, buffer_callback=callback).dump(data)
                buffers.append(file.getvalue())
            self.assertEqual(taken[0], taken[1])


class Limited:
    """A file that knows nothing but what it must."""

    def __init__(self, data):
        self.file = io.BytesIO(data)

    def read(self, count):
        return self.file.read(count)

    def readline(self):
        return self.file.readline()


class Files(unittest.TestCase):
    def test_positions(self):
        objects = [['first', 1], {'second': 'x' * 100_000}, (b'y' * 200_000, 3)]
        for protocol in PROTOCOLS:
            data = b''.join(_pickle.dumps(obj, protocol) for obj in objects) + b'rest'
            with tempfile.TemporaryFile() as buffered:
                buffered.write(data)
                for file in (io.BytesIO(data), buffered):
                    file.seek(0)
                    ends = []
                    for obj in objects:
                        self.assertEqual(brinery.load(file), obj)
                        ends.append(file.tell())
                    file.seek(0)
                    unpickler = brinery.Unpickler(file)
                    for obj, end in zip(objects, ends):
                        self.assertEqual(unpickler.load(), obj)
                        self.assertEqual(file.tell(), end)
                    self.assertEqual(file.read(), b'rest')
            self.assertEqual(brinery.load(Limited(data)), objects[0])

    def test_writes(self):
        objects = [list(range(50_000)), 'x' * 100_000, b'y' * 70_000, bytearray(b'z' * 70_000)]
        for protocol in range(4, 6):
            pieces = []
            file = type('File', (), {'write': staticmethod(pieces.append)})
            brinery.pickle.dump(objects, file, protocol)
            self.assertEqual(b''.join(pieces), _pickle.dumps(objects, protocol))
            self.assertGreater(len(pieces), 4)

    def test_faults(self):
        self.assertRaises(TypeError, brinery.pickle.dump, 1, object())
        self.assertRaises(TypeError, brinery.Pickler, object())
        self.assertRaises(TypeError, brinery.load, object())
        self.assertRaises(TypeError, brinery.Unpickler, object())
        with open(os.devnull, 'rb') as closed:
            pass
        self.assertRaises(ValueError, brinery.load, closed)

        class Broken(io.BytesIO):
            def write(self, data):
                raise KeyError('write')

            def read(self, count):
                raise KeyError('read')

            def readline(self):
                raise KeyError('readline')
        self.assertRaises(KeyError, brinery.pickle.dump, 1, Broken())
        self.assertRaises(KeyError, brinery.load, Broken(b'N.'))
        self.assertRaises(EOFError, brinery.load, io.BytesIO())
        for wrong in (lambda self, count: None, lambda self, count: 'text', lambda self, count: 5):
            cls = type('Wrong', (), {'read': wrong, 'readline': wrong})
            self.assertRaises(TypeError, brinery.load, cls())
        for data in (b'K', b'C\x05ab', b'I1', b'\x80\x04\x95\xff\0\0\0\0\0\0\0N.', b'\x8e' + b'\xff' * 7 + b'\x00a'):
            self.assertRaises(_pickle.UnpicklingError, brinery.load, io.BytesIO(data))

    def test_a_file_that_looks_ahead(self):
        class Peeks(io.BytesIO):
            def peek(self, count):
                at = self.tell()
                data = self.read(min(count, 5))
                self.seek(at)
                return data

        class Refuses(io.BytesIO):
            def peek(self, count):
                raise NotImplementedError
        for protocol in PROTOCOLS:
            data = _pickle.dumps(['some', 'text', 1.5, {1: 2}], protocol)
            for cls in (Peeks, Refuses):
                file = cls(data * 2)
                for _ in range(2):
                    self.assertEqual(brinery.load(file), ['some', 'text', 1.5, {1: 2}])
                self.assertEqual(file.read(), b'')


class Collector(unittest.TestCase):
    def test_no_cycle_is_left(self):
        class P(brinery.Pickler):
            def persistent_id(self, obj):
                return None

            def reducer_override(self, obj):
                return NotImplemented

        class U(brinery.Unpickler):
            def persistent_load(self, pid):
                return pid
        gc.disable()
        try:
            file = io.BytesIO()
            pickler = P(file)
            pickler.dump([Plain(a=1)])
            file.seek(0)
            unpickler = U(file)
            unpickler.load()
            for ref in (weakref.ref(pickler), weakref.ref(unpickler)):
                del pickler, unpickler
                self.assertIsNone(ref())
                pickler = unpickler = None
        finally:
            gc.enable()

    def test_cycles_are_collected(self):
        class File(io.BytesIO):
            pass
        for cls in (brinery.Pickler, brinery.Unpickler):
            file = File(b'N.')
            file.own = cls(file)
            ref = weakref.ref(file)
            del file
            gc.collect()
            self.assertIsNone(ref())

    def test_nothing_leaks(self):
        marker = object()

        class P(brinery.Pickler):
            def persistent_id(self, obj):
                return 'm' if obj is marker else None

        class U(brinery.Unpickler):
            def persistent_load(self, pid):
                return marker

            def find_class(self, module, name):
                return super().find_class(module, name)
        shared = ['shared', Plain(a=marker)]
        data = [shared, shared, {'k': Plain(b=2)}, 'x' * 100, marker]

        def work():
            for protocol in range(1, 6):
                file = io.BytesIO()
                pickler = P(file, protocol)
                pickler.dump(data)
                pickler.dump(data)
                pickler.memo.copy()
                file.seek(0)
                unpickler = U(file)
                unpickler.load()
                unpickler.load()
                unpickler.memo.copy()
                for bad in (b'(', b'cno_such\nname\n.', b'h\x05.', file.getvalue()[:-3]):
                    try:
                        brinery.loads(bad)
                    except Exception:
                        pass
                try:
                    P(file, protocol).dump([shared, Does(lambda: 1 / 0)])
                except ZeroDivisionError:
                    pass
        work()
        watched = [marker, shared, data, Plain, P, U, brinery.Pickler]
        gc.collect()
        before = [sys.getrefcount(obj) for obj in watched], len(gc.get_objects())
        for _ in range(50):
            work()
        gc.collect()
        after = [sys.getrefcount(obj) for obj in watched], len(gc.get_objects())
        for was, now in zip(before[0], after[0]):
            self.assertLess(abs(now - was), 25, (before, after))
        self.assertLess(abs(after[1] - before[1]), 25)


if __name__ == '__main__':
    unittest.main()
