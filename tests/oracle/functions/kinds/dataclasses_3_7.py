"""Dataclasses of every sort."""

import dataclasses
import typing
from dataclasses import dataclass, field


@dataclass
class Item:
    name: str
    price: float = 1.5
    tags: list = field(default_factory=list)

    def total(self, n):
        return self.price * n


@kind
def plain():
    return Item


@use
def plain(Item):
    a, b = Item("a"), Item("a")
    a.tags.append(1)
    return [repr(a), a == b, b.tags, a.total(2), Item("a") == Item("a")]


@kind
def fields():
    return Item


@use
def fields(Item):
    import dataclasses

    found = dataclasses.fields(Item)
    return [
        [f.name for f in found],
        dataclasses.asdict(Item("x", 2)),
        dataclasses.is_dataclass(Item),
        dataclasses.replace(Item("x"), name="y").name,
    ]


@kind
def fields_without_default():
    return Item


@use
def fields_without_default(Item):
    import dataclasses

    missing = dataclasses.MISSING
    return [[f.default is missing, f.default_factory is missing] for f in dataclasses.fields(Item)]


@kind
def instance():
    return [Item("a", 2.0, ["t"]), Item]


@use
def instance(pair):
    return [repr(pair[0]), type(pair[0]) is pair[1], pair[0] == pair[1]("a", 2.0, ["t"])]


@dataclass(frozen=True, order=True)
class Key:
    a: int
    b: int = field(default=0, compare=False, repr=False)


@kind
def frozen_and_ordered():
    return Key


@use
def frozen_and_ordered(Key):
    return [
        Key(1) < Key(2),
        Key(1, 5) == Key(1),
        hash(Key(1)) == hash(Key(1, 9)),
        raised(setattr, Key(1), "a", 2),
        repr(Key(1)),
    ]


@kind
def inheritance():
    @dataclass
    class Special(Item):
        rate: int = 7

    return Special


@use
def inheritance(Special):
    import dataclasses

    return [vars(Special("s", rate=8)), [f.name for f in dataclasses.fields(Special)], Special("s").total(2)]


@kind
def after_init():
    @dataclass
    class Box:
        w: int
        h: int
        scale: dataclasses.InitVar[int] = 1
        area: int = field(init=False)
        count: typing.ClassVar[int] = 0

        def __post_init__(self, scale):
            self.area = self.w * self.h * scale

    return Box


@use
def after_init(Box):
    import dataclasses

    return [Box(2, 3, 10).area, [f.name for f in dataclasses.fields(Box)], Box.count]


@kind
def metadata():
    @dataclass(eq=False, repr=False)
    class A:
        x: int = field(default=1, metadata={"unit": "m"})

    return A


@use
def metadata(A):
    import dataclasses

    return [dict(dataclasses.fields(A)[0].metadata), A() == A(), A.__eq__ is object.__eq__]


@kind
def made_by_call():
    return dataclasses.make_dataclass(
        "Made", [("x", int), ("y", int, field(default=5))], namespace={"sum": lambda self: self.x + self.y}
    )


@use
def made_by_call(Made):
    return [repr(Made(1)).split(".")[-1], Made(1).sum()]


@kind
def used_by_a_function():
    def f(n):
        return [Item(str(i), i) for i in range(n)]

    return f


@use
def used_by_a_function(f):
    import dataclasses

    return [[item.name for item in f(3)], dataclasses.asdict(f(2)[1])]


@kind
def in_each_other():
    @dataclass
    class Node:
        value: int
        next: "Node" = None

    return Node(1, Node(2))


@use
def in_each_other(node):
    return [node == type(node)(1, type(node)(2)), node.next.value, type(node.next) is type(node)]


@kind(since=(3, 10))
def with_slots():
    @dataclass(slots=True)
    class P:
        x: int
        y: int = 2

        def sum(self):
            return self.x + self.y

    return P


@use
def with_slots(P):
    p = P(1)
    return [p.sum(), hasattr(p, "__dict__"), P.__slots__, raised(setattr, p, "z", 1)]


@kind(since=(3, 10))
def keyword_only():
    @dataclass(kw_only=True)
    class A:
        x: int
        y: int = 1

    @dataclass
    class B:
        a: int
        _: dataclasses.KW_ONLY
        b: int = 2

    return A, B


@use
def keyword_only(pair):
    import dataclasses

    A, B = pair
    return [A(x=1).y, raised(A, 1), B(1, b=3).b, raised(B, 1, 2), [f.kw_only for f in dataclasses.fields(B)]]
