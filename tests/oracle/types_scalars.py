# coding: utf-8
"""The scalars of the standard library: written for Rust, and read back from it. Runs on CPython 2.7 and 3.6 to 3.13.

    python types_scalars.py write   every value, pickled in every protocol by every pickler

Each record on stdout is six fields: kind, name, pickler, protocol, text, pickle. The text is that of the value after it
was loaded again: below protocol 4 folds are lost.

    python types_scalars.py load    records of name, protocol and pickle on stdin

Compares what the pickles give with the table's values, and prints the differences and a last line with the count.

Each field is a u32 little-endian length and so many bytes.
"""

import datetime
import decimal
import fractions
import io
import pickle
import struct
import sys
import uuid

PY3 = sys.version_info[0] == 3
if PY3:
    import ipaddress
    import pathlib
try:
    import zoneinfo
except ImportError:
    zoneinfo = None

date, time, dt, delta = datetime.date, datetime.time, datetime.datetime, datetime.timedelta


class Table(list):
    def put(self, kind, values, keep=lambda x: x):
        for index, value in enumerate(values):
            self.append((kind, '%s-%d' % (kind, index), keep(value)))


def numbers(seed):
    """The same numbers on every Python."""
    while True:
        seed = (seed * 6364136223846793005 + 1442695040888963407) % 2 ** 64
        yield seed >> 33


def zones():
    tz = datetime.timezone
    minutes = [60, -60, 330, 1439, -1439, 0]
    found = [tz.utc] + [tz(delta(minutes=m)) for m in minutes]
    found += [tz(delta(hours=1), name) for name in ['CET', '', 'UTC+1', u'Mitteleurop\xe4isch [x]', 'x43']]
    found += [tz(delta(0), 'UTC')]
    if sys.version_info >= (3, 7):
        # Before, offsets were of whole minutes.
        found += [tz(delta(seconds=561)), tz(-delta(seconds=1, microseconds=3)),
                  tz(-delta(hours=23, minutes=59, seconds=59, microseconds=999999), 'N')]
    if zoneinfo:
        found += [zoneinfo.ZoneInfo('Europe/Paris'), zoneinfo.ZoneInfo('UTC'), zoneinfo.ZoneInfo('Etc/GMT+5')]
    return found


