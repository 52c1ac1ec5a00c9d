"""Classes with `__slots__`."""

import weakref


@kind
def slots():
    class P:
        __slots__ = ("x", "y")

        def __init__(self, x, y):
            self.x, self.y = x, y

    return P


@use
def slots(P):
    p = P(1, 2)
    return [p.x, p.y, hasattr(p, "__dict__"), raised(setattr, p, "z", 1), type(vars(P)["x"]).__name__, P.__slots__]


@kind
def one_string():
    class P:
        __slots__ = "only"

    return P


@use
def one_string(P):
    p = P()
    p.only = 1
    return [p.only, hasattr(p, "__dict__"), P.__slots__]


@kind
def with_dict():
    class P:
        __slots__ = ("x", "__dict__")

    return P


@use
def with_dict(P):
    p = P()
    p.x, p.z = 1, 2
    return [p.x, p.__dict__]


@kind
def with_weakref():
    class P:
        __slots__ = ["x", "__weakref__"]

    return P


@use
def with_weakref(P):
    import weakref

    p = P()
    return [weakref.ref(p)() is p, hasattr(p, "__dict__")]


@kind
def private():
    class P:
        __slots__ = ("__x",)

        def __init__(self):
            self.__x = 4

        def get(self):
            return self.__x

    return P


@use
def private(P):
    return [P().get(), hasattr(P(), "__dict__")]


@kind
def inherited():
    class A:
        __slots__ = ("a",)

    class B(A):
        __slots__ = ("b",)

    class C(B):
        pass

    return A, B, C


@use
def inherited(three):
    A, B, C = three
    b, c = B(), C()
    b.a, b.b, c.a, c.other = 1, 2, 3, 4
    return [b.a, b.b, hasattr(b, "__dict__"), c.a, c.__dict__]


@kind
def none():
    class Empty(tuple):
        __slots__ = ()

        def first(self):
            return self[0]

    return Empty


@use
def none(Empty):
    return [Empty([5]).first(), hasattr(Empty(), "__dict__"), Empty.__slots__]


@kind
def documented():
    class P:
        __slots__ = {"x": "The x.", "y": "The y."}

    return P


@use
def documented(P):
    p = P()
    p.x = 1
    return [p.x, hasattr(p, "__dict__"), sorted(P.__slots__)]


@kind
def instance():
    class P:
        __slots__ = ("x", "y", "unset")

        def total(self):
            return self.x + self.y

    p = P()
    p.x, p.y = 3, 4
    return p


@use
def instance(p):
    return [p.total(), hasattr(p, "unset"), hasattr(p, "__dict__")]


@kind
def with_methods_and_super():
    class A:
        __slots__ = ("a",)

        def __init__(self, a):
            self.a = a

    class B(A):
        __slots__ = ("b",)

        def __init__(self, a, b):
            super().__init__(a)
            self.b = b

        @property
        def both(self):
            return [self.a, self.b, __class__.__name__]

    return B


@use
def with_methods_and_super(B):
    b = B(1, 2)
    return [b.both, hasattr(b, "__dict__")]


@kind
def in_a_metaclass():
    class Meta(type):
        def __call__(cls, *args):
            return super().__call__(*args)

    class P(metaclass=Meta):
        __slots__ = ("x",)

    return P


@use
def in_a_metaclass(P):
    p = P()
    p.x = 1
    return [p.x, raised(setattr, p, "y", 1), type(P).__name__]
