"""The byte-identity corpus: named objects, each one there for one rule of the pickler.

`cases` maps a name to a callable that makes a fresh object.  Fresh matters: whether
two references are one object decides about memo entries, and the iterators in
reduce values can be read only once.  Not every case can be pickled; refusals are
part of what the corpus pins down.

Cases of reduce values and of library types are in `corpus_reduce`.
"""

import collections
import copyreg
import functools
import pickle
import sys

import corpus_reduce
from corpus_classes import (
    A, D, E1, Enu, K, L, NT, Nested, SetSub, WithMeta, func,
)

cases = {}


def add(name, make):
    cases[name] = make


def add_value(name, value):
    """A case for an immutable value, which needs no fresh copy."""
    add(name, lambda: value)


def case(function):
    """Decorator: the function is the maker, its name the name of the case."""
    add(function.__name__, function)
    return function


def twice(value):
    return [value, value]


def fresh_str(text):
    """An equal str that is not interned (for more than one character)."""
    return ''.join(list(text))


# --- int: every width of every opcode, from both sides ------------------------------

for name, value in [
    ('0', 0),
    ('1', 1),
    ('m1', -1),
    ('255', 255),
    ('256', 256),
    ('65535', 65535),
    ('65536', 65536),
    ('2p31m1', 2**31 - 1),
    ('2p31', 2**31),
    ('m2p31', -2**31),
    ('m2p31m1', -2**31 - 1),
    ('2p32', 2**32),
    ('2p63m1', 2**63 - 1),
    ('2p63', 2**63),
    ('m2p63', -2**63),
    ('m2p63m1', -2**63 - 1),
    ('2p64', 2**64),
    # -2**39 fits in five bytes, one less needs a sixth.
    ('m128p8', -(1 << 39)),
    ('m2p39m1', -(1 << 39) - 1),
    # 254, 255 and 256 bytes: the edge between LONG1 and LONG4.
    ('b254', 1 << (254 * 8 - 2)),
    ('b255', (1 << (255 * 8 - 1)) - 1),
    ('b256', 1 << (255 * 8 - 1)),
    ('mb255', -(1 << (255 * 8 - 1))),
    # 4300 and 4301 digits: the limit of int-to-str conversion.
    ('10p4299', 10**4299),
    ('10p4300', 10**4300),
]:
    add_value('int_' + name, value)

# --- float: the text form of protocol 0 is repr() -----------------------------------

for name, value in [
    ('0.0', 0.0),
    ('m0.0', -0.0),
    ('1.5', 1.5),
    ('inf', float('inf')),
    ('minf', float('-inf')),
    ('nan', float('nan')),
    ('1e16', 1e16),
    ('1e-5', 1e-5),
    ('max', 1.7976931348623157e308),
    ('sub', 5e-324),
    ('0.1', 0.1),
]:
    add_value('float_' + name, value)

# --- singletons and everything that is written by name ------------------------------

for value in (
    None, True, False, Ellipsis, NotImplemented,
    type(None), type(Ellipsis), type(NotImplemented),
    int, list, object, type, len,
    A, Nested, Nested.In, Nested.In.Deep, Nested.In.meth, Nested.cm, Nested.sm,
    func, list.append, dict.fromkeys, [].append,
    WithMeta, NT, Enu, Enu.A, E1,
    OSError, IOError, range, slice, complex, bytearray, memoryview,
    collections.OrderedDict, functools.partial, functools.reduce,
    copyreg._reconstructor, print, map, zip, sys.intern, ZeroDivisionError,
    str.join, bytes.fromhex, int.from_bytes, object.__new__, int.__add__,
    ModuleNotFoundError, type(func), type(len),
):
    # The names are those of the time when the classes were defined in a script.
    name = repr(value).split(' at 0x')[0].replace(A.__module__, '__main__')
    add_value('glob_' + name, value)

# --- str ----------------------------------------------------------------------------

for name, value in [
    ('empty', ''),
    ('a', 'a'),
    ('abc', 'abc'),
    ('nl', 'a\nb'),
    ('bs', 'a\\b'),
    ('nul', 'a\0b'),
    ('cr', 'a\rb'),
    ('ctrlz', 'a\x1ab'),
    ('latin', 'caf\xe9'),
    ('ff', '\xff\x80\x85'),
    ('bmp', '\u20ac\u2028'),
    ('astral', '\U0001f600'),
    ('sur', '\ud800'),
    ('surlow', 'a\udc80b'),
    ('bsu', '\\u0041'),
    ('q', "'\""),
    # The short form counts UTF-8 bytes, not characters.
    ('255', 'x' * 255),
    ('256', 'x' * 256),
    ('127e', '\xe9' * 127),
    ('128e', '\xe9' * 128),
]:
    add_value('str_' + name, value)

# --- bytes and bytearray ------------------------------------------------------------

for name, value in [
    ('empty', b''),
    ('a', b'a'),
    ('abc', b'abc'),
    ('hi', b'\x80\xff\x00\n\\'),
    ('255', b'x' * 255),
    ('256', b'x' * 256),
]:
    add_value('bytes_' + name, value)
    add('bytearray_' + name, lambda value=value: bytearray(value))

# Protocols 0-2 write bytes through a temporary str, which shares memo entries
# with the strings of the graph.
add('bytes_two_share_latin1', lambda: [b'xx', b'yy'])
add('bytes_vs_latin1_str', lambda: ['latin1', b'xx'])
add('bytes_vs_char_str', lambda: ['a', b'a'])
add('bytes_1char_twice_distinct', lambda: [bytearray(b'a'), bytearray(b'a')])
add('bytes_empty_twice', lambda: [b'', b''])
add('bytes_empty_and_str', lambda: [b'', ''])


