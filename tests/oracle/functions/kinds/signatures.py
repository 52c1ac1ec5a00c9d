"""What a function says of itself: parameters, defaults, annotations, docs, names and attributes."""

import collections


@kind
def defaults():
    def f(a, b=1, c="two", d=(3, [4])):
        return [a, b, c, d]

    return f


@use
def defaults(f):
    import inspect

    return [f(0), f(0, d=None), str(inspect.signature(f))]


@kind
def mutable_default():
    def f(x, seen=[]):
        seen.append(x)
        return seen

    return f


@use
def mutable_default(f):
    return [list(f(1)), list(f(2)), f.__defaults__[0] is f(3)]


@kind
def one_default_for_two():
    shared = {}

    def put(key, value, table=shared):
        table[key] = value

    def get(key, table=shared):
        return table.get(key)

    return put, get


@use
def one_default_for_two(pair):
    put, get = pair
    put("a", 1)
    return [get("a"), put.__defaults__[0] is get.__defaults__[0]]


@kind
def keyword_only():
    def f(a, *, b, c=3, d=None):
        return [a, b, c, d]

    return f


@use
def keyword_only(f):
    return [f(1, b=2), f(1, b=2, d=4), f.__kwdefaults__, raised(f, 1, 2)]


@kind
def every_parameter():
    def f(a, b=2, *args, c, d=4, **kwargs):
        return [a, b, args, c, d, sorted(kwargs.items())]

    return f


@use
def every_parameter(f):
    import inspect

    return [f(1, c=3), f(1, 5, 6, 7, c=8, d=9, e=10), str(inspect.signature(f))]


@kind
def annotations():
    def f(a: int, b: "text" = "x", *args: float, c: list = None, **kwargs: dict) -> str:
        return str(a) + b

    return f


@use
def annotations(f):
    return [f(1), sorted((key, repr(value)) for key, value in f.__annotations__.items())]


class Unit:
    """Known only where the function was made."""

    def __init__(self, name):
        self.name = name


@kind
def annotation_by_value():
    def f(a: Unit("m"), b: Unit = Unit("s")) -> Unit:
        return [a, b.name]

    return f


@use
def annotation_by_value(f):
    found = f.__annotations__
    return [f(2), found["a"].name, found["b"] is found["return"], type(found["a"]) is found["b"]]


@kind
def doc():
    def f():
        """One line."""

    return f


@use
def doc(f):
    return [f.__doc__, f()]


@kind
def doc_changed():
    def f():
        """Before."""

    f.__doc__ = "After."
    return f


@use
def doc_changed(f):
    return f.__doc__


@kind
def attributes():
    def f():
        return f.calls

    f.calls, f.tags, f.itself = 3, ["a"], f
    return f


@use
def attributes(f):
    return [f(), sorted(f.__dict__), f.itself is f, f.tags]


@kind
def renamed():
    def f():
        return 1

    f.__name__, f.__qualname__ = "g", "Some.place.g"
    return f


@use
def renamed(f):
    return [f.__name__, f.__qualname__, f.__code__.co_name, f()]


@kind
def module_name():
    def f():
        return 1

    f.__module__ = "no.such.module"
    return f


@use
def module_name(f):
    return [f.__module__, f()]


@kind
def without_module():
    def f():
        return 1

    f.__module__ = None
    return f


@use
def without_module(f):
    return [f.__module__, f()]


@kind
def names_inside():
    def outer():
        def inner():
            return None

        return inner

    return outer


@use
def names_inside(outer):
    inner = outer()
    return [outer.__qualname__, inner.__qualname__, inner.__name__, inner.__module__]


@kind
def defaults_with_function():
    def apply(x, by=lambda x: x + 1, then=len):
        return by(x) if by else then(x)

    return apply


@use
def defaults_with_function(f):
    return [f(1), f("abc", None)]


@kind
def default_holds_itself():
    def f(n, table={}):
        return n if n == 0 else table["f"](n - 1) + n

    f.__defaults__[0]["f"] = f
    return f


@use
def default_holds_itself(f):
    return [f(4), f.__defaults__[0]["f"] is f]


@kind
def defaults_removed():
    def f(a, b=2):
        return [a, b]

    f.__defaults__ = None
    return f


@use
def defaults_removed(f):
    return [raised(f, 1), f(1, 3), f.__defaults__]


@kind
def many_parameters():
    names = ", ".join("a%d" % i for i in range(300))
    space = {}
    exec("def f(%s): return [a0, a299, len(locals())]" % names, space)
    return space["f"]


@use
def many_parameters(f):
    return f(*range(300))


@kind
def default_with_order():
    def f(table=collections.OrderedDict([("z", 1), ("a", 2)])):
        return list(table)

    return f


@use
def default_with_order(f):
    return f()


@kind
def signature_given():
    import inspect

    def f(*args):
        return args

    f.__signature__ = inspect.Signature([inspect.Parameter("x", inspect.Parameter.POSITIONAL_ONLY)])
    return f


@use
def signature_given(f):
    import inspect

    return [str(inspect.signature(f)), f(1, 2)]


@kind
def line_numbers():
    def f():
        first = 1
        raise ValueError(first)

    return f


@use
def line_numbers(f):
    try:
        f()
    except ValueError as error:
        line = error.__traceback__.tb_next.tb_lineno
        return [line - f.__code__.co_firstlineno, error.__traceback__.tb_next.tb_frame.f_code.co_name]


@kind
def local_names():
    def f(a, *rest, b=1, **more):
        c = a
        return sorted(locals())

    return f


@use
def local_names(f):
    return [f(1), f.__code__.co_varnames, f.__code__.co_argcount, f.__code__.co_kwonlyargcount]
