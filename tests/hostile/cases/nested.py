"""Pickles in pickles, loaders that load them, and what stands behind STOP."""

import base64
import bz2
import gzip
import lzma
import zlib

from boxes import Member, npy, zipped
from wire import (
    MARKER,
    Call,
    Global,
    Here,
    call,
    case,
    name,
    payload,
    pickled,
    raw,
    reduced,
    stacked,
    u32,
    value,
)

INNER = payload()
LINES = b"(S'" + MARKER.encode() + b"'\niposix\nsystem\n."

case(
    "loads",
    "pickle.loads of bytes in the pickle",
    reduced("pickle", "loads", bytes(INNER), version=3),
    ("R2", "pickle.loads"),
    "picklescan's list",
)
case(
    "c_loads",
    "the same by its C name",
    reduced("_pickle", "loads", bytes(INNER), version=4),
    ("R2", "_pickle.loads"),
    "picklescan's list",
)
case(
    "unpickler",
    "pickle.Unpickler on io.BytesIO, then its method",
    pickled(
        call(
            stacked("pickle", "Unpickler.load"),
            Call(Global("pickle", "Unpickler"), Call(Global("io", "BytesIO"), bytes(INNER))),
        ),
        version=4,
    ),
    ("R2", "pickle.Unpickler.load"),
)
case(
    "load_from_bytes",
    "torch.storage._load_from_bytes",
    reduced("torch.storage", "_load_from_bytes", bytes(INNER), version=3),
    ("R2", "torch.storage._load_from_bytes"),
    "fickling's list of allowed names",
)
case(
    "torch_load",
    "torch.load of a path",
    reduced("torch", "load", "/tmp/brinery-hostile-corpus.pt"),
    ("R2", "torch.load"),
)
case(
    "torch_serialization",
    "torch's loader by its own module",
    reduced("torch.serialization", "load", "/tmp/brinery-hostile-corpus.pt", version=4),
    ("R2", "torch.serialization.load"),
)
case(
    "joblib_load",
    "joblib.load of a path",
    reduced("joblib.numpy_pickle", "load", "/tmp/brinery-hostile-corpus"),
    ("R2", "joblib.numpy_pickle.load"),
    "arXiv:2508.19774",
)
case(
    "sklearn_joblib",
    "joblib as scikit-learn once carried it",
    reduced("sklearn.externals.joblib.numpy_pickle", "load", "/tmp/x"),
    ("R2", "sklearn.externals.joblib.numpy_pickle.load"),
)
case(
    "numpy_load",
    "numpy.load of a path, pickles allowed",
    reduced("numpy", "load", "/tmp/brinery-hostile-corpus.npy", None, True),
    ("R2", "numpy.load"),
    "arXiv:2508.19774",
)
case(
    "read_pickle",
    "pandas.read_pickle, which takes addresses",
    reduced("pandas.io.pickle", "read_pickle", "http://127.0.0.1:9/x.pkl"),
    ("R2", "pandas.io.pickle.read_pickle"),
)
case(
    "pandas_read_pickle",
    "the same by the name everybody knows",
    reduced("pandas", "read_pickle", "http://127.0.0.1:9/x.pkl"),
    ("R2", "pandas.read_pickle"),
)
case(
    "forking_pickler",
    "multiprocessing's loader",
    reduced("multiprocessing.reduction", "ForkingPickler.loads", bytes(INNER), version=4),
    ("R2", "multiprocessing.reduction.ForkingPickler.loads"),
)
case(
    "shelve",
    "a shelf: pickles in a database",
    reduced("shelve", "open", "/tmp/brinery-hostile-corpus"),
    ("R2", "shelve.open"),
)
case(
    "marshal_loads",
    "marshal.loads, then a function of the code",
    pickled(call(call(name("types", "FunctionType"), Call(Here(Global("marshal", "loads")), b"N"), {}))),
    ("R2", "marshal.loads"),
    "fickling GHSA-565g-hwwr-4pp3",
)
case(
    "zlib_loads",
    "zlib.decompress, then pickle.loads",
    pickled(
        call(Here(name("pickle", "loads")), Call(Global("zlib", "decompress"), zlib.compress(INNER, 9))), version=3
    ),
    ("R2", "pickle.loads"),
)
case(
    "base64_loads",
    "base64.b64decode, then pickle.loads",
    pickled(call(Here(name("pickle", "loads")), Call(Global("base64", "b64decode"), base64.b64encode(INNER).decode()))),
    ("R2", "pickle.loads"),
)
case(
    "codecs_decode",
    "_codecs.decode unpacks zlib by name",
    pickled(call(Here(name("_codecs", "decode")), zlib.compress(INNER, 9), "zlib"), version=3),
    ("R2", "_codecs.decode"),
)
case(
    "cloudpickle_loads",
    "cloudpickle.loads",
    reduced("cloudpickle", "loads", bytes(INNER), version=3),
    ("R2", "cloudpickle.loads"),
)
case("dill_loads", "dill.loads", reduced("dill", "loads", bytes(INNER), version=3), ("R2", "dill.loads"))
case(
    "yaml_load",
    "yaml.unsafe_load",
    reduced("yaml", "unsafe_load", "!!python/object/apply:os.system ['%s']" % MARKER),
    ("R2", "yaml.unsafe_load"),
)
case(
    "jsonpickle_decode",
    "jsonpickle.decode",
    reduced("jsonpickle", "decode", '{"py/reduce": []}'),
    ("R2", "jsonpickle.decode"),
)
case(
    "tree_of_loads",
    "pickle.loads of pickle.loads of pickle.loads",
    reduced("pickle", "loads", bytes(reduced("pickle", "loads", bytes(INNER), version=3)), version=3),
    ("R2", "pickle.loads"),
)

