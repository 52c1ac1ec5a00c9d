"""Generators, coroutines and asynchronous generators, driven by hand: no event loop is needed."""

import contextlib
import types


@kind
def generator():
    def f(n):
        for i in range(n):
            yield i * i

    return f


@use
def generator(f):
    import inspect

    return [list(f(4)), inspect.isgeneratorfunction(f)]


@kind
def delegation():
    def inner():
        got = yield 1
        return got

    def outer():
        result = yield from inner()
        yield ["inner gave", result]

    return outer


@use
def delegation(f):
    g = f()
    return [next(g), g.send("sent")]


@kind
def send_and_throw():
    def f():
        log = []
        while True:
            try:
                log.append((yield list(log)))
            except ValueError as error:
                log.append("caught %s" % error)

    return f


@use
def send_and_throw(f):
    g = f()
    next(g)
    g.send("a")
    return g.throw(ValueError("v"))


@kind
def closes():
    log = []

    def f():
        try:
            yield 1
        finally:
            log.append("closed")

    return f, log


@use
def closes(pair):
    g = pair[0]()
    next(g)
    g.close()
    return pair[1]


@kind
def generator_expression():
    def f(n, k):
        return sum(i * k for i in range(n) if i % k)

    return f


@use
def generator_expression(f):
    return f(10, 3)


@kind
def generator_closure():
    def make(step):
        count = 0

        def f():
            nonlocal count
            while count < 10:
                count += step
                yield count

        return f, lambda: count

    return make(4)


@use
def generator_closure(pair):
    return [list(pair[0]()), pair[1]()]


@kind
def recursive_generator():
    def walk(tree):
        if isinstance(tree, list):
            for branch in tree:
                yield from walk(branch)
        else:
            yield tree

    return walk


@use
def recursive_generator(f):
    return list(f([1, [2, [3, [4]]], 5]))


@kind
def coroutine():
    async def f(x):
        return x + 1

    return f


@use
def coroutine(f):
    import inspect

    try:
        f(1).send(None)
    except StopIteration as done:
        return [done.value, inspect.iscoroutinefunction(f)]


@kind
def awaits():
    @types.coroutine
    def pause(value):
        return (yield value)

    async def inner(x):
        return [x, await pause("from inner")]

    async def outer():
        return await inner(1) + await inner(2)

    return outer


@use
def awaits(f):
    running = f()
    seen = [running.send(None), running.send("a")]
    try:
        running.send("b")
    except StopIteration as done:
        return [seen, done.value]


@kind
def async_generator():
    async def f(n):
        for i in range(n):
            yield i

    return f


@use
def async_generator(f):
    import inspect

    g, seen = f(3), []
    while True:
        try:
            g.__anext__().send(None)
        except StopIteration as item:
            seen.append(item.value)
        except StopAsyncIteration:
            return [seen, inspect.isasyncgenfunction(f)]


@kind
def async_for_and_with():
    class Source:
        def __init__(self, n):
            self.n = n

        def __aiter__(self):
            return self

        async def __anext__(self):
            self.n -= 1
            if self.n < 0:
                raise StopAsyncIteration
            return self.n

        async def __aenter__(self):
            return self

        async def __aexit__(self, *error):
            self.left = True

    async def f(n):
        seen = []
        async with Source(n) as source:
            async for i in source:
                seen.append(i)
            else:
                seen.append("end")
        return seen, source.left

    return f


@use
def async_for_and_with(f):
    try:
        f(3).send(None)
    except StopIteration as done:
        return done.value


@kind
def async_comprehension():
    async def numbers(n):
        for i in range(n):
            yield i

    async def f(n):
        return [i * 2 async for i in numbers(n) if i]

    return f


@use
def async_comprehension(f):
    try:
        f(4).send(None)
    except StopIteration as done:
        return done.value


@kind
def async_closure():
    def make():
        count = 0

        async def inc():
            nonlocal count
            count += 1
            return count

        return inc, lambda: count

    return make()


@use
def async_closure(pair):
    try:
        pair[0]().send(None)
    except StopIteration as done:
        return [done.value, pair[1]()]


@kind
def context_manager():
    log = []

    @contextlib.contextmanager
    def f(name):
        log.append("enter " + name)
        try:
            yield name.upper()
        finally:
            log.append("exit " + name)

    return f, log


@use
def context_manager(pair):
    with pair[0]("x") as value:
        pair[1].append(value)
    return [pair[1], pair[0].__name__]


@kind
def old_style_coroutine():
    @types.coroutine
    def f():
        got = yield "asked"
        return got

    return f


@use
def old_style_coroutine(f):
    g = f()
    asked = g.send(None)
    try:
        g.send("answer")
    except StopIteration as done:
        return [asked, done.value]


@kind
def method_as_generator():
    class Tree:
        def __init__(self, *items):
            self.items = items

        def __iter__(self):
            for item in self.items:
                yield from item if isinstance(item, Tree) else [item]

    return Tree


@use
def method_as_generator(Tree):
    return list(Tree(1, Tree(2, Tree(3)), 4))
