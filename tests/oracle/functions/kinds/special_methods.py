"""Operators, hooks and private names: methods that Python calls."""

@kind
def operators():
    class Vector:
        def __init__(self, *xs):
            self.xs = xs

        def __add__(self, other):
            return Vector(*map(sum, zip(self.xs, other.xs)))

        def __mul__(self, k):
            return Vector(*(x * k for x in self.xs))

        __rmul__ = __mul__

        def __eq__(self, other):
            return self.xs == other.xs

        def __hash__(self):
            return hash(self.xs)

        def __len__(self):
            return len(self.xs)

        def __getitem__(self, i):
            return self.xs[i]

        def __contains__(self, x):
            return x in self.xs

        def __repr__(self):
            return "Vector%r" % (self.xs,)

        def __bool__(self):
            return any(self.xs)

        def __call__(self, x):
            return x in self

    return Vector


@use
def operators(Vector):
    v = 2 * Vector(1, 2) + Vector(3, 4)
    return [repr(v), v == Vector(5, 8), len(v), v[0], 5 in v, bool(Vector(0)), v(8), len({v, Vector(5, 8)}), list(v)]


@kind
def unhashable():
    class A:
        def __eq__(self, other):
            return True

    return A


@use
def unhashable(A):
    return [A() == 1, A.__hash__, raised(hash, A())]


@kind
def attribute_hooks():
    class Proxy:
        def __init__(self):
            object.__setattr__(self, "log", [])

        def __getattr__(self, name):
            return "no " + name

        def __setattr__(self, name, value):
            self.log.append([name, value])

        def __delattr__(self, name):
            self.log.append(["del", name])

        def __dir__(self):
            return ["a"]

    return Proxy


@use
def attribute_hooks(Proxy):
    p = Proxy()
    p.x = 1
    del p.y
    return [p.z, p.log, dir(p)]


@kind
def instance_as_callable():
    class Adder:
        def __init__(self, n):
            self.n = n

        def __call__(self, x):
            return x + self.n

    return Adder(4)


@use
def instance_as_callable(f):
    return [f(1), type(f).__name__, f.__dict__]


@kind
def lambda_in_a_class_body():
    class A:
        n = 3
        double = lambda self: self.n * 2
        table = {"get": lambda self: self.n}

    return A


@use
def lambda_in_a_class_body(A):
    return [A().double(), A.table["get"](A), A.double.__qualname__.split(".")[-2:]]


@kind
def private_names():
    class A:
        __secret = 1

        def __init__(self):
            self.__value = 2

        def __hidden(self):
            return self.__value + self.__secret

        def get(self):
            def inner(__x=5):
                return self.__hidden() + __x

            return inner()

    return A


@use
def private_names(A):
    return [A().get(), sorted(name for name in vars(A) if "A_" in name or "A__" in name), vars(A())]
