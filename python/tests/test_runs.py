"""What `dumps` writes in one go (containers in containers, instances, times and Decimals, read where they lie) has the bytes of
`_pickle`, wherever it has to stop: for a hook, a class that changes, a frame that is full, an object that is elsewhere too."""

import _pickle
import collections
import copyreg
import datetime
import decimal
import io
import random
import sys
import unittest

import brinery

PROTOCOLS = range(6)
D = decimal.Decimal


class Plain:
    def __init__(self, **state):
        self.__dict__.update(state)


class Says:
    def __init__(self, function):
        self.function = function

    def __reduce__(self):
        return self.function()


class OfDecimal(D):
    pass


class OfDatetime(datetime.datetime):
    pass


class Zone(datetime.tzinfo):
    def utcoffset(self, when):
        return datetime.timedelta(hours=1)

    def __reduce__(self):
        return Zone, ()


class Single:
    """Says by what name it is found, after it has done something: without a call, so that nothing looks as if it had."""
    count = 0

    def __init__(self, function):
        self.function, self.name = function, 'single_%d' % Single.count
        Single.count += 1
        globals()[self.name] = self

    def __reduce__(self):
        self.function()
        return self.name


def named():
    """Something to be found by name."""


def fresh(text):
    return ''.join(list(text))


class Compared(unittest.TestCase):
    def check(self, make, protocols=PROTOCOLS, note=None):
        for protocol in protocols:
            def outcome(dumps):
                Single.count = 0
                try:
                    return dumps(make(), protocol)
                except RecursionError:
                    raise
                except Exception as error:
                    return type(error)
            own, stock = outcome(brinery.dumps), outcome(_pickle.dumps)
            if own != stock:
                self.fail('protocol %d: %s %r is not %r' % (protocol, note, own[:200], stock[:200]))


