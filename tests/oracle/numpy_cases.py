"""numpy's arrays as pickles with a description of what is in them, and the judge of those that Rust writes.

    python numpy_cases.py write            writes records to standard output
    python numpy_cases.py check            reads records from standard input and compares them with the same arrays

Everything is counted bytes: a length of four bytes, little-endian, and so many bytes. The records of `write`:

    name, protocol, dtype, shape, order (C, F or K), items in C order, bytes in C order ("-" for a list, "?" where
    gaps hold what was there before), pickle, and then the number of out-of-band buffers and each of them.

Names say what is inside: an array that Rust makes again has no subclass, mask or other peculiarity, and its name starts
with "plain" or "scalar". The records of `check`: name, protocol, pickle, number of buffers, buffers. It prints how many
arrays were the same.
"""

import pickle
import struct
import sys

import numpy as np

OUT = []
MODERN = int(np.__version__.split(".")[0]) >= 2
EXTENDED = hasattr(np, "longdouble") and np.dtype("g").itemsize in (12, 16)


def generator():
    """Numbers that are the same in every version of numpy."""
    state = 1
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield state >> 33


RANDOM = generator()


def some_bytes(count):
    return bytes(next(RANDOM) & 255 for _ in range(count))


ORDERED = "i2 i4 i8 u2 u4 u8 f2 f4 f8 c8 c16 U3 M8[ns] M8[25s] m8[us] m8[D] M8[Y]".split()
SIMPLE = "? i1 u1 S3 V5 M8 m8 O".split() + [sign + code for code in ORDERED for sign in "<>"]
if EXTENDED:
    SIMPLE += ["<g", "<G", ">g"]

RECORDS = {
    "packed": np.dtype([("a", "i1"), ("b", "<f8"), ("name", ">U2")]),
    "aligned": np.dtype([("a", "i1"), ("b", "<f8"), ("c", "<i2")], align=True),
    "gaps": np.dtype({"names": ["b", "a"], "formats": ["<i2", ">i4"], "offsets": [6, 1], "itemsize": 16}),
    "overlap": np.dtype({"names": ["all", "low"], "formats": ["<i4", "<i2"], "offsets": [0, 0]}),
    "titles": np.dtype([(("first title", "a"), "<i4"), (("second", "b"), "S2")]),
    "nested": np.dtype([("point", [("x", "<f4"), ("y", "<f4")]), ("t", "<M8[ms]"), ("v", "V2")]),
    "subarrays": np.dtype([("m", "<i2", (2, 3)), ("one", "U2", (2,)), ("deep", [("z", "?")], (2,))]),
    "objects": np.dtype([("n", "<i4"), ("o", "O")]),
    "object subarray": np.dtype([("os", "O", (2,)), ("s", "i1")]),
    "same name twice": np.dtype([("x", [("x", "<i8")]), ("y", [("x", "<i8")])]),
    "no fields": np.dtype([]),
}


def fill(dtype, count):
    """A flat array."""
    kind = dtype.kind
    if dtype.names is not None:
        array = np.zeros(count, dtype)
        for name in dtype.names:
            base, inner = dtype[name].base, dtype[name].shape
            each = int(np.prod(inner, dtype=int))
            array[name] = fill(base, count * each).reshape((count,) + inner)
        return array
    if kind == "O":
        objects = [None, "text", 5, 2.5, b"bytes", True, (1, "x"), 2**70, "long text " * 3]
        array = np.empty(count, dtype)
        for index in range(count):
            array[index] = objects[next(RANDOM) % len(objects)]
        return array
    if kind == "U":
        letters = "aé€\N{GRINNING FACE}\0zZ"
        texts = ["".join(letters[next(RANDOM) % len(letters)] for _ in range(next(RANDOM) % 4)) for _ in range(count)]
        return np.array(texts, dtype) if count else np.zeros(0, dtype)
    if kind == "T":
        return np.array(["text" * (index % 9) for index in range(count)], dtype)
    data = some_bytes(count * dtype.itemsize)
    if kind == "b":
        data = bytes(byte & 1 for byte in data)
    array = np.frombuffer(data, dtype).copy()
    if kind in "Mm" and count:
        array[-1] = "NaT"
    if kind == "f" and count > 2:
        array[0], array[1] = float("inf"), -0.0
    if kind == "S" and count:
        array[0] = b"a\0"
    return array


