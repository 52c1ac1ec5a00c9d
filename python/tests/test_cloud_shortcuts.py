"""The shortcuts of `brinery.cloudpickle` are not to be seen: functions written at once, strings by value, helpers that are
called without a call, imports of what is imported, and what is remembered of code, of names and of tables."""

import builtins
import functools
import gc
import io
import json
import os
import pickle
import random
import subprocess
import sys
import types
import unittest

import brinery
import cloud_support
from brinery import cloudpickle
from cloud_support import SITE, main_module

SOURCE = r'''
import email.mime.text, json, math, os, xml.etree.ElementTree
K = 3
LIST, TUPLE, DICT = [1, "a", None], (1, "a", (b"x", 2.5), ()), {"a": 1, 2: int}
TEXTS = "plain", "gr\u00f6\u00dfe", "\ud800", "\U0001f600"
lam = lambda x: x + 1
def consts(a, b=2, *c, d=4, **e) -> int:
    "doc"
    x = 1, 2.5, b"x", frozenset({1}), ..., None, True, 10 ** 30, -1, 2 ** 40, "str ing", 1j
    def inner(y):
        return x, y, a, email.mime.text, K
    return inner
consts.attr, consts.own = 5, [consts]
inner = consts(3)
def texts(a="plain", *, b=TEXTS[1]): return TEXTS[2], TEXTS[3], "plain", "gr\u00f6\u00dfe", "\ud800"
def modules(): return email.mime.text, os.path.join, json, math.pi, xml.etree.ElementTree
def shared(x: int, y: "str" = 3, *, z=TUPLE) -> dict: return LIST, TUPLE, DICT, shared, one, Class
def again(x=TUPLE, y=LIST): return LIST, DICT, shared
def one(): return two, shared, len
def two(): return TUPLE, lambda: (TUPLE, shared, lambda: TEXTS)
def three(): return four, json.dumps
def four(a=TUPLE, b=LIST): return three, K
def within():
    import os
    return os, json.JSONEncoder
def marked(): return K
marked.__dict__.update(a=1, b="text", c=int)
def cells():
    n, later, same = 0, None, TUPLE
    def inc():
        nonlocal n
        n += 1
        return rec
    def get(): return n, later, inc
    def rec(): return rec, get, same
    def empty(): return unbound
    if 0: unbound = 1
    return inc, get, rec, empty
CELLS = cells()
class Class:
    x = K
    def m(self): return super().__repr__(), K, lam, Class
    @property
    def p(self): return consts
    @staticmethod
    def s(a=LIST): return Class
large = eval("lambda: " + repr("x" * 70000) + "\n", globals())
larger = eval("lambda: (%r, %r)" % (b"y" * 66000, "z" * 40000), globals())
'''
NAMES = "lam consts inner texts modules shared again one two three four within marked CELLS Class large larger LIST K".split()


def by_pickler(value, protocol=5):
    """The long way: a pickler's memo can be seen."""
    file = io.BytesIO()
    cloudpickle.CloudPickler(file, protocol=protocol).dump(value)
    return file.getvalue()


def outcome(dumps, *args):
    try:
        return dumps(*args)
    except Exception as error:
        return type(error), str(error)


class Calls:
    """Is a call where it is loaded."""

    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call


class Holder:
    pass


def loads(data):
    cloudpickle._DYNAMIC_CLASS_TRACKER_BY_ID.clear()
    return brinery.loads(data)