@case
def ba_shared_bytes():
    data = b'a'
    return [data, bytearray(data)]


# --- payloads around the frame size, inside a container and on their own ------------

for name, size in [('65535', 65535), ('65536', 65536), ('65537', 65537), ('200k', 200000)]:
    add('strbig_' + name, lambda size=size: ['a' * size, 1, 'b'])
    add('bytesbig_' + name, lambda size=size: [b'a' * size, 1, 'b'])
    add('babig_' + name, lambda size=size: [bytearray(b'a' * size), 1, 'b'])
    add('bytestop_' + name, lambda size=size: b'a' * size)
    add('strtop_' + name, lambda size=size: 'a' * size)

# --- containers: the opcodes of short tuples, the batches of 1000 items -------------

for size in (0, 1, 2, 3, 4, 10):
    add('tuple_%d' % size, lambda size=size: tuple(range(size)))

for size in (0, 1, 2, 3, 999, 1000, 1001, 1002, 1999, 2000, 2001, 3000):
    for kind, build in [
        ('list', list),
        ('listsub', L),
        ('dict', dict.fromkeys),
        ('dictsub', D.fromkeys),
        ('od', collections.OrderedDict.fromkeys),
        ('set', set),
        ('fset', frozenset),
        ('setsub', SetSub),
        ('deque', collections.deque),
    ]:
        add('%s_%d' % (kind, size), lambda build=build, size=size: build(range(size)))


# --- cycles -------------------------------------------------------------------------

@case
def rec_list():
    items = []
    items.append(items)
    return items


@case
def rec_dict():
    mapping = {}
    mapping[1] = mapping
    return mapping


@case
def rec_tuple1():
    items = []
    result = (items,)
    items.append(result)
    return result


@case
def rec_tuple2():
    items = []
    result = (items, 1)
    items.append(result)
    return result


@case
def rec_tuple4():
    items = []
    result = (items, 1, 2, 3)
    items.append(result)
    return result


@case
def rec_tuple_in_list():
    items = []
    items.append((items,))
    return items


@case
def rec_set():
    result = set()
    key = K()
    key.s = result
    result.add(key)
    return result


@case
def rec_fset():
    key = K()
    key.f = frozenset([key])
    return key.f


@case
def rec_fset_attr():
    key = K()
    key.f = frozenset([key])
    return key


@case
def rec_set_attr():
    key = K()
    key.s = set([key])
    return key


@case
def rec_inst():
    obj = A()
    obj.a = obj
    return obj


@case
def rec_dictsub():
    mapping = D()
    mapping['x'] = mapping
    return mapping


@case
def rec_listsub():
    items = L()
    items.append(items)
    items.at = items
    return items


# --- memo: numbers beyond one byte, and what is shared at all -----------------------

def many_strings(count):
    return [fresh_str('s%d_x' % i) for i in range(count)]


for size in (254, 255, 256, 257, 300):
    add('memo_%d' % size, lambda size=size: twice(many_strings(size)))


def refetch(items):
    return [items, items[-1], items[0]]


for size in (254, 255, 256, 257, 300):
    add('memog_%d' % size, lambda size=size: refetch(many_strings(size)))

add('same_str_twice', lambda: twice(fresh_str('hello')))
add('eq_str_twice', lambda: [fresh_str('hello'), fresh_str('hello')])
add('same_int_twice', lambda: twice(10**30))
add('same_float_twice', lambda: twice(1.5))
add('same_tuple_twice', lambda: twice((1, 2)))
add('same_bytes_twice', lambda: twice(b'hello'))
add('same_ba_twice', lambda: twice(bytearray(b'hello')))
add('same_empty_tuple_twice', lambda: [(), ()])


def many_keys(count):
    return [fresh_str('k%06d' % i) for i in range(count)]


# --- frames: contents that end just before, at and just after the frame size --------

add('frame_edge_65532', lambda: ['x' * 30000, 'y' * 35000, 1, 'z'])
for size in range(65500, 65545):
    add('frame_%d' % size,
        lambda size=size: ['x' * 30000, 'y' * (size - 30000 - 20), 1, 'z', None])
add('frames_many', lambda: many_keys(20000))
# What follows a large payload is too short for a frame of its own.
add('frame_tiny_after', lambda: ['x' * 70000])
add('frame_tiny_after2', lambda: b'x' * 70000)
add('bigkeys',
    lambda: {'k%d' % i: [i, float(i), 'v%d' % (i % 7)] for i in range(3000)})

# --- PickleBuffer, written in band --------------------------------------------------

add('pb_ro', lambda: pickle.PickleBuffer(b'abc'))
add('pb_rw', lambda: pickle.PickleBuffer(bytearray(b'abc')))
add('pb_twice', lambda: twice(pickle.PickleBuffer(b'abc')))
add('pb_rw_twice', lambda: twice(pickle.PickleBuffer(bytearray(b'abc'))))
add('pb_rw_empty', lambda: [pickle.PickleBuffer(bytearray()), b''])


@case
def pb_and_obj():
    data = b'abc'
    return [data, pickle.PickleBuffer(data)]


# Not contiguous (refused), and contiguous with two dimensions.
add('pb_nc', lambda: pickle.PickleBuffer(memoryview(b'abcdef')[::2]))
add('pb_f', lambda: pickle.PickleBuffer(memoryview(b'abcdefgh').cast('B', (2, 4))))
add('pb_big', lambda: [pickle.PickleBuffer(b'a' * 70000), 1])

# --- instances, reduce values, library types, extension codes -----------------------

corpus_reduce.add_cases(add, case)
