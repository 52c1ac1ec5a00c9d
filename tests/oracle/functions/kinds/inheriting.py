"""Classes that inherit from those of the stdlib, exceptions among them."""

@kind
def of_builtins():
    class Int(int):
        def half(self):
            return self // 2

    class Text(str):
        pass

    class Items(list):
        def total(self):
            return sum(self)

    class Table(dict):
        def __missing__(self, key):
            return key * 2

    class Pair(tuple):
        def __new__(cls, a, b):
            return super().__new__(cls, (a, b))

    return [Int, Text, Items, Table, Pair]


@use
def of_builtins(classes):
    Int, Text, Items, Table, Pair = classes
    return [Int(9).half(), Text("a") + "b", Items([1, 2]).total(), Table()["k"], Pair(1, 2), Int.__bases__ == (int,)]


@kind
def instances_of_builtin_subclasses():
    class Items(list):
        pass

    class Table(dict):
        pass

    items, table = Items([1]), Table(k=1)
    items.note, table.note = "n", items
    items.append(table)
    return items


@use
def instances_of_builtin_subclasses(items):
    return [items[0], items.note, items[1]["k"], items[1].note is items]


@kind
def exception_class():
    class Problem(ValueError):
        def __init__(self, code, text="none"):
            super().__init__(code, text)
            self.code = code

        def __str__(self):
            return "problem %d" % self.code

    class Worse(Problem):
        pass

    return Worse


@use
def exception_class(Worse):
    try:
        raise Worse(3)
    except ValueError as error:
        return [str(error), error.args, error.code, [c.__name__ for c in type(error).__mro__[:3]]]


@kind
def exception_instance():
    class Problem(Exception):
        pass

    error = Problem("text", 2)
    error.note = "n"
    return error


@use
def exception_instance(error):
    return [type(error).__name__, error.args, error.note, isinstance(error, Exception)]


@kind
def pickled_its_own_way():
    class Point:
        def __init__(self, x):
            self.x = x

        def __reduce__(self):
            return Point, (self.x,), {"seen": True}

    class Secret:
        def __getstate__(self):
            return {"n": 1}

        def __setstate__(self, state):
            self.n = state["n"] + 1

    return Point(3), Secret()


@use
def pickled_its_own_way(pair):
    p, s = pair
    p2, s2 = (p, s)
    return [p2.x, getattr(s2, "n", 2)]