LAYOUTS = {
    "none": ((), lambda a: a),
    "empty": ((0,), lambda a: a),
    "one": ((1,), lambda a: a),
    "flat": ((5,), lambda a: a),
    "c": ((2, 3), lambda a: a),
    "fortran": ((2, 3), lambda a: np.asfortranarray(a)),
    "thin": ((3, 1), lambda a: np.asfortranarray(a)),
    "hollow": ((2, 0, 3), lambda a: a),
    "cube": ((2, 3, 4), lambda a: a),
    "fortran cube": ((2, 3, 4), lambda a: np.asfortranarray(a)),
    "turned cube": ((2, 3, 4), lambda a: a.transpose(1, 2, 0)),
    "every other": ((4, 3), lambda a: a[::2]),
    "backwards": ((4,), lambda a: a[::-1]),
}


def arrays():
    """Name and array, always the same."""
    global RANDOM
    RANDOM = generator()
    dtypes = {code: np.dtype(code) for code in SIMPLE}
    dtypes.update(RECORDS)
    if MODERN:
        dtypes["strings"] = np.dtypes.StringDType()
    for code, dtype in dtypes.items():
        for layout, (shape, change) in LAYOUTS.items():
            array = fill(dtype, int(np.prod(shape, dtype=int))).reshape(shape)
            yield f"plain {code} {layout}", change(array)
    base = np.array([[1.5, -2.0], [3.0, 4.0]])
    frozen = base.copy()
    frozen.flags.writeable = False
    yield "frozen", frozen
    yield "matrix", np.matrix(base)
    yield "recarray", np.rec.array([(1, 2.5, "x"), (3, 4.5, "yy")], names="a,b,c")
    yield "chararray", np.char.array(["a", "bb"])
    yield "masked", np.ma.array(base, mask=[[0, 1], [0, 0]], fill_value=7.0)
    yield "masked fortran", np.ma.array(np.asfortranarray(base), mask=np.asfortranarray([[0, 1], [0, 0]]))
    yield "masked, no mask", np.ma.array(base)
    yield "metadata", np.zeros(2, np.dtype("f4", metadata={"unit": "m"}))
    for code in SIMPLE:
        if code != "O" and code[-1] not in "gG":
            # numpy has no empty string of its own.
            scalar = np.array("zé", code)[()] if code[-2:] == "U3" else fill(np.dtype(code), 1)[0]
            yield f"scalar {code}", scalar
    yield "scalar packed", fill(RECORDS["packed"], 1)[0]
    yield "scalar objects", fill(RECORDS["objects"], 1)[0]


def text_of(value, dtype):
    """An item: `str` of Rust's own test makes the same."""
    if dtype.subdtype:
        return "[" + ",".join(text_of(item, dtype.base) for item in np.asarray(value).reshape(-1)) + "]"
    if dtype.names is not None:
        return "(" + ",".join(text_of(value[name], dtype[name]) for name in dtype.names) + ")"
    kind = dtype.kind
    if kind == "b":
        return f"bool {bool(value)}"
    if kind in "iu":
        return f"int {int(value)}"
    if kind in "fc" and dtype.itemsize > (8 if kind == "f" else 16):
        # Their bytes are compared, and only those of arrays: C leaves the padding of a value to chance.
        return "long"
    if kind == "f":
        return f"float {float_text(float(value))}"
    if kind == "c":
        return f"complex {float_text(float(value.real))} {float_text(float(value.imag))}"
    if kind == "S":
        return "bytes " + bytes(value).hex()
    if kind == "U":
        return "str " + str(value).encode("utf-32-le", "surrogatepass").hex()
    if kind == "T":
        return object_text(str(value))
    if kind == "V":
        return "void " + bytes(value).hex()
    if kind in "Mm":
        name = "datetime" if kind == "M" else "timedelta"
        number = int(np.asarray(value).astype(dtype.newbyteorder("=")).view("i8"))
        return f"{name} {'NaT' if number == -(2**63) else number}"
    return object_text(value)


