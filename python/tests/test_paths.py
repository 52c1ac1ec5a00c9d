"""Errors name the way to the object that cannot be pickled, and are otherwise those of `pickle`."""

import _pickle
import collections
import dataclasses
import functools
import io
import pickle
import sys
import threading
import types
import unittest

import brinery
import brinery.pickle
from brinery import _brinery, cloudpickle

LOCK = threading.Lock()
NOTES = sys.version_info >= (3, 11)


class Job:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)

    def method(self):
        pass


class Slotted:
    __slots__ = ("one", "two")


@dataclasses.dataclass
class Data:
    name: str
    handle: object


Point = collections.namedtuple("Point", "x y")


class Bag(list):
    pass


class Reduced:
    def __init__(self, *value):
        self.value = value

    def __reduce__(self):
        # Each time new iterators.
        return tuple(iter(part) if type(part) is list else part for part in self.value)


def setter(obj, state):
    pass


def reads_global():
    return LOCK


def closure():
    handle = [LOCK]
    return lambda: handle


def slotted():
    new = Slotted()
    new.one, new.two = 1, {"a": LOCK}
    return new


def nested(count):
    value = LOCK
    for _ in range(count):
        value = [0, value]
    return value


CASES = {
    "obj.jobs[3].lock": Job(jobs=[1, 2, (), Job(lock=LOCK)]),
    "obj[1]": [0, LOCK],
    "obj[2][0]": (0, 1, (LOCK,)),
    "obj[0][1][2][3]": [(0, [1, 2, (1, 2, 3, LOCK, 5)])],
    "obj['key']": {"first": 1, "key": LOCK},
    "obj[('a', 1)][b'x'][2.5]": {("a", 1): {b"x": {2.5: LOCK}}},
    "obj{<lock>}": {1, 2, LOCK},
    "obj[0]{<lock>}": [frozenset([LOCK])],
    "obj{<tuple>}[1]": {("a", LOCK)},
    "obj.two['a']": slotted(),
    "obj.handle": Data("a", LOCK),
    "obj.y": Point(1, LOCK),
    "obj[1000]": [0] * 1000 + [LOCK],
    "obj[1700]": [""] * 1700 + [LOCK],
    "obj['k1234']": {**{"k%d" % number: number for number in range(1234)}, "k1234": LOCK},
    "obj.keywords['key']": functools.partial(print, 1, key=LOCK),
    "obj.args[0]": functools.partial(print, LOCK),
    "obj.args[1][0]": ValueError(1, [LOCK]),
    "obj.__self__.x": Job(x=LOCK).method,
    "obj.space": types.SimpleNamespace(space=LOCK),
    "obj[3]": collections.defaultdict(list, {3: LOCK}),
    "obj.first[1]": Job(first=collections.deque([1, LOCK])),
    "obj.second['a']": Job(second=collections.OrderedDict(a=LOCK)),
    "obj.<arguments>[1]": Reduced(print, (1, LOCK)),
    "obj.<state>": Reduced(Job, (), LOCK),
    "obj.third[2]": Job(third=Reduced(Bag, (), None, [1, 2, LOCK])),
    "obj.fourth['k']": Job(fourth=Reduced(dict, (), None, None, [(1, 2), ("k", LOCK)])),
    "obj.fifth.a": Job(fifth=Reduced(Job, (), {"a": LOCK}, None, None, setter)),
    "obj.__dict__['no name']": Job(**{"no name": LOCK}),
}


def failure(dumps, obj, **keywords):
    try:
        dumps(obj, **keywords)
    except Exception as error:
        return error
    raise AssertionError("%r was pickled" % (obj,))


def path_of(error):
    """The path in a note, or at the end of the message."""
    notes = getattr(error, "__notes__", [])
    if NOTES or notes:
        [note] = notes
    else:
        [message] = error.args
        note = message[message.index("(when") + 1 : -1]
    start = "when pickling "
    assert note.startswith(start), note
    return note[len(start) :]


def to_file(obj, protocol=None):
    brinery.pickle.Pickler(io.BytesIO(), protocol).dump(obj)


class WithHook(brinery.pickle.Pickler):
    def reducer_override(self, obj):
        return NotImplemented


def with_hook(obj, protocol=None):
    WithHook(io.BytesIO(), protocol).dump(obj)


