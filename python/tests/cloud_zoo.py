"""Functions and classes in a file, which have source."""

K = 3


def add(x, y=2):
    return x + y + K


def counter():
    n = 0

    def inc():
        nonlocal n
        n += 1
        return n

    return inc, lambda: n


class Point:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y

    def norm(self):
        return self.x**2 + self.y**2
