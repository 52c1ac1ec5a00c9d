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
def of_builtins():
    class Int(int):
        def half(self):
            return self // 2

    class Text(str):
        pass

    class Items(list):
        def total(self):
            return sum(self)

    class Table(dict):
        def __missing__(self, key):
            return key * 2

    class Pair(tuple):
        def __new__(cls, a, b):
            return super().__new__(cls, (a, b))

    return [Int, Text, Items, Table, Pair]


@use
def of_builtins(classes):
    Int, Text, Items, Table, Pair = classes
    return [Int(9).half(), Text("a") + "b", Items([1, 2]).total(), Table()["k"], Pair(1, 2), Int.__bases__ == (int,)]


@kind
def instances_of_builtin_subclasses():
    class Items(list):
        pass

    class Table(dict):
        pass

    items, table = Items([1]), Table(k=1)
    items.note, table.note = "n", items
    items.append(table)
    return items


@use
def instances_of_builtin_subclasses(items):
    return [items[0], items.note, items[1]["k"], items[1].note is items]


@kind
def by_type():
    return type("Made", (Plain,), {"size": 9, "get": lambda self: self.size, "__doc__": "Made by a call."})


@use
def by_type(C):
    return [C().get(), C.__doc__, C.__name__, C.__bases__[0].size]


class Meta(type):
    def __new__(mcs, name, bases, space):
        space["added"] = name.lower()
        return super().__new__(mcs, name, bases, space)

    def __len__(cls):
        return 42

    @property
    def shout(cls):
        return cls.__name__.upper()


class WithMeta(metaclass=Meta):
    pass


@kind
def metaclass():
    return WithMeta


@use
def metaclass(C):
    return [type(C).__name__, len(C), C.shout, C.added]


@kind
def metaclass_kept_by_subclass():
    class Sub(WithMeta):
        y = 1

    return Sub, Meta


@use
def metaclass_kept_by_subclass(pair):
    Sub, Meta = pair
    return [type(Sub) is Meta, Sub.added, len(Sub), type(Sub.__bases__[0]) is Meta]


@kind
def metaclass_with_keywords():
    class Meta(type):
        def __new__(mcs, name, bases, space, tag=None):
            space["tag"] = tag
            return super().__new__(mcs, name, bases, space)

        def __init__(cls, name, bases, space, tag=None):
            super().__init__(name, bases, space)

    class C(metaclass=Meta, tag="given"):
        pass

    return C


@use
def metaclass_with_keywords(C):
    return [C.tag, type(C).__name__]


@kind
def metaclass_with_prepare():
    import collections

    class Ordered(type):
        @classmethod
        def __prepare__(mcs, name, bases):
            return collections.OrderedDict()

        def __new__(mcs, name, bases, space):
            made = super().__new__(mcs, name, bases, dict(space))
            if "order" not in space:
                made.order = [key for key in space if not key.startswith("_")]
            return made

    class C(metaclass=Ordered):
        z = 1
        a = 2

    return C


@use
def metaclass_with_prepare(C):
    return [C.order, C.z]


@kind
def metaclass_with_call():
    class Single(type):
        def __call__(cls, *args):
            if cls.__dict__.get("only") is None:
                cls.only = super().__call__(*args)
            return cls.only

    class C(metaclass=Single):
        def __init__(self, n):
            self.n = n

    return C


@use
def metaclass_with_call(C):
    return [C(1) is C(2), C(3).n]


@kind
def init_subclass():
    class Base:
        known = []

        def __init_subclass__(cls, **kwargs):
            super().__init_subclass__(**kwargs)
            Base.known.append(cls.__name__)
            cls.number = len(Base.known)

    class A(Base):
        pass

    class B(A):
        pass

    return B, A, Base


@use
def init_subclass(three):
    B, A, Base = three
    return [Base.known, A.number, B.number]


@kind
def init_subclass_with_keywords():
    class Base:
        def __init_subclass__(cls, *, tag, **kwargs):
            super().__init_subclass__(**kwargs)
            cls.tag = tag.upper()

    class A(Base, tag="x"):
        def get(self):
            return self.tag

    return A


@use
def init_subclass_with_keywords(A):
    return [A.tag, A().get(), A.__bases__[0].__name__]


@kind
def set_name():
    class Field:
        def __set_name__(self, owner, name):
            self.name, self.owner = name, owner
            owner.log = getattr(owner, "log", []) + [name]

    class A:
        first, second = Field(), Field()

    return A


@use
def set_name(A):
    return [A.first.name, A.second.name, A.first.owner is A, A.log]


@kind
def descriptors():
    class Typed:
        def __init__(self, kind):
            self.kind = kind

        def __set_name__(self, owner, name):
            self.key = "_" + name

        def __get__(self, instance, owner):
            return self if instance is None else getattr(instance, self.key, None)

        def __set__(self, instance, value):
            if not isinstance(value, self.kind):
                raise TypeError(self.key)
            setattr(instance, self.key, value)

    class A:
        n = Typed(int)

    return A


@use
def descriptors(A):
    a = A()
    a.n = 3
    return [a.n, raised(setattr, a, "n", "x"), A.n.kind is int, vars(a)]


@kind
def non_data_descriptor():
    class Lazy:
        def __init__(self, f):
            self.f = f

        def __get__(self, instance, owner):
            value = instance.__dict__[self.f.__name__] = self.f(instance)
            return value

    class A:
        @Lazy
        def value(self):
            return [1]

    return A


@use
def non_data_descriptor(A):
    a = A()
    return [a.value, a.value is a.value]


@kind
def class_getitem():
    class Box:
        def __class_getitem__(cls, item):
            return [cls.__name__, item]

    return Box


@use
def class_getitem(Box):
    import sys

    return Box[3] if sys.version_info >= (3, 7) else ["Box", 3]


@kind
def own_new():
    class Point:
        def __new__(cls, x, y=0):
            self = super().__new__(cls)
            self.x, self.y = x, y
            return self

    return Point


@use
def own_new(Point):
    return [Point(1).y, vars(Point(1, 2))]


@kind
def exception_class():
    class Problem(ValueError):
        def __init__(self, code, text="none"):
            super().__init__(code, text)
            self.code = code

        def __str__(self):
            return "problem %d" % self.code

    class Worse(Problem):
        pass

    return Worse


@use
def exception_class(Worse):
    try:
        raise Worse(3)
    except ValueError as error:
        return [str(error), error.args, error.code, [c.__name__ for c in type(error).__mro__[:3]]]


@kind
def exception_instance():
    class Problem(Exception):
        pass

    error = Problem("text", 2)
    error.note = "n"
    return error


@use
def exception_instance(error):
    return [type(error).__name__, error.args, error.note, isinstance(error, Exception)]


@kind
def pickled_its_own_way():
    class Point:
        def __init__(self, x):
            self.x = x

        def __reduce__(self):
            return Point, (self.x,), {"seen": True}

    class Secret:
        def __getstate__(self):
            return {"n": 1}

        def __setstate__(self, state):
            self.n = state["n"] + 1

    return Point(3), Secret()


@use
def pickled_its_own_way(pair):
    p, s = pair
    p2, s2 = (p, s)
    return [p2.x, getattr(s2, "n", 2)]


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