class Runs(Compared):
    """Containers and what is in them."""

    def test_sizes(self):
        for size in (0, 1, 2, 3, 4, 999, 1000, 1001, 1999, 2000, 2001, 3000):
            for make in (lambda: [list(range(size))], lambda: [{n: -n for n in range(size)}],
                         lambda: [tuple(range(size))], lambda: [['s%d' % n for n in range(size)]],
                         lambda: {'k': {'s%d' % n: [n] for n in range(size)}},
                         lambda: [Plain(**{'a%d' % n: (n,) for n in range(size)})]):
                self.check(make, note=size)

    def test_what_is_handed_out_in_the_middle(self):
        others = [lambda: Says(lambda: (tuple, ())), lambda: Single(list), lambda: {1}, lambda: frozenset([(1, 2)]),
                  lambda: 1 << 100, lambda: named, lambda: collections.OrderedDict(a=[1]), lambda: Plain(x=[1]),
                  lambda: OfDecimal('1.5'), lambda: bytearray(b'x'), lambda: ([],), lambda: datetime.date(2020, 1, 2)]
        for other in others:
            for size in range(6):
                for place in range(size + 1):
                    def items():
                        return [[n, fresh('text %d' % n)] for n in range(place)] + [other()] \
                            + [fresh('behind %d' % n) for n in range(size - place)]

                    def in_lists():
                        return [items(), [items()], items()]

                    def in_tuples():
                        return [tuple(items()), ((tuple(items()), 1), 2), 3]

                    def in_dicts():
                        return {'a': dict(enumerate(items())), 'b': [{'c': {'d': items(), 'e': 1}, 'f': 2}], 'g': 3}

                    def in_instances():
                        return [Plain(a=1, b=Plain(c=items(), d=2), e=3), Plain(a=tuple(items()))]
                    for make in (in_lists, in_tuples, in_dicts, in_instances):
                        self.check(make, note=(size, place))

    def test_what_is_handed_out_near_the_end_of_a_batch(self):
        for place in (0, 1, 2, 997, 998, 999, 1000, 1001, 1998, 1999, 2000, 2001):
            for size in (1000, 1001, 2000, 2002):
                def items():
                    return [n if n != place else {n} for n in range(size)]
                self.check(lambda: [items(), 1], (2, 5), note=(size, place))
                self.check(lambda: [dict(enumerate(items())), 1], (2, 5), note=(size, place))
                self.check(lambda: [{(n if n != place else (n, frozenset([n]))): n for n in range(size)}, 1], (2, 5),
                           note=(size, place))

    def test_keys_that_are_handed_out(self):
        def make():
            return [{(1, frozenset([2])): [3], fresh('a'): 4, Plain: {5: 6}}, {named: {(named,): named}}]
        self.check(make)

    def test_depth(self):
        for depth in (15, 16, 17, 38, 39, 40, 41, 42, 43, 80, 81, 100):
            for wrap in (lambda x: [x], lambda x: [1, x, 2], lambda x: {'k': x}, lambda x: {'k': 1, 'x': x, 'y': 2},
                         lambda x: (x,), lambda x: (1, 2, x, 4), lambda x: Plain(x=x), lambda x: Plain(a=1, x=x, b=2)):
                def make():
                    value = {depth}
                    for _ in range(depth):
                        value = wrap(value)
                    return value
                self.check(make, (0, 2, 5), note=depth)

    def test_frames(self):
        """The end of a frame at each byte of what comes behind 64 KiB of text."""
        zone = datetime.timezone(datetime.timedelta(hours=1), 'zone')
        noon = datetime.datetime(2020, 1, 2, 12, tzinfo=zone)
        for pad in range(0, 140):
            def make():
                return [Plain(x=1), noon, D('1.5'), 'x' * (65_300 - 2 * pad), [Plain(a=1, b='t'), (1, 2), {'k': 1.5}],
                        D('-7.25'), noon.replace(hour=3), datetime.date(2020, 1, 2), fresh('behind'), 300, 70_000, None, True,
                        1 << 40, -5, (), [], {}, b'bytes', datetime.timedelta(1, 2, 3), Plain(x=[2])]
            self.check(make, (3, 4, 5), note=pad)

    def test_ints(self):
        edges = [1 << bits for bits in range(70)]
        numbers = [sign * edge + by for edge in edges for by in range(-2, 3) for sign in (1, -1)]
        self.check(lambda: list(numbers))
        self.check(lambda: [[number] for number in numbers])

    def test_floats(self):
        numbers = [0.0, -0.0, 1.5, float('inf'), float('-inf'), float('nan'), 5e-324, 1.7976931348623157e308]
        self.check(lambda: [list(numbers), {n: n for n in numbers}])

    def test_text(self):
        for unit in 'a\x00\x7fé\xff\u0100\u20ac\ud800\udfff\U0001f600':
            for length in (*range(20), 126, 127, 128, 253, 254, 255, 256, 257, 300):
                def make():
                    text = unit * length
                    return [text, {text: text + 'z'}, fresh(text), (fresh(text),), 'a' + unit * length]
                self.check(make, note=(unit, length))
        # With UTF-8 that is already there.
        text = 'größe €'
        _pickle.dumps(text)
        self.check(lambda: [text, text])

    def test_shared(self):
        def make():
            text, number, pair, items, data = fresh('text'), 1.5, (fresh('a'), 2), [1], {'k': 'v'}
            deep, plain, day, amount = (items, data), Plain(x=items), datetime.date(2020, 1, 2), D('3.25')
            all_of_them = [text, number, pair, items, data, deep, plain, day, amount, plain.__dict__]
            return [all_of_them, list(all_of_them), {'x': all_of_them}, tuple(all_of_them), Plain(y=all_of_them)]
        self.check(make)

    def test_cycles(self):
        def make():
            items, data, plain = [], {}, Plain()
            pair = (items, data)
            items += [items, data, plain, pair]
            data.update(a=items, b=data, c=plain, d=pair)
            plain.items, plain.data, plain.own, plain.pair = items, data, plain, pair
            plain.state = plain.__dict__
            return [pair, [items], {'x': data}, plain]
        self.check(make)

    def test_dicts_that_have_changed(self):
        def make():
            holes = {n: str(n) for n in range(50)}
            for n in range(0, 50, 3):
                del holes[n]
            mixed = {'a': 1, 'b': 2}
            mixed[5] = 6
            grown = Plain(a=1, b=2)
            grown.c = 3
            del grown.a
            grown.a = 4
            again = Plain(a=1)
            again.__dict__ = {'z': 1}
            return [holes, mixed, grown, again, grown.__dict__.copy(), {**holes}, {}, dict.fromkeys(range(2000))]
        self.check(make)

    def test_keys_in_the_same_places(self):
        keys = [fresh('key %d' % n) for n in range(40)]

        def make():
            rng = random.Random(1)
            dicts = [{key: n for key in rng.sample(keys, rng.randrange(25))} for n in range(100)]
            return dicts + [{fresh('key %d' % n): n for n in range(20)} for _ in range(3)]
        self.check(make)

    def test_random_graphs(self):
        for seed in range(300):
            def make():
                rng = random.Random(seed)
                made = []

                def value(depth):
                    kind = rng.randrange(16 if depth else 8)
                    if made and rng.random() < 0.2:
                        return rng.choice(made)
                    size = rng.choice((0, 1, 2, 3, 5))
                    if kind < 8:
                        return (rng.randrange(-70_000, 70_000), rng.random(), None, True, fresh('s%d' % rng.randrange(30)),
                                b'%d' % rng.randrange(30), D(rng.randrange(1000)) / 8,
                                datetime.datetime(2020, 1, 1 + rng.randrange(28)))[kind]
                    if kind < 10:
                        new = [value(depth - 1) for _ in range(size)]
                    elif kind < 12:
                        new = {fresh('k%d' % n): value(depth - 1) for n in range(size)}
                    elif kind == 12:
                        new = tuple(value(depth - 1) for _ in range(size))
                    elif kind == 13:
                        new = Plain(**{'a%d' % n: value(depth - 1) for n in range(size)})
                    elif kind == 14:
                        new = set(range(size))
                    else:
                        new = Says(lambda: (tuple, ())) if rng.random() < 0.5 else Single(list)
                    made.append(new)
                    if type(new) is list and rng.random() < 0.3:
                        new.append(rng.choice(made))
                    return new
                return [value(5) for _ in range(8)]
            self.check(make, (2, 3, 4, 5), note=seed)


