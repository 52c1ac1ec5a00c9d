"""Metaclasses, and what else has a say when a class is made."""


class Meta(type):
    def __new__(mcs, name, bases, space):
        space["added"] = name.lower()
        return super().__new__(mcs, name, bases, space)

    def __len__(cls):
        return 42

    @property
    def shout(cls):
        return cls.__name__.upper()


class WithMeta(metaclass=Meta):
    pass


@kind
def metaclass():
    return WithMeta


@use
def metaclass(C):
    return [type(C).__name__, len(C), C.shout, C.added]


@kind
def metaclass_kept_by_subclass():
    class Sub(WithMeta):
        y = 1

    return Sub, Meta


@use
def metaclass_kept_by_subclass(pair):
    Sub, Meta = pair
    return [type(Sub) is Meta, Sub.added, len(Sub), type(Sub.__bases__[0]) is Meta]


@kind
def metaclass_with_keywords():
    class Meta(type):
        def __new__(mcs, name, bases, space, tag=None):
            space["tag"] = tag
            return super().__new__(mcs, name, bases, space)

        def __init__(cls, name, bases, space, tag=None):
            super().__init__(name, bases, space)

    class C(metaclass=Meta, tag="given"):
        pass

    return C


@use
def metaclass_with_keywords(C):
    return [C.tag, type(C).__name__]


@kind
def metaclass_with_prepare():
    import collections

    class Ordered(type):
        @classmethod
        def __prepare__(mcs, name, bases):
            return collections.OrderedDict()

        def __new__(mcs, name, bases, space):
            made = super().__new__(mcs, name, bases, dict(space))
            if "order" not in space:
                made.order = [key for key in space if not key.startswith("_")]
            return made

    class C(metaclass=Ordered):
        z = 1
        a = 2

    return C


@use
def metaclass_with_prepare(C):
    return [C.order, C.z]


@kind
def metaclass_with_call():
    class Single(type):
        def __call__(cls, *args):
            if cls.__dict__.get("only") is None:
                cls.only = super().__call__(*args)
            return cls.only

    class C(metaclass=Single):
        def __init__(self, n):
            self.n = n

    return C


@use
def metaclass_with_call(C):
    return [C(1) is C(2), C(3).n]


@kind
def init_subclass():
    class Base:
        known = []

        def __init_subclass__(cls, **kwargs):
            super().__init_subclass__(**kwargs)
            Base.known.append(cls.__name__)
            cls.number = len(Base.known)

    class A(Base):
        pass

    class B(A):
        pass

    return B, A, Base


@use
def init_subclass(three):
    B, A, Base = three
    return [Base.known, A.number, B.number]


@kind
def init_subclass_with_keywords():
    class Base:
        def __init_subclass__(cls, *, tag, **kwargs):
            super().__init_subclass__(**kwargs)
            cls.tag = tag.upper()

    class A(Base, tag="x"):
        def get(self):
            return self.tag

    return A


@use
def init_subclass_with_keywords(A):
    return [A.tag, A().get(), A.__bases__[0].__name__]


@kind
def set_name():
    class Field:
        def __set_name__(self, owner, name):
            self.name, self.owner = name, owner
            owner.log = getattr(owner, "log", []) + [name]

    class A:
        first, second = Field(), Field()

    return A


@use
def set_name(A):
    return [A.first.name, A.second.name, A.first.owner is A, A.log]


@kind
def descriptors():
    class Typed:
        def __init__(self, kind):
            self.kind = kind

        def __set_name__(self, owner, name):
            self.key = "_" + name

        def __get__(self, instance, owner):
            return self if instance is None else getattr(instance, self.key, None)

        def __set__(self, instance, value):
            if not isinstance(value, self.kind):
                raise TypeError(self.key)
            setattr(instance, self.key, value)

    class A:
        n = Typed(int)

    return A


@use
def descriptors(A):
    a = A()
    a.n = 3
    return [a.n, raised(setattr, a, "n", "x"), A.n.kind is int, vars(a)]


@kind
def non_data_descriptor():
    class Lazy:
        def __init__(self, f):
            self.f = f

        def __get__(self, instance, owner):
            value = instance.__dict__[self.f.__name__] = self.f(instance)
            return value

    class A:
        @Lazy
        def value(self):
            return [1]

    return A


@use
def non_data_descriptor(A):
    a = A()
    return [a.value, a.value is a.value]


@kind
def class_getitem():
    class Box:
        def __class_getitem__(cls, item):
            return [cls.__name__, item]

    return Box


@use
def class_getitem(Box):
    import sys

    return Box[3] if sys.version_info >= (3, 7) else ["Box", 3]


@kind
def own_new():
    class Point:
        def __new__(cls, x, y=0):
            self = super().__new__(cls)
            self.x, self.y = x, y
            return self

    return Point


@use
def own_new(Point):
    return [Point(1).y, vars(Point(1, 2))]


@kind
def setattr_of_its_own():
    class Locked(type):
        made = []

        def __setattr__(cls, name, value):
            raise AttributeError("%s is locked" % name)

    class A(metaclass=Locked):
        limit = 5

        def next(self):
            return type(self).limit + len(Locked.made)

    Locked.made.append(A())
    return A


@use
def setattr_of_its_own(A):
    return [A().next(), raised(setattr, A, "limit", 6), isinstance(type(A).made[0], A)]


@kind
def property_of_the_same_name():
    class Meta(type):
        @property
        def size(cls):
            return cls.factor * 2

        @size.setter
        def size(cls, value):
            cls.factor = value

    class A(metaclass=Meta):
        factor = 3

        @property
        def size(self):
            return "own"

    return A


@use
def property_of_the_same_name(A):
    A_size, own = A.size, A().size
    A.size = 4
    return [A_size, own, A.factor, A.size]