# Within data: nobody calls a loader here, the program that reads the data does.
case(
    "in_bytes",
    "a pickle in bytes, within plain data",
    pickled(value({"cache": bytes(INNER)}), version=3),
    verdict={"*": "dangerous"},
    at=False,
)
case(
    "in_bytearray",
    "a pickle in a bytearray",
    pickled(b"\x96" + len(INNER).to_bytes(8, "little") + INNER, version=5),
    at=False,
)
case(
    "in_bytes_of_protocol_2",
    "a pickle in bytes as protocol 2 writes them",
    pickled(call(name("_codecs", "encode"), INNER.decode("latin1"), "latin1")),
    at=False,
)
case("in_text", "a pickle of printable opcodes in a text", pickled(value({"note": LINES.decode()})), at=False)
case("in_py2_string", "a pickle in a byte string of Python 2", pickled(b"U" + bytes([len(INNER)]) + INNER), at=False)
case(
    "in_bytes_twice",
    "a pickle in bytes of a pickle in bytes",
    pickled(raw(pickled(raw(INNER), version=3)), version=3),
    at=False,
)
case("in_bytes_gzip", "a gzipped pickle in bytes", pickled(raw(gzip.compress(INNER, mtime=0)), version=3), at=False)
case("in_bytes_key", "a pickle in bytes that are a key", pickled(b"}", raw(INNER), b"Ns", version=3), at=False)
case("in_bytes_later", "a pickle in bytes that begins with None", pickled(raw(b"N0" + LINES), version=3), at=False)
case(
    "in_bytes_base64_twice",
    "a pickle in bytes, in base64 of base64",
    pickled(raw(base64.b64encode(base64.b64encode(INNER))), version=3),
    at=False,
)
case("in_bytes_base32", "a pickle in bytes, in base32", pickled(raw(base64.b32encode(INNER)), version=3), at=False)
case("in_bytes_bz2", "a pickle in bytes, by bz2", pickled(raw(bz2.compress(INNER)), version=3), at=False)
case("in_bytes_xz", "a pickle in bytes, by xz", pickled(raw(lzma.compress(INNER)), version=3), at=False)
case("in_text_base85", "a pickle in a text, in base85", pickled(value(base64.b85encode(INNER).decode())), at=False)
case("in_text_ascii85", "a pickle in a text, in Ascii85", pickled(value(base64.a85encode(INNER).decode())), at=False)
case(
    "in_bytes_ascii85_adobe",
    "a pickle in bytes, in Adobe's Ascii85",
    pickled(raw(base64.a85encode(INNER, adobe=True)), version=3),
    at=False,
)
case("in_bytes_behind_length", "a pickle in bytes, behind its length", pickled(raw(u32(len(INNER)) + INNER), version=3), at=False)
case(
    "in_bytes_behind_header",
    "a pickle of lines in bytes, behind a name and a version",
    pickled(raw(b"CACHE\0\0\1cposix\nsystem\n(S'" + MARKER.encode() + b"'\ntR."), version=3),
    at=False,
)
case("in_bytes_zip", "a pickle in a zip file in bytes", pickled(raw(zipped(Member("a.pkl", INNER))), version=3), at=False)
case(
    "in_bytes_zip_deflated",
    "a pickle in a zip file in bytes, deflated",
    pickled(raw(zipped(Member("a.pkl", INNER, 8))), version=3),
    at=False,
)
case("in_bytes_npy", "an array of objects as a file in bytes", pickled(raw(npy("'|O'", (1,), INNER)), version=3), at=False)

BENIGN = pickled(value({"a": [1, 2]}))
case("after_stop", "a second pickle after STOP", BENIGN + INNER, at=False)
case("after_zeros", "a second pickle after STOP and zero bytes", BENIGN + bytes(512) + INNER, at=False)
case(
    "after_junk",
    "a second pickle after STOP and bytes that are no pickle",
    BENIGN + b"\xff\xfe\0\1junk" + INNER,
    at=False,
)
case("after_newline", "a second pickle after STOP and the end of a line", BENIGN + b"\r\n" + INNER, at=False)
case("after_three", "the fourth of a row", BENIGN * 3 + INNER, at=False)
case("after_broken", "a broken pickle, then a whole one", pickled(value([1]))[:-1] + b"\xff" + INNER, at=False)
case("after_stop_text", "a second pickle, all printable, after STOP", BENIGN + LINES, at=False)
case("after_stop_gzip", "gzip after STOP", BENIGN + gzip.compress(INNER, mtime=0), at=False)
case(
    "after_stop_bytes",
    "bytes after STOP that are no pickle at all",
    BENIGN + b"\x01\x02\x03",
    ("R8", None),
    verdict={"*": "unknown"},
    at=False,
)
