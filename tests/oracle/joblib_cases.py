"""joblib's side of tests/joblib.rs: writes files into a directory, and beside each NAME.json where its arrays are and what
is in them."""

import io
import json
import os
import sys

import joblib
import numpy as np
from joblib import numpy_pickle

DTYPES = "?bBhHiIqQefdgFDGSUV"


def pattern(dtype, *shape):
    dtype = np.dtype(dtype)
    count = int(np.prod(shape))
    data = bytes((i * 37 + i // 256 * 11 + 5) % 256 for i in range(count * dtype.itemsize))
    if dtype.kind == "b":
        return (np.arange(count) % 3 == 0).reshape(shape)
    if dtype.kind == "U":
        return np.array([chr(97 + i % 26) * (i % 4) + "é😀" for i in range(count)], dtype).reshape(shape)
    return np.frombuffer(data, dtype).reshape(shape)


def cases():
    yield "dtypes", {
        code: pattern(code + ("5" if code in "SUV" else ""), 3, 4) for code in DTYPES
    } | {">f8": pattern(">f8", 5), ">i2": pattern(">i2", 2, 2), "M8[s]": pattern("M8[s]", 4), "m8[us]": pattern("m8[us]", 4)}
    base = pattern("<i4", 4, 6)
    yield "layouts", {
        "c": base,
        "f": np.asfortranarray(base),
        "transposed": base.T,
        "strided": base[::2, 1::2],
        "scalar": np.array(7.5),
        "empty": np.empty((0, 3)),
        "permuted": pattern("<f4", 2, 3, 4).transpose(1, 2, 0),
        "big": pattern("<f8", 300, 1000),
        "matrix": np.matrix([[1, 2], [3, 4]]),
    }
    record = np.dtype([("id", "<i8"), ("name", "S3"), ("pos", "<f4", (2,))])
    yield "records", {"rows": pattern(record, 5), "aligned": np.zeros(2, np.dtype("i1,f8", align=True))}
    objects = np.empty((2, 2), object)
    objects[:] = [["text", None], [[1, 2], {"key": (3.5, b"raw")}]]
    yield "objects", {"before": base, "objects": objects, "after": base[1], "mixed": np.array([(1, "x")], [("n", "i4"), ("o", object)])}
    shared = pattern("<u2", 3)
    yield "sharing", {"first": shared, "second": shared, "list": [shared, {"inner": shared}], "many": [pattern("<i2", n) for n in range(40)]}
    yield "plain", {"no": "arrays", "n": [1, 2.5, None], "scalar": np.float64(2.5)}
    yield "root", pattern("<f4", 3, 3)


def arrays(value, path=""):
    if isinstance(value, np.ndarray):
        entry = {"path": path, "shape": value.shape, "itemsize": value.dtype.itemsize, "class": type(value).__name__}
        if value.dtype.fields is None:
            entry["dtype"] = value.dtype.str
        if value.dtype.hasobject:
            entry["objects"] = [repr(x) for x in value.reshape(-1).tolist()]
        else:
            entry["bytes"] = value.tobytes("A").hex()
            entry["fortran"] = bool(value.flags.f_contiguous and not value.flags.c_contiguous)
        yield entry
    elif isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from arrays(item, f"{path}.{key}" if path else str(key))


class Pipe(io.RawIOBase):
    """Cannot tell where it is, so that joblib aligns nothing."""

    def __init__(self):
        self.parts = []

    def writable(self):
        return True

    def write(self, data):
        self.parts.append(bytes(data))
        return len(data)


def forget_alignment(wrapper):
    state = dict(wrapper.__dict__)
    del state["numpy_array_alignment_bytes"]
    return state


def write(directory):
    for name, value in cases():
        expected = list(arrays(value))
        files = {f"{name}_p{p}": (lambda path, p=p: joblib.dump(value, path, protocol=p)) for p in range(6)}
        files[name] = lambda path: joblib.dump(value, path)

        def piped(path):
            pipe = Pipe()
            joblib.dump(value, pipe)
            with open(path, "wb") as file:
                file.write(b"".join(pipe.parts))

        def as_before_1_2(path):
            # Versions up to 1.1 knew no alignment at all.
            numpy_pickle.NumpyArrayWrapper.__getstate__ = forget_alignment
            numpy_pickle.NumpyArrayWrapper.safe_get_numpy_array_alignment_bytes = lambda self: None
            try:
                joblib.dump(value, path)
            finally:
                del numpy_pickle.NumpyArrayWrapper.__getstate__
                numpy_pickle.NumpyArrayWrapper.safe_get_numpy_array_alignment_bytes = original

        original = numpy_pickle.NumpyArrayWrapper.safe_get_numpy_array_alignment_bytes
        files[f"{name}_piped"] = piped
        files[f"{name}_old"] = as_before_1_2
        for stem, dump in files.items():
            path = os.path.join(directory, stem + ".joblib")
            dump(path)
            # joblib itself reads it so.
            assert [e["path"] for e in arrays(joblib.load(path))] == [e["path"] for e in expected], stem
            with open(os.path.join(directory, stem + ".json"), "w") as file:
                json.dump(expected, file)
    for method in ("zlib", "gzip", "bz2", "xz", "lzma"):
        joblib.dump([1, np.arange(3)], os.path.join(directory, method + ".bin"), compress=(method, 3))


if __name__ == "__main__":
    write(sys.argv[1])
