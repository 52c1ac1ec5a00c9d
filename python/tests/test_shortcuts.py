"""The shortcuts of `dumps` (no place in the memo for what has one owner, instances without `__reduce_ex__`) are not to be
seen: the bytes are `_pickle`'s, whatever reducers, finalizers and classes do."""

import _pickle
import abc
import copyreg
import enum
import gc
import sys
import unittest

import brinery
import brinery.pickle

PROTOCOLS = range(6)


class Plain:
    pass


class Slotted:
    __slots__ = ('a', '__dict__')


class Child(Plain):
    pass


class Meta(type):
    def __hash__(cls):
        return 7


class OfMeta(metaclass=Meta):
    pass


class Abstract(abc.ABC):
    pass


class Getattr:
    def __getattr__(self, name):
        raise AttributeError(name)


class Getattribute:
    def __getattribute__(self, name):
        return object.__getattribute__(self, name)


class Dict:
    __dict__ = {'not': 'its own'}


class NewArgs:
    def __getnewargs__(self):
        return ()


class NewArgsEx:
    def __getnewargs_ex__(self):
        return (), {}


class State:
    def __getstate__(self):
        return {'own': 'state'}


class OfList(list):
    pass


class OfInt(int):
    pass


class Poses:
    __class__ = Plain


def made(cls):
    obj = cls()
    for name in 'abc':
        try:
            setattr(obj, name, [name])
        except AttributeError:
            pass
    return obj


class Says:
    """Says how it is pickled by what a function gives."""

    def __init__(self, function):
        self.function = function

    def __reduce__(self):
        return self.function()


def fresh(text):
    """A `str` that nobody else has."""
    return ''.join(list(text))