def float_text(value):
    return "nan" if value != value else struct.pack(">d", value).hex()


def object_text(value):
    return "object " + shown(value)


def shown(value):
    """As `repr`, with arrays as their items."""
    if isinstance(value, tuple):
        return "(" + ", ".join(map(shown, value)) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, np.ndarray):
        return "[" + ", ".join(items_of(value)) + "]"
    return repr(value)


def items_of(array):
    array = np.asarray(np.ma.getdata(array))
    flat = array.reshape(-1)
    # A structured dtype with objects is a list of tuples in a pickle, and they are what is shown.
    if array.dtype.hasobject and array.dtype.names is not None:
        return [object_text(item.item()) for item in flat]
    return [text_of(item, array.dtype) for item in flat]


def dtype_text(dtype):
    if dtype.names is not None or dtype.subdtype:
        return str(dtype)
    return "|T16" if dtype.kind == "T" else dtype.str


def put(*parts):
    for part in parts:
        part = part if isinstance(part, bytes) else str(part).encode("utf-8")
        OUT.append(struct.pack("<I", len(part)) + part)


def write():
    for name, value in arrays():
        array = np.ma.getdata(value) if isinstance(value, np.ma.MaskedArray) else np.asarray(value)
        order = "C" if array.flags.c_contiguous else "F" if array.flags.f_contiguous else "K"
        raw = "-" if array.dtype.hasobject or array.dtype.kind == "T" else array.tobytes("C")
        if any(gap in name for gap in ("gaps", "aligned")):
            raw = "?"
        head = dtype_text(array.dtype), ",".join(map(str, array.shape)), order, "\n".join(items_of(value)), raw
        for protocol in range(6):
            put(name, protocol, *head, pickle.dumps(value, protocol), 0)
        buffers = []
        outside = pickle.dumps(value, 5, buffer_callback=buffers.append)
        if buffers:
            put(name, 5, *head, outside, len(buffers), *[buffer.raw().tobytes() for buffer in buffers])
    sys.stdout.buffer.write(b"".join(OUT))


def records(data):
    at = 0
    while at < len(data):
        size = struct.unpack_from("<I", data, at)[0]
        yield data[at + 4 : at + 4 + size]
        at += 4 + size


def check():
    wanted = dict(arrays())
    parts = records(sys.stdin.buffer.read())
    same = 0
    for name in parts:
        name, protocol, stream = name.decode(), int(next(parts)), next(parts)
        # Owned, as if they came over a wire; and aligned, as every bytearray is.
        buffers = [bytearray(next(parts)) for _ in range(int(next(parts)))]
        # numpy itself turns bytes around when it loads some arrays.
        kept = []
        keep = kept.append if buffers else None
        want = pickle.loads(pickle.dumps(wanted[name], protocol, buffer_callback=keep), buffers=kept)
        got = pickle.loads(stream, buffers=buffers)
        assert type(got) is type(want), (name, type(got))
        contiguous = wanted[name].flags.c_contiguous or wanted[name].flags.f_contiguous
        if not contiguous:
            # They were written in C order and in another way, in which numpy does not turn bytes around.
            assert got.dtype.newbyteorder("=") == want.dtype.newbyteorder("="), (name, got.dtype)
        else:
            assert got.dtype == want.dtype and dtype_text(got.dtype) == dtype_text(want.dtype), (name, got.dtype)
            assert got.flags.c_contiguous == want.flags.c_contiguous, name
            assert got.flags.f_contiguous == want.flags.f_contiguous, name
        assert got.dtype.alignment == want.dtype.alignment, (name, got.dtype.alignment)
        assert got.dtype.isalignedstruct == want.dtype.isalignedstruct, name
        assert got.dtype.flags == want.dtype.flags, (name, got.dtype.flags, want.dtype.flags)
        assert got.shape == want.shape, (name, got.shape)
        assert items_of(got) == items_of(want), name
        assert got.flags.writeable or not isinstance(got, np.ndarray), name
        same += 1
    print(same)


if __name__ == "__main__":
    {"write": write, "check": check}[sys.argv[1]]()
