"""What members of enums are given and get."""

import enum


class Planet(enum.Enum):
    EARTH = (5.97, 6.37)
    MARS = (0.64, 3.39)

    def __init__(self, mass, radius):
        self.mass = mass
        self.radius = radius

    @property
    def gravity(self):
        return round(self.mass / self.radius**2, 4)


@kind
def state_by_init():
    return Planet


@use
def state_by_init(Planet):
    return [Planet.EARTH.mass, Planet.MARS.gravity, Planet((0.64, 3.39)).name]


@kind
def state_by_new():
    class Coord(bytes, enum.Enum):
        def __new__(cls, value, label):
            self = bytes.__new__(cls, [value])
            self._value_ = value
            self.label = label
            return self

        PX = (0, "P.X")
        PY = (1, "P.Y")

    return Coord


@use
def state_by_new(Coord):
    return [Coord.PY.value, Coord.PY.label, Coord(1) is Coord.PY, list(Coord.PY)]


@kind
def state_given_later():
    class A(enum.Enum):
        X = 1
        Y = 2

    A.X.note = ["n"]
    A.extra = 5
    return A


@use
def state_given_later(A):
    return [getattr(A.X, "note", None), A.extra, hasattr(A.Y, "note")]


@kind
def missing_value():
    class Case(enum.Enum):
        LOW = "low"

        @classmethod
        def _missing_(cls, value):
            return cls.LOW if value.lower() == "low" else None

    return Case


@use
def missing_value(Case):
    return [Case("LOW") is Case.LOW, raised(Case, "other")]


@kind
def values_of_its_own():
    class A(enum.Enum):
        LIST = [1, 2]
        DICT = {"a": []}
        NONE = None

    return A


@use
def values_of_its_own(A):
    return [A.LIST.value, A([1, 2]) is A.LIST, A.DICT.value, A(None).name]


@kind
def functions_as_values():
    class Handler(enum.Enum):
        DOUBLE = (lambda x: x * 2,)
        LENGTH = (len,)

        def __call__(self, x):
            return self.value[0](x)

    return Handler


@use
def functions_as_values(Handler):
    return [Handler.DOUBLE(4), Handler.LENGTH("abc")]


@kind
def member_refers_to_members():
    class Dir(enum.Enum):
        N = 0
        S = 1

        @property
        def opposite(self):
            return Dir.S if self is Dir.N else type(self).N

    return Dir.N


@use
def member_refers_to_members(n):
    return [n.opposite.name, n.opposite.opposite is n]


@kind(since=(3, 11))
def members_and_nonmembers():
    class A(enum.Enum):
        X = enum.member(1)
        y = enum.nonmember([2])

        @enum.property
        def z(self):
            return self.value + 1

    return A


@use
def members_and_nonmembers(A):
    return [len(A), A.y, A.X.z]
