"""Cells with what one would not expect in them, and those that code nested in code passes through."""

import math


@kind
def cell_with_itself_in_a_list():
    def make():
        def f():
            return [len(everyone), everyone[0] is everyone[1]]

        everyone = [f, f]
        return f

    return make()


@use
def cell_with_itself_in_a_list(f):
    return f()


@kind
def cell_with_a_module():
    def make():
        import math as maths

        return lambda x: maths.floor(x) + math.ceil(x)

    return make()


@use
def cell_with_a_module(f):
    return f(2.5)


@kind
def cell_with_a_class():
    def make():
        class Local:
            value = 5

        return lambda: (Local().value, Local.__name__)

    return make()


@use
def cell_with_a_class(f):
    return f()


@kind
def cells_with_singletons():
    def make(a, b, c, d):
        return lambda: repr([a, b, c, d])

    return make(None, ..., NotImplemented, int)


@use
def cells_with_singletons(f):
    return f()


@kind
def passed_through():
    def make(x):
        def outer():
            def inner():
                return x

            return inner

        return outer

    return make("deep")


@use
def passed_through(f):
    return [f()(), f.__code__.co_freevars, f().__closure__[0] is f.__closure__[0]]


@kind
def argument_as_cell():
    def f(a, b, *args, **kwargs):
        def g():
            return a, args, sorted(kwargs)

        b += 1
        return g(), b

    return f


@use
def argument_as_cell(f):
    return [f(1, 2, 3, k=4), sorted(f.__code__.co_cellvars)]


@kind
def cell_in_a_class_body():
    def make(k):
        class A:
            factor = k

            def times(self, x):
                return x * k * self.factor

        return A

    return make(3)


@use
def cell_in_a_class_body(A):
    return A().times(2)


@kind
def shared_with_methods():
    def make():
        count = 0

        class Counter:
            def inc(self):
                nonlocal count
                count += 1

        def get():
            return count

        return Counter, get

    return make()


@use
def shared_with_methods(pair):
    counter = pair[0]()
    counter.inc()
    counter.inc()
    return pair[1]()


@kind
def cell_object():
    import types

    def make():
        x = [1]
        return lambda: x

    f = make()
    return f.__closure__[0], f


@use
def cell_object(pair):
    cell, f = pair
    return [cell.cell_contents, cell.cell_contents is f(), f.__closure__[0] is cell]


@kind
def comprehension_variable():
    def make(k):
        return lambda xs: [[x * k for x in xs] for _ in range(2)]

    return make(2)


@use
def comprehension_variable(f):
    return f([1, 2])


@kind
def counter_in_the_middle():
    def make():
        state = {"n": 0}

        def step():
            state["n"] += 1
            return state["n"]

        step()
        step()
        return step

    return make()


@use
def counter_in_the_middle(f):
    return [f(), f()]
