"""Exception groups and what else CPython 3.11 brought to code."""

import typing


@kind
def except_star():
    def f(group):
        seen = []
        try:
            raise group
        except* ValueError as found:
            seen.append(["values", len(found.exceptions)])
        except* (KeyError, TypeError) as found:
            seen.append(["keys", len(found.exceptions)])
        return seen

    return f


@use
def except_star(f):
    return f(ExceptionGroup("g", [ValueError(1), KeyError(2), ValueError(3)]))


@kind
def unpacked_types():
    def f(*args: *tuple[int, ...]):
        return args

    return f


@use
def unpacked_types(f):
    return [f(1, 2), repr(f.__annotations__)]


@kind
def nested_exception_tables():
    def f(n):
        log = []
        for i in range(n):
            try:
                try:
                    if i == 1:
                        raise KeyError(i)
                    if i == 2:
                        continue
                    log.append(i)
                finally:
                    log.append("finally")
            except KeyError as error:
                log.append(["caught", error.args[0]])
                error.add_note("seen")
                log.append(error.__notes__)
        return log

    return f


@use
def nested_exception_tables(f):
    return f(4)


@kind
def qualname_of_code():
    class Box:
        def get(self):
            return lambda: 1

    return Box.get


@use
def qualname_of_code(f):
    return [f.__code__.co_qualname, f(None).__code__.co_qualname, f.__qualname__]


@kind
def self_type():
    def f(x: typing.Self) -> typing.LiteralString:
        return "x"

    return f


@use
def self_type(f):
    return [repr(f.__annotations__), f(1)]


@kind
def many_async_frames():
    async def inner(n):
        return n if n == 0 else 1 + await inner(n - 1)

    return inner


@use
def many_async_frames(f):
    try:
        f(20).send(None)
    except StopIteration as done:
        return done.value
