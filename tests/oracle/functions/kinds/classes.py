"""Classes: how they are made, what is in them, and what is made of them."""


class Plain:
    """A doc."""

    size = 3
    tags = ["a"]


@kind
def plain():
    return Plain


@use
def plain(C):
    return [C.__name__, C.__module__, C.__doc__, C.size, C.tags, sorted(vars(C()))]


@kind
def empty():
    class Empty:
        pass

    return Empty


@use
def empty(C):
    return [C.__name__, C.__doc__, C.__bases__ == (object,), type(C()) is C]


@kind
def class_and_instance():
    p = Plain()
    p.x, p.me = 1, p
    return p, Plain, [p]


@use
def class_and_instance(three):
    p, C, others = three
    return [type(p) is C, p.me is p, p.x, others[0] is p]


class Outer:
    class Inner:
        class Deep:
            def where(self):
                return type(self).__qualname__

        deep = Deep


@kind
def nested():
    return Outer


@use
def nested(Outer):
    return [Outer.Inner.deep is Outer.Inner.Deep, Outer.Inner.__name__]


@kind
def qualname_of_nested():
    return Outer.Inner.Deep


@use
def qualname_of_nested(C):
    return [C.__qualname__, C().where()]


@kind
def qualname_of_local():
    class Local:
        def f(self):
            return 1

    return Local


@use
def qualname_of_local(C):
    return [C.__qualname__, C.f.__qualname__, repr(C)]


@kind
def in_itself():
    class Node:
        def children(self):
            return [Node, self.root]

    Node.root, Node.kinds = Node(), [Node]
    return Node


@use
def in_itself(Node):
    cls, root = Node().children()
    return [cls is Node, type(root) is Node, Node.kinds[0] is Node]


class Left:
    def other(self):
        return Right


class Right:
    def other(self):
        return Left


@kind
def naming_each_other():
    return Left


@use
def naming_each_other(Left):
    return [Left().other().__name__, Left().other()().other() is Left]


@kind
def diamond():
    class A:
        x = "A"

    class B(A):
        pass

    class C(A):
        x = "C"

    class D(B, C):
        pass

    return D, A, B, C


@use
def diamond(four):
    D, A, B, C = four
    return [D.x, D.__mro__ == (D, B, C, A, object), B.__bases__[0] is A, C.__bases__[0] is A]


@kind
def by_type():
    return type("Made", (Plain,), {"size": 9, "get": lambda self: self.size, "__doc__": "Made by a call."})


@use
def by_type(C):
    return [C().get(), C.__doc__, C.__name__, C.__bases__[0].size]


@kind
def class_annotations():
    class A:
        x: int
        y: "Later" = None
        z: list = []

    return A


@use
def class_annotations(A):
    return [sorted((k, repr(v)) for k, v in A.__annotations__.items()), A.z, hasattr(A, "x")]


@kind
def override_with_what_the_base_has():
    class A:
        x = None

        def f(self):
            return "A"

    class B(A):
        x = 1

        def f(self):
            return "B"

    class C(B):
        x = A.x
        f = A.f

    return C


@use
def override_with_what_the_base_has(C):
    return [C.x, C().f(), "f" in vars(C)]


@kind
def override_same_as_base():
    class A:
        x = None

    class B(A):
        x = A.x

    return A, B


@use
def override_same_as_base(pair):
    A, B = pair
    A.x = 5
    return [B.x, "x" in vars(B)]


@kind
def order_of_attributes():
    class A:
        zebra = 1
        apple = 2

        def middle(self):
            pass

        aaa = 3

    return A


@use
def order_of_attributes(A):
    return sorted(name for name in vars(A) if not name.startswith("_"))


@kind
def iteration():
    class Countdown:
        def __init__(self, n):
            self.n = n

        def __iter__(self):
            return self

        def __next__(self):
            if not self.n:
                raise StopIteration
            self.n -= 1
            return self.n

        def __enter__(self):
            return self

        def __exit__(self, *error):
            self.n = -1

    return Countdown


@use
def iteration(Countdown):
    with Countdown(3) as c:
        seen = list(c)
    return [seen, c.n]


@kind
def many_methods():
    space = {"m%d" % i: eval("lambda self, x=%d: x + %d" % (i, i)) for i in range(40)}
    return type("Many", (), space)


@use
def many_methods(Many):
    return sum(getattr(Many(), "m%d" % i)() for i in range(40))


@kind
def changed_after():
    class A:
        x = 1
        gone = 2

    A.x, A.new = 10, [1]
    del A.gone
    return A


@use
def changed_after(A):
    return [A.x, A.new, hasattr(A, "gone")]


@kind
def same_class_by_two_ways():
    class A:
        def make(self):
            return A()

    return [A, A().make, A, type("B", (A,), {})]


@use
def same_class_by_two_ways(items):
    A, make, again, B = items
    return [A is again, type(make()) is A, B.__bases__[0] is A]


@kind
def renamed():
    class A:
        pass

    A.__name__, A.__module__ = "Renamed", "elsewhere"
    return A


@use
def renamed(A):
    return [A.__name__, A.__module__]