class Bytes(unittest.TestCase):
    maxDiff = 300

    def check(self, value, protocols=range(6)):
        for protocol in protocols:
            at_once = outcome(cloudpickle.dumps, value, protocol)
            self.assertEqual(at_once == outcome(by_pickler, value, protocol), True, (protocol, value))

    def test_each(self):
        script = main_module(SOURCE)
        for name in NAMES:
            self.check(getattr(script, name))

    def test_together(self):
        script = main_module(SOURCE)
        rng = random.Random(3)
        for _ in range(150):
            self.check([getattr(script, rng.choice(NAMES)) for _ in range(rng.randrange(1, 7))], (2, 4, 5))

    def test_parts_that_are_met_before_and_after(self):
        script = main_module(SOURCE)
        get, shared = script.CELLS[1], script.shared
        code = shared.__code__
        for function, part in (
            (get, get.__closure__), (get, get.__closure__[0]), (shared, code), (shared, code.co_consts),
            (shared, shared.__kwdefaults__), (shared, shared.__annotations__), (shared, script.TUPLE), (get, script.CELLS[0]),
            (script.consts, script.consts.__dict__), (shared, json), (shared, types.CodeType), (shared, code.co_name),
            (shared, cloudpickle._make_function), (shared, cloudpickle._builtin_type), (get, cloudpickle._make_empty_cell),
        ):
            self.check([function, part, function], (4, 5))
            self.check([part, function, part], (4, 5))

    def test_many_functions(self):
        space = {"__name__": "__main__"}
        exec("\n".join("def f%d(x):\n    return x + %d, f%d" % (i, i, i * 7 % 300) for i in range(300)), space)
        rng = random.Random(4)
        functions = [space["f%d" % number] for number in range(300)]
        self.check(functions, (4, 5))
        for _ in range(20):
            self.check(rng.sample(functions, rng.randrange(1, 40)), (5,))

    def test_namespaces(self):
        for extra in ({}, {"__package__": None}, {"__path__": ["/x"], "__file__": "/x/y.py"}, {"__package__": types}):
            space = {"__name__": "nowhere", "K": 1, **extra}
            exec("def f(): return K\ndef g(): return f", space)
            self.check([space["f"], space["g"]], (4, 5))
        strange = {"__name__": "__main__", 5: 6, (1, 2): 3}
        exec("def f(): return K", strange)
        self.check(strange["f"], (4, 5))

    def test_functions_of_all_kinds(self):
        class Text(str):
            pass

        script = main_module("def f(): pass")
        for name, value in (("__name__", Text("t")), ("__qualname__", "a.b.c"), ("__module__", None), ("__module__", 5),
                            ("__doc__", [1, [2]]), ("__doc__", Text("t")), ("__defaults__", ([],)), ("__module__", "nowhere"),
                            ("__kwdefaults__", {"x": object}), ("__annotations__", {"x": [int]}), ("__module__", Text("json"))):
            function = types.FunctionType(script.f.__code__, {"__name__": "__main__"}, "f")
            try:
                setattr(function, name, value)
            except TypeError:
                continue
            self.check([function, function], (4, 5))

    def test_code_of_a_metaclass(self):
        """What a global's own code would do happens as often as it did."""
        class Meta(type):
            def __getattribute__(cls, name):
                seen.append(name)
                return super().__getattribute__(name)

        class Strange(metaclass=Meta):
            pass

        f = main_module("def f(): return S", S=Strange).f
        seen = []
        cloudpickle.dumps(f)
        expected, seen[:] = list(seen), []
        by_pickler(f)
        self.assertEqual(seen, expected)


