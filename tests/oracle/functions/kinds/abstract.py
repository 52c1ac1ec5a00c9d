"""Abstract base classes, their registries, and protocols."""

import abc
import collections.abc
import numbers
import typing


@kind
def abstract_method():
    class Shape(abc.ABC):
        @abc.abstractmethod
        def area(self):
            """Its area."""

        def double(self):
            return self.area() * 2

    class Square(Shape):
        def __init__(self, a):
            self.a = a

        def area(self):
            return self.a**2

    return Shape, Square


@use
def abstract_method(pair):
    Shape, Square = pair
    return [raised(Shape), Square(3).double(), sorted(Shape.__abstractmethods__), isinstance(Square(1), Shape)]


@kind
def still_abstract():
    class A(abc.ABC):
        @abc.abstractmethod
        def f(self):
            return "base"

        @property
        @abc.abstractmethod
        def p(self):
            return 1

        @classmethod
        @abc.abstractmethod
        def c(cls):
            return cls

        @staticmethod
        @abc.abstractmethod
        def s():
            return 2

    class Half(A):
        def f(self):
            return super().f()

        c = classmethod(lambda cls: cls.__name__)

    return Half


@use
def still_abstract(Half):
    return [raised(Half), sorted(Half.__abstractmethods__), Half.c(), Half.s()]


@kind
def registry():
    class Base(abc.ABC):
        pass

    class Outsider:
        pass

    Base.register(Outsider)
    Base.register(int)
    return Base, Outsider


@use
def registry(pair):
    Base, Outsider = pair
    return [issubclass(Outsider, Base), isinstance(3, Base), isinstance("x", Base), isinstance(Outsider(), Base)]


@kind
def subclass_hook():
    class Quacks(metaclass=abc.ABCMeta):
        @classmethod
        def __subclasshook__(cls, other):
            return hasattr(other, "quack") or NotImplemented

    return Quacks


@use
def subclass_hook(Quacks):
    class Duck:
        quack = 1

    return [issubclass(Duck, Quacks), issubclass(int, Quacks)]


@kind
def mapping():
    class Lower(collections.abc.MutableMapping):
        def __init__(self):
            self.data = {}

        def __getitem__(self, key):
            return self.data[key.lower()]

        def __setitem__(self, key, value):
            self.data[key.lower()] = value

        def __delitem__(self, key):
            del self.data[key.lower()]

        def __iter__(self):
            return iter(self.data)

        def __len__(self):
            return len(self.data)

    return Lower


@use
def mapping(Lower):
    import collections.abc

    m = Lower()
    m["A"] = 1
    m.update(B=2)
    return [sorted(m.items()), "a" in m, m.pop("b"), isinstance(m, collections.abc.Mapping)]


@kind
def sequence_instance():
    class Seq(collections.abc.Sequence):
        def __init__(self, n):
            self.n = n

        def __len__(self):
            return self.n

        def __getitem__(self, i):
            if i >= self.n:
                raise IndexError(i)
            return i * i

    return Seq(4)


@use
def sequence_instance(seq):
    return [list(seq), list(reversed(seq)), seq.index(4), 9 in seq]


@kind
def number():
    class Modular(numbers.Number):
        def __init__(self, n):
            self.n = n % 7

        def __add__(self, other):
            return type(self)(self.n + other.n)

    return Modular


@use
def number(Modular):
    import numbers

    return [(Modular(5) + Modular(4)).n, issubclass(Modular, numbers.Number)]


@kind
def subclass_registered_in_a_ring():
    class Base(abc.ABC):
        @classmethod
        def kinds(cls):
            return [Base, Other]

    @Base.register
    class Other:
        def base(self):
            return Base

    return Base


@use
def subclass_registered_in_a_ring(Base):
    Other = Base.kinds()[1]
    return [issubclass(Other, Base), Other().base() is Base]


@kind(since=(3, 8))
def protocol():
    @typing.runtime_checkable
    class Closes(typing.Protocol):
        def close(self): ...

    class File:
        def close(self):
            return "closed"

    return Closes, File


@use
def protocol(pair):
    Closes, File = pair
    return [isinstance(File(), Closes), isinstance(3, Closes), File().close()]


@kind(since=(3, 8))
def protocol_implemented():
    class Named(typing.Protocol):
        name: str

        def hello(self):
            return "hello " + self.name

    class Cat(Named):
        name = "cat"

    return Cat


@use
def protocol_implemented(Cat):
    return Cat().hello()
