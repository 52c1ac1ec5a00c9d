"""Seeded random object graphs: every built-in type, every reduce shape, shared and cyclic.

`random_object(rng)` may contain anything that pickles in at least one protocol,
`random_builtin(rng)` only None, bool, int, float, str, bytes, bytearray, list,
tuple, dict, set and frozenset.

The graphs depend on nothing but the generator's state (and PYTHONHASHSEED): what goes
into a set with several elements never hashes by address.
"""

import array
import collections
import functools
import itertools
import pickle
import types

import random_classes as rc
from random_atoms import (
    BIG_SIZES, random_atom, random_big_payload, random_bytes, random_hashable_atom, random_int,
    random_library_leaf, random_named, random_str,
)

BIG_COUNTS = (999, 1000, 1001, 2000, 2001)


def random_object(rng):
    # Buffers restrict an object to protocol 5, so most graphs go without.
    return Generator(rng, user_classes=True, buffers=rng.random() < 0.05).root()


def random_builtin(rng):
    return Generator(rng, user_classes=False).root()


class Generator:
    """Makes values; keeps the finished and the half-filled ones to refer to them again.

    A mutable container enters the pool before it is filled, which is what makes cycles.
    `leaves` are additional makers of values without contents.
    """

    def __init__(self, rng, user_classes, buffers=False, leaves=()):
        self.rng = rng
        self.user_classes = user_classes
        self.buffers = buffers
        self.leaves = leaves
        self.pool = []
        self.hashable_pool = []
        self.budget = 0

    def root(self):
        """A new value; values of earlier calls may be shared."""
        rng = self.rng
        self.budget = rng.choice([5, 20, 60, 150])
        if rng.random() < 0.05:
            return self.atom()
        # Big things are decided here, lest deep graphs hold many of them.
        if rng.random() < 0.04:
            return self.keep([random_big_payload(rng), self.value(2), random_big_payload(rng)])
        if rng.random() < 0.06:
            return self.keep([self.value(1), self.big_container(), self.value(2)])
        if rng.random() < 0.02:
            return self.chain(rng.randrange(50, 200))
        return self.container(rng.randrange(1, 6))

    def keep(self, value):
        self.pool.append(value)
        return value

    def value(self, depth):
        rng = self.rng
        self.budget -= 1
        if self.pool and rng.random() < 0.2:
            return rng.choice(self.pool)
        if depth <= 0 or self.budget <= 0 or rng.random() < 0.35:
            return self.keep(self.atom())
        return self.container(depth)

    def values(self, depth, most=5):
        return [self.value(depth - 1) for _ in range(self.rng.randrange(most + 1))]

    def atom(self):
        rng = self.rng
        if self.leaves and rng.random() < 0.25:
            return rng.choice(self.leaves)()
        if self.buffers and rng.random() < 0.25:
            return random_buffer(rng)
        if self.user_classes and rng.random() < 0.3:
            return rng.choice([random_named, random_library_leaf])(rng)
        return random_atom(rng)

    def container(self, depth):
        if self.user_classes and self.rng.random() < 0.5:
            return self.rng.choice(self.USER)(self, depth)
        return self.rng.choice(self.BUILTIN)(self, depth)

    # --- built-in containers --------------------------------------------------------

    def new_list(self, depth):
        return self.fill_list(self.keep([]), depth)

    def fill_list(self, result, depth):
        for _ in range(self.rng.randrange(6)):
            result.append(self.value(depth - 1))
        return result

    def new_tuple(self, depth):
        return self.keep(tuple(self.values(depth)))

    def cyclic_tuple(self, depth):
        """A tuple that contains itself by way of a list or dict."""
        inner = self.rng.choice([[], {}])
        items = self.values(depth, most=3)
        items.insert(self.rng.randrange(len(items) + 1), inner)
        result = self.keep(tuple(items))
        if isinstance(inner, list):
            inner.append(result)
        else:
            inner['up'] = result
        return result

    def new_dict(self, depth):
        return self.fill_dict(self.keep({}), depth)

    def fill_dict(self, result, depth):
        for _ in range(self.rng.randrange(6)):
            key = None if self.rng.random() < 0.05 else self.hashable(1)
            result[key] = self.value(depth - 1)
        return result

    def hashable(self, depth):
        rng = self.rng
        if self.hashable_pool and rng.random() < 0.2:
            return rng.choice(self.hashable_pool)
        if depth <= 0 or rng.random() < 0.7:
            result = random_hashable_atom(rng)
        else:
            items = [self.hashable(depth - 1) for _ in range(rng.randrange(4))]
            result = tuple(items) if rng.random() < 0.6 else settled(frozenset, items)
        self.hashable_pool.append(result)
        return result

    def new_set(self, depth):
        return self.any_set(set)

    def new_frozenset(self, depth):
        return self.any_set(frozenset)

    def any_set(self, kind):
        rng = self.rng
        if rng.random() < 0.1:
            # Alone, elements may hash as they like.
            return self.keep(kind([rng.choice([None, float('nan'), (None,)])]))
        items = [self.hashable(2) for _ in range(rng.randrange(8))]
        return self.keep(settled(kind, items))

    def big_container(self):
        """Enough items for more than one batch; strings also fill several frames."""
        rng = self.rng
        count = rng.choice(BIG_COUNTS)
        if rng.random() < 0.5:
            items = list(range(count))
        else:
            width = rng.choice([4, 40, 80])
            items = ['%0*d' % (width, i) for i in range(count)]
        kinds = [list, tuple, set, frozenset, dict.fromkeys]
        if self.user_classes:
            kinds += [collections.deque, collections.OrderedDict.fromkeys, rc.ListSub,
                      rc.DictSub.fromkeys, rc.SetSub, big_reduced]
        kind = rng.choice(kinds)
        if kind in (set, frozenset):
            return self.keep(settled(kind, items))
        return self.keep(kind(items))

    def chain(self, length):
        """Deep nesting, though well below the recursion limit."""
        result = self.value(1)
        for _ in range(length):
            link = self.rng.randrange(3)
            if link == 0:
                result = [result]
            elif link == 1:
                result = (result, link)
            else:
                result = {link: result}
        return self.keep(result)

    # --- instances ------------------------------------------------------------------

    def attributes(self, obj, depth):
        for name in self.rng.sample(['a', 'b', 'name', 'x', 'caf\xe9'], self.rng.randrange(4)):
            setattr(obj, name, self.value(depth - 1))
        return obj

    def instance(self, depth):
        cls = self.rng.choice([
            rc.Plain, rc.SlottedDict, rc.NewArgs, rc.NewArgsEx, rc.WithMeta, rc.Outer,
            rc.Outer.Inner, rc.Outer.Inner.Deep, rc.Registered1, rc.Registered2, rc.Registered4,
            rc.CopyregReduced, types.SimpleNamespace,
        ])
        return self.attributes(self.keep(cls()), depth)

    def slotted(self, depth):
        obj = self.keep(self.rng.choice([rc.Slotted, rc.SlottedDict])())
        for name in self.rng.sample(['left', 'right'], self.rng.randrange(3)):
            setattr(obj, name, self.value(depth - 1))
        return obj

    def with_state(self, depth):
        obj = self.keep(rc.WithState())
        obj.state = self.rng.choice([None, 0, False, (), '', self.value(depth - 1)])
        return obj

    def new_args(self, depth):
        obj = rc.NewArgs(*self.values(depth, most=4))
        return self.attributes(self.keep(obj), depth)

    def new_args_ex(self, depth):
        names = self.rng.sample(['k', 'key', 'other'], self.rng.randrange(3))
        kwargs = {name: self.value(depth - 1) for name in names}
        obj = rc.NewArgsEx(*self.values(depth, most=3), **kwargs)
        return self.attributes(self.keep(obj), depth)

    def subclass(self, depth):
        """A subclass of a built-in type, with attributes."""
        rng = self.rng
        cls = rng.choice([rc.ListSub, rc.DictSub, rc.TupleSub, rc.SetSub, rc.FrozenSetSub,
                          rc.StrSub, rc.BytesSub, rc.BytearraySub, rc.IntSub])
        if cls is rc.TupleSub:
            obj = cls(self.values(depth))
        elif cls in (rc.SetSub, rc.FrozenSetSub):
            obj = cls([self.hashable(1) for _ in range(rng.randrange(4))])
        elif cls is rc.StrSub:
            obj = cls(random_str(rng))
        elif cls in (rc.BytesSub, rc.BytearraySub):
            obj = cls(random_bytes(rng))
        elif cls is rc.IntSub:
            obj = cls(random_int(rng))
        else:
            obj = cls()
        self.keep(obj)
        if cls is rc.ListSub:
            self.fill_list(obj, depth)
        if cls is rc.DictSub:
            self.fill_dict(obj, depth)
        return self.attributes(obj, depth)

    def set_cycle(self, depth):
        """Sets and keys of dicts that refer back to their container."""
        rng = self.rng
        keys = [self.keep(rc.Keyed()) for _ in range(rng.randrange(1, 3))]
        kind = rng.choice([set, frozenset, dict.fromkeys, rc.SetSub])
        result = self.keep(kind(keys))
        for key in keys:
            key.owner = result
            self.attributes(key, depth)
        return rng.choice([result] + keys)

    def identity_set(self, depth):
        """One element that hashes by identity; more would have no stable order."""
        obj = self.keep(rc.Plain())
        result = self.keep(self.rng.choice([set, frozenset])([obj]))
        self.attributes(obj, depth)
        if self.rng.random() < 0.5:
            obj.owner = result
        return self.rng.choice([result, obj])

    # --- reduce values --------------------------------------------------------------

    def reduced(self, depth):
        rng = self.rng
        cls = rng.choice([rc.Reduced, rc.ReducedByFunction, rc.ReducedByNewobj])
        # After the arguments the object is in the memo, so what follows may refer to it.
        obj = self.keep(cls(*self.values(depth, most=3)))
        obj.size = rng.randrange(2, 7)
        if rng.random() < 0.7:
            obj.state = self.value(depth - 1)
        if rng.random() < 0.7:
            obj.listitems = self.values(depth)
        if rng.random() < 0.7:
            obj.dictitems = [(self.hashable(1), item) for item in self.values(depth)]
        if rng.random() < 0.7:
            obj.setter = rc.set_state
        return obj

    def recursive(self, depth):
        """Arguments that reach back to the object."""
        obj = self.keep(self.rng.choice([rc.Recursive, rc.RecursiveNew])())
        obj.extra = self.value(depth - 1)
        return self.rng.choice([obj, obj.back])

    # --- library types --------------------------------------------------------------

    def library(self, depth):
        rng = self.rng
        kind = rng.randrange(10)
        if kind == 0:
            return self.keep(rc.Point(self.value(depth - 1), self.value(depth - 1)))
        if kind == 1:
            return self.fill_dict(self.keep(collections.OrderedDict()), depth)
        if kind == 2:
            factory = rng.choice([list, None, rc.Plain, rc.Outer.Inner])
            return self.fill_dict(self.keep(collections.defaultdict(factory)), depth)
        if kind == 3:
            result = collections.deque(maxlen=rng.choice([None, 3]))
            return self.fill_list(self.keep(result), depth)
        if kind == 4:
            return self.keep(collections.Counter([self.hashable(1) for _ in range(4)]))
        if kind == 5:
            return self.keep(collections.ChainMap(self.new_dict(depth - 1), self.new_dict(depth - 1)))
        if kind == 6:
            return self.keep(functools.partial(
                rng.choice([int, rc.plain_function, rc.Outer.make]),
                *self.values(depth, most=2), **{'key': self.value(depth - 1)}))
        if kind == 7:
            return self.keep(slice(self.value(depth - 1), random_int(rng), None))
        if kind == 8:
            return self.keep(array.array('h', [rng.randrange(-9, 9) for _ in range(3)]))
        return self.keep(collections.UserDict(self.new_dict(depth - 1)))

    def exception(self, depth):
        rng = self.rng
        cls = rng.choice([ValueError, KeyError, OSError, StopIteration, rc.PlainError,
                          rc.ErrorWithArgs])
        if cls is OSError:
            obj = OSError(2, 'message', rng.choice(['file', None]))
        elif cls is rc.ErrorWithArgs:
            obj = cls(self.value(depth - 1), hint=self.value(depth - 1))
        else:
            obj = cls(*self.values(depth, most=3))
        return self.attributes(self.keep(obj), depth)

    def iterator(self, depth):
        """Iterators over built-in containers reduce to their contents and a position."""
        rng = self.rng
        items = self.new_list(depth)
        items.append(None)
        result = rng.choice([iter, reversed, enumerate])(items)
        if rng.random() < 0.5:
            next(result)
        return self.keep(result)

    def bound_method(self, depth):
        obj = self.instance(depth)
        return self.keep(self.rng.choice([
            rc.Outer().make, rc.Outer.Inner.Deep().method, obj.__init__, [obj].append]))

    BUILTIN = [new_list, new_list, new_tuple, new_tuple, new_dict, new_dict, new_set,
               new_frozenset, cyclic_tuple]
    USER = [instance, instance, slotted, with_state, new_args, new_args_ex, subclass, subclass,
            set_cycle, identity_set, reduced, reduced, reduced, recursive, library, library,
            exception, iterator, bound_method]