class Natives(Compared):
    """Times and Decimals."""

    def test_times(self):
        zones = [None, datetime.timezone.utc, datetime.timezone(datetime.timedelta(hours=-3)),
                 datetime.timezone(datetime.timedelta(minutes=90), 'a zone'), Zone()]
        try:
            import zoneinfo
            zones.append(zoneinfo.ZoneInfo('Europe/Vienna'))
        except Exception:
            print('without zoneinfo: no data')
        for zone in zones:
            def make():
                when = datetime.datetime(2021, 12, 31, 23, 59, 58, 987654, tzinfo=zone)
                return [when, when, when.replace(fold=1), when.date(), when.time(), when.timetz(), when.timetz().replace(fold=1),
                        datetime.datetime.min, datetime.datetime.max, datetime.date.max, datetime.time.max, zone,
                        [when.replace(hour=n) for n in range(3)], {when: when}, (when,)]
            self.check(make, note=zone)

            def alone():
                return datetime.datetime(2021, 1, 2, tzinfo=zone)
            self.check(alone)
            self.check(lambda: zone)
            self.check(lambda: [alone(), alone()])
            self.check(lambda: [datetime.timedelta(1), alone(), zone])
        for delta in (datetime.timedelta(), datetime.timedelta(-1, 5), datetime.timedelta.max, datetime.timedelta.min,
                      datetime.timedelta(0, 0, 7)):
            self.check(lambda: [delta, delta, datetime.timezone(datetime.timedelta(hours=2)), delta + datetime.timedelta(0)])

    def test_decimals(self):
        texts = ['0', '1', '9', '-1', '0.1', '-0.0', '0.00', '0.000001', '0.0000001', '1E+3', '1E-30', '123456789.000', 'NaN',
                 'sNaN', '-NaN123', 'Infinity', '-Infinity', '1e999', '1e-999', '0E-7', '0E-6', '0E+2', '12345678901234567890',
                 '1' * 19, '1' * 20, '9' * 38, '9' * 39, '1' * 76, '1' * 77, '1.' + '0' * 60, '0.' + '0' * 5 + '1' * 60,
                 '10000000000000000000', '1000000000000000000.0', '-' + '1' * 200]
        rng = random.Random(5)
        for _ in range(600):
            digits = ''.join(rng.choices('0123456789', k=rng.randrange(1, 80)))
            texts.append(rng.choice(('', '-')) + digits + 'E%d' % rng.randrange(-90, 4))
        for text in texts:
            self.check(lambda: [D(text), [D(text)], D(text)], (2, 5), note=text)
        self.check(lambda: [D(text) for text in texts])
        shared = D('2.5')
        self.check(lambda: [shared, shared, -shared, '5', D(5), '5', D(5)])

    def test_contexts(self):
        with decimal.localcontext() as context:
            context.capitals = 0
            self.check(lambda: [D('1E+30'), D('1.5'), D('1E-30')])
            context.prec = 1
            self.check(lambda: [D('1.55555'), D(12345)])

    def test_subclasses(self):
        self.check(lambda: [OfDecimal('1.5'), D('1.5'), OfDatetime(2020, 1, 2), datetime.datetime(2020, 1, 2)])

    def test_copyreg(self):
        for cls, value in ((datetime.datetime, datetime.datetime(2020, 1, 2)), (D, D('1.5')), (Plain, Plain(x=1)),
                           (datetime.timedelta, datetime.timedelta(5))):
            reducer = copyreg.dispatch_table.get(cls)

            def change():
                copyreg.pickle(cls, lambda obj: (tuple, ()))
                
            def make():
                copyreg.dispatch_table.pop(cls, None)
                return [value, [value], Single(change), [value], (value,), {'x': [value]}, Single(list), value]
            try:
                self.check(make)
                copyreg.pickle(cls, lambda obj: (tuple, ()))
                self.check(lambda: [value, [value]])
            finally:
                copyreg.dispatch_table.pop(cls, None)
                if reducer is not None:
                    copyreg.dispatch_table[cls] = reducer

    def test_classes_that_change_meanwhile(self):
        class Changes:
            pass
        globals()['Changes'] = Changes
        Changes.__qualname__ = 'Changes'

        def make():
            if '__reduce__' in vars(Changes):
                del Changes.__reduce__

            def change():
                Changes.__reduce__ = lambda self: (tuple, ())
            made = [Changes() for _ in range(6)]
            for number, one in enumerate(made):
                one.x = number
            return [made[:2], Single(change), made[2:], {'x': made[5]}]
        for _ in range(2):
            self.check(make)