class Changes(unittest.TestCase):
    """What is remembered is forgotten in time."""

    def setUp(self):
        self.script = main_module(SOURCE)
        self.f = main_module("K = 1\ndef f(x=1):\n    return K + x\n").f
        cloudpickle.dumps(self.f)

    def test_of_the_function(self):
        f = self.f
        steps = [
            lambda: f.__globals__.update(K=2), lambda: setattr(f, "__defaults__", (5,)), lambda: f.__globals__.pop("K"),
            lambda: setattr(f, "__code__", (lambda x: x * 3).__code__), lambda: setattr(f, "mark", 5),
            lambda: setattr(f, "__name__", "g"), lambda: f.__globals__.update(K=self.script.Class),
        ]
        before = cloudpickle.dumps(f)
        for step in steps:
            step()
            data = cloudpickle.dumps(f)
            self.assertEqual(data, by_pickler(f))
            # Of the code as it is now no K is named any more.
            if step is not steps[-1]:
                self.assertNotEqual(data, before)
            before = data

    def test_of_cells(self):
        inc, get = self.script.CELLS[:2]
        for content in (1, "x", None, [inc], {1: get}, self.script.Class, object):
            get.__closure__[-1].cell_contents = content
            self.assertEqual(cloudpickle.dumps([get, inc]), by_pickler([get, inc]))

    def test_a_cell_that_changes_meanwhile(self):
        """All functions of a pickle have what was in the cell when it was first met."""
        class Changer:
            def __reduce__(self):
                first.__closure__[0].cell_contents = 7
                return str, ("changed",)

        make = main_module("def make(n):\n    return lambda: n, lambda: [n]\n").make
        for content in (1, [1, [2]], Changer):
            first, second = make(content)
            a, _, b = loads(cloudpickle.dumps([first, Changer(), second]))
            self.assertEqual([a()], b())
            first, second = make(content)
            self.assertEqual(by_pickler([second]), cloudpickle.dumps([second]))

    def test_of_names(self):
        """Each function of the module that somebody replaces is asked, from the next dump on."""
        called = []
        for name in ("_function_getstate", "_extract_code_globals", "_find_imported_submodules", "_lookup_module_and_qualname",
                     "_should_pickle_by_reference", "_is_registered_pickle_by_value", "_whichmodule"):
            original = getattr(cloudpickle, name)

            def patch(*args, **kwargs):
                called.append(name)
                return original(*args, **kwargs)
            value = [self.f, json.dumps] if "registered" in name else self.f
            expected = cloudpickle.dumps(value)
            for _ in range(2):
                setattr(cloudpickle, name, patch)
                try:
                    self.assertEqual(cloudpickle.dumps(value), expected)
                finally:
                    setattr(cloudpickle, name, original)
                self.assertIn(name, called)
                del called[:]
                self.assertEqual(cloudpickle.dumps(value), expected)
                self.assertEqual(called, [])

    def test_of_the_table(self):
        table = cloudpickle.CloudPickler.dispatch_table
        closure = main_module("def make(n):\n    import json\n    return lambda: (n, json)\n").make(3)
        for kind in (types.CodeType, types.CellType, types.ModuleType):
            original, seen = table[kind], []
            table[kind] = lambda obj: (seen.append(obj), original(obj))[1]
            try:
                self.assertEqual(loads(cloudpickle.dumps(closure))(), (3, json))
            finally:
                table[kind] = original
            self.assertTrue(seen, kind)
            del seen[:]
            cloudpickle.dumps(closure)
            self.assertEqual(seen, [])

    def test_of_the_pickler(self):
        def reducer_override(self, obj):
            seen.append(obj)
            return before(self, obj)

        before, seen = cloudpickle.CloudPickler.reducer_override, []
        for _ in range(2):
            cloudpickle.CloudPickler.reducer_override = reducer_override
            try:
                cloudpickle.dumps(self.f)
            finally:
                cloudpickle.CloudPickler.reducer_override = before
            self.assertTrue(seen)
            del seen[:]
            cloudpickle.dumps(self.f)
            self.assertEqual(seen, [])

    def test_of_modules(self):
        module = types.ModuleType("made_for_this")
        exec("def f():\n    return f\nclass A:\n    pass\ndef g(): return f, A", module.__dict__)
        user = main_module("def user(): return f, A, M", f=module.f, A=module.A, M=module).user

        def lengths():
            for value in (module.f, user):
                self.assertEqual(cloudpickle.dumps(value), by_pickler(value))
            return len(cloudpickle.dumps(module.f)), len(cloudpickle.dumps(user))
        nowhere = lengths()
        sys.modules[module.__name__] = module
        try:
            somewhere = lengths()
            self.assertLess(somewhere, nowhere)
            cloudpickle.register_pickle_by_value(module)
            self.assertEqual(lengths()[0], nowhere[0])
            cloudpickle.unregister_pickle_by_value(module)
            self.assertEqual(lengths(), somewhere)
            function, module.f = module.f, 5
            self.assertEqual(lengths()[0] > 0, True)
            self.assertEqual(cloudpickle.dumps(function), by_pickler(function))
            del module.f
            module.__getattr__ = lambda name: {"f": function}[name]
            self.assertEqual(cloudpickle.dumps(function), by_pickler(function))
            sys.modules[module.__name__] = None
            self.assertEqual(cloudpickle.dumps(function), by_pickler(function))
            sys.modules[module.__name__] = types.SimpleNamespace(f=function, A=module.A)
            self.assertEqual(cloudpickle.dumps(user), by_pickler(user))
        finally:
            del sys.modules[module.__name__]
        self.assertEqual(cloudpickle.dumps(function), by_pickler(function))

    def test_submodules(self):
        import email.message

        package = main_module("import email\ndef f(): return email.message\n").f
        parent = email.message
        del sys.modules["email.message"]
        try:
            without = cloudpickle.dumps(package)
        finally:
            sys.modules["email.message"] = parent
        self.assertLess(len(without), len(cloudpickle.dumps(package)))
        self.assertEqual(cloudpickle.dumps(package), by_pickler(package))

    def test_extensions(self):
        import copyreg

        f = main_module("def f(): return J", J=json.JSONEncoder).f
        copyreg.add_extension("json.encoder", "JSONEncoder", 240)
        try:
            self.assertEqual(cloudpickle.dumps(f), by_pickler(f))
            self.assertIs(loads(cloudpickle.dumps(f))(), json.JSONEncoder)
        finally:
            copyreg.remove_extension("json.encoder", "JSONEncoder", 240)

    def test_finalizers(self):
        """The collector may run at any time, and finalizers with it."""
        class Finalizes:
            def __init__(self, space):
                self.space, self.own = space, self

            def __del__(self):
                self.space.update(K=[["new"]], g=lambda: 5)
        thresholds = gc.get_threshold()
        gc.set_threshold(1)
        try:
            for _ in range(50):
                f = main_module("K = 'old'\ndef g():\n    return K\ndef f(x=(1, 2)):\n    return K, g\n").f
                Finalizes(f.__globals__)
                self.assertIn(loads(cloudpickle.dumps([f, lambda: f]))[0]()[0], ("old", [["new"]]))
        finally:
            gc.set_threshold(*thresholds)
        self.assertTrue(gc.isenabled())

    def test_a_pickler_that_is_used_again(self):
        file = io.BytesIO()
        pickler = cloudpickle.CloudPickler(file)
        pickler.dump(["".join(["na", "me"]), self.f])
        pickler.clear_memo()
        file.seek(0)
        file.truncate()
        pickler.dump(["name", "".join(["na", "me"]), self.f])
        self.assertEqual(loads(file.getvalue())[2](4), 5)
        self.assertEqual(loads(file.getvalue())[:2], ["name"] * 2)

    def test_while_another_is_written(self):
        class Nests:
            def __reduce__(self):
                return str, (cloudpickle.dumps([f, "text", f]).hex(),)

        f = self.f
        data = loads(cloudpickle.dumps(["text", f, Nests(), "text", f]))
        self.assertEqual([data[1](1), data[4](2), data[0], data[3]], [2, 3, "text", "text"])
        self.assertEqual(loads(bytes.fromhex(data[2]))[0](3), 4)

    def test_nothing_is_kept(self):
        for make in (lambda: [self.f, self.script.CELLS, self.script.Class], lambda: self.script.consts):
            value = make()
            for _ in range(3):
                loads(cloudpickle.dumps(value))
            gc.collect()
            before = sys.getrefcount(value), sys.getrefcount(self.f.__globals__), len(gc.get_objects())
            for _ in range(50):
                loads(cloudpickle.dumps(value))
            gc.collect()
            after = sys.getrefcount(value), sys.getrefcount(self.f.__globals__), len(gc.get_objects())
            self.assertEqual(before[:2], after[:2])
            self.assertLess(after[2] - before[2], 50)


