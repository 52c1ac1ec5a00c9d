"""Type parameters with defaults (PEP 696)."""


def pick[T = int](x: T) -> T:
    return x


@kind
def default_type():
    return pick


@use
def default_type(f):
    return [f(3), f.__annotations__["x"].__default__.__name__]


class Box[T = str]:
    def get(self) -> T:
        return "got"


@kind
def default_type_of_class():
    return Box


@use
def default_type_of_class(Box):
    return [Box().get(), Box.__static_attributes__, Box.__firstlineno__ > 0]
