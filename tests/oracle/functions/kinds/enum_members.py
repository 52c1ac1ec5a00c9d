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
def state_by_new_of_the_value():
    class Planet(enum.Enum):
        EARTH = (5.97, 6.37)
        MARS = (0.64, 3.39)

        def __new__(cls, mass, radius):
            self = object.__new__(cls)
            self._value_ = (radius, mass)
            self.mass = mass
            self.radius = radius
            return self

        @property
        def denser(self):
            return self.mass / self.radius > Planet.MARS.mass / Planet.MARS.radius

    return Planet


@use
def state_by_new_of_the_value(Planet):
    earth = Planet.EARTH
    return [earth.mass, Planet.MARS.radius, earth.value, Planet((6.37, 5.97)) is earth, earth.denser]


@kind
def state_by_new_of_one_value():
    class Level(int, enum.Enum):
        LOW = 1
        HIGH = 10
        TOP = 10

        def __new__(cls, level):
            self = int.__new__(cls, level)
            self._value_ = level
            self.half = level / 2
            return self

    return Level


@use
def state_by_new_of_one_value(Level):
    return [Level.LOW.half, Level.TOP.half, Level.TOP is Level.HIGH, Level.HIGH + 1, Level(1).name]


@kind
def state_by_new_and_init():
    class Shade(enum.Enum):
        DARK = "d", 1
        LIGHT = "l", 2

        def __new__(cls, letter, depth):
            self = object.__new__(cls)
            self.key = letter * depth
            return self

        def __init__(self, letter, depth):
            self.text = "%s of %s" % (self.key, self.name)

        def other(self):
            return Shade.LIGHT if self is Shade.DARK else Shade.DARK

    return Shade


@use
def state_by_new_and_init(Shade):
    return [Shade.DARK.text, Shade.DARK.other().key, Shade.LIGHT.value, Shade(("d", 1)).name]


@kind
def state_by_new_of_the_place():
    class Place(enum.Enum):
        FIRST = "a"
        SECOND = "b"

        def __new__(cls, text):
            self = object.__new__(cls)
            self._value_ = text
            self.before = len(cls.__members__)
            return self

    return Place


@use
def state_by_new_of_the_place(Place):
    return [Place.FIRST.value, Place.SECOND.before, Place("b").name]


@kind
def checked_by_init():
    class Unique(enum.Enum):
        A = 1
        B = 2

        def __init__(self, *args):
            if any(self.value == other.value for other in self.__class__):
                raise ValueError("twice")

    return Unique


@use
def checked_by_init(Unique):
    return [Unique.A.value, Unique(2).name, len(Unique)]


@kind
def value_by_init():
    class Tens(enum.Enum):
        A = 1
        B = 2

        def __init__(self, value):
            self._value_ = value * 10

    return Tens


@use
def value_by_init(Tens):
    return [Tens.A.value, Tens.B.value]


@kind
def registered_by_new():
    made = []

    class Listed(enum.Enum):
        A = "a"
        B = "b"

        def __new__(cls, text):
            self = object.__new__(cls)
            self._value_ = text
            made.append(text)
            return self

        def all(self):
            return made

    return Listed


@use
def registered_by_new(Listed):
    return [Listed.A.all(), Listed("b").name]


@kind
def numbered_by_a_base():
    class Numbered(enum.Enum):
        def __new__(cls, *args):
            self = object.__new__(cls)
            self._value_ = len(cls.__members__) + 1
            return self

    class Swatch(Numbered):
        AUBURN = "3497"
        SEA_GREEN = "1246"

        def __init__(self, pantone="unknown"):
            self.pantone = pantone

    return Swatch


@use
def numbered_by_a_base(Swatch):
    return [Swatch.AUBURN.value, Swatch(2).name, getattr(Swatch.AUBURN, "pantone", "3497")]


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