def table():
    found = Table()
    rand = numbers(5)
    below = lambda n: next(rand) % n
    days = [date(1, 1, 1), date(9999, 12, 31), date(2000, 2, 29), date(2026, 11, 21)]
    days += [date.fromordinal(1 + below(3652059)) for _ in range(12)]
    found.put('date', days)
    clocks = [time(), time(23, 59, 59, 999999), time(1, 2, 3, 4), time(10, 30)]
    clocks += [time(below(24), below(60), below(60), below(1000000)) for _ in range(8)]
    stamps = [dt.combine(day, clocks[index % len(clocks)]) for index, day in enumerate(days)]
    if PY3:
        clocks += [clock.replace(fold=1) for clock in clocks[:4]]
        clocks += [time(10, tzinfo=zone, fold=fold) for zone in zones() for fold in (0, 1)]
        stamps += [stamp.replace(fold=1) for stamp in stamps[:4]]
        stamps += [dt(2026, 10, 25, 2, 30, tzinfo=zone, fold=fold) for zone in zones() for fold in (0, 1)]
        found.put('timezone', zones())
    found.put('time', clocks)
    found.put('datetime', stamps)
    deltas = [delta(), delta.min, delta.max, delta(microseconds=1), -delta(microseconds=1), delta(1, 7200, 500000),
              -delta(seconds=1, microseconds=500000), delta(hours=26), delta(days=-1)]
    deltas += [delta(below(999999999), below(86400), below(1000000)) * (1 if below(2) else -1) for _ in range(10)]
    found.put('timedelta', deltas)
    found.put('decimal', map(decimal.Decimal, [
        '0', '-0', '0E-10', '0E+3', '-0E+3', '1E+5', '-1.50', '0.10', '123456789.000', '0.000001', '0.0000001', '1E-7',
        '12E-7', 'NaN', '-NaN123', 'sNaN', '-sNaN7', 'Infinity', '-Infinity', '1E-999999', '1.5E+999999', '9' * 60,
        '79228162514264337593543950335', '-0.0000000000000000000000000001', '1.0E+2', '12.345678901234567890']))
    found.put('fraction', [fractions.Fraction(*ratio) for ratio in [
        (0, 1), (1, 3), (-1, 3), (5, 1), (10 ** 40, 7), (-2 ** 70, 3 ** 50), (below(10 ** 6), 1 + below(10 ** 6))]])
    inf, nan = float('inf'), float('nan')
    found.put('complex', [complex(*parts) for parts in [
        (0, 0), (1, -2.5), (0, 1), (-0.0, 1), (0.0, -0.0), (-0.0, -0.0), (nan, inf), (-inf, nan), (1e300, -1e-300),
        (1e16, 1e22), (0.1, 123456789.125)]])
    ids = [uuid.UUID(int=5), uuid.UUID('8f709d30-e590-11f1-b5f5-02fc00000001'), uuid.UUID(int=2 ** 128 - 1)]
    if sys.version_info >= (3, 7):
        ids += [uuid.UUID(int=below(2 ** 31) * 2 ** 70, is_safe=safe) for safe in uuid.SafeUUID]
    found.put('uuid', ids)
    found.put('int', [0, -1, 255, 2 ** 31, 2 ** 63 - 1, -2 ** 63, 2 ** 63, 2 ** 64, -2 ** 127 - 1, 7 ** 500,
                      10 ** 4299])
    if PY3:
        addresses = ['192.0.2.1', '0.0.0.0', '255.255.255.255', '::', '::1', '2001:db8::1:0:0:1', '1:0:0:2::',
                     '1:0:2:3:4:5:6:7', '::ffff:1.2.3.4', 'ffff:' * 7 + 'ffff']
        addresses += [below(2 ** 31) * 2 for _ in range(4)]
        addresses = list(map(ipaddress.ip_address, addresses))
        addresses += [ipaddress.IPv6Address(below(2 ** 31) ** 4) for _ in range(4)]
        interfaces = ['192.0.2.1/24', '192.0.2.0/24', '1.2.3.4/0', '1.2.3.4/32', '::5/64', '2001:db8::/32', '::1/128']
        if sys.version_info >= (3, 9):
            scoped = ipaddress.ip_address('fe80::1%eth0')
            # Older versions lose the scope when they pickle.
            addresses += [address for address in [scoped] if pickle.loads(pickle.dumps(address)) == address]
            interfaces += ['fe80::1%eth0/64']
        found.put('ipaddress', addresses)
        found.put('ipinterface', map(ipaddress.ip_interface, interfaces))
        found.put('ipnetwork', map(ipaddress.ip_network, [
            '192.0.2.0/24', '0.0.0.0/0', '1.2.3.4/32', '::/0', '2001:db8::/32']))
        posix = ['/', '.', '', 'a', '/a/b', 'a//b/./c/../d', '//x/y', '///x', '/a/a/a', u'\xe9t\xe9/\u20ac', 'C:/x',
                 'PosixPath:x', 'a:b', '...', '/.', 'a\\b']
        windows = ['C:/a/./b', 'c:a', 'c:', '/a', 'a/b', '.', '//srv/share', '//srv/share/x/y', '\\\\?\\C:\\x', 'C:\\',
                   'C:\\a\\a']
        joined = [pathlib.PurePosixPath('a', 'b/c'), pathlib.PurePosixPath('a', '/b', 'c'),
                  pathlib.PurePosixPath('a') / 'b', pathlib.PureWindowsPath('c:', 'a'),
                  pathlib.PureWindowsPath('c:/x', '/a'),
                  pathlib.PureWindowsPath('c:/x', 'y', 'z'), pathlib.PureWindowsPath('//s/h/a', '/b')]
        found.put('path', [pathlib.PosixPath(text) for text in posix] + [pathlib.PurePosixPath(text) for text in posix]
                  + [pathlib.PureWindowsPath(text) for text in windows] + joined)
    return found


# --- the texts ------------------------------------------------------------------------

