"""Functions that remember what they gave."""

import functools


@functools.lru_cache(maxsize=16)
def cached(x):
    return [x]


@kind
def lru_cache():
    return cached


@use
def lru_cache(f):
    f.cache_clear()
    f(1), f(1), f(2)
    return [list(f.cache_info()), f(1) is f(1), f.__name__, f.__wrapped__(3)]


@kind
def lru_cache_in_a_function():
    calls = []

    @functools.lru_cache(maxsize=None)
    def fib(n):
        calls.append(n)
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    return fib, calls


@use
def lru_cache_in_a_function(pair):
    fib, calls = pair
    return [fib(30), len(calls), fib.cache_info().maxsize]


@functools.lru_cache()
def square(x):
    return x * x


def uses_cached(x):
    return square(x) + 1


@kind
def lru_cache_among_globals():
    return uses_cached


@use
def lru_cache_among_globals(f):
    return [f(3), f(3), f.__globals__["square"].cache_info().hits]


@kind
def lru_cache_method():
    class Doubler:
        @functools.lru_cache(maxsize=8)
        def of(self, x):
            return [x, x]

    return Doubler


@use
def lru_cache_method(Doubler):
    d = Doubler()
    return [d.of(1), d.of(1) is d.of(1)]


@kind(since=(3, 8))
def cached_property():
    class Data:
        loads = 0

        @functools.cached_property
        def value(self):
            self.loads += 1
            return [self.loads]

    return Data


@use
def cached_property(Data):
    data = Data()
    return [data.value, data.value is data.value, data.loads]


@kind
def memo_by_hand():
    def memoize(f):
        table = {}

        @functools.wraps(f)
        def wrapper(n):
            if n not in table:
                table[n] = f(n)
            return table[n]

        wrapper.table = table
        return wrapper

    @memoize
    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    return fib


@use
def memo_by_hand(f):
    return [f(20), len(f.table), f.table is f.__closure__[1].cell_contents]


@kind(since=(3, 9))
def cache():
    @functools.cache
    def f(x):
        return [x]

    return f


@use
def cache(f):
    return [f(1) is f(1), f.cache_parameters()]
