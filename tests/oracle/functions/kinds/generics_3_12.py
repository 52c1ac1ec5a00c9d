"""Type parameters in brackets (PEP 695), and other syntax of CPython 3.12."""


def first[T](xs: list[T]) -> T:
    return xs[0]


@kind
def generic_function():
    return first


@use
def generic_function(f):
    found = f.__annotations__
    return [f([7, 8]), found["return"].__name__, found["xs"].__args__[0] is found["return"]]


@kind
def type_parameters_kept():
    return first


@use
def type_parameters_kept(f):
    found = f.__type_params__
    return [[repr(p) for p in found], found[0] is f.__annotations__["return"], found[0].__infer_variance__]


class Stack[T]:
    def __init__(self):
        self.items: list[T] = []

    def push(self, item: T) -> None:
        self.items.append(item)

    def pop(self) -> T:
        return self.items.pop()


@kind
def generic_class():
    return Stack


@use
def generic_class(Stack):
    stack = Stack[int]()
    stack.push(4)
    return [stack.pop(), Stack.__parameters__ == Stack.__type_params__, Stack.__parameters__[0].__name__]


def bounded[T: int, *Ts, **P](x: T, *rest: *Ts) -> T:
    return x


@kind
def bounds_and_packs():
    return bounded


@use
def bounds_and_packs(f):
    return [f(3), [type(p).__name__ for p in f.__type_params__], f.__type_params__[0].__bound__.__name__]


type Pair[A] = tuple[A, A]


@kind
def type_alias():
    def f(x: Pair[int]) -> Pair:
        return x

    return f


@use
def type_alias(f):
    return [f(1), f.__annotations__["return"].__name__]


class Generic:
    def of[K](self, key: K) -> K:
        return [key, __class__.__name__]


@kind
def generic_method():
    return Generic


@use
def generic_method(Generic):
    return Generic().of("k")


@kind
def inlined_comprehension():
    def f(xs):
        x = "outer"
        inner = [x * 2 for x in xs]
        return inner, x, [lambda: x for x in xs][0]()

    return f


@use
def inlined_comprehension(f):
    return f([1, 2])


@kind
def nested_quotes():
    return lambda d: f"{d["a"]} {f"{d["b"]}"}"


@use
def nested_quotes(f):
    return f({"a": 1, "b": 2})


@kind
def override_mark():
    import typing

    class A:
        @typing.override
        def f(self):
            return 1

    return A


@use
def override_mark(A):
    return [A().f(), A.f.__override__]
