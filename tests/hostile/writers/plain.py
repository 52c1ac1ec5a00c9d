"""Safe pickles that the standard library writes; the bytes are the same each time."""

import array
import bz2
import collections
import datetime
import decimal
import fractions
import gzip
import http
import io
import ipaddress
import logging
import lzma
import pathlib
import pickle
import pickletools
import random
import re
import tarfile
import time
import types
import urllib.parse
import uuid
import zipfile
import zlib
import zoneinfo

from common import write

UTC = datetime.timezone.utc
SHARED = ["shared", 1]
DATA = {
    "constants": [None, True, False],
    "integers": [0, 255, 256, -1, 65536, 2**31, -(2**63), 10**40],
    "floats": [0.5, -0.0, 1e300, float("inf"), float("nan")],
    "texts": ["", "plain", "caf\xe9 \u20ac \U0001f33c", "two\nlines", "x" * 300],
    "bytes": [b"", b"\0\xff", bytes(range(256))],
    "bytearray": bytearray(b"abc"),
    "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
    "sets": [set(), {1, 2}, frozenset((3,))],
    "shared": [SHARED, SHARED],
    ("a", "key"): {1: {2: {3: []}}},
}
RECORDS = [
    {"id": index, "name": "user %d" % index, "score": index / 7, "tags": ["a", "b"], "active": index % 3 == 0}
    for index in range(200)
]
for protocol in range(6):
    write("data_p%d.pkl" % protocol, "data", "every plain type, protocol %d" % protocol, pickle.dumps(DATA, protocol))
write("data_none.pkl", "data", "None", pickle.dumps(None, 4))
cycle = [1, {}]
cycle[1]["self"] = cycle
cycle.append((cycle,))
write("data_cycle.pkl", "data", "a list within itself, through a dict and a tuple", pickle.dumps(cycle, 4))
write(
    "data_frames.pkl",
    "data",
    "several frames and a bytes of its own",
    pickle.dumps([b"\x01" * 66000, ["text"] * 40, list(range(9000))], 4),
)
write(
    "data_batches.pkl",
    "data",
    "2,001 items, in batches",
    pickle.dumps({"list": list(range(2001)), "dict": dict.fromkeys(range(1001))}, 2),
)
write("data_optimized.pkl", "data", "as pickletools.optimize leaves it", pickletools.optimize(pickle.dumps(DATA, 4)))
write("data_pure_python.pkl", "data", "by pickle's pure Python writer", pickle._dumps(DATA, 4))
buffers = io.BytesIO()
write(
    "data_buffers.pkl",
    "data",
    "buffers within the stream, one of them read-only",
    pickle.dumps([pickle.PickleBuffer(bytearray(b"abc")), pickle.PickleBuffer(b"def")], 5),
)
write(
    "data_fast.pkl",
    "data",
    "without a memo",
    (lambda p: (setattr(p, "fast", True), p.dump(RECORDS[:3]), buffers.getvalue())[2])(pickle.Pickler(buffers, 4)),
)
write(
    "data_code_as_text.pkl",
    "data",
    "texts that speak of os.system and eval",
    pickle.dumps(
        {
            "os": "system",
            "builtins": "eval",
            "code": "import os\nos.system('rm -rf /')\neval(input())\n",
            "note": "never unpickle: cos\nsystem is how it begins",
            "subprocess.Popen": ["posix", "system"],
        },
        4,
    ),
)
write("data_records.pkl", "data", "200 records", pickle.dumps(RECORDS, 4))
packed = pickle.dumps(RECORDS[:20], 4)
write("data_gzip.pkl.gz", "data", "gzip", gzip.compress(packed, mtime=0))
write("data_bzip2.pkl.bz2", "data", "bzip2", bz2.compress(packed))
write("data_xz.pkl.xz", "data", "xz", lzma.compress(packed))
write("data_zlib.pkl.z", "data", "zlib", zlib.compress(packed))
box = io.BytesIO()
with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as file:
    file.writestr(zipfile.ZipInfo("a/records.pkl"), packed)
    file.writestr(zipfile.ZipInfo("a/readme.txt"), "Records of users.\n")