class Meanwhile(Compared):
    """Code of others that runs while something is half written."""

    def test_tuples_that_move(self):
        """A tuple that is half written gets another owner, who is met later."""
        for kind in (Single, lambda move: Says(lambda: move() or (tuple, ()))):
            def make():
                later, first = [], []

                def move():
                    later.append(first.pop())
                first.append((fresh('x'), [fresh('y')], kind(move), [fresh('z')]))
                return [first, fresh('between'), later, [later]]
            self.check(make)

            def nested():
                later, first = [], []

                def move():
                    later.extend([first[0], first[0][0], first[0][0][0]])
                    first.clear()
                first.append((((kind(move), [fresh('z')]), fresh('a')), [fresh('b')]))
                return [first, [1, 2], later, Plain(x=later)]
            self.check(nested)

    def test_tuples_that_come_into_themselves(self):
        for kind in (Single, lambda move: Says(lambda: move() or (tuple, ()))):
            for wrap in (lambda x: [x], lambda x: (x,), lambda x: {'k': x}, lambda x: [[x], 1], lambda x: Plain(x=x)):
                def make():
                    items, outer = [fresh('s'), [fresh('t')]], []

                    def move():
                        items.append(outer[0])
                        items.append([fresh('u'), (fresh('v'),), outer[0]])
                    outer.append((kind(move), items, [fresh('w')], (fresh('x'), [fresh('y')])))
                    return [wrap(outer), fresh('between'), outer, items]
                self.check(make)

    def test_times_that_move(self):
        """The first time of a pickle waits for the import of its class."""
        import builtins
        stock = builtins.__import__

        def make():
            later, first = [], [datetime.datetime(2020, 1, 2), D('1.5')]

            def move(name, *args, **kwargs):
                if name in ('datetime', 'decimal') and first:
                    later.append(first.pop(0))
                return stock(name, *args, **kwargs)
            builtins.__import__ = move
            return [[first], later, [later], (later,), first]
        try:
            for protocol in PROTOCOLS:
                back = brinery.loads(brinery.dumps(make(), protocol))
                self.assertIs(back[1][0], back[0][0][0])
                self.assertIs(back[2][0], back[1])
                self.assertIs(back[3][0], back[1])
        finally:
            builtins.__import__ = stock

    def test_instances_that_move(self):
        def make():
            later, first = [], []

            class Meta(type):
                @property
                def __module__(cls):
                    later.append(first.pop())
                    return __name__

            class Moves(metaclass=Meta):
                pass
            globals()['Moves'] = Moves
            Moves.__qualname__ = 'Moves'
            first.append(Moves())
            return [first, later, [later]]
        self.check(make)

    def test_what_was_not_held_is_alive(self):
        """Whatever a reducer takes away, the bytes are whole, and what comes at the same address is another object."""
        for kind in (Single, lambda take: Says(lambda: take() or (tuple, ()))):
            for protocol in PROTOCOLS:
                rng = random.Random(protocol)
                data = [[fresh('text %d' % n), {'k%d' % n: (fresh('v'), float(n))}] for n in range(50)]
                gone = list(range(50))

                def take():
                    data[gone.pop(0)] = [fresh('new'), {'new': (fresh('new'), rng.random())}]
                data[10:10] = [kind(take) for _ in range(5)]
                data += [[kind(take)], (kind(take),), {'x': kind(take)}, Plain(x=kind(take))]
                back = brinery.loads(brinery.dumps(data, protocol))
                self.assertEqual(back[0], ['text 0', {'k0': ('v', 0.0)}])
                self.assertEqual(len(back), 59)

    def test_files_that_change_what_is_written(self):
        """A file's `write` is Python code, which runs in the middle of a list or dict."""
        class File:
            def __init__(self, change):
                self.parts, self.change = [], change

            def write(self, data):
                self.parts.append(bytes(data))
                self.change()
        for make in (lambda: [fresh('text %d' % n) * 50 for n in range(5000)],
                     lambda: [n * 1.5 for n in range(50_000)], lambda: [[fresh('x%d' % n)] for n in range(20_000)]):
            for protocol in (0, 4, 5):
                items = make()
                brinery.dump(items, File(items.clear), protocol)
                items = make()
                brinery.Pickler(File(items.clear), protocol).dump(items)
                items = make()
                brinery.dump([items, items], File(items.reverse), protocol)
        data = {fresh('key %d' % n): fresh('value %d' % n) * 20 for n in range(10_000)}
        for change in (data.clear, lambda: data.pop(next(iter(data)), None)):
            try:
                brinery.dump(data, File(change), 4)
            except RuntimeError as error:
                self.assertIn('changed size', str(error))
            data.update((fresh('key %d' % n), fresh('value %d' % n) * 20) for n in range(10_000))

    def test_files_get_the_same(self):
        def make():
            return [Plain(a=[1, 'x', (2.5, None)], b={'k': D('1.5')}), datetime.datetime(2020, 1, 2), ['y' * 70_000, 'z']] * 2
        for protocol in PROTOCOLS:
            own, stock = io.BytesIO(), io.BytesIO()
            brinery.dump(make(), own, protocol)
            _pickle.dump(make(), stock, protocol)
            self.assertEqual(own.getvalue(), stock.getvalue())

    def test_references(self):
        text, items, day, plain, amount = fresh('text'), [1], datetime.date(2020, 1, 2), Plain(x=1), D('1.5')
        pair, zone = (fresh('a'), items), datetime.timezone(datetime.timedelta(0, 60))
        parts = [text, items, day, plain, plain.__dict__, amount, pair, zone, named, Plain, datetime.date]
        data = [parts, list(parts), {'x': parts}, tuple(parts), Single(list), Plain(y=parts), {1: {2}}]
        brinery.dumps(data)
        before = [sys.getrefcount(part) for part in parts]
        for protocol in PROTOCOLS:
            for _ in range(20):
                brinery.dumps(data, protocol)
                with self.assertRaises(Exception):
                    brinery.pickle.dumps([data, sys], protocol)
        self.assertEqual([sys.getrefcount(part) for part in parts], before)


if __name__ == '__main__':
    unittest.main()
