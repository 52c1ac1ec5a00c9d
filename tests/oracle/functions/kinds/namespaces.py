"""Globals: what a function takes with it, and what functions of one module go on sharing."""

FACTOR = 7
TABLE = {"a": [1, 2]}
total = 0
SHARED = []


def constant():
    return FACTOR


@kind
def a_constant():
    return constant


@use
def a_constant(f):
    return [f(), f.__globals__["FACTOR"]]


def helper(x):
    return x + FACTOR


def calls_helper(x):
    return helper(x) * 2


@kind
def a_function():
    return calls_helper


@use
def a_function(f):
    return [f(1), f.__globals__["helper"].__globals__ is f.__globals__]


def fact(n):
    return 1 if n < 2 else n * fact(n - 1)


@kind
def recursion():
    return fact


@use
def recursion(f):
    return [f(5), f.__globals__["fact"] is f]


def ping(n):
    return ["ping"] + (pong(n - 1) if n else [])


def pong(n):
    return ["pong"] + (ping(n - 1) if n else [])


@kind
def mutual_recursion():
    return ping, pong


@use
def mutual_recursion(pair):
    return [pair[0](3), pair[0].__globals__["pong"] is pair[1]]


def add(n):
    global total
    total += n
    return total


def read():
    return total


@kind
def one_writes_another_reads():
    return add, read


@use
def one_writes_another_reads(pair):
    pair[0](5)
    pair[0](6)
    return [pair[1](), pair[0].__globals__ is pair[1].__globals__]


def makes():
    global made
    made = "made"


def takes():
    return made


@kind
def made_later():
    return makes, takes


@use
def made_later(pair):
    before = raised(pair[1])
    pair[0]()
    return [before, pair[1]()]


def unmakes():
    global doomed
    del doomed
    return "doomed" in globals()


doomed = 1


@kind
def deleted():
    return unmakes


@use
def deleted(f):
    return [f(), raised(f)]


def append(x):
    SHARED.append(x)
    return SHARED


@kind
def data_by_identity():
    return append, SHARED, lambda: SHARED


@use
def data_by_identity(three):
    three[0](1)
    return [three[1], three[0](2) is three[1], three[2]() is three[1]]


@kind
def missing():
    def f():
        return no_such_name

    return f


@use
def missing(f):
    return raised(f)


def in_nested():
    def inner():
        return [FACTOR for _ in range(2)]

    return inner


@kind
def named_only_inside():
    return in_nested


@use
def named_only_inside(f):
    return f()()


def in_class_body():
    class Inner:
        factor = FACTOR

        def get(self):
            return TABLE["a"]

    return Inner().factor, Inner().get()


@kind
def named_in_a_class_body():
    return in_class_body


@use
def named_in_a_class_body(f):
    return f()


def len(x):
    return "my own"


def shadowed():
    return len([1])


@kind
def hides_a_builtin():
    return shadowed


@use
def hides_a_builtin(f):
    return f()


@kind
def uses_builtins():
    def f():
        return [sum([1, 2]), max(3, 4), isinstance(True, int), repr(sorted({2, 1}))]

    return f


@use
def uses_builtins(f):
    return [f(), "__builtins__" in f.__globals__]


def who():
    return __name__


@kind
def module_name():
    return who


@use
def module_name(f):
    return f()


ALL = []


def everyone():
    return [f() if f is not everyone else "me" for f in ALL]


def another():
    return "another" if everyone in ALL else "none"


ALL.extend([everyone, another])


@kind
def list_of_functions_in_itself():
    return everyone


@use
def list_of_functions_in_itself(f):
    return f()


@kind
def two_namespaces():
    made = []
    for n in (1, 2):
        space = {"__name__": "__main__", "n": n, "__builtins__": __builtins__}
        exec("def get():\n    return n\ndef put(x):\n    global n\n    n = x\n", space)
        made.append((space["get"], space["put"]))
    return made


@use
def two_namespaces(made):
    (get, put), (other, _) = made
    put(10)
    return [get(), other(), get.__globals__ is other.__globals__]


@kind
def chain():
    space = {"__name__": "__main__", "__builtins__": __builtins__}
    exec("def f0(): return 0\n" + "".join("def f%d(): return f%d() + 1\n" % (i, i - 1) for i in range(1, 40)), space)
    return space["f39"]


@use
def chain(f):
    return f()


@kind
def many_names():
    # Names beyond the 256th take EXTENDED_ARG.
    space = {"__name__": "__main__", "__builtins__": __builtins__}
    space.update(("v%d" % i, i) for i in range(400))
    exec("def f():\n    return %s\n" % " + ".join("v%d" % i for i in range(400)), space)
    return space["f"]


@use
def many_names(f):
    return [f(), "v399" in f.__globals__]


@kind
def attribute_named_like_a_global():
    def f(x):
        return x.FACTOR, x.real

    return f


@use
def attribute_named_like_a_global(f):
    class X:
        FACTOR, real = 1, 2

    return f(X)
