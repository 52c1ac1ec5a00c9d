"""Decorated functions and the callables of functools."""

import functools
import operator


def twice(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return [f(*args, **kwargs), f(*args, **kwargs)]

    return wrapper


@twice
def decorated(x):
    """A doc."""
    return x + 1


@kind
def wraps():
    return decorated


@use
def wraps(f):
    return [f(1), f.__name__, f.__doc__, f.__wrapped__(1), f.__qualname__]


def repeat(n, *, sep):
    def decorate(f):
        def wrapper(x):
            return sep.join([f(x)] * n)

        return wrapper

    return decorate


@repeat(3, sep="-")
def said(x):
    return x.upper()


@kind
def with_arguments():
    return said


@use
def with_arguments(f):
    return f("a")


@twice
@repeat(2, sep="+")
@twice
def stacked(x):
    return x


@kind
def several():
    @twice
    @repeat(2, sep="+")
    def f(x):
        return str(x)

    return f


@use
def several(f):
    return f(1)


REGISTRY = {}


def register(f):
    REGISTRY[f.__name__] = f
    return f


@register
def one():
    return 1


@register
def two():
    return sorted(REGISTRY)


@kind
def registering():
    return two, REGISTRY


@use
def registering(pair):
    return [pair[0](), pair[1]["two"] is pair[0], pair[1]["one"]()]


class Counted:
    def __init__(self, f):
        functools.update_wrapper(self, f)
        self.f, self.calls = f, 0

    def __call__(self, *args):
        self.calls += 1
        return self.f(*args), self.calls


@Counted
def counted(x):
    return -x


@kind
def by_a_class():
    return counted


@use
def by_a_class(f):
    return [f(1), f(2), f.__name__, f.__wrapped__ is f.f]


def titled(cls):
    cls.title = cls.__name__.lower()
    cls.shout = lambda self: self.title.upper()
    return cls


@titled
class Lamp:
    pass


@kind
def of_a_class():
    return Lamp


@use
def of_a_class(Lamp):
    return [Lamp.title, Lamp().shout()]


@kind
def partial():
    def f(a, b, *, c=0):
        return [a, b, c]

    return functools.partial(f, 1, c=3)


@use
def partial(p):
    return [p(2), p(2, c=4), p.args, p.keywords]


@kind
def partial_of_partial():
    p = functools.partial(functools.partial(lambda *args: args, 1), 2)
    p.note = "kept"
    return p


@use
def partial_of_partial(p):
    return [p(3), p.note, p.args]


@kind
def partial_in_a_ring():
    def f(me, n):
        return n if n == 0 else me["p"](n - 1)

    table = {}
    table["p"] = functools.partial(f, table)
    return table["p"]


@use
def partial_in_a_ring(p):
    return [p(3), p.args[0]["p"] is p]


@kind
def partialmethod():
    class Cell:
        def set(self, state):
            self.state = state
            return self.state

        on = functools.partialmethod(set, "on")
        off = functools.partialmethod(set, "off")

    return Cell


@use
def partialmethod(Cell):
    cell = Cell()
    return [cell.on(), cell.off(), cell.state]


@functools.singledispatch
def describe(x):
    return "object"


@describe.register(int)
def describe_int(x):
    return "int"


@describe.register(list)
def describe_list(x):
    return [describe(item) for item in x]


@kind
def singledispatch():
    return describe


@use
def singledispatch(f):
    return [f(1), f("x"), f([1, "x"]), f.dispatch(bool)(True)]


@kind(since=(3, 8))
def singledispatchmethod():
    class Shower:
        @functools.singledispatchmethod
        def show(self, x):
            return "object"

        @show.register(int)
        def _(self, x):
            return "int"

    return Shower


@use
def singledispatchmethod(Shower):
    return [Shower().show(1), Shower().show("x")]


@functools.total_ordering
class Version:
    def __init__(self, n):
        self.n = n

    def __eq__(self, other):
        return self.n == other.n

    def __lt__(self, other):
        return self.n < other.n


@kind
def total_ordering():
    return Version


@use
def total_ordering(Version):
    return [Version(1) <= Version(2), Version(1) >= Version(2), max(Version(3), Version(2)).n]


@kind
def operators():
    def f(rows):
        return [operator.itemgetter(1)(rows), functools.reduce(operator.add, rows)]

    return f, operator.attrgetter("real"), operator.methodcaller("split", ","), operator.itemgetter(0, 2)


@use
def operators(four):
    return [four[0]([1, 2, 3]), four[1](5), four[2]("a,b"), four[3]("abc")]


@kind
def compose():
    def compose(*fs):
        return functools.reduce(lambda f, g: lambda x: f(g(x)), fs)

    return compose(lambda x: x + 1, lambda x: x * 2, float)


@use
def compose(f):
    return f("3")
