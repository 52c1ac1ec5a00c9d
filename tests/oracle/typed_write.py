"""What Python writes for the values of expressions, and what it reads.

    typed_write.py write      for each line "name TAB expression" on stdin and each protocol, a line
                        "name TAB protocol TAB hex", or "name TAB protocol TAB !error" if Python refuses
    typed_write.py fast       the same with a pickler whose memo is off
    typed_write.py read       for each line "name TAB hex TAB expression", a line "name TAB ok" if the pickle
                        loads as the value, or else what came out
"""

import array
import collections
import datetime
import decimal
import functools
import io
import pathlib
import pickle
import sys
import uuid

import typed_classes
from typed_classes import *  # noqa: F401,F403
from typed_classes import fresh, make

F = fresh


def same(a, b):
    """Equal, of the same types all the way down; instances by their attributes."""
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return repr(a) == repr(b)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return len(a) == len(b) and all(map(same, a, b)) and all(map(same, a.values(), b.values()))
    if isinstance(a, (typed_classes.Color, type, set, frozenset)):
        return a == b
    if type(a).__module__ == 'typed_classes':
        names = getattr(type(a), '__slots__', None) or sorted(vars(a))
        return vars_of(a, names) is not None and all(
            hasattr(b, name) and same(getattr(a, name), getattr(b, name)) for name in names)
    return a == b


def vars_of(value, names):
    return [getattr(value, name) for name in names]


def write(value, protocol, fast):
    if not fast:
        return pickle.dumps(value, protocol)
    out = io.BytesIO()
    pickler = pickle.Pickler(out, protocol)
    pickler.fast = True
    pickler.dump(value)
    return out.getvalue()


def main(mode):
    for line in sys.stdin:
        name, *rest = line.rstrip('\n').split('\t')
        if mode == 'read':
            data, expression = rest
            wanted, found = eval(expression), pickle.loads(bytes.fromhex(data))
            print(name, 'ok' if same(wanted, found) else repr(found), sep='\t')
            continue
        for protocol in range(6):
            # Evaluated again each time, so that nothing is shared by accident.
            try:
                shown = write(eval(rest[0]), protocol, mode == 'fast').hex()
            except Exception as error:
                shown = f'!{type(error).__name__}'
            print(name, protocol, shown, sep='\t')


if __name__ == '__main__':
    main(sys.argv[1])