def run(code):
    """What a new process prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([SITE, cloud_support.HERE])},
    )
    if done.returncode:
        raise AssertionError(done.stderr.decode(errors="replace"))
    return done.stdout.decode().split()


ENUMS = """
import enum
class Plain(enum.Enum):
    A = 1
    B = "b"
    ALIAS = 1
class Stateful(enum.Enum):
    A = 1, "one"
    B = 2, "two"
    def __init__(self, number, text):
        self.text = text
class Int(enum.IntEnum):
    A = 1
class Text(str, enum.Enum):
    A = "a"
    def __new__(cls, value):
        self = str.__new__(cls, value * 2)
        self._value_ = value
        return self
class Bits(enum.Flag):
    X = 1
    Y = 2
    BOTH = 3
class Hidden(enum.Enum):
    A = 1
    @property
    def __dict__(self):
        raise AttributeError("hidden")
class Sly(enum.Enum):
    A = 1
    @property
    def __dict__(self):
        return {"_value_": 5, "more": 6}
"""


class Classes(unittest.TestCase):
    def setUp(self):
        brinery.install()
        self.addCleanup(brinery.uninstall)

    def test_members(self):
        """What a member has besides its value is found, and seen as Python code sees it."""
        script = main_module(ENUMS)
        script.Plain.B.later = "given later"
        member_state = cloudpickle._member_state
        for name, kind in vars(script).items():
            if not isinstance(kind, type(script.Plain)):
                continue
            made = cloudpickle._dynamic_class_reduce(kind)
            values = made[1][3]
            for member in kind:
                self.assertEqual(values[member.name], member_state(kind, member.name, member)[0], name)
            if name in ("Hidden", "Sly"):
                continue
            back = loads(cloudpickle.dumps(kind))
            self.assertIsNot(back, kind)
            self.assertEqual([(each.name, each.value) for each in back], [(each.name, each.value) for each in kind])
            self.assertEqual(list(back.__members__), list(kind.__members__))
            for member in kind:
                self.assertEqual(getattr(back[member.name], "text", None), getattr(member, "text", None))
                self.assertEqual(getattr(back[member.name], "later", None), getattr(member, "later", None))

    def test_attributes_are_sorted(self):
        for names in ("b a C _x __y", "b gr\xf6\xdfe a \U0001f600 \uffff z", "\ud800 b a"):
            kind = type("Kind", (), dict.fromkeys(names.split(), 1))
            attributes = list(cloudpickle._class_getstate(kind)[0])
            self.assertEqual(attributes, sorted(attributes))
            self.assertLessEqual(set(names.split()), set(attributes))
        self.assertRaises(TypeError, cloudpickle._class_getstate, type("Kind", (), {1: 2}))

    def test_a_metaclass_that_compares(self):
        """Ids are found by the hash of a class, of which its metaclass may have an opinion."""
        script = main_module("""
