"""Random values without references to other values, and lists of things with a name."""

import collections
import datetime
import decimal
import fractions
import functools
import operator
import uuid

import random_classes as rc

NAN = float('nan')

INTS = (
    [0, 1, -1, 127, 128, -128, -129, 255, 256, -255, -256, 32767, 32768, 65535, 65536,
     -65536, 2**31 - 1, 2**31, 2**31 + 1, -2**31, -2**31 - 1, -2**31 + 1, 2**32 - 1,
     2**32, 2**63 - 1, 2**63, -2**63, -2**63 - 1, 2**64, 10**100, -10**100]
    # 254 to 256 bytes: the edge between LONG1 and LONG4; then well beyond it.
    + [sign * ((1 << bits) - off)
       for sign in (1, -1) for bits in (254 * 8 - 1, 255 * 8 - 1, 256 * 8 - 1) for off in (0, 1)]
    + [1 << 2500, -(1 << 2500) - 1]
)

FLOATS = [0.0, -0.0, 1.0, -1.5, 0.1, 1e16, 1e-5, 1e22, 1e23, 1.7976931348623157e308,
          2.2250738585072014e-308, 5e-324, float('inf'), float('-inf'), NAN]

# Pieces that strings are made of; some mean something to one protocol or another.
STR_PIECES = [
    'a', 'b', 'xyz', 'value', ' ', '\n', '\\', '\0', '\r', '\x1a', '\t', "'", '"', '\\u0041',
    '\\n', '\x7f', '\x80', '\x85', '\xe9', '\xff', '\u0100', '\u20ac', '\u2028', '\ufeff',
    '\U0001f600', '\U0010ffff', '\ud800', '\udc80', '\udfff',
]

# Strings that a pickler or unpickler also has at hand itself.
STR_WORDS = ['', 'latin1', 'latin-1', '__main__', 'builtins', 'list', 'set', 'bytes', '_codecs',
             'encode', 'random_classes', 'Plain', 'name', 'x', '__dict__']

BYTES_PIECES = [b'a', b'xyz', b'\0', b'\n', b'\\', b'\r', b'\x1a', b'\x80', b'\xff', b'.', b'0']

BIG_SIZES = (65531, 65535, 65536, 65537, 70000)


def random_int(rng):
    kind = rng.randrange(4)
    if kind == 0:
        return rng.choice(INTS)
    if kind == 1:
        return rng.randrange(-300, 300)
    if kind == 2:
        return rng.randrange(-70000, 70000)
    bits = rng.choice([8, 16, 31, 32, 33, 63, 64, 65, 128, 1000, 2040, 2100])
    return rng.getrandbits(bits) * rng.choice([1, -1])


def random_float(rng):
    if rng.random() < 0.6:
        return rng.choice(FLOATS)
    return rng.uniform(-1, 1) * 10.0 ** rng.randrange(-30, 30)


def random_str(rng):
    kind = rng.randrange(10)
    if kind == 0:
        return rng.choice(STR_WORDS)
    if kind == 1:
        return rng.choice(STR_PIECES)
    if kind == 2:
        # Lengths around the edge of the short form, in UTF-8 bytes.
        return rng.choice('a\n\xe9\u20ac') * rng.choice([84, 85, 86, 127, 128, 254, 255, 256, 600])
    # join() makes a new string, so equal strings need not be one object.
    return ''.join([rng.choice(STR_PIECES) for _ in range(rng.randrange(1, 8))])


def random_bytes(rng):
    kind = rng.randrange(8)
    if kind == 0:
        return rng.choice([b'', b'a', b'latin1', b'\xff'])
    if kind == 1:
        return rng.choice([b'a', b'\x80', b'\n']) * rng.choice([127, 128, 255, 256, 600])
    return b''.join([rng.choice(BYTES_PIECES) for _ in range(rng.randrange(1, 8))])


