"""What `brinery.cloudpickle` does that cloudpickle does, and what it does better; loaded by cloudpickle and by itself."""

import io
import pickle
import sys
import types
import unittest

import cloudpickle as stock
from brinery import cloudpickle
from cloud_support import fresh, main_module


def loads(data):
    """By what is written last, as if from another process: no class is known here yet."""
    cloudpickle._DYNAMIC_CLASS_TRACKER_BY_ID.clear()
    return pickle.loads(data)


class Everywhere(unittest.TestCase):
    """Each answer is asked of a process with cloudpickle and of one with brinery in its place."""

    def gives(self, value, expression, answer, **options):
        data = cloudpickle.dumps(value, **options)
        for loader in ("pickle", "brinery"):
            with self.subTest(loader=loader):
                self.assertEqual(fresh(data, expression, loader), repr(answer))

    def test_function(self):
        script = main_module("K = 3\ndef f(x, *, y=2):\n    'doc'\n    return x + y + K\n")
        self.gives(script.f, "[loaded(1), loaded.__doc__, loaded.__module__]", [6, "doc", "__main__"])
        for protocol in range(6):
            self.gives(script.f, "loaded(1, y=0)", 4, protocol=protocol)

    def test_what_stock_wrote(self):
        script = main_module("class A:\n    x = 1\n    def f(self):\n        return super().__repr__()[:2]\ng = lambda: A().f()\n")
        self.assertEqual(fresh(stock.dumps(script.g), "loaded()", "brinery"), "'<_'")
        self.assertEqual(fresh(stock.dumps(script.A), "loaded.x", "brinery"), "1")

    def test_shared_cell(self):
        script = main_module(
            "def make():\n    n = 0\n    def inc():\n        nonlocal n\n        n += 1\n"
            "    def get():\n        return n\n    return inc, get\n"
        )
        self.gives(script.make(), "[loaded[0](), loaded[0](), loaded[1]()]", [None, None, 2])

    def test_cell_itself(self):
        script = main_module("def make():\n    x = [1]\n    return lambda: x\n")
        function = script.make()
        expression = "loaded[0] is loaded[1].__closure__[0] and loaded[1]()"
        self.gives((function.__closure__[0], function), expression, [1])
        self.gives((function, function.__closure__[0]), "loaded[1].cell_contents is loaded[0]()", True)

    def test_empty_cell(self):
        script = main_module("def make():\n    def f():\n        return later\n    if 0:\n        later = 1\n    return f\n")
        expression = "[cell == type(cell)() for cell in loaded.__closure__]"
        self.gives(script.make(), expression, [True])

    def test_slots(self):
        script = main_module(
            "class A:\n    __slots__ = ('x', '__y')\n    def __init__(self):\n        self.x, self.__y = 1, 2\n"
            "    def y(self):\n        return self.__y\n"
        )
        self.gives((script.A, script.A()), "[loaded[1].x, loaded[1].y(), hasattr(loaded[1], '__dict__')]", [1, 2, False])

    def test_qualified_name(self):
        script = main_module("class A:\n    class B:\n        pass\n")
        self.gives(script.A.B, "loaded.__qualname__", "A.B")

    def test_enum_state(self):
        script = main_module(
            "import enum\nclass E(enum.Enum):\n    P = (1, 2)\n    Q = (3, 4)\n    R = P\n"
            "    def __init__(self, a, b):\n        self.a, self.b = a, b\n"
        )
        self.gives(script.E, "[loaded.P.a, loaded.Q.b, loaded.R is loaded.P, loaded((3, 4)).name]", [1, 4, True, "Q"])

    def test_subclass_hook(self):
        script = main_module(
            "class Base:\n    made = []\n    def __init_subclass__(cls, *, tag, **kwargs):\n"
            "        super().__init_subclass__(**kwargs)\n        cls.tag = tag\n        Base.made.append(tag)\n"
            "class A(Base, tag='a'):\n    pass\n"
        )
        expression = "[loaded[0].tag, loaded[0].made, loaded[0].__bases__ == (loaded[1],), loaded[0].mro()[1:2] == [loaded[1]]]"
        self.gives((script.A, script.Base), expression, ["a", ["a"], True, True])
        # The hook itself is there for classes to come.
        self.gives((script.A, script.Base), "type('B', (loaded[1],), {}, tag=7).made", ["a", 7])

    def test_override_that_is_the_same(self):
        script = main_module("class A:\n    x = 5\nclass B(A):\n    x = A.x\nA.x = 5\n")
        self.gives((script.A, script.B), "'x' in vars(loaded[1])", True)

    def test_type_parameters(self):
        if sys.version_info < (3, 12):
            return self.assertFalse(hasattr(loads, "__type_params__"))
        script = main_module("def first[T: int](xs: list[T]) -> T:\n    return xs[0]\ntype Pairs[T] = list[tuple[T, T]]\n")
        self.gives(script.first, "[p.__name__ for p in loaded.__type_params__]", ["T"])
        self.gives(script.Pairs, "[loaded.__name__, str(loaded.__value__)]", ["Pairs", "list[tuple[T, T]]"])

    def test_typing(self):
        script = main_module("import typing\nUserId = typing.NewType('UserId', int)\nT = typing.TypeVar('T', bound=int)\n")
        self.gives(script.UserId, "[loaded.__name__, loaded.__supertype__, loaded(3)]", ["UserId", int, 3])
        self.gives(script.T, "[loaded.__name__, loaded.__bound__]", ["T", int])
        if sys.version_info >= (3, 10):
            script = main_module("import typing\nP = typing.ParamSpec('P')\n")
            self.gives([script.P, script.P], "[loaded[0].__name__, loaded[0] is loaded[1]]", ["P", True])
        if sys.version_info >= (3, 11):
            script = main_module("import typing\nTs = typing.TypeVarTuple('Ts')\n")
            self.gives(script.Ts, "loaded.__name__", "Ts")

    def test_caches(self):
        script = main_module(
            "import functools\n@functools.lru_cache(maxsize=5)\ndef fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\n"
        )
        self.gives(script.fib, "[loaded(30), loaded.cache_info().maxsize, loaded.__name__]", [832040, 5, "fib"])

    def test_singledispatch(self):
        script = main_module(
            "import functools\n@functools.singledispatch\ndef f(x):\n    return 'object'\n"
            "@f.register(int)\ndef _(x):\n    return 'int'\n@f.register(list)\ndef _(x):\n    return [f(e) for e in x]\n"
        )
        self.gives(script.f, "loaded([1, 'a'])", ["int", "object"])

    def test_deep_chain(self):
        lines = ["def f0():\n    return 0\n"]
        lines += ["def f%d():\n    return f%d\n" % (i, i - 1) for i in range(1, 20000)]
        script = main_module("".join(lines))
        expression = "[loaded.__name__, loaded().__name__, loaded()().__name__]"
        self.gives(script.f19999, expression, ["f19999", "f19998", "f19997"])

    def test_bytes_after_reload(self):
        script = main_module(
            "import math\nNAME = 'name'\ndef f(name='name', *names):\n    'name'\n    return [NAME, name, math.pi, (lambda: names)]\n"
            "class A:\n    'name'\n    name = NAME\n    def m(self):\n        return self.name, A\n"
            "def make():\n    name = 'name'\n    return lambda: name\ng = make()\n"
        )
        for value in (script.f, script.A, script.g):
            with self.subTest(value=value):
                data = cloudpickle.dumps(value)
                self.assertEqual(cloudpickle.dumps(pickle.loads(data)), data)
                again = "__import__('brinery').cloudpickle.dumps(loaded) == %r" % data
                self.assertEqual(fresh(data, again, "brinery"), "True")

    def test_submodules(self):
        import concurrent.futures
        import xml.etree.ElementTree

        script = main_module(
            "import concurrent, xml\ndef f():\n    return concurrent.futures.ThreadPoolExecutor.__name__\n"
            "def g():\n    return [xml.etree.ElementTree.__name__ for _ in 'x']\n"
        )
        self.gives(script.f, "loaded()", concurrent.futures.ThreadPoolExecutor.__name__)
        self.gives(script.g, "loaded()", [xml.etree.ElementTree.__name__])

    def test_names_in_a_class_body(self):
        script = main_module("FACTOR = 3\ndef f():\n    class A:\n        x = FACTOR\n    return A.x\n")
        self.gives(script.f, "loaded()", 3)

    def test_module_that_refers_to_itself(self):
        module = types.ModuleType("made_here")
        module.me, module.x = module, 4
        exec("def f():\n    return x", module.__dict__)
        self.gives(module, "[loaded.me is loaded, loaded.x, loaded.f()]", [True, 4, 4])