class Alike(type):
    __hash__ = lambda cls: 7
    def __eq__(cls, other): return True
class OnlyEqual(type):
    __hash__ = type.__hash__
    def __eq__(cls, other): return cls is other
class A(metaclass=Alike): pass
class B(metaclass=OnlyEqual): pass
class C(metaclass=OnlyEqual): pass
""")
        for kind in (script.B, script.C):
            self.assertIs(brinery.loads(cloudpickle.dumps(kind)), kind)
        self.assertIn(brinery.loads(cloudpickle.dumps(script.A)).__name__, "ABC")


class Loading(unittest.TestCase):
    def setUp(self):
        brinery.install()
        self.addCleanup(brinery.uninstall)
        make = main_module("def make(n):\n    def f(x, y=[1]):\n        'doc'\n        return n, x, y\n    return f\n").make
        self.function = make(3)
        self.data = cloudpickle.dumps(self.function)

    def test_what_is_there_is_called(self):
        """Who replaces a helper, or has a `find_class`, is asked."""
        module, called = sys.modules["cloudpickle.cloudpickle"], []
        kinds = main_module("import enum, json\nclass C:\n    x = 1\nclass E(enum.Enum):\n    A = 1\n")
        for name in ("_make_skeleton_class", "_make_skeleton_enum", "_class_setstate", "subimport"):
            original = getattr(module, name)
            data = cloudpickle.dumps([kinds.C, kinds.E, kinds.json])

            def patch(*args):
                called.append(name)
                return original(*args)
            setattr(module, name, patch)
            try:
                self.assertEqual(brinery.loads(data), [kinds.C, kinds.E, json])
            finally:
                setattr(module, name, original)
            self.assertIn(name, called)
        for name in ("_make_function", "_function_setstate", "_make_empty_cell", "_make_cell", "_builtin_type"):
            original = getattr(module, name)

            def patch(*args):
                called.append(name)
                return original(*args)
            setattr(module, name, patch)
            try:
                self.assertEqual(brinery.loads(self.data)(1), (3, 1, [1]))
            finally:
                setattr(module, name, original)
            self.assertIn(name, called)
            self.assertEqual(brinery.loads(self.data)(1), (3, 1, [1]))

        class Unpickler(brinery.Unpickler):
            def find_class(self, module, name):
                called.append((module, name))
                return super().find_class(module, name)
        del called[:]
        self.assertEqual(Unpickler(io.BytesIO(self.data)).load()(1), (3, 1, [1]))
        self.assertIn(("cloudpickle.cloudpickle", "_make_function"), called)

    def test_classes_are_known_by_their_ids(self):
        script = main_module("import enum\nclass C:\n    x = 1\nclass E(enum.Enum):\n    A = 1\n    B = 2\n")
        for name in ("C", "E"):
            kind = getattr(script, name)
            data = cloudpickle.dumps(kind)
            self.assertIs(brinery.loads(data), kind)
            # One that is gone is made again, and so is one whose id nobody knows.
            other = loads(data)
            self.assertIsNot(other, kind)
            self.assertIs(brinery.loads(data), other)
            delattr(script, name)
            del kind, other
            gc.collect()
            again = brinery.loads(data)
            self.assertEqual(again.__name__, name)
            self.assertIs(brinery.loads(data), again)
        for tracker_id in (None, 5, "", (), []):
            call = Calls(cloudpickle._make_skeleton_class, (type, "Made", (), {"a": 1}, tracker_id, None))
            made, expected = outcome(brinery.loads, cloudpickle.dumps(call)), outcome(cloudpickle._make_skeleton_class, *call.call[1])
            self.assertEqual(type(made) is type, type(expected) is type, tracker_id)
            self.assertEqual(getattr(made, "__name__", made), getattr(expected, "__name__", expected))

    def test_states_of_classes(self):
        seen = []

        class Meta(type):
            def __setattr__(cls, name, value):
                seen.append(name)
                if name == "changes":
                    value.clear()
                if name == "fails":
                    raise KeyError(name)
                super().__setattr__(name, value)
            __delattr__ = None

        def state(attributes):
            # The dict can be met from its own values.
            attributes.update({name: attributes for name, value in attributes.items() if value is Ellipsis})
            return attributes, {}

        for attributes in ({}, {"a": 1, "b": 2}, {"fails": 1, "b": 2}, {"_abc_impl": []}, {"_abc_impl": [int]}, {5: 6},
                           {"a": 1, 5: 6}, {"__firstlineno__": 7, "z": 1}, {"__doc__": "text"}, {"_abc_impl": 5}):
            results = []
            for set_state in (cloudpickle._class_setstate, lambda *args: brinery.loads(cloudpickle.dumps(Calls(
                    cloudpickle._class_setstate, args)))):
                del seen[:]
                kind = Meta("Kind", (), {"__module__": __name__, "register": classmethod(lambda cls, other: seen.append(other))})
                kind.__qualname__ = "Kind"
                globals()["Kind"] = kind
                del seen[:]
                found = outcome(set_state, kind, state(dict(attributes)))
                results.append((found is kind or found, list(seen), {
                    name: value for name, value in vars(kind).items() if name in map(str, attributes)}))
            self.assertEqual(*results)
        del globals()["Kind"]
        # One that changes the dict while it is gone through has no say in what was in it.
        kind = Meta("Kind", (), {})
        del seen[:]
        for wrong in (5, (), ({},), ([], {}), ({"a": 1}, {}, 3)):
            self.assertEqual(
                outcome(brinery.loads, cloudpickle.dumps(Calls(cloudpickle._class_setstate, (Holder, wrong)))),
                outcome(cloudpickle._class_setstate, Holder, wrong))

    def test_modules_are_imported(self):
        for name in ("json", "xml.etree.ElementTree", "email.mime.text"):
            data = cloudpickle.dumps(Calls(cloudpickle.subimport, (name,)))
            self.assertIs(brinery.loads(data), sys.modules[name])
            # The package that it is in is imported as well, should that be gone.
            top, _, rest = name.partition(".")
            if rest:
                before = sys.modules.pop(top)
                try:
                    self.assertIs(brinery.loads(data), sys.modules[name])
                    self.assertIn(top, sys.modules)
                finally:
                    sys.modules[top] = before
        for wrong in ("", "no_such_module", "json.no_such", "gr\xf6\xdfe", 5, ".json"):
            data = cloudpickle.dumps(Calls(cloudpickle.subimport, (wrong,)))
            self.assertEqual(outcome(brinery.loads, data), outcome(cloudpickle.subimport, wrong))

    def test_another_module(self):
        other = types.ModuleType("cloudpickle.cloudpickle")
        other.__dict__.update(vars(cloudpickle))
        seen = []
        other._make_function = lambda *args: (seen.append(args), cloudpickle._make_function(*args))[1]
        name = "cloudpickle.cloudpickle"
        before, sys.modules[name] = sys.modules[name], other
        try:
            self.assertEqual(brinery.loads(self.data)(1), (3, 1, [1]))
        finally:
            sys.modules[name] = before
        self.assertEqual(len(seen), 1)

    def test_attributes(self):
        loaded = brinery.loads(self.data)
        for name in ("__name__", "__qualname__", "__module__", "__doc__", "__defaults__", "__kwdefaults__", "__annotations__"):
            self.assertEqual(getattr(loaded, name), getattr(self.function, name))
        function = self.function
        for name, values in (("__doc__", ["other", None, "doc"]), ("__name__", ["g"]), ("__qualname__", ["q"]),
                             ("__module__", [None, "m"]), ("__defaults__", [None, ([2],)]),
                             ("__kwdefaults__", [{"x": 1}, None]), ("__annotations__", [{"x": int}, {}])):
            for value in values:
                setattr(function, name, value)
                self.assertEqual(getattr(brinery.loads(cloudpickle.dumps(function)), name), value, name)

    def test_an_older_state(self):
        """States are applied to functions as they are, whatever they have already."""
        function = types.FunctionType(self.function.__code__, {}, "f", (1,), self.function.__closure__)
        function.__kwdefaults__, function.__doc__ = {"x": 1}, "before"
        slots = {"__defaults__": None, "__kwdefaults__": None, "__doc__": None, "__globals__": {"a": 1}, "extra": 5}
        cloudpickle._function_setstate(function, ({"mark": 1}, slots))
        self.assertEqual((function.__defaults__, function.__kwdefaults__, function.__doc__), (None, None, None))
        self.assertEqual((function.mark, function.extra, function.__globals__["a"]), (1, 5, 1))
        self.assertRaises(TypeError, cloudpickle._function_setstate, 5, ({}, {}))

    def test_arguments(self):
        """Wrong arguments are the exceptions that they were."""
        for helper, args in ((cloudpickle._make_function, (1, 2, 3, 4, 5)), (cloudpickle._make_function, ()),
                             (cloudpickle._make_function, (self.function.__code__, {}, None, None, None)),
                             (cloudpickle._make_function, (self.function.__code__, {}, 5, None, None)),
                             (cloudpickle._function_setstate, (5, ({}, {}))), (cloudpickle._make_empty_cell, (1,)),
                             (cloudpickle._function_setstate, (len, 5)), (cloudpickle._builtin_type, (5,)),
                             (cloudpickle._builtin_type, ("no such",)), (cloudpickle._builtin_type, ())):
            data = cloudpickle.dumps(Calls(helper, args))
            # Whatever the exception says, both ways it is the same.
            self.assertEqual(outcome(brinery.loads, data), outcome(helper, *args), (helper, args))
            self.assertEqual(outcome(pickle.loads, data), outcome(helper, *args), (helper, args))
        self.assertIs(brinery.loads(cloudpickle.dumps(Calls(cloudpickle._builtin_type, ("ClassType",)))), type)

    def test_import_is_asked(self):
        original, seen = builtins.__import__, []
        builtins.__import__ = lambda name, *args, **kwargs: (seen.append(name), original(name, *args, **kwargs))[1]
        try:
            brinery.loads(self.data)
        finally:
            builtins.__import__ = original
        self.assertIn("cloudpickle.cloudpickle", seen)

    def test_half_imported(self):
        """A module that another thread is importing is waited for, by the machinery that knows how."""
        module = types.ModuleType("half_imported")
        module.__spec__ = types.SimpleNamespace(_initializing=True, name="half_imported", parent="")
        module.f = len
        original, seen = builtins.__import__, []
        sys.modules[module.__name__] = module
        try:
            data = pickle.dumps(len, 4).replace(b"\x8c\x08builtins\x94\x8c\x03len", b"\x8c\x0dhalf_imported\x94\x8c\x01f")
            data = b"\x80\x04\x8c\x0dhalf_imported\x8c\x01f\x93."
            self.assertEqual(outcome(brinery.loads, data), outcome(pickle.loads, data))
            module.__spec__._initializing = False
            self.assertIs(brinery.loads(data), len)
            module.__getattr__ = lambda name: seen.append(name)
            del module.f
            brinery.loads(data)
            self.assertEqual(seen, ["f"])
            sys.modules[module.__name__] = None
            self.assertRaises(ModuleNotFoundError, brinery.loads, data)
            sys.modules[module.__name__] = types.SimpleNamespace(f=max, __spec__=None)
            self.assertIs(brinery.loads(data), max)
        finally:
            del sys.modules[module.__name__]
        self.assertIs(builtins.__import__, original)

    def test_special_names_of_modules(self):
        """Attributes of the class of modules come before what lies in a module's dict."""
        module = types.ModuleType("with_special_names")
        vars(module).update(__class__=5, __dict__=6, __doc__="text")
        sys.modules[module.__name__] = module
        try:
            for name in ("__class__", "__doc__", "__dict__", "__annotations__", "__name__", "__reduce_ex__"):
                data = b"\x80\x04\x8c\x12with_special_names\x8c" + bytes([len(name)]) + name.encode() + b"\x93."
                self.assertEqual(outcome(brinery.loads, data), outcome(pickle.loads, data), name)
        finally:
            del sys.modules[module.__name__]

    def test_stand_in(self):
        """Where there is no cloudpickle this package answers to its names, until there is one."""
        code = (
            "import sys, types, importlib.abc\n"
            "class Nowhere(importlib.abc.MetaPathFinder):\n"
            "    asked = []\n"
            "    def find_spec(self, name, path=None, target=None):\n"
            "        if name.startswith('cloudpickle'):\n"
            "            self.asked.append(name)\n"
            "            raise ModuleNotFoundError(name)\n"
            "sys.meta_path.insert(0, Nowhere())\n"
            "import brinery\n"
            "data = brinery.cloudpickle.dumps(eval('lambda: 5'))\n"
            "print(brinery.loads(data)(), brinery.loads(data)(), len(Nowhere.asked))\n"
            "package, module = types.ModuleType('cloudpickle'), types.ModuleType('cloudpickle.cloudpickle')\n"
            "vars(module).update(vars(brinery.cloudpickle), _make_function=lambda *args: lambda: 6)\n"
            "package.cloudpickle, package.__path__ = module, []\n"
            "sys.modules.update({'cloudpickle': package, 'cloudpickle.cloudpickle': module})\n"
            "module._function_setstate = lambda *args: None\n"
            "print(brinery.loads(data)())\n"
            "del sys.modules['cloudpickle'], sys.modules['cloudpickle.cloudpickle']\n"
            "print(brinery.loads(data)())\n"
            "sys.modules['cloudpickle.cloudpickle'] = None\n"
            "try: brinery.loads(data)\n"
            "except ImportError: print('none')\n"
            "else: print('some')\n"
        )
        printed = run(code)
        self.assertEqual(printed[:2], ["5", "5"])
        self.assertLess(int(printed[2]), 3)
        self.assertEqual(printed[3:5], ["6", "5"])


if __name__ == "__main__":
    unittest.main()
