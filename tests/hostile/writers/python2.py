"""Safe pickles of Python 2.7."""

import cPickle
import collections
import decimal
import pickle

from common import write

DATA = {
    "none": None,
    "ints": [1, -5, 2**40, True],
    "floats": [0.5, 1e300],
    "text": u"caf\xe9",
    "bytes": "plain",
    "tuple": (1, 2),
    "nested": {"a": [{}]},
    "set": set([1, 2]),
}
for protocol in range(3):
    write(
        "python2_data_p%d.pkl" % protocol,
        "data",
        "plain data by cPickle, protocol %d" % protocol,
        cPickle.dumps(DATA, protocol),
    )
write("python2_pure_p0.pkl", "data", "plain data by pickle, protocol 0", pickle.dumps(DATA, 0))
STDLIB = [
    decimal.Decimal("1.5"),
    collections.OrderedDict([("b", 1)]),
    collections.defaultdict(list),
    xrange(4),
    complex(1, 2),
]
for protocol in (0, 2):
    write(
        "python2_stdlib_p%d.pkl" % protocol,
        "stdlib",
        "types of the standard library by cPickle, protocol %d" % protocol,
        cPickle.dumps(STDLIB, protocol),
    )