class Hooks(unittest.TestCase):
    """What others override and replace."""

    def setUp(self):
        self.f = main_module("K = 1\ndef f():\n    return K\n").f

    def dumped(self, pickler, value):
        file = io.BytesIO()
        pickler(file).dump(value)
        return file.getvalue()

    def test_plain_pickler(self):
        self.assertEqual(self.dumped(cloudpickle.CloudPickler, self.f), cloudpickle.dumps(self.f))

    def test_persistent_id(self):
        class Pickler(cloudpickle.CloudPickler):
            def persistent_id(self, obj):
                return "the id" if obj is marker else None

        class Unpickler(pickle.Unpickler):
            def persistent_load(self, pid):
                return pid

        marker = object()
        f = main_module("def f():\n    return M\n", M=marker).f
        self.assertEqual(Unpickler(io.BytesIO(self.dumped(Pickler, f))).load()(), "the id")

    def test_reducer_override(self):
        class Pickler(cloudpickle.CloudPickler):
            def reducer_override(self, obj):
                if obj is len:
                    return "max"
                return super().reducer_override(obj)

        class Named:
            def __reduce__(self):
                return Named, ()

        class Marker:
            pass

        class Other(cloudpickle.CloudPickler):
            def reducer_override(self, obj):
                return (str, ("marker",)) if isinstance(obj, Marker) else super().reducer_override(obj)

        f = main_module("def f():\n    return M\n", M=Marker()).f
        self.assertEqual(loads(self.dumped(Other, f))(), "marker")

    def test_dispatch_table_of_a_subclass(self):
        class Marker:
            pass

        class Pickler(cloudpickle.CloudPickler):
            dispatch_table = cloudpickle.CloudPickler.dispatch_table.new_child({Marker: lambda obj: (str, ("marker",))})

        f = main_module("def f():\n    return M, C\n", M=Marker(), C=types.MappingProxyType({1: 2})).f
        self.assertEqual(loads(self.dumped(Pickler, f))(), ("marker", {1: 2}))

    def test_dispatch_table_of_an_instance(self):
        """As loky does it: a dict of all reducers, and one of its own."""

        class Marker:
            pass

        class Pickler(cloudpickle.CloudPickler):
            def __init__(self, file):
                super().__init__(file)
                self.dispatch_table = {**self.dispatch_table, Marker: lambda obj: (str, ("marker",))}

        script = main_module("def make(m):\n    def f(n):\n        return [m, C] + (f(n - 1) if n else [])\n    return f\n")
        script.make.__globals__["C"] = types.MappingProxyType({1: 2})
        f = loads(self.dumped(Pickler, script.make(Marker())))
        self.assertEqual(f(1), ["marker", {1: 2}] * 2)

    def test_added_to_the_table(self):
        class Marker:
            pass

        cloudpickle.CloudPickler.dispatch_table[Marker] = lambda obj: (str, ("marker",))
        try:
            self.assertEqual(loads(cloudpickle.dumps(Marker())), "marker")
        finally:
            del cloudpickle.CloudPickler.dispatch_table[Marker]

    def test_dynamic_function_reduce(self):
        class Pickler(cloudpickle.CloudPickler):
            def _dynamic_function_reduce(self, func):
                seen.append(func.__name__)
                return super()._dynamic_function_reduce(func)

        seen = []
        self.assertEqual(loads(self.dumped(Pickler, self.f))(), 1)
        self.assertEqual(seen, ["f"])
        make = main_module("def make():\n    n = []\n    def g(x):\n        return n if x else g\n    return g, lambda: n\n").make
        g, h = loads(self.dumped(Pickler, make()))
        self.assertIs(g(1), h())
        self.assertIs(g(0), g)

    def test_closure_of_an_overridden_reduce(self):
        class Pickler(cloudpickle.CloudPickler):
            def _dynamic_function_reduce(self, func):
                args = self._function_getnewargs(func)
                state = cloudpickle._function_getstate(func)
                return cloudpickle._make_function, args, state, None, None, cloudpickle._function_setstate

        f = main_module("def make(x):\n    return lambda: x\n").make(5)
        self.assertEqual(loads(self.dumped(Pickler, f))(), 5)

    def test_replaced_function_of_the_module(self):
        stock_getstate = cloudpickle._function_getstate

        def getstate(func):
            state, slots = stock_getstate(func)
            slots["__globals__"]["ADDED"] = 1
            return state, slots

        cloudpickle._function_getstate = getstate
        try:
            self.assertEqual(loads(cloudpickle.dumps(self.f)).__globals__["ADDED"], 1)
        finally:
            cloudpickle._function_getstate = stock_getstate

    def test_replaced_pickler(self):
        """The functions use the class that the module has, as cloudpickle's do."""

        class Pickler(cloudpickle.CloudPickler):
            def persistent_id(self, obj):
                return "id" if obj is marker else None

        marker, before = object(), cloudpickle.Pickler
        cloudpickle.Pickler = Pickler
        try:
            for data in (cloudpickle.dumps([marker]), self.dumped_by_function([marker])):
                self.assertIn(b"id", data)
        finally:
            cloudpickle.Pickler = before
        self.assertRaises(TypeError, cloudpickle.dumps, sys._getframe())

    def test_replaced_method(self):
        def reducer_override(self, obj):
            return (str, ("replaced",)) if obj is function else before(self, obj)

        function, before = self.f, cloudpickle.CloudPickler.reducer_override
        cloudpickle.CloudPickler.reducer_override = reducer_override
        try:
            self.assertEqual(loads(cloudpickle.dumps([function])), ["replaced"])
        finally:
            cloudpickle.CloudPickler.reducer_override = before
        self.assertEqual(loads(cloudpickle.dumps([function]))[0](), 1)

    def dumped_by_function(self, value):
        file = io.BytesIO()
        cloudpickle.dump(value, file)
        return file.getvalue()

    def test_registered_module(self):
        module = types.ModuleType("made_for_this_test")
        exec("def f():\n    return 8\nclass A:\n    pass\n", module.__dict__)
        sys.modules[module.__name__] = module
        try:
            self.assertLess(len(cloudpickle.dumps(module.f)), 60)
            cloudpickle.register_pickle_by_value(module)
            self.assertEqual(cloudpickle.list_registry_pickle_by_value(), {module.__name__})
            self.assertEqual(fresh(cloudpickle.dumps(module.f), "loaded()"), "8")
            cloudpickle.unregister_pickle_by_value(module)
            self.assertLess(len(cloudpickle.dumps(module.f)), 60)
        finally:
            del sys.modules[module.__name__]
        for call in (cloudpickle.register_pickle_by_value, cloudpickle.unregister_pickle_by_value):
            self.assertRaisesRegex(ValueError, "Input should be a module object, got name instead", call, "name")

    def test_set_added_to_directly(self):
        cloudpickle._PICKLE_BY_VALUE_MODULES.add("cloud_support")
        try:
            self.assertIn(b"co_consts" and b"_make_function", cloudpickle.dumps(fresh))
        finally:
            cloudpickle._PICKLE_BY_VALUE_MODULES.remove("cloud_support")

    def test_globals_are_shared_in_a_pickler(self):
        script = main_module("n = 0\ndef inc():\n    global n\n    n += 1\ndef get():\n    return n\n")
        file = io.BytesIO()
        pickler = cloudpickle.CloudPickler(file)
        pickler.dump(script.inc)
        pickler.dump(script.get)
        file.seek(0)
        unpickler = pickle.Unpickler(file)
        inc, get = unpickler.load(), unpickler.load()
        inc()
        self.assertEqual(get(), 1)

    def test_never_ending(self):
        class A:
            def __reduce__(self):
                return A, (A(),)

        with self.assertRaisesRegex(pickle.PicklingError, "excessively deep recursion"):
            cloudpickle.dumps(A())

    def test_what_cannot_be_pickled(self):
        for value in (sys._getframe(), (x for x in ()), sys.stdin):
            with self.assertRaises((TypeError, pickle.PicklingError)):
                cloudpickle.dumps(value)

    def test_names(self):
        """All that cloudpickle's module has, but for what it imports."""
        missing = [
            name
            for name, value in vars(stock.cloudpickle).items()
            if not hasattr(cloudpickle, name) and getattr(value, "__module__", None) == stock.cloudpickle.__name__
        ]
        self.assertEqual(missing, [])


if __name__ == "__main__":
    unittest.main()
