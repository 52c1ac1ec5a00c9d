"""Structural pattern matching."""


class Point:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


@kind
def match_literals():
    def f(x):
        match x:
            case 0 | 1:
                return "small"
            case "a" | b"a":
                return "letter"
            case None | True:
                return "singleton"
            case _:
                return "other"

    return f


@use
def match_literals(f):
    return [f(0), f("a"), f(b"a"), f(None), f(7)]


@kind
def match_shapes():
    def f(x):
        match x:
            case []:
                return "empty"
            case [first, *rest] if rest:
                return first, rest
            case {"kind": kind, **more}:
                return kind, sorted(more)
            case (only,):
                return only

    return f


@use
def match_shapes(f):
    return [f([]), f([1, 2, 3]), f({"kind": "k", "z": 1}), f([5]), f("text")]


@kind
def match_classes():
    def f(x):
        match x:
            case Point(0, y):
                return "on the axis", y
            case Point(x=x, y=int(y)):
                return x, y
            case str() as text:
                return text

    return f, Point


@use
def match_classes(pair):
    f, Point = pair
    return [f(Point(0, 2)), f(Point(1, 2)), f("t"), f(3)]


@kind
def several_managers():
    import contextlib

    @contextlib.contextmanager
    def note(log, name):
        log.append("in " + name)
        yield name
        log.append("out " + name)

    def f():
        log = []
        with (
            note(log, "a") as a,
            note(log, "b") as b,
        ):
            log.append(a + b)
        return log

    return f


@use
def several_managers(f):
    return f()