write("data_zip.zip", "data", "a zip with a text beside", box.getvalue())
box = io.BytesIO()
with tarfile.open(fileobj=box, mode="w") as file:
    info = tarfile.TarInfo("records.pkl")
    info.size = len(packed)
    file.addfile(info, io.BytesIO(packed))
write("data_tar.tar.gz", "data", "a tar in gzip", gzip.compress(box.getvalue(), mtime=0))

Point = urllib.parse.urlsplit("https://example.org/a?b=c#d")
record = logging.LogRecord("shop", logging.INFO, "shop.py", 7, "sold %d", (3,), None, "sell")
for key, item in (
    ("created", 1.7e9),
    ("msecs", 0.0),
    ("relativeCreated", 1.0),
    ("process", 1),
    ("thread", 1),
    ("processName", "MainProcess"),
    ("threadName", "MainThread"),
):
    setattr(record, key, item)
STDLIB = {
    "datetime": [
        datetime.date(2026, 1, 2),
        datetime.time(3, 4, 5, 6, UTC),
        datetime.datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        datetime.datetime(2026, 1, 2),
        datetime.timedelta(1, 2, 3),
        datetime.timezone(datetime.timedelta(hours=2), "x"),
    ],
    "collections": [
        collections.OrderedDict([("b", 1), ("a", 2)]),
        collections.defaultdict(list, {"a": [1]}),
        collections.defaultdict(int),
        collections.Counter("abca"),
        collections.deque([1, 2], 5),
        collections.ChainMap({"a": 1}, {"b": 2}),
        collections.UserDict({"a": 1}),
    ],
    "numbers": [
        decimal.Decimal("1.20"),
        decimal.Decimal("NaN"),
        fractions.Fraction(3, 7),
        1.5 + 2j,
        range(3, 9, 2),
        slice(1, None, 2),
    ],
    "uuid": [uuid.UUID(int=2**100 + 7)],
    "ipaddress": [
        ipaddress.ip_address("192.0.2.1"),
        ipaddress.ip_network("2001:db8::/32"),
        ipaddress.ip_interface("192.0.2.1/24"),
    ],
    "pathlib": [
        pathlib.PurePosixPath("/srv/data"),
        pathlib.PureWindowsPath("C:/data"),
        pathlib.PosixPath("relative/path"),
    ],
    "enum": [http.HTTPStatus.NOT_FOUND, re.IGNORECASE | re.MULTILINE, uuid.SafeUUID.unknown],
    "re": [re.compile("a+(b|c)", re.I)],
    "array": [array.array("d", [1.5, 2.5]), array.array("i", [1, 2])],
    "namespace": [types.SimpleNamespace(a=1, b=[2])],
    "exceptions": [
        ValueError("bad", 3),
        KeyError("k"),
        OSError(2, "no such file", "x"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"),
    ],
    "time": [time.struct_time((2026, 1, 2, 3, 4, 5, 4, 2, 0))],
    "url": [Point, urllib.parse.urlparse("https://example.org/;x")],
    "zoneinfo": [datetime.datetime(2026, 7, 1, tzinfo=zoneinfo.ZoneInfo("UTC"))],
    "random": [random.Random(7)],
    "logging": [record],
    "types": [int, str, dict, list, type(None), datetime.date, collections.OrderedDict, ...],
}
for kind, value in STDLIB.items():
    protocols = {
        "datetime": (0, 2, 4),
        "collections": (0, 2, 5),
        "numbers": (0, 4),
        "uuid": (2, 4),
        "exceptions": (0, 4),
    }.get(kind, (4,))
    for protocol in protocols:
        write(
            "stdlib_%s_p%d.pkl" % (kind, protocol),
            "stdlib",
            "%s, protocol %d" % (kind, protocol),
            pickle.dumps(value, protocol),
        )
