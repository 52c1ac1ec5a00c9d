"""Cells: how many there are, who shares them, and what is in them."""

@kind
def one_variable():
    def make(k):
        def f(x):
            return x * k

        return f

    return make(3)


@use
def one_variable(f):
    return [f(2), f.__code__.co_freevars, [cell.cell_contents for cell in f.__closure__]]


@kind
def several_variables():
    def make(zebra, apple, mango):
        def f():
            return [apple, mango, zebra]

        return f

    return make(1, "two", [3])


@use
def several_variables(f):
    return [f(), f.__code__.co_freevars]


@kind
def shared_cell():
    def make():
        count = 0

        def inc():
            nonlocal count
            count += 1

        def get():
            return count

        return inc, get

    return make()


@use
def shared_cell(pair):
    inc, get = pair
    inc()
    inc()
    return [get(), inc.__closure__[0] is get.__closure__[0]]


@kind
def shared_by_three_in_part():
    def make():
        a, b = 0, 100

        def add_a():
            nonlocal a
            a += 1

        def add_both():
            nonlocal a, b
            a, b = a + 10, b + 10

        def get_b():
            return b

        return add_a, add_both, get_b, lambda: (a, b)

    return make()


@use
def shared_by_three_in_part(fs):
    fs[0]()
    fs[1]()
    return [fs[2](), fs[3]()]


@kind
def separate_cells():
    def make(n):
        def inc():
            nonlocal n
            n += 1
            return n

        return inc

    return make(0), make(0)


@use
def separate_cells(pair):
    return [pair[0](), pair[0](), pair[1]()]


@kind
def late_binding():
    return [lambda: i for i in range(3)]


@use
def late_binding(fs):
    return [[f() for f in fs], len({id(f.__closure__[0]) for f in fs})]


@kind
def nested_levels():
    def one(a):
        def two(b):
            def three(c):
                def four(d):
                    return a, b, c, d

                return four

            return three

        return two

    return one(1)(2)


@use
def nested_levels(three):
    return [three(3)(4), three.__code__.co_freevars, three.__qualname__]


@kind
def empty_cell():
    def make():
        def f(default):
            try:
                return later
            except NameError:
                return default

        return f
        later = 1

    return make()


@use
def empty_cell(f):
    return [f("empty"), raised(lambda: f.__closure__[0].cell_contents)]


@kind
def emptied_cell():
    def make():
        a, b = 1, 2

        def drop():
            nonlocal b
            del b

        drop()
        return lambda: [a, raising()], lambda: b

    def raising():
        return "still"

    return make()


@use
def emptied_cell(pair):
    return [pair[0](), raised(pair[1])]


@kind
def recursive():
    def make():
        def fact(n):
            return 1 if n <= 1 else n * fact(n - 1)

        return fact

    return make()


@use
def recursive(f):
    return [f(6), f.__closure__[0].cell_contents is f]


@kind
def recursive_lambda():
    fib = lambda n: n if n < 2 else fib(n - 1) + fib(n - 2)
    return fib


@use
def recursive_lambda(f):
    return f(10)


@kind
def mutually_recursive():
    def even(n):
        return True if n == 0 else odd(n - 1)

    def odd(n):
        return False if n == 0 else even(n - 1)

    return even, odd


@use
def mutually_recursive(pair):
    even, odd = pair
    inside = dict(zip(even.__code__.co_freevars, even.__closure__))["odd"].cell_contents
    return [even(8), odd(8), inside is odd]


@kind
def ring_of_three():
    def a(n):
        return n and ["a", b(n - 1)]

    def b(n):
        return n and ["b", c(n - 1)]

    def c(n):
        return n and ["c", a(n - 1)]

    return b


@use
def ring_of_three(f):
    return f(5)


@kind
def family_over_shared_cells():
    log, depth = [], 0

    def down(n):
        nonlocal depth
        depth += 1
        log.append(("down", n, depth))
        return up(n - 1) if n else log

    def up(n):
        nonlocal depth
        depth -= 1
        log.append(("up", n, depth))
        return down(n - 1) if n else log

    return {"down": down, "up": up, "log": log}


@use
def family_over_shared_cells(d):
    return [d["down"](4), d["up"](1) is d["log"], len(d["log"])]


@kind
def data_shared_with_the_outside():
    items = [1]

    def add(x):
        items.append(x)

    return add, items


@use
def data_shared_with_the_outside(pair):
    pair[0](2)
    return pair[1]