def random_atom(rng):
    """None, bool, int, float, str, bytes or bytearray."""
    kind = rng.randrange(12)
    if kind == 0:
        return None
    if kind == 1:
        return rng.random() < 0.5
    if kind < 4:
        return random_int(rng)
    if kind == 4:
        return random_float(rng)
    if kind < 9:
        return random_str(rng)
    if kind < 11:
        return random_bytes(rng)
    return bytearray(random_bytes(rng))


def random_hashable_atom(rng):
    """An atom whose hash is the same in every run.

    That leaves out None (before 3.12) and nan (since 3.10), hashed by address: with
    them the iteration order of a set would not be reproducible.
    """
    kind = rng.randrange(8)
    if kind == 0:
        return rng.random() < 0.5
    if kind < 3:
        return random_int(rng)
    if kind == 3:
        value = random_float(rng)
        return 2.5 if value != value else value
    if kind < 7:
        return random_str(rng)
    return random_bytes(rng)


def random_big_payload(rng):
    size = rng.choice(BIG_SIZES)
    kind = rng.randrange(4)
    if kind == 0:
        return 'a' * size
    if kind == 1:
        return '\xe9' * (size // 2)
    if kind == 2:
        return b'\x81' * size
    return bytearray(b'q') * size


# Written by name.  Some need getattr calls in the older protocols.
NAMED = [
    len, print, int, list, object, type, dict, type(None), type(Ellipsis), type(NotImplemented),
    Ellipsis, NotImplemented, OSError, IOError, KeyError, ModuleNotFoundError, map, zip, range,
    str.join, list.append, dict.fromkeys, bytes.fromhex, int.from_bytes, object.__new__,
    functools.reduce, functools.partial, operator.add, collections.OrderedDict,
    rc.plain_function, rc.registered_function, rc.cached_function, rc.Plain, rc.WithMeta,
    rc.Registered1, rc.Registered2, rc.Registered4, rc.Point, rc.Color,
    rc.Outer, rc.Outer.Inner, rc.Outer.Inner.Deep, rc.Outer.Inner.Deep.method,
    rc.Outer.Inner.Deep.make, rc.Outer.make, rc.Outer.helper, rc.named_global, rc.Outer.named,
    rc.Color.RED, rc.Color.GREEN, rc.Level.LOW, rc.Level.HIGH, rc.Permission.READ,
    rc.Permission.READ | rc.Permission.WRITE, datetime.timezone.utc,
]


def random_named(rng):
    return rng.choice(NAMED)


def random_library_leaf(rng):
    """A library type that holds only numbers and strings."""
    return rng.choice(LIBRARY_LEAVES)(rng)


def random_datetime(rng):
    zone = rng.choice([
        None, datetime.timezone.utc, datetime.timezone(datetime.timedelta(hours=5), 'X')])
    return datetime.datetime(rng.randrange(1, 9999), rng.randrange(1, 13), rng.randrange(1, 29),
                             rng.randrange(24), 3, 4, 56, tzinfo=zone, fold=rng.randrange(2))


LIBRARY_LEAVES = [
    random_datetime,
    lambda rng: datetime.date(rng.randrange(1, 9999), 2, 3),
    lambda rng: datetime.time(rng.randrange(24), 1, 2, 3),
    lambda rng: datetime.timedelta(rng.randrange(-999, 999), rng.randrange(86400)),
    lambda rng: decimal.Decimal(rng.choice(['1.5', '-0', 'NaN', 'Infinity', '1E+30'])),
    lambda rng: fractions.Fraction(rng.randrange(-99, 99), rng.randrange(1, 99)),
    lambda rng: uuid.UUID(int=rng.getrandbits(128)),
    lambda rng: complex(random_float(rng), random_float(rng)),
    lambda rng: range(rng.randrange(9), rng.randrange(99), rng.randrange(1, 5)),
    lambda rng: rc.IntSub(random_int(rng)),
    lambda rng: rc.FloatSub(random_float(rng)),
    lambda rng: rc.StrSub(random_str(rng)),
    lambda rng: rc.BytesSub(random_bytes(rng)),
    lambda rng: rc.BytearraySub(random_bytes(rng)),
]
