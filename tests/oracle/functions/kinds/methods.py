"""Methods: bound and not, class and static, properties, and what `super()` and `__class__` find."""


class Base:
    def __init__(self, x=1):
        self.x = x

    def get(self):
        return ["Base.get", self.x]

    @classmethod
    def make(cls, x):
        return cls(x)

    @staticmethod
    def plain(a, b=2):
        return a + b


class Derived(Base):
    def __init__(self, x=1):
        super().__init__(x + 1)
        self.more = True

    def get(self):
        return super().get() + ["Derived.get"]

    @classmethod
    def make(cls, x):
        made = super().make(x * 10)
        made.by = cls.__name__
        return made


@kind
def bound_method():
    return Base(5).get


@use
def bound_method(m):
    return [m(), m.__self__.x, m.__func__ is type(m.__self__).get]


@kind
def bound_method_twice():
    base = Base(5)
    return base.get, base.get, base


@use
def bound_method_twice(three):
    a, b, base = three
    base.x = 9
    return [a(), a == b, a.__self__ is base]


@kind
def bound_class_method():
    return Derived.make


@use
def bound_class_method(make):
    made = make(2)
    return [made.x, made.by, made.more, type(made) is make.__self__]


@kind
def static_method():
    return Base.plain


@use
def static_method(f):
    return [f(1), f(1, 3), f.__qualname__]


@kind
def function_of_class():
    return Derived.get


@use
def function_of_class(f):
    return [f.__qualname__, f.__code__.co_freevars, f.__closure__[0].cell_contents.__name__]


@kind
def class_with_all():
    return Derived


@use
def class_with_all(D):
    return [D(3).get(), D.make(1).x, D.plain(1), D.__mro__[1].__name__]


@kind
def super_chain():
    class A:
        def f(self):
            return ["A"]

    class B(A):
        def f(self):
            return ["B"] + super().f()

    class C(A):
        def f(self):
            return ["C"] + super().f()

    class D(B, C):
        def f(self):
            return ["D"] + super().f()

    return D


@use
def super_chain(D):
    return [D().f(), [c.__name__ for c in D.__mro__]]


@kind
def class_cell():
    class A:
        def me(self):
            return __class__

        def nested(self):
            return [lambda: __class__, lambda: super().__repr__()]

    return A


@use
def class_cell(A):
    inner = A().nested()
    return [A().me() is A, inner[0]() is A, A.me.__closure__[0].cell_contents is A]


@kind
def class_cell_is_shared():
    class A:
        def f(self):
            return __class__

        def g(self):
            return super().__hash__() and __class__

    return A


@use
def class_cell_is_shared(A):
    return [A.f.__closure__[0] is A.g.__closure__[0], A().f() is A().g()]


@kind
def method_of_local_class_with_cells():
    def make(k):
        class A:
            def f(self):
                return [k, __class__.__name__]

        class B(A):
            def f(self):
                return super().f() + [k * 2]

        return B

    return make(4)


@use
def method_of_local_class_with_cells(B):
    return [B().f(), B.f.__code__.co_freevars]


@kind
def properties():
    class Celsius:
        def __init__(self):
            self._t = 0

        @property
        def t(self):
            """The temperature."""
            return self._t

        @t.setter
        def t(self, value):
            self._t = value

        @t.deleter
        def t(self):
            self._t = None

    return Celsius


@use
def properties(Celsius):
    c = Celsius()
    c.t = 5
    seen = [c.t]
    del c.t
    return [seen, c.t, Celsius.t.__doc__]


@kind
def property_with_super():
    class A:
        @property
        def p(self):
            return 1

    class B(A):
        @property
        def p(self):
            return super().p + 1

    return B


@use
def property_with_super(B):
    return B().p


@kind
def property_alone():
    return property(lambda self: self.n * 2, None, None, "doc")


@use
def property_alone(p):
    class X:
        n, q = 4, p

    return [X().q, p.__doc__, p.fset]


@kind
def wrapped_by_hand():
    def f(*args):
        return len(args)

    return staticmethod(f), classmethod(f)


@use
def wrapped_by_hand(pair):
    class X:
        s, c = pair

    return [X().s(1), X().c(1), [type(item).__name__ for item in pair]]


@kind
def assigned_later():
    class A:
        pass

    def f(self):
        return ["assigned", self.__class__.__name__]

    A.f = f
    A.g = lambda self, x=A: x is A
    A.h = staticmethod(f)
    return A


@use
def assigned_later(A):
    return [A().f(), A().g(), A.h(1)[0], A.f.__qualname__]


@kind
def method_of_builtin():
    items = [3, 1]
    return items.append, items, "a-b".split, {}.fromkeys


@use
def method_of_builtin(four):
    append, items, split, fromkeys = four
    append(2)
    return [items, split("-"), fromkeys("ab")]


@kind
def descriptors_of_builtins():
    return [str.upper, list.__len__, dict.fromkeys, int.__add__, object.__init__, float.fromhex]


@use
def descriptors_of_builtins(fs):
    return [fs[0]("a"), fs[1]([1]), fs[2]("a"), fs[3](1, 2), fs[4].__name__, fs[5]("0x1p1")]


@kind
def method_bound_to_anything():
    import types

    def f(self, x):
        return [self, x]

    return types.MethodType(f, {"self": 1})


@use
def method_bound_to_anything(m):
    return [m(2), m.__self__]
