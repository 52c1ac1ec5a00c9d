"""Lambdas, and what code objects hold as constants."""

@kind
def identity():
    return lambda x: x


@use
def identity(f):
    return [f(1), f("a"), f.__name__, f.__module__]


@kind
def default():
    return lambda x, y=2: x * y


@use
def default(f):
    return [f(4), f(4, 5), f(y=1, x=6)]


@kind
def any_arguments():
    return lambda *args, **kwargs: (args, sorted(kwargs.items()))


@use
def any_arguments(f):
    return f(1, 2, b=3, a=4)


@kind
def nested():
    return lambda x: lambda y: lambda z: (x, y, z)


@use
def nested(f):
    return [f(1)(2)(3), f.__qualname__.split(".")[-1]]


@kind
def in_a_list():
    return [lambda x, n=n: x + n for n in range(4)]


@use
def in_a_list(fs):
    return [[f(10) for f in fs], len({id(f.__code__) for f in fs})]


@kind
def in_a_dict():
    return {"double": lambda x: x * 2, "negate": lambda x: -x}


@use
def in_a_dict(table):
    return {name: f(21) for name, f in table.items()}


@kind
def comprehensions():
    return lambda n: [[i * j for j in range(i)] for i in range(n) if i % 2], n


n = 5


@use
def comprehensions(pair):
    f, n = pair
    return f(n)


@kind
def every_comprehension():
    return lambda xs: (
        sorted({x % 3 for x in xs}),
        sorted({x: x * x for x in xs}.items()),
        list(x for x in xs if x > 1),
    )


@use
def every_comprehension(f):
    return f([1, 2, 3, 4])


@kind
def conditional():
    return lambda x: "many" if x > 2 else "few" if x else "none"


@use
def conditional(f):
    return [f(3), f(1), f(0)]


@kind
def same_twice():
    f = lambda: 1
    return [f, f, (f,)]


@use
def same_twice(fs):
    return [fs[0] is fs[1], fs[0] is fs[2][0], fs[0]()]


@kind
def numbers():
    return lambda: (0, -1, 255, 256, 65536, 1 << 31, -(1 << 63), 1 << 200, 1.5, -0.0, 1e308 * 10, 2j, -1.5 - 0j)


@use
def numbers(f):
    return repr(f())


@kind
def not_a_number():
    return lambda: 1e999 - 1e999


@use
def not_a_number(f):
    return repr(f())


@kind
def texts():
    return lambda: ("", "a", "é", "\u20ac", "\U0001f600", "tab\t'quote\"", "x" * 3, "\ud800"[0:1] == "\ud800")


@use
def texts(f):
    return f()


@kind
def long_text():
    return eval("lambda: %r" % ("0123456789" * 700))


@use
def long_text(f):
    return [len(f()), f()[-3:]]


@kind
def bytes_constants():
    return lambda: (b"", b"a", bytes(range(256)), b"\0\xff" * 3)


@use
def bytes_constants(f):
    return [list(item) for item in f()]


@kind
def singletons():
    return lambda: (None, True, False, ..., __debug__)


@use
def singletons(f):
    return repr(f())


@kind
def nested_tuples():
    return lambda: ((1, (2, (3, ("four", (b"5",))))), (), ((),))


@use
def nested_tuples(f):
    return repr(f())


@kind
def frozenset_constant():
    return lambda x: x in {"red", "green", "blue", 1, 2.5, None}


@use
def frozenset_constant(f):
    return [f("red"), f("black"), f(2.5), f(None), [type(c).__name__ for c in f.__code__.co_consts if c]]


@kind
def frozensets_in_tuples():
    return lambda x: [x in {1, 2, 3}, x in {(1, 2), (3, 4)}, x in {frozenset}]


@use
def frozensets_in_tuples(f):
    return [f(1), f((3, 4)), f(frozenset)]


@kind
def slices():
    return lambda x: (x[1:3], x[::-1], x[:2], x[-1])


@use
def slices(f):
    return f([1, 2, 3, 4])


@kind
def formatted():
    return lambda x, w=8: f"{x!r:>{w}}|{x}|{x:.2f}"


@use
def formatted(f):
    return f(2.5)


@kind
def key_for_sorted():
    return lambda pair: (-pair[1], pair[0])


@use
def key_for_sorted(f):
    return sorted([("a", 1), ("b", 3), ("c", 3)], key=f)


@kind
def many_constants():
    # More than 256 constants and names: instructions with EXTENDED_ARG.
    return eval("lambda: [%s]" % ", ".join("%d.5" % i for i in range(700)))


@use
def many_constants(f):
    return [sum(f()), len(f.__code__.co_consts) >= 700]


@kind
def docless():
    return lambda: "not a doc"


@use
def docless(f):
    return [f.__doc__, f()]
