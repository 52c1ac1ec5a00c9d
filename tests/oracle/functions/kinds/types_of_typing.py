"""Generics and the variables of typing."""

import typing
from typing import Generic, List, TypeVar

T = TypeVar("T")
Number = TypeVar("Number", int, float)
Bound = TypeVar("Bound", bound=dict)
Out = TypeVar("Out", covariant=True)


@kind
def type_variable():
    return T, Number, Bound, Out


@use
def type_variable(four):
    T, Number, Bound, Out = four
    return [
        T.__name__,
        [c.__name__ for c in Number.__constraints__],
        Bound.__bound__.__name__,
        Out.__covariant__,
        repr(Out),
    ]


@kind
def type_variable_shared():
    def f(x: T) -> T:
        return x

    def g(x: List[T]):
        return x

    return f, g, T


@use
def type_variable_shared(three):
    f, g, T = three
    return [
        f(1),
        f.__annotations__["x"] is T,
        f.__annotations__["return"] is T,
        g.__annotations__["x"].__args__[0] is T,
    ]


class Box(Generic[T]):
    def __init__(self, item: T):
        self.item = item

    def map(self, f: typing.Callable[[T], T]) -> "Box[T]":
        return Box(f(self.item))


@kind
def generic_class():
    return Box


@use
def generic_class(Box):
    b = Box[int](3)
    return [b.item, b.map(lambda x: x + 1).item, [p.__name__ for p in Box.__parameters__], type(b) is Box]


@kind
def generic_subclasses():
    class Pair(Box[int], Generic[Number]):
        def twice(self):
            return self.item * 2

    class Words(List[str]):
        def joined(self):
            return "-".join(self)

    return Pair, Words


@use
def generic_subclasses(pair):
    Pair, Words = pair
    return [
        Pair(4).twice(),
        Words(["a", "b"]).joined(),
        [p.__name__ for p in Pair.__parameters__],
        len(Pair.__orig_bases__),
    ]


@kind
def generic_alias_of_own_class():
    return Box[int], Box


@use
def generic_alias_of_own_class(pair):
    alias, Box = pair
    return [alias(1).item, alias.__origin__ is Box, alias.__args__[0].__name__]


@kind
def hints():
    def f(
        a: typing.Optional[int], b: typing.Union[str, bytes], c: typing.Dict[str, typing.List[float]], *d: typing.Any
    ) -> None:
        return None

    return f


@use
def hints(f):
    import typing

    found = typing.get_type_hints(f)
    return [str(found["a"]), str(found["b"]), str(found["c"]), str(found["d"])]


@kind
def hints_by_name():
    def f(a: "Box[int]", b: "T") -> "typing.List[T]":
        return Box(a).item

    return f


@use
def hints_by_name(f):
    return [f(1, 2), sorted(f.__annotations__.items())]


UserId = typing.NewType("UserId", int)


@kind
def new_type():
    def f(x: UserId) -> UserId:
        return UserId(x + 1)

    return f


@use
def new_type(f):
    return [f(1), f.__annotations__["x"].__name__, f.__annotations__["x"].__supertype__.__name__]


@kind(since=(3, 8))
def literal_and_final():
    def f(mode: typing.Literal["r", "w"], n: typing.Final = 3) -> typing.ClassVar:
        return mode * n

    return f


@use
def literal_and_final(f):
    return [f("r"), repr(f.__annotations__["mode"])]


@kind(since=(3, 9))
def builtin_generics():
    def f(x: list[int], y: dict[str, tuple[int, ...]] = {}) -> type[int]:
        return len(x)

    return f, list[int]


@use
def builtin_generics(pair):
    f, alias = pair
    return [f([1]), repr(f.__annotations__), repr(alias), alias("ab")]


@kind(since=(3, 9))
def annotated():
    def f(x: typing.Annotated[int, "metres", [1]]):
        return x

    return f


@use
def annotated(f):
    import typing

    return [f(1), typing.get_type_hints(f, include_extras=True)["x"].__metadata__]


@kind(since=(3, 10))
def parameter_specification():
    P = typing.ParamSpec("P")

    def logged(f: typing.Callable[P, T]) -> typing.Callable[P, T]:
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
            return [f(*args, **kwargs)]

        return wrapper

    return logged


@use
def parameter_specification(logged):
    return [logged(lambda x: x)(1), str(logged.__annotations__["f"])]


@kind(since=(3, 10))
def unions():
    def f(x: int | None, y: "str | bytes" = b"") -> list[int] | dict:
        return [x]

    return f


@use
def unions(f):
    return [f(1), repr(f.__annotations__["x"]), isinstance(1, f.__annotations__["x"])]


Ts = typing.TypeVarTuple("Ts") if hasattr(typing, "TypeVarTuple") else None


@kind(since=(3, 11))
def type_variable_tuple():
    class Array(Generic[typing.Unpack[Ts]]):
        def shape(self):
            return len(self.__class__.__parameters__)

    return Array


@use
def type_variable_tuple(Array):
    return Array().shape()


@kind
def type_checking_only():
    if typing.TYPE_CHECKING:
        import decimal

    def f(x: "decimal.Decimal") -> typing.NoReturn:
        raise TypeError(x)

    return f


@use
def type_checking_only(f):
    return [raised(f, 1), f.__annotations__["x"]]
