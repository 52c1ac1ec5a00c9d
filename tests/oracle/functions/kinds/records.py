"""Named tuples, and classes of typing that are made by calls."""

import collections
import typing

Point = collections.namedtuple("Point", "x y")


@kind
def namedtuple():
    return Point


@use
def namedtuple(Point):
    p = Point(1, y=2)
    return [p, p.x, p._replace(x=5), Point._fields, repr(p), Point._make([7, 8]).y, raised(Point, 1)]


@kind
def namedtuple_instance():
    return [Point(1, [2]), Point(3, 4)]


@use
def namedtuple_instance(points):
    return [points[0].y, type(points[0]) is type(points[1]), points[1]._asdict()["x"]]


@kind(since=(3, 7))
def namedtuple_with_defaults():
    return collections.namedtuple("Row", ["a", "b", "c"], defaults=[2, None])


@use
def namedtuple_with_defaults(Row):
    return [Row(1), Row._field_defaults]


@kind
def namedtuple_subclass():
    class Vector(collections.namedtuple("Vector", "x y")):
        __slots__ = ()

        def __add__(self, other):
            return Vector(self.x + other.x, self.y + other.y)

        @property
        def size(self):
            return abs(self.x) + abs(self.y)

    return Vector


@use
def namedtuple_subclass(Vector):
    v = Vector(1, 2) + Vector(3, 4)
    return [v, v.size, type(v) is Vector, hasattr(v, "__dict__")]


class Typed(typing.NamedTuple):
    """With types."""

    name: str
    size: int = 3

    def line(self):
        return "%s:%d" % (self.name, self.size)


@kind
def typed_namedtuple():
    return Typed


@use
def typed_namedtuple(Typed):
    t = Typed("a")
    return [t, t.line(), Typed._fields, Typed.__doc__, sorted(Typed.__annotations__)]


@kind
def namedtuple_in_a_function():
    Pair = collections.namedtuple("Pair", "left right")

    def swap(pair):
        return Pair(pair.right, pair.left)

    return swap, Pair(1, 2)


@use
def namedtuple_in_a_function(pair):
    swap, p = pair
    return [swap(p), type(swap(p)) is type(p), swap(p).left]


@kind
def chain_map_subclass():
    class Scopes(collections.ChainMap):
        def top(self):
            return self.maps[0]

    return Scopes({"a": 1}, {"a": 2, "b": 3})


@use
def chain_map_subclass(scopes):
    return [scopes["a"], scopes["b"], scopes.top()]


@kind
def counters_and_deques():
    class Bag(collections.Counter):
        def best(self):
            return self.most_common(1)[0][0]

    return Bag("aab"), collections.deque([1, 2], 3), collections.defaultdict(lambda: "none", a=1)


@use
def counters_and_deques(three):
    bag, deque, default = three
    return [bag.best(), deque.maxlen, default["zz"], default["a"], type(bag).__name__]


@kind(since=(3, 8))
def typed_dict():
    class Movie(typing.TypedDict, total=False):
        name: str
        year: int

    return Movie


@use
def typed_dict(Movie):
    return [Movie(name="x"), sorted(Movie.__annotations__), Movie.__total__]