def offset(value):
    micros = (value.days * 86400 + value.seconds) * 1000000 + value.microseconds
    sign, micros = ('-', -micros) if micros < 0 else ('+', micros)
    seconds, micros = divmod(micros, 1000000)
    text = '%s%02d:%02d' % (sign, seconds // 3600, seconds // 60 % 60)
    if seconds % 60 or micros:
        text += ':%02d' % (seconds % 60)
    if micros:
        text += '.%06d' % micros
    return text


def zone(value):
    if zoneinfo and isinstance(value, zoneinfo.ZoneInfo):
        return '[%s]' % value.key
    text = offset(value.utcoffset(None))
    for name in value.__getinitargs__()[1:]:
        plain = name and all(c in '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz' for c in name)
        text += '[name=%s]' % name if plain else '[xname=x%s]' % name.encode('utf-8').hex()
    return text


def clock(value):
    text = value.replace(tzinfo=None).isoformat()
    if value.tzinfo:
        text += zone(value.tzinfo)
    if getattr(value, 'fold', 0):
        # Behind a zone alone it must not be overlooked.
        zoned = zoneinfo and isinstance(value.tzinfo, zoneinfo.ZoneInfo)
        text += '[!fold=1]' if zoned else '[fold=1]'
    return text


def complex_text(value):
    return repr(value).strip('()')


def uuid_text(value):
    safe = getattr(value, 'is_safe', None)
    number = getattr(safe, 'value', None)
    return str(value) + ('' if number is None else '[safe=%d]' % (number == 0))


def ip_text(value):
    mapped = getattr(value, 'ipv4_mapped', None)
    return '::ffff:%s' % mapped if mapped else str(value)


def path_text(value):
    # What an existing object prints depends on how it was made; its parts do not.
    value = type(value)(str(value))
    text = str(value) if isinstance(value, pathlib.PurePosixPath) else str(value).replace('/', '\\')
    name = type(value).__name__
    if name == 'PosixPath' and not text.startswith('PosixPath:'):
        return text
    return '%s:%s' % (name, text)


TEXTS = {
    'date': lambda x: x.isoformat(),
    'time': clock,
    'datetime': clock,
    'timedelta': lambda x: '%d %d %d' % (x.days, x.seconds, x.microseconds),
    'timezone': lambda x: zone(x).strip('[]') if zoneinfo and isinstance(x, zoneinfo.ZoneInfo) else zone(x),
    'complex': complex_text,
    'uuid': uuid_text,
    'ipaddress': ip_text,
    'path': path_text,
}


# --- writing --------------------------------------------------------------------------

def picklers():
    if PY3:
        def by_python(value, protocol):
            out = io.BytesIO()
            pickle._Pickler(out, protocol).dump(value)
            return out.getvalue()
        return [('C', pickle.dumps), ('Python', by_python)]
    import cPickle
    return [('C', cPickle.dumps), ('Python', pickle.dumps)]


def write():
    out = getattr(sys.stdout, 'buffer', sys.stdout)
    for kind, name, value in table():
        for pickler, dumps in picklers():
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                data = dumps(value, protocol)
                text = TEXTS.get(kind, str)(pickle.loads(data))
                if not isinstance(text, bytes):
                    text = text.encode('utf-8')
                for field in (kind.encode(), name.encode(), pickler.encode(), str(protocol).encode(), text, data):
                    out.write(struct.pack('<I', len(field)) + field)


# --- reading --------------------------------------------------------------------------

def fields(data):
    at = 0
    while at < len(data):
        size, = struct.unpack('<I', data[at:at + 4])
        yield data[at + 4:at + 4 + size]
        at += 4 + size


def same(kind, value, wanted, protocol):
    if type(value) is not type(wanted) and not (kind == 'int' and not PY3):
        return False
    if kind == 'decimal':
        return value.as_tuple() == wanted.as_tuple()
    if kind == 'complex':
        return repr(value) == repr(wanted)
    if kind == 'uuid':
        return value == wanted and getattr(value, 'is_safe', None) == getattr(wanted, 'is_safe', None)
    if kind in ('time', 'datetime'):
        if PY3 and protocol > 3 and value.fold != wanted.fold:
            return False
        if value.replace(tzinfo=None) != wanted.replace(tzinfo=None):
            return False
        value, wanted = value.tzinfo, wanted.tzinfo
    if zoneinfo and isinstance(wanted, zoneinfo.ZoneInfo):
        return value is wanted
    # Python 2 shows whether an int is a long; the others have no such second type.
    return value == wanted and (repr(value) == repr(wanted) or kind in ('path', 'int'))


def load():
    data = fields(getattr(sys.stdin, 'buffer', sys.stdin).read())
    values = dict((name, (kind, value)) for kind, name, value in table())
    count = 0
    for name, protocol, pickled in zip(data, data, data):
        kind, wanted = values[name.decode()]
        try:
            value = pickle.loads(pickled)
            if not same(kind, value, wanted, int(protocol)):
                print('%s in protocol %s gives %r, not %r' % (name.decode(), protocol.decode(), value, wanted))
        except Exception as error:
            print('%s in protocol %s: %r of %r' % (name.decode(), protocol.decode(), error, pickled))
        count += 1
    print(count)


if __name__ == '__main__':
    if not PY3:
        # Line ends stay as they are.
        import os
        if os.name == 'nt':
            import msvcrt
            for stream in (sys.stdin, sys.stdout):
                msvcrt.setmode(stream.fileno(), os.O_BINARY)
    {'write': write, 'load': load}[sys.argv[1]]()
