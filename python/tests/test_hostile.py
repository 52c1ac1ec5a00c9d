"""Hooks, reducers and files that do what they should not: an error or an object, never a crash."""

import _pickle
import gc
import io
import unittest

import brinery
import brinery.pickle
from doing import PROTOCOLS, Does, Plain


class Hostile(unittest.TestCase):
    """Hooks that change, re-enter and keep what is being worked on."""

    def test_a_pickler_in_use(self):
        for action in (lambda p: p.dump(1), lambda p: p.__init__(io.BytesIO())):
            class P(brinery.Pickler):
                def persistent_id(self, obj):
                    action(self)
            pickler = P(io.BytesIO())
            self.assertRaisesRegex(RuntimeError, 'already used', pickler.dump, [1])
            # It can be used again.
            pickler = brinery.Pickler(io.BytesIO())
            self.assertRaises(RuntimeError, pickler.dump, [Does(lambda: action(pickler))])
            pickler.dump(1)

    def test_an_unpickler_in_use(self):
        for action in (lambda u: u.load(), lambda u: u.__init__(io.BytesIO(b'N.'))):
            class U(brinery.Unpickler):
                def find_class(self, module, name):
                    action(self)
            unpickler = U(io.BytesIO(b'(cbuiltins\nlen\n.N.'))
            self.assertRaisesRegex(RuntimeError, 'already used', unpickler.load)
            # It can be used again.
            unpickler.__init__(io.BytesIO(b'N.'))
            self.assertIsNone(unpickler.load())

    def test_init_again(self):
        unpickler = brinery.Unpickler(io.BytesIO(b'(N1N.'))
        unpickler.load()
        for _ in range(3):
            unpickler.__init__(io.BytesIO(b'(N1N.'))
            self.assertIsNone(unpickler.load())
        self.assertRaises(TypeError, unpickler.__init__, object())

    def test_the_memo_meanwhile(self):
        file = io.BytesIO()
        pickler = brinery.Pickler(file, 4)
        kept = ['kept']
        seen = []
        pickler.dump([kept, Does(lambda: seen.append(pickler.memo.copy())), kept])
        self.assertIn(id(kept), seen[0])
        self.assertEqual(brinery.loads(file.getvalue()), [kept, (), kept])
        for action in (pickler.clear_memo, lambda: pickler.memo.clear(), lambda: setattr(pickler, 'memo', {})):
            file.seek(0)
            file.truncate()
            pickler.clear_memo()
            pickler.dump([kept, Does(action), kept])
            self.assertEqual(brinery.loads(file.getvalue()), [kept, (), kept])

        class U(brinery.Unpickler):
            def find_class(self, module, name):
                self.memo.clear()
                self.memo = {0: 'x'}
                return super().find_class(module, name)
        self.assertEqual(U(io.BytesIO(_pickle.dumps([kept, len, kept], 2))).load(), [kept, len, kept])

    def test_containers_that_change(self):
        for size in (1, 2, 3, 1000, 1001, 2500):
            for change in ('clear', 'grow'):
                for kind in (list, dict, set):
                    for protocol in PROTOCOLS:
                        box = []

                        class Changes:
                            def __reduce__(self):
                                target = box[0]
                                if change == 'clear':
                                    target.clear()
                                elif kind is list:
                                    target.append(object)
                                elif kind is set:
                                    target.add(len(target) + 10_000)
                                else:
                                    target[len(target) + 10_000] = 1
                                return int, ()
                        first = Changes()
                        items = [first, *range(size - 1)]
                        box.append(items if kind is list else dict.fromkeys(items) if kind is dict else set(items))
                        try:
                            brinery.loads(brinery.pickle.dumps(box[0], protocol))
                        except RuntimeError:
                            self.assertIsNot(kind, list)

    def test_items_that_are_not_kept(self):
        """Reducers hand out objects that nobody else has: their addresses must not be taken for others'."""
        class Fresh:
            def __init__(self, number):
                self.number = number

            def __reduce__(self):
                return dict, (), None, None, ((str(n) + 'key', [self.number, n]) for n in range(50))
        data = [Fresh(n) for n in range(50)]
        for protocol in PROTOCOLS:
            back = brinery.loads(brinery.pickle.dumps(data, protocol))
            self.assertEqual(back, [{str(n) + 'key': [m, n] for n in range(50)} for m in range(50)])

    def test_objects_owned_once(self):
        """What is owned by the list alone, and what user code takes hold of meanwhile."""
        for protocol in PROTOCOLS:
            data = [['once'], None, None]
            data[1] = Does(lambda: data.__setitem__(2, data[0]))
            self.assertEqual(brinery.pickle.dumps(data, protocol)[-20:], brinery.pickle.dumps(data, protocol)[-20:])
            data = [['once'], None, None]
            data[1] = Does(lambda: data.__setitem__(2, data[0]))
            back = brinery.loads(brinery.pickle.dumps(data, protocol))
            self.assertIs(back[2], back[0])
            # Taken away, so that the next object lies where it lay.
            data = [['gone'], None, None]

            def replace():
                data[0] = None
                gc.collect()
                data[2] = ['other']
            data[1] = Does(replace)
            back = brinery.loads(brinery.pickle.dumps(data, protocol))
            self.assertEqual(back, [['gone'], (), ['other']])

    def test_resurrection(self):
        alive = []

        class Rises:
            def __del__(self):
                alive.append(self)

            def __reduce__(self):
                return Rises, ()
        globals()['Rises'] = Rises
        Rises.__qualname__ = 'Rises'
        for _ in range(10):
            brinery.pickle.dumps(Rises())
            brinery.loads(brinery.pickle.dumps([Rises(), Rises()]))
            # Thrown away by the pickle itself.
            self.assertRaises(_pickle.UnpicklingError, brinery.loads, brinery.pickle.dumps(Rises())[:-1] + b'00.')
        self.assertGreaterEqual(len(alive), 10)
        del Rises.__del__

    def test_a_buffer_that_is_released(self):
        buffer = _pickle.PickleBuffer(bytearray(b'abc'))

        def release(taken):
            try:
                taken.release()
            except BufferError:
                pass
            return True
        try:
            self.assertEqual(brinery.loads(brinery.pickle.dumps(buffer, 5, buffer_callback=release)), bytearray(b'abc'))
        except ValueError:
            pass
        self.assertRaises(ValueError, brinery.pickle.dumps, released(), 5)

    def test_a_bytearray_that_changes(self):
        array = bytearray(b'x' * 70_000)

        class File:
            def __init__(self):
                self.written = []

            def write(self, data):
                self.written.append(bytes(data))
                array.clear()
        file = File()
        brinery.pickle.dump([array, 'after'], file, 5)
        self.assertEqual(brinery.loads(b''.join(file.written))[1], 'after')

    def test_iterators_that_misbehave(self):
        class Iterates:
            def __init__(self, *items):
                self.items = items

            def __reduce__(self):
                return list, (), None, iter(self.items), None

            def append(self, item):
                pass
        self.assertRaises(TypeError, brinery.pickle.dumps, Pairs([1]))
        self.assertRaises(TypeError, brinery.pickle.dumps, Pairs([(1, 2, 3)]))
        self.assertRaises(TypeError, brinery.pickle.dumps, Pairs([[1, 2]]))
        self.assertEqual(brinery.loads(brinery.pickle.dumps(Iterates(*range(2001)))), list(range(2001)))

        class Endless:
            def __reduce__(self):
                return tuple, ((Endless(),),)
        self.assertRaises(RecursionError, brinery.pickle.dumps, Endless())

    def test_states_that_change_the_object(self):
        class Slippery:
            def __reduce__(self):
                self.state = {'a': self}
                return Slippery, (), self.state

            def __setstate__(self, state):
                state.clear()
                self.__dict__ = state
        for protocol in range(2, 6):
            globals()['Slippery'] = Slippery
            Slippery.__qualname__ = 'Slippery'
            self.assertIsInstance(brinery.loads(brinery.pickle.dumps(Slippery(), protocol)), Slippery)

    def test_depth(self):
        outer = None
        for _ in range(200_000):
            outer = Plain(inner=outer) if _ % 2 else (outer,)
        file = io.BytesIO()
        try:
            brinery.Pickler(file).dump(outer)
        except RecursionError:
            pass
        while outer is not None:
            outer = outer.inner if isinstance(outer, Plain) else outer[0]


def released():
    buffer = _pickle.PickleBuffer(b'abc')
    buffer.release()
    return buffer


class Pairs:
    def __init__(self, pairs):
        self.pairs = pairs

    def __reduce__(self):
        return dict, (), None, None, iter(self.pairs)


if __name__ == '__main__':
    unittest.main()
