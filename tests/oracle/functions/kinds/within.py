"""Classes that have their own instances in them, and objects that want to know the class they are in."""

import collections
import functools

BASE = 4


def helper(x):
    return x + BASE


class Global:
    """Its constructor needs globals, and one of these is an instance."""

    def __new__(cls, n):
        self = super().__new__(cls)
        self.n = helper(n)
        return self

    def __getnewargs__(self):
        return (self.n - BASE,)

    def other(self):
        return ask()[0]


ONE = Global(3)


def ask():
    return ONE.n, helper(1), Global(2).n, type(ONE) is Global


@kind
def instance_among_globals():
    return [ONE, ask]


@use
def instance_among_globals(items):
    one, ask = items
    return [one.n, one.other(), ask()]


def singleton():
    class S:
        only = None

        def __new__(cls):
            if cls.only is None:
                cls.only = super().__new__(cls)
                cls.only.x = 1
            return cls.only

    return S


@kind
def singleton_by_instance():
    return singleton()()


@use
def singleton_by_instance(s):
    return [s.x, type(s)() is s, type(s).only is s]


@kind
def singleton_by_class():
    S = singleton()
    return [S, S()]


@use
def singleton_by_class(pair):
    S, s = pair
    return [s.x, S() is s, S.only is s]


@kind
def constant_of_its_class():
    class T(tuple):
        size = 3

        def __new__(cls, *items):
            return super().__new__(cls, items * cls.size)

        def count_all(self):
            return len(self)

    T.ONE = T(1)
    return T


@use
def constant_of_its_class(T):
    return [list(T.ONE), T.ONE.count_all(), list(T(2))]


@kind
def constant_by_closure():
    class P:
        scale = 2

        def __new__(cls, *items):
            self = object.__new__(P)
            self.n = len(items) * P.scale
            return self

    P.ONE = P(1)
    P.ALL = {"one": [P.ONE], P.ONE.n: (P.ONE, P)}
    return P


@use
def constant_by_closure(P):
    return [P.ONE.n, P(1, 2).n, P.ALL["one"][0] is P.ONE, P.ALL[2][1] is P]


@kind
def registry_of_instances():
    class R:
        known = []

        def __new__(cls, n):
            self = super().__new__(cls)
            self.n = n
            R.known.append(self)
            return self

    one, two = R(1), R(2)
    one.next, two.next = two, one
    return R


@use
def registry_of_instances(R):
    one, two = R.known
    return [one.n, two.n, one.next is two, two.next is one, R(3) is R.known[2]]


@kind
def exception_in_its_class():
    class Failure(ValueError):
        def __init__(self, what):
            super().__init__("failed", what)
            self.what = [what]

    Failure.DEFAULT = Failure("all")
    return Failure


@use
def exception_in_its_class(Failure):
    new = Failure("x")
    return [list(Failure.DEFAULT.args), Failure.DEFAULT.what, list(new.args), new.what]


@kind
def default_of_a_function():
    class A:
        base = 9

        def __new__(cls, *args):
            self = super().__new__(cls)
            self.n = A.base
            return self

    def f(x, a=A()):
        return [x, a.n]

    A.f = staticmethod(f)
    return f


@use
def default_of_a_function(f):
    return [f(1), type(f.__defaults__[0]).f is f]


@kind
def instance_in_a_cell():
    class A:
        base = 9

        def __new__(cls):
            self = super().__new__(cls)
            self.n = A.base
            return self

        def is_it(self):
            return one is self

    one = A()
    return lambda: [one.is_it(), one.n, A().is_it()]


@use
def instance_in_a_cell(f):
    return f()


@kind
def namedtuple_with_constant():
    class N(collections.namedtuple("N", "a b")):
        def __new__(cls, a, b=5):
            return super().__new__(cls, a, b)

        def total(self):
            return self.a + self.b

    N.ZERO = N(0, 0)
    return N


@use
def namedtuple_with_constant(N):
    return [list(N.ZERO), N(1).total(), N.ZERO.total(), type(N.ZERO) is N]


@kind
def says_what_it_is_made_of():
    class A:
        kinds = {"a": 1}

        def __init__(self, n):
            self.n, self.kind = n, A.kinds["a"]

        def __reduce__(self):
            return A, (self.n,)

    A.default = A(3)
    return A