def settled(kind, items):
    """A set that iterates in the same order when it is re-built from that order.

    Inserting in another order can move colliding elements; after a few rounds this
    usually comes to rest.  Where it does not, the caller has to check for itself.
    """
    result = kind(items)
    for _ in range(20):
        again = kind(list(result))
        if list(map(id, again)) == list(map(id, result)):
            break
        result = again
    return result


def big_reduced(items):
    """Items fed by iterators, whose batches end differently from exact containers."""
    obj = rc.Reduced()
    obj.size = 5
    obj.listitems = items
    obj.dictitems = list(zip(items, itertools.repeat(None)))
    return obj


def random_buffer(rng):
    """A PickleBuffer, read-only or writable, also of items larger than a byte.

    None of them is made from a memoryview: up to 3.12 the garbage collector can crash
    when a cycle holds a PickleBuffer of a memoryview.
    """
    data = random_bytes(rng)
    kind = rng.randrange(12)
    if kind == 0:
        data = b'\x82' * rng.choice(BIG_SIZES)
    if kind == 1:
        return pickle.PickleBuffer(array.array('i', [rng.randrange(99) for _ in range(3)]))
    if rng.random() < 0.5:
        return pickle.PickleBuffer(data)
    return pickle.PickleBuffer(bytearray(data))
