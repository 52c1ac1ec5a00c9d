"""Enumerations of each kind."""

import enum


class Color(enum.Enum):
    """Colors."""

    RED = 1
    GREEN = "g"
    BLUE = (0, 0, 255)
    CRIMSON = 1


@kind
def plain():
    return Color


@use
def plain(Color):
    return [
        [(c.name, c.value) for c in Color],
        Color("g") is Color.GREEN,
        Color["RED"] is Color(1),
        isinstance(Color.RED, Color),
        Color.__doc__,
        raised(Color, 5),
    ]


@kind
def aliases():
    return Color


@use
def aliases(Color):
    return [Color.CRIMSON is Color.RED, sorted(Color.__members__), len(Color)]


@kind
def named_combinations():
    class Bits(enum.IntFlag):
        A = 1
        B = 2
        AB = 3
        FIRST = 1

    return Bits


@use
def named_combinations(Bits):
    both = Bits.A | Bits.B
    return [
        Bits(3) is Bits.AB,
        both is Bits["AB"],
        Bits(3).name,
        Bits["FIRST"] is Bits.A,
        sorted(Bits.__members__),
        repr(both),
    ]


@kind
def aliases_with_init():
    class Size(enum.Enum):
        SMALL = (1, 2)
        LITTLE = (1, 2)
        LARGE = (3, 4)

        def __init__(self, width, height):
            self.area = width * height

    return Size


@use
def aliases_with_init(Size):
    return [Size["LITTLE"] is Size.SMALL, Size.LITTLE.area, len(Size), sorted(Size.__members__)]


@kind
def member():
    return [Color.RED, Color.CRIMSON, Color, {Color.BLUE: 1}]


@use
def member(items):
    red, crimson, Color, table = items
    return [red is Color.RED, crimson is red, table[Color.BLUE], red.name]


@kind
def used_by_a_function():
    def f(c):
        return "stop" if c is Color.RED else c.name

    return f, Color


@use
def used_by_a_function(pair):
    f, Color = pair
    return [f(Color.RED), f(Color.BLUE)]


@kind
def int_enum():
    class Level(enum.IntEnum):
        LOW = 1
        HIGH = 10

    return Level


@use
def int_enum(Level):
    return [Level.LOW < Level.HIGH, Level.HIGH + 1, Level(10).name, sorted([Level.HIGH, Level.LOW])[0].name]


@kind
def flag():
    class Perm(enum.Flag):
        R = 4
        W = 2
        X = 1
        RW = R | W

    return Perm


@use
def flag(Perm):
    both = Perm.R | Perm.W
    return [
        both is Perm.RW,
        both.value,
        bool(Perm.R & Perm.X),
        Perm.X in (both | Perm.X),
        (~Perm.R).value & 7,
        Perm(5).value,
    ]


@kind
def int_flag():
    class Bits(enum.IntFlag):
        A = 1
        B = 2

    return Bits, Bits.A | Bits.B


@use
def int_flag(pair):
    Bits, both = pair
    return [int(both), both == Bits(3), Bits.A | 8, isinstance(both, Bits), both + 1]


@kind
def mixed():
    class Word(str, enum.Enum):
        YES = "yes"
        NO = "no"

        def shout(self):
            return self.value.upper()

    return Word


@use
def mixed(Word):
    return [Word.YES == "yes", Word.NO.shout(), Word("no") is Word.NO, Word.YES + "!"]


@kind
def auto():
    class Auto(enum.Enum):
        A = enum.auto()
        B = enum.auto()
        C = 10
        D = enum.auto()

    return Auto


@use
def auto(Auto):
    return [[m.value for m in Auto], Auto(11).name]


@kind
def next_value():
    class Named(enum.Enum):
        def _generate_next_value_(name, start, count, last):
            return name.lower()

        ONE = enum.auto()
        TWO = enum.auto()

    return Named


@use
def next_value(Named):
    return [m.value for m in Named]


@kind
def methods():
    class Op(enum.Enum):
        ADD = "+"
        SUB = "-"

        def apply(self, a, b):
            return a + b if self is Op.ADD else a - b

        @property
        def title(self):
            return self.name.title()

        @classmethod
        def default(cls):
            return cls.ADD

        @staticmethod
        def count():
            return len(Op)

        def __str__(self):
            return "op " + self.value

    return Op


@use
def methods(Op):
    return [Op.SUB.apply(5, 3), Op.ADD.title, Op.default() is Op.ADD, Op.count(), str(Op.SUB)]


@kind
def by_call():
    return enum.Enum("Animal", "CAT DOG", module="__main__", qualname="Animal")


@use
def by_call(Animal):
    return [[(m.name, m.value) for m in Animal], Animal.__qualname__, Animal.__module__]


@kind
def unique():
    @enum.unique
    class U(enum.Enum):
        A = 1
        B = 2

    return U


@use
def unique(U):
    return [m.name for m in U]


@kind
def base_without_members():
    class Base(enum.Enum):
        def lower(self):
            return self.name.lower()

    class A(Base):
        ONE = 1

    return A


@use
def base_without_members(A):
    return [A.ONE.lower(), A.__bases__[0].__name__, len(A.__bases__[0])]


@kind
def in_a_class():
    class Machine:
        class State(enum.Enum):
            ON = 1
            OFF = 0

        def __init__(self):
            self.state = self.State.OFF

        def toggle(self):
            self.state = self.State(1 - self.state.value)
            return self.state.name

    return Machine


@use
def in_a_class(Machine):
    m = Machine()
    return [m.toggle(), m.toggle(), Machine.State.__qualname__]


@kind(since=(3, 11))
def str_enum():
    class Text(enum.StrEnum):
        A = enum.auto()
        B = "bee"

    return Text


@use
def str_enum(Text):
    return [str(Text.A), Text.B.upper(), Text("bee") is Text.B, f"{Text.A}"]


@kind(since=(3, 11))
def boundaries():
    class Strict(enum.Flag, boundary=enum.STRICT):
        A = 1
        B = 2

    class Keep(enum.IntFlag, boundary=enum.KEEP):
        A = 1

    return Strict, Keep


@use
def boundaries(pair):
    Strict, Keep = pair
    return [raised(Strict, 8), Keep(9).value, Strict(3).value, len(Strict(3))]


@kind
def many_members():
    return enum.IntEnum("Many", [("M%d" % i, i * 3) for i in range(120)], module="__main__")


@use
def many_members(Many):
    return [len(Many), Many(30).name, Many.M119.value]
