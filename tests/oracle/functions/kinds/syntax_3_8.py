"""Syntax that CPython 3.8 brought."""

@kind
def positional_only():
    def f(a, b=2, /, c=3, *, d=4):
        return [a, b, c, d]

    return f


@use
def positional_only(f):
    import inspect

    return [f(1), f(1, c=5), raised(lambda: f(a=1)), str(inspect.signature(f))]


@kind
def positional_only_and_keywords():
    return lambda a, /, **kwargs: [a, kwargs]


@use
def positional_only_and_keywords(f):
    return f(1, a=2)


@kind
def walrus():
    def f(xs):
        return [y for x in xs if (y := x * 2) > 2], (n := len(xs)), n

    return f


@use
def walrus(f):
    return f([1, 2, 3])


@kind
def walrus_in_a_closure():
    def make():
        total = 0
        return lambda x: (total := x + 1) and total, lambda: total

    return make()


@use
def walrus_in_a_closure(pair):
    return [pair[0](3), pair[1]()]


@kind
def formatted_with_names():
    return lambda x: f"{x=} {x + 1 = :>4}"


@use
def formatted_with_names(f):
    return f(3)


@kind
def unpacking_in_return():
    def f(*rest):
        return 0, *rest, *reversed(rest)

    return f


@use
def unpacking_in_return(f):
    return f(1, 2)


@kind
def async_generators_in_coroutines():
    async def numbers(n):
        for i in range(n):
            yield i

    async def total(n):
        return sum([i async for i in numbers(n) if i]), {i: [j async for j in numbers(i)] async for i in numbers(n)}

    return total


@use
def async_generators_in_coroutines(f):
    try:
        f(4).send(None)
    except StopIteration as done:
        return repr(done.value)
