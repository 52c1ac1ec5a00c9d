"""Errors arrive as the Python exceptions they are, and depth is memory only."""

import _pickle
import copyreg
import sys
import unittest

import brinery
import brinery.pickle


class Own(Exception):
    """No exception that the engine knows."""


class Reduced:
    def __init__(self, *args):
        self.args = args

    def __reduce__(self):
        return Reduced, self.args, {'state': self.args}, None, None

    def __setstate__(self, state):
        self.state = state


class Slotted:
    __slots__ = ('a', '__dict__')


class Refuses:
    def __reduce__(self):
        raise Own('as it is')


class Fails:
    def __setstate__(self, state):
        raise Own(state)

    def __getstate__(self):
        return {'why': 'as it is'}




STREAMS = [
    (b'', EOFError),
    (b'K', _pickle.UnpicklingError),
    (b'K\x05', EOFError),
    (b'\xff.', _pickle.UnpicklingError),
    (b'.', _pickle.UnpicklingError),
    (b'\x80\x06N.', ValueError),
    (b'F1e400\n.', OverflowError),
    (b'Ix\n.', ValueError),
    (b'\x82\x43.', ValueError),
    (b'\x82\x00.', _pickle.UnpicklingError),
    (b'h\x00.', _pickle.UnpicklingError),
    (b'cbuiltins\nlist\n]R.', TypeError),
    (b']]b.', _pickle.UnpicklingError),
    (b'}]Ns.', TypeError),
    (b'\x8c\x01\xff.', UnicodeDecodeError),
    (b'U\x01\xff.', UnicodeDecodeError),
    (b'cno_such_module\nname\n.', ModuleNotFoundError),
    (b'cbuiltins\nno_such_name\n.', AttributeError),
    (b'NN\x93.', _pickle.UnpicklingError),
    (b'N)\x81.', _pickle.UnpicklingError),
    (b'Pid\n.', _pickle.UnpicklingError),
    (b'NQ.', _pickle.UnpicklingError),
    (b'\x97.', _pickle.UnpicklingError),
    (b'N\x98.', TypeError),
    (b'cbuiltins\nint\n(S"x"\ntR.', ValueError),
    (b'cbuiltins\ndict\n)RN(Na.', _pickle.UnpicklingError),
]


def deep_list(depth):
    outer = []
    for _ in range(depth):
        outer = [outer]
    return outer


class Objects(unittest.TestCase):
    def test_a_class_with_reduce(self):
        for protocol in range(6):
            shared = Reduced(1, 'two')
            one, two = brinery.loads(brinery.pickle.dumps([shared, shared], protocol))
            self.assertIs(one, two)
            self.assertEqual((one.args, one.state), ((1, 'two'), {'state': (1, 'two')}))

    def test_slots_and_dict(self):
        obj = Slotted()
        obj.a, obj.b = 1, 2
        back = brinery.loads(brinery.pickle.dumps(obj))
        self.assertEqual((back.a, back.b), (1, 2))
        self.assertIs(next(iter(back.__dict__)), sys.intern('b'))

    def test_cycles(self):
        items = [{}]
        items[0]['again'] = items
        back = brinery.loads(brinery.pickle.dumps(items))
        self.assertIs(back[0]['again'], back)

    def test_faults_of_streams(self):
        for stream, expected in STREAMS:
            with self.subTest(stream=stream):
                with self.assertRaises(expected) as stock:
                    _pickle.loads(stream)
                with self.assertRaises(expected) as own:
                    brinery.loads(stream)
                self.assertIs(type(own.exception), type(stock.exception))

    def test_a_fault_says_where(self):
        with self.assertRaisesRegex(_pickle.UnpicklingError, 'BINGET at byte 2'):
            brinery.loads(b'\x80\x04h\x05.')

    def test_exceptions_of_others_pass(self):
        with self.assertRaisesRegex(Own, 'as it is'):
            brinery.pickle.dumps([Refuses()])
        with self.assertRaises(Own) as caught:
            brinery.loads(brinery.pickle.dumps(Fails()))
        self.assertEqual(caught.exception.args, ({'why': 'as it is'},))

    def test_arguments(self):
        self.assertEqual(brinery.pickle.dumps(1), _pickle.dumps(1))
        self.assertEqual(brinery.pickle.dumps(1, -1), _pickle.dumps(1, -1))
        for function in (brinery.pickle.dumps, _pickle.dumps):
            self.assertRaises(ValueError, function, 1, 6)
            self.assertRaises(TypeError, function, 1, 'x')
            self.assertRaises(ValueError, function, 1, 4, buffer_callback=id)
        for function in (brinery.loads, _pickle.loads):
            self.assertRaises(TypeError, function, 'N.')
            self.assertEqual(function(bytearray(b'N.')), None)
            self.assertEqual(function(memoryview(b'K\x07.')), 7)

    def test_encoding(self):
        stream = b'U\x02\xe9x.'
        for encoding in ('latin1', 'bytes', 'cp1252'):
            self.assertEqual(brinery.loads(stream, encoding=encoding), _pickle.loads(stream, encoding=encoding))
        self.assertEqual(brinery.loads(stream, errors='replace'), _pickle.loads(stream, errors='replace'))
        self.assertRaises(LookupError, brinery.loads, stream, encoding='no such')

    def test_extensions(self):
        copyreg.add_extension('collections', 'OrderedDict', 0x54321)
        try:
            import collections
            written = brinery.pickle.dumps(collections.OrderedDict, 2)
            self.assertEqual(written, _pickle.dumps(collections.OrderedDict, 2))
            self.assertIs(brinery.loads(written), collections.OrderedDict)
        finally:
            copyreg.remove_extension('collections', 'OrderedDict', 0x54321)

    def test_depth(self):
        depth = 1_000_000
        written = brinery.pickle.dumps(deep_list(depth))
        back, count = brinery.loads(written), 0
        while back:
            back, count = back[0], count + 1
        self.assertEqual(count, depth)

    def test_a_dict_that_changes(self):
        class Grows:
            def __reduce__(self):
                changing['more'] = 1
                return int, ()
        changing = {'a': Grows(), 'b': 2}
        self.assertRaises(RuntimeError, brinery.pickle.dumps, changing)

    def test_a_list_that_shrinks(self):
        class Clears:
            def __reduce__(self):
                changing.clear()
                return int, ()
        changing = [Clears(), 'gone', 'gone']
        self.assertEqual(brinery.loads(brinery.pickle.dumps(changing)), [0])


if __name__ == '__main__':
    unittest.main()
