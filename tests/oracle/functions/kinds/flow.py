"""Control flow: what the instructions and the exception table of a code object must still do."""

import contextlib


class Failure(Exception):
    """Known only where it was made."""

    def __init__(self, code):
        super().__init__("failed with %d" % code)
        self.code = code


@kind
def catches():
    def f(x):
        try:
            return 10 / x
        except ZeroDivisionError:
            return "zero"
        except (TypeError, ValueError) as error:
            return type(error).__name__
        else:
            return "never"

    return f


@use
def catches(f):
    return [f(4), f(0), f("x")]


@kind
def finally_returns():
    def f(x):
        log = []
        for i in range(3):
            try:
                if i == x:
                    break
                log.append(i)
            finally:
                log.append("f")
        else:
            log.append("else")
        return log

    return f


@use
def finally_returns(f):
    return [f(1), f(5)]


@kind
def own_exception():
    def f(code):
        raise Failure(code)

    return f, Failure


@use
def own_exception(pair):
    f, Failure = pair
    try:
        f(3)
    except Failure as error:
        return [error.code, str(error), error.args, type(error) is Failure]


@kind
def chained():
    def f():
        try:
            {}["missing"]
        except KeyError as error:
            raise Failure(1) from error

    return f


@use
def chained(f):
    try:
        f()
    except Exception as error:
        return [type(error).__name__, type(error.__cause__).__name__]


@kind
def with_blocks():
    def f():
        log = []

        class Manager:
            def __enter__(self):
                log.append("enter")
                return self

            def __exit__(self, kind, value, traceback):
                log.append(kind.__name__ if kind else None)
                return kind is KeyError

        with Manager(), Manager():
            raise KeyError(1)
        return log

    return f


@use
def with_blocks(f):
    return f()


@kind
def suppressed():
    def f(x):
        with contextlib.suppress(ValueError):
            return int(x)
        return None

    return f


@use
def suppressed(f):
    return [f("7"), f("seven")]


@kind
def loops():
    def f(n):
        found = []
        while n:
            n -= 1
            if n % 2:
                continue
            for d in range(2, n):
                if n % d == 0:
                    break
            else:
                found.append(n)
        return found

    return f


@use
def loops(f):
    return f(12)


@kind
def unpacking():
    def f(xs):
        first, *middle, last = xs
        (a, [b, *c]), d = (first, [last, *middle]), {**{"k": 1}, "l": 2}
        return [a, b, c, sorted(d.items()), [*middle, *xs]]

    return f


@use
def unpacking(f):
    return f([1, 2, 3, 4])


@kind
def comparisons():
    def f(a, b, c):
        return [a < b <= c != a, not a or b and c, a is not None, b in (a, c), a if b else c]

    return f


@use
def comparisons(f):
    return [f(1, 2, 3), f(0, 0, 0)]


@kind
def arithmetic():
    def f(a, b):
        c = a
        c += b
        c <<= 2
        c ^= 5
        return [c, a**b, a // b, a % b, -a, ~a, +a, a & b | 8, a >> 1, a / b, a - b]

    return f


@use
def arithmetic(f):
    return f(9, 4)


@kind
def items_and_attributes():
    def f(x):
        x.items = {}
        x.items["a"] = [1, 2, 3]
        x.items["a"][1:2] = [9, 9]
        del x.items["a"][0]
        x.items["a"][0] += 1
        result = list(x.items["a"])
        del x.items
        return result, hasattr(x, "items")

    return f


@use
def items_and_attributes(f):
    class X:
        pass

    return f(X())


@kind
def asserts():
    def f(x):
        assert x, "must be true: %r" % x
        return x

    return f


@use
def asserts(f):
    return [f(1), raised(f, 0)]


@kind
def big_function():
    lines = ["def f(x):"]
    for i in range(300):
        lines.append("    if x == %d:\n        x = x + %d\n        y%d = x" % (i, i + 1000, i))
    lines.append("    while x > 5000:\n        x -= 1\n    return x")
    space = {}
    exec("\n".join(lines), space)
    return space["f"]


@use
def big_function(f):
    return [f(0), f(299), f(6000), f(-1)]


@kind
def exec_and_eval():
    def f(text):
        space = {}
        exec("y = " + text, space)
        return space["y"] + eval(text)

    return f


@use
def exec_and_eval(f):
    return f("3 * 4")


@kind
def strings_built():
    def f(name, n):
        return "%s=%03d" % (name, n) + f" {name!s:>6} {n:x}" + "{}".format(n) + name.join(["a", "b"])

    return f


@use
def strings_built(f):
    return f("k", 31)


@kind
def class_made_inside():
    def f(base):
        class Made(base, metaclass=type):
            __slots__ = ()
            x: int = 1

            def get(self):
                return [super().__repr__() != "", self.x]

        return Made

    return f


@use
def class_made_inside(f):
    Made = f(object)
    return [Made().get(), Made.__name__, Made.__annotations__ == {"x": int}, Made.__qualname__]


@kind
def compiled_by_hand():
    space = {"__name__": "__main__"}
    exec(compile("def f(a):\n    'doc'\n    return [a, a]\n", "<made>", "exec"), space)
    return space["f"]


@use
def compiled_by_hand(f):
    return [f(1), f.__doc__, f.__name__]


@kind
def code_object():
    def f(x):
        return x + 1

    return f.__code__


@use
def code_object(code):
    import types

    return [types.FunctionType(code, {})(1), code.co_name, code.co_argcount]


@kind
def optimized_away():
    def f():
        if 0:
            return "never"
        x = 24 * 60 * 60
        return x, "a" "b", (1, 2)[1], not True

    return f


@use
def optimized_away(f):
    return f()


@kind
def unbound_local():
    def sometimes(x):
        if x:
            y = 1
        return y

    def never(x):
        del x
        return x

    return sometimes, never


@use
def unbound_local(functions):
    return [raised(function, 0) for function in functions] + [functions[0](1)]
