"""Fields of well-known types: pickled for Rust's structs, and what Rust writes for them compared. CPython 3.9 and up.

    python types_serde.py write   the record in every protocol, each behind its length (u32, little-endian)
    python types_serde.py check   pickles on stdin, each behind its length: dicts with some of the record's fields

What differs is printed, and at last how many fields were compared.
"""

import datetime
import pickle
import struct
import sys
from datetime import date, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from ipaddress import ip_address, ip_interface, ip_network
from pathlib import PosixPath, PurePosixPath, PureWindowsPath
from uuid import UUID
from zoneinfo import ZoneInfo

stamp = datetime.datetime
PARIS = ZoneInfo('Europe/Paris')
CET = timezone(timedelta(hours=1), 'CET')

RECORD = {
    'date': date(2026, 11, 21),
    'time': time(10, 30, 0, 5),
    'naive': stamp(2026, 11, 21, 10, 30, 0, 5),
    'utc': stamp(2026, 11, 21, 10, 30, 59, 999999, timezone.utc),
    'offset': stamp(2026, 11, 21, 10, 30, tzinfo=timezone(-timedelta(hours=3, minutes=30))),
    'named': stamp(2026, 11, 21, 10, 30, tzinfo=CET),
    'zoned': stamp(2026, 11, 21, 10, 30, tzinfo=PARIS),
    # Clocks are set back at three: this is the second half past two, an hour after the first.
    'folded': stamp(2026, 10, 25, 2, 30, tzinfo=PARIS, fold=1),
    'first': stamp(2026, 10, 25, 2, 30, tzinfo=PARIS),
    # Clocks are set forward at two: nothing shows this.
    'skipped': stamp(2026, 3, 29, 2, 30, tzinfo=PARIS),
    'back': -timedelta(days=2, hours=3, microseconds=500000),
    'timeout': timedelta(days=1, seconds=90, microseconds=250000),
    'price': Decimal('-1.50'),
    'large': Decimal('1E+25'),
    'long': Decimal('0.' + '0' * 30 + '123456789' * 5),
    'id': UUID('8f709d30-e590-11f1-b5f5-02fc00000001'),
    'host': ip_address('192.0.2.1'),
    'host6': ip_address('2001:db8::1'),
    'interface': ip_interface('192.0.2.0/24'),
    'network': ip_network('192.0.2.0/24'),
    'path': PosixPath('/etc/hosts'),
    'pure': PurePosixPath('a/b'),
    'windows': PureWindowsPath('C:/x'),
    'complex': complex(1, -2.5),
    'fraction': Fraction(-1, 3),
    'int': -2 ** 100,
    'place': PARIS,
    'ahead': timezone(timedelta(hours=5, minutes=45)),
    'dates': [date(2026, 1, 1), date(2026, 1, 2)],
    'by_date': {date(2026, 1, 1): timedelta(seconds=1)},
    'none': None,
    'some': date(2000, 2, 29),
}


def same(value, wanted, protocol):
    if type(value) is not type(wanted):
        return False
    if isinstance(wanted, (stamp, time)):
        if value.tzinfo is not None and type(value.tzinfo) is not type(wanted.tzinfo):
            return False
        if protocol > 3 and value.fold != wanted.fold:
            return False
        return repr(value.replace(fold=0)) == repr(wanted.replace(fold=0))
    return value == wanted and repr(value) == repr(wanted)


def main(mode):
    if mode == 'write':
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            data = pickle.dumps(RECORD, protocol)
            sys.stdout.buffer.write(struct.pack('<I', len(data)) + data)
        return
    data = sys.stdin.buffer.read()
    count = 0
    while data:
        size, = struct.unpack('<I', data[:4])
        pickled, data = data[4:4 + size], data[4 + size:]
        protocol = pickled[1] if pickled[:1] == b'\x80' else 0
        for name, value in pickle.loads(pickled).items():
            if not same(value, RECORD[name], protocol):
                print('%s in protocol %d: %r, not %r' % (name, protocol, value, RECORD[name]))
            count += 1
    print(count)


main(*sys.argv[1:])