class Paths(unittest.TestCase):
    def test_where(self):
        for path, obj in CASES.items():
            for protocol in (2, 3, 4, 5):
                for dumps in (brinery.pickle.dumps, to_file, with_hook, brinery.dumps, cloudpickle.dumps):
                    with self.subTest(path=path, protocol=protocol, by=dumps.__module__ + "." + dumps.__name__):
                        self.assertEqual(path_of(failure(dumps, obj, protocol=protocol)), path)

    def test_by_value(self):
        local = 5

        def with_default(a=(1, LOCK), *, b=None):
            return local

        def with_keyword(*, b=[LOCK]):
            return local

        class Local:
            attribute = {"a": LOCK}

            def method(self):
                pass

        for path, obj in {
            "obj.__closure__['handle'][0]": closure(),
            "obj.__defaults__[0][1]": with_default,
            "obj.__kwdefaults__['b'][0]": with_keyword,
            "obj.attribute['a']": Local,
            "obj[0].__class__.attribute['a']": [Local()],
            "obj['f'].__closure__['closure'].__closure__['handle'][0]": {"f": self.around(closure())},
        }.items():
            with self.subTest(path=path):
                self.assertEqual(path_of(failure(cloudpickle.dumps, obj)), path)
                self.assertEqual(path_of(failure(brinery.dumps, obj)), path)

    @staticmethod
    def around(closure):
        return lambda: closure

    def test_globals(self):
        namespace = {"LOCK": {"held": [LOCK]}, "__name__": "__main__"}
        exec("def f(): return LOCK", namespace)
        self.assertEqual(path_of(failure(cloudpickle.dumps, namespace["f"])), "obj.__globals__['LOCK']['held'][0]")

    def test_class_and_message_are_those_of_pickle(self):
        for obj in [*CASES.values(), [lambda: 0], [sys], [closure()]]:
            stock, own = failure(_pickle.dumps, obj), failure(brinery.pickle.dumps, obj)
            self.assertIs(type(own), type(stock))
            if NOTES:
                self.assertEqual(str(own), str(stock))
            else:
                self.assertTrue(str(own).startswith(str(stock)), (own, stock))

    def test_what_was_given_has_no_path(self):
        error = failure(brinery.pickle.dumps, LOCK)
        self.assertEqual(getattr(error, "__notes__", []), [])
        self.assertEqual(str(error), str(failure(_pickle.dumps, LOCK)))

    def test_others_exceptions(self):
        class Own(Exception):
            def __init__(self, one, two):
                super().__init__(one, two)

        class Fails:
            def __init__(self, error):
                self.error = error

            def __reduce__(self):
                raise self.error

        for error in (Own(1, 2), ValueError("no"), TypeError("none of pickle's"), KeyError()):
            args = error.args
            raised = failure(brinery.pickle.dumps, [Fails(error)])
            self.assertIs(raised, error)
            self.assertEqual(raised.args, args)
            self.assertEqual(path_of(raised), "obj[0]")
            # The same exception again.
            failure(brinery.pickle.dumps, [Fails(error)])
            self.assertEqual(len(raised.__notes__), 1)

        class Stops(BaseException):
            pass

        with self.assertRaises(Stops) as caught:
            brinery.pickle.dumps([Fails(Stops())])
        self.assertFalse(hasattr(caught.exception, "__notes__"))

    def test_faults_of_the_file_are_not_of_an_object(self):
        class Full:
            def write(self, data):
                raise OSError("no space left")

        error = failure(lambda obj: brinery.pickle.dump(obj, Full()), [1, [2]])
        self.assertFalse(hasattr(error, "__notes__"))

    def test_long_paths_are_cut(self):
        path = path_of(failure(brinery.pickle.dumps, nested(100_000)))
        self.assertTrue(path.startswith("obj[1][1][1]") and path.endswith("[1][1][1]") and "…" in path)
        self.assertLess(len(path), 200)
        path = path_of(failure(brinery.pickle.dumps, {"k" * 1000: LOCK}))
        self.assertLess(len(path), 100)

    def test_depth(self):
        # On Rust's stack, on the stack of tasks, and at the limit between them.
        for depth in (1, 14, 15, 16, 17, 18, 40):
            expected = "obj" + "[1]" * depth
            for protocol in range(2, 6):
                self.assertEqual(path_of(failure(brinery.pickle.dumps, nested(depth), protocol=protocol)), expected)

    def test_keys_run_no_code_of_others(self):
        class Loud:
            def __repr__(self):
                raise AssertionError("was shown")

            __str__ = __repr__

        self.assertEqual(path_of(failure(brinery.dumps, {Loud(): 1, "a": [LOCK]})), "obj['a'][0]")
        loud = Loud()
        self.assertRegex(path_of(failure(cloudpickle.dumps, [{loud: LOCK}])), r"^obj\[0\]\[<Loud>\]$")

    def test_a_dict_that_changes(self):
        class Changes:
            def __init__(self, victim):
                self.victim = victim

            def __reduce__(self):
                self.victim.clear()
                raise TypeError("cannot pickle this")

        victim = {"a": 1}
        victim["b"] = Changes(victim)
        self.assertRegex(path_of(failure(brinery.pickle.dumps, [victim])), r"^obj\[0\]")

    def test_explain(self):
        self.assertIsNone(_brinery.explain([1, len, lambda: 0]))
        for obj in (Job(jobs=[Job(lock=LOCK)]), [1, (2, LOCK)], {1: {LOCK}}, slotted(), closure(), {"a": LOCK}, LOCK):
            path, error, found = _brinery.explain(obj)
            self.assertIs(type(error), TypeError)
            self.assertIs(found, LOCK)
        self.assertEqual(_brinery.explain(Job(jobs=[Job(lock=LOCK)]))[0], "obj.jobs[0].lock")
        path, error, found = _brinery.explain([0, lambda: 0], by_value=False)
        self.assertEqual(path, "obj[1]")
        self.assertEqual(found(), 0)
        self.assertEqual(_brinery.explain(LOCK)[0], "obj")
        # What an iterator gave is gone.
        self.assertIsNone(_brinery.explain(Reduced(Bag, (), None, [LOCK]))[2])
        self.assertRaises(ValueError, _brinery.explain, 1, 99)

    def test_pickler_goes_on(self):
        file = io.BytesIO()
        pickler = brinery.pickle.Pickler(file)
        self.assertEqual(path_of(failure(pickler.dump, [[LOCK]])), "obj[0][0]")
        file.seek(0)
        file.truncate()
        pickler.clear_memo()
        pickler.dump([1, "a"])
        self.assertEqual(pickle.loads(file.getvalue()), [1, "a"])


if __name__ == "__main__":
    unittest.main()