@use
def says_what_it_is_made_of(A):
    return [A.default.n, A.default.kind, type(A.default) is A]


@kind
def says_the_arguments_of_new():
    class A:
        known = {}

        def __new__(cls, n):
            self = super().__new__(cls)
            self.n = n
            cls.known[n] = self
            return self

        def __getnewargs__(self):
            return (self.n,)

    A.default = A(3)
    return A


@use
def says_the_arguments_of_new(A):
    return [A.default.n, A.known[3] is A.default, len(A.known)]


@kind
def hashed_instances():
    class H:
        salt = 7

        def __init__(self, n):
            self.n = n

        def __hash__(self):
            return hash((H.salt, self.n))

        def __eq__(self, other):
            return isinstance(other, H) and self.n == other.n

    H.one = H(1)
    H.table, H.frozen, H.pair = {H.one: "v"}, frozenset([H.one]), (H.one, 2)
    return H


@use
def hashed_instances(H):
    return [H.table[H(1)], H.one in H.frozen, H(2) in H.frozen, H.pair[0] is H.one]


@kind
def state_by_the_class():
    class A:
        def __init__(self, n):
            self.n = n

        def __getstate__(self):
            return {"n": self.n}

        def __setstate__(self, state):
            self.__dict__.update(state)

        def twice(self):
            return A(self.n * 2)

    A.default = A(3)
    return A.default


@use
def state_by_the_class(a):
    return [a.n, a.twice().n, type(a).default is a]


@kind
def instances_of_each_other():
    class A:
        pass

    class B:
        def a(self):
            return A

    A.b, B.a_class = B, A
    A.one, B.one = B(), A()
    A.one.other, B.one.other = B.one, A.one
    return A


@use
def instances_of_each_other(A):
    return [A.one.a() is A, A.one.other.other is A.one, type(A.one) is A.b, A.b.a_class is A]


@kind
def metaclass_that_knows_its_classes():
    class Meta(type):
        known = []
        suffix = "!"

        def __new__(mcs, name, bases, space):
            cls = super().__new__(mcs, name, bases, space)
            cls.tag = name + Meta.suffix
            return cls

    class A(metaclass=Meta):
        pass

    Meta.known.append(A)
    return A


@use
def metaclass_that_knows_its_classes(A):
    return [A.tag, type(A).known[0] is A, len(type(A).known), type(A).__name__]


@kind
def subclass_in_its_base():
    class B:
        seen = []

        def __init_subclass__(cls, **rest):
            B.seen.append([cls.__name__, rest])

        def __new__(cls):
            self = super().__new__(cls)
            self.of = cls.__name__
            return self

    class D(B, a=1):
        pass

    B.one, B.derived = D(), D
    return B


@use
def subclass_in_its_base(B):
    return [B.seen, B.one.of, type(B.one) is B.derived, B().of]


class Told:
    """A descriptor that notes each time that it is told where it is."""

    def __init__(self, get):
        self.get, self.calls = get, 0

    def __set_name__(self, owner, name):
        self.owner, self.name, self.calls = owner, self.get.__name__ + name, self.calls + 1

    def __get__(self, instance, owner):
        return self.get(), self.name, self.calls, self.owner.__name__


@kind
def descriptor_that_knows_its_class():
    class A:
        x = Told(lambda: A.n)
        n = 5

    return A


@use
def descriptor_that_knows_its_class(A):
    return [A.x, A().x, vars(A)["x"].owner is A]


@kind(since=(3, 12))
def cached_property():
    class A:
        n = 3

        @functools.cached_property
        def x(self):
            return [A.n, __class__ is A, self.y]

        @functools.cached_property
        def y(self):
            return type(self).n + 1

    return A


@use
def cached_property(A):
    a = A()
    return [a.x, a.x is a.x, vars(A)["x"].attrname, sorted(vars(a))]


@kind
def partial_method():
    class A:
        def pair(self, a, b):
            return [a, b, A.__name__]

        first = functools.partialmethod(pair, 1)

    A.is_it = functools.partial(lambda a, b: a is b, A)
    return A


@use
def partial_method(A):
    return [A().first(2), A.is_it(A), A.is_it(3)]