class Shortcuts(unittest.TestCase):
    maxDiff = 300

    def check(self, make, protocols=PROTOCOLS):
        """`make` gives an object that `_pickle` and brinery pickle, made anew for each."""
        for protocol in protocols:
            def outcome(dumps):
                try:
                    return dumps(make(), protocol)
                except Exception as error:
                    return type(error)
            with self.subTest(protocol=protocol):
                self.assertEqual(outcome(brinery.pickle.dumps), outcome(_pickle.dumps))

    def test_classes(self):
        for cls in (Plain, Slotted, Child, OfMeta, Abstract, Getattr, Getattribute, Dict, NewArgs, NewArgsEx, State,
                    OfList, OfInt, Poses):
            for _ in range(2):
                self.check(lambda: [made(cls), made(cls), cls()])

    def test_classes_that_change(self):
        class Changes:
            pass
        globals()['Changes'] = Changes
        Changes.__qualname__ = 'Changes'

        def again():
            self.check(lambda: [made(Changes), made(Changes)])
        again()
        Changes.__getstate__ = lambda self: {'now': 1}
        again()
        del Changes.__getstate__
        again()
        Changes.__reduce__ = lambda self: (Plain, ())
        again()
        del Changes.__reduce__
        again()
        copyreg.pickle(Changes, lambda obj: (Plain, ()))
        again()
        del copyreg.dispatch_table[Changes]
        again()
        Changes.__getnewargs__ = lambda self: (1,)
        again()

    def test_bases_that_change(self):
        class Above:
            pass

        class Below(Above):
            pass
        globals().update(Above=Above, Below=Below)
        Above.__qualname__, Below.__qualname__ = 'Above', 'Below'
        self.check(lambda: [made(Below)])
        Above.__reduce_ex__ = lambda self, protocol: (Plain, (), {'protocol': protocol})
        self.check(lambda: [made(Below)])

    def test_instances_with_a_say(self):
        for name, value in (('__reduce_ex__', lambda protocol: (Plain, ())), ('__reduce__', lambda: (Plain, ())),
                            ('__getstate__', lambda: 5), ('__getnewargs__', lambda: (1, 2)),
                            ('__getnewargs_ex__', lambda: ((), {}))):
            def make():
                one, other = made(Plain), made(Plain)
                one.__dict__[fresh(name)] = value
                return [other, one, other]
            self.check(make)

    def test_keys_that_are_shared(self):
        """Dicts of instances share their keys without counting."""
        def make():
            objects = []
            for number in range(4):
                obj = Plain()
                obj.__dict__[fresh('kept in one place')] = number
                objects.append(obj)
            copies = [obj.__dict__.copy() for obj in objects]
            return [objects, copies]
        self.check(make)

    def test_keys_that_are_no_text(self):
        def make():
            obj = made(Plain)
            obj.__dict__[5] = 6
            obj.__dict__[(fresh('x'), 1)] = fresh('y')
            return [obj, obj.__dict__]
        self.check(make)

    def test_parts_that_reducers_hand_out(self):
        """A reducer gives away what its graph owns once, and what it keeps for itself."""
        def args():
            owner = [[fresh('owned')], fresh('once')]
            return [Says(lambda: (tuple, ((owner[0], owner[1]),))), owner]

        def after():
            owner = [[fresh('owned')], fresh('once')]
            return [owner, Says(lambda: (tuple, ((owner[0], owner[1]),)))]

        def name():
            owner = [fresh('Plain')]
            return [Says(lambda: owner[0]), owner, Says(lambda: owner[0])]

        def state():
            owner = {'s': {'x': fresh('y')}}
            return [Says(lambda: (Plain, (), owner['s'])), owner, Says(lambda: (Plain, (), owner['s']))]

        def items():
            kept = [fresh('kept')]

            def generate():
                own = fresh('own')
                yield own
                yield own
                yield kept[0]
                yield [own]
            return [Says(lambda: (list, (), None, generate())), Says(lambda: (list, (), None, generate())), kept]
        for make in (args, after, name, state, items):
            self.check(make)

    def test_graphs_that_change_meanwhile(self):
        def moved():
            data = [[fresh('a')], None, fresh('b'), {'k': [fresh('c')]}, None, None]

            def change():
                data[4] = data[0]
                data[5] = data[3]['k']
                return tuple, ()
            data[1] = Says(lambda: (tuple, ()))
            data[2] = [data[2], Says(change)]
            return data

        def taken():
            data = [[fresh('a')], None, None, None]

            def change():
                data[0] = None
                data[2] = [fresh('b')]
                data[3] = [fresh('c')]
                return tuple, ()
            data[1] = Says(change)
            return data
        self.check(moved)
        for protocol in PROTOCOLS:
            self.assertEqual(brinery.loads(brinery.pickle.dumps(taken(), protocol)), [['a'], (), ['b'], ['c']])

    def test_recursive_tuples(self):
        def two():
            items = []
            pair = items, fresh('x'), [fresh('y')]
            items.append(pair)
            return pair

        def inside():
            return [two(), [fresh('z'), two()]]

        def frozen():
            obj = Plain()
            obj.held = frozenset([obj])
            return [obj.held, obj]

        def deep():
            items = []
            pair = ((items, [fresh('a')]), fresh('b'))
            items.append([pair, pair[0]])
            return pair
        for make in (two, inside, frozen, deep):
            self.check(make)

    def test_finalizers(self):
        """The collector may run at any time, and finalizers with it."""
        class Finalizes:
            def __init__(self, data):
                self.data, self.own = data, self

            def __del__(self):
                data = self.data
                data.append(data[0])
                data[0] = [fresh('new')]
                data.append(fresh('more'))
        thresholds = gc.get_threshold()
        gc.set_threshold(1)
        try:
            for _ in range(20):
                data = [[fresh('old')], *({'x': [n], 'o': made(Plain)} for n in range(200))]
                Finalizes(data)
                back = brinery.loads(brinery.pickle.dumps(data))
                self.assertIn(back[0], (['old'], ['new']))
        finally:
            gc.set_threshold(*thresholds)
        self.assertTrue(gc.isenabled())

    def test_the_collector_is_as_it_was(self):
        for enabled in (True, False):
            (gc.enable if enabled else gc.disable)()
            seen = []

            def reduce():
                seen.append(gc.isenabled())
                return tuple, ()
            try:
                brinery.pickle.dumps([[1], Says(reduce), [2], Says(reduce)])
                for bad in (lambda: 1 / 0, lambda: 5):
                    try:
                        brinery.pickle.dumps([[1], Says(bad)])
                    except Exception:
                        pass
                    try:
                        brinery.pickle.dumps([[1], sys])
                    except Exception:
                        pass
                self.assertEqual(gc.isenabled(), enabled)
                self.assertEqual(seen, [enabled] * 2)
            finally:
                gc.enable()

        def off():
            gc.disable()
            return tuple, ()
        brinery.pickle.dumps([Says(off), [1], [2]])
        self.assertFalse(gc.isenabled())
        gc.enable()

    def test_members_of_enums(self):
        class Color(enum.Enum):
            RED = 1
        globals()['Color'] = Color
        Color.__qualname__ = 'Color'
        self.check(lambda: [Color.RED, [fresh('x')], Color.RED])


if __name__ == '__main__':
    unittest.main()
