"""pandas' frames as pickles, with what is in them.

    python pandas_cases.py write

writes records to standard output. Everything is counted bytes: a length of four bytes, little-endian, and so many bytes.
A record is: name, protocol, labels of the rows, number of columns, and of each its name, its dtype, its type in Arrow ("-"
where it has none) and its values; then the pickle, the number of out-of-band buffers and each of them. Labels and values are
one a line.
"""

import pickle
import struct
import sys

import numpy as np
import pandas as pd

OUT = []
VERSION = tuple(int(part) for part in pd.__version__.split(".")[:2])


def frames():
    times = ["2020-01-01 12:00:01.500", None, "1960-02-03 00:00:00.000"]
    yield "one block", pd.DataFrame({"a": [1, 2], "b": [3, 4]}, index=["x", "y"])
    yield "from a matrix", pd.DataFrame(np.arange(12, dtype="<i4").reshape(3, 4))
    yield "matrix in Fortran order", pd.DataFrame(np.asfortranarray(np.arange(6.0).reshape(2, 3)), columns=list("xyz"))
    yield "numbers", pd.DataFrame(
        {
            "first": [1, -2, 3],
            "float": [1.5, float("nan"), -0.0],
            "again": [4, 5, 6],
            "flag": [True, False, True],
            **{code: np.array([1, 2, 100], code) for code in "i1 i2 i4 i8 u1 u2 u4 u8 f4 f8".split()},
            "late": [7, 8, 9],
        }
    )
    yield "half", pd.DataFrame({"h": np.array([0.5, -2], "f2")})
    yield "complex", pd.DataFrame({"c": np.array([0.5, -2j], "c16"), "n": [1, 2]})
    yield "objects", pd.DataFrame(
        {
            "text": ["a", None, "Grüße"],
            "bytes": [b"a", b"", None],
            "flags": np.array([True, None, False], object),
            "ints": np.array([1, None, -3], object),
            "floats": np.array([1.5, None, float("nan")], object),
            "none": np.array([None, None, None], object),
            "mixed": np.array(["a", 1, None], object),
            "last": [1, 2, 3],
        }
    )
    naive = pd.to_datetime(times)
    yield "times", pd.DataFrame(
        {
            "naive": naive,
            "utc": naive.tz_localize("UTC"),
            "zone": naive.tz_localize("Europe/Paris"),
            "more": naive,
            "fixed": naive.tz_localize("+05:30"),
            "span": pd.to_timedelta([1, None, 90061], unit="s"),
        }
    )
    if VERSION >= (2, 0):
        units = {unit: naive.as_unit(unit) for unit in ("s", "ms", "us", "ns")}
        units["zoned"] = naive.as_unit("ms").tz_localize("Asia/Tokyo")
        units["span"] = pd.to_timedelta([1, None, 5], unit="s").as_unit("ms")
        yield "units", pd.DataFrame(units)
    yield "categories", pd.DataFrame(
        {
            "text": pd.Categorical(["x", "y", None, "x"]),
            "ordered": pd.Categorical([3, 1, 3, 2], ordered=True),
            "times": pd.Categorical(pd.to_datetime(["2020", "2021", "2020", None])),
            "n": [1, 2, 3, 4],
        }
    )
    yield "range categories", pd.DataFrame({"c": pd.Categorical.from_codes([0, 2, -1], pd.RangeIndex(5, 20, 5))})
    yield "many categories", pd.DataFrame({"c": pd.Categorical([str(n) for n in range(300)])})
    yield "nullable", pd.DataFrame(
        {
            "Int64": pd.array([1, None, -3], dtype="Int64"),
            "UInt8": pd.array([1, None, 255], dtype="UInt8"),
            "boolean": pd.array([True, None, False], dtype="boolean"),
            "Float32": pd.array([0.5, None, 2.0], dtype="Float32"),
            "string": pd.array(["a", None, "b"], dtype="string[python]"),
            "n": [1, 2, 3],
        }
    )
    yield "unknown", pd.DataFrame(
        {
            "period": pd.period_range("2020", periods=2, freq="M"),
            "interval": pd.interval_range(0, 2),
            "sparse": pd.arrays.SparseArray([0, 1]),
            "n": [1, 2],
        }
    )
    yield "no rows", pd.DataFrame({"a": np.zeros(0, "i8"), "b": np.zeros(0, object)})
    yield "no columns", pd.DataFrame(index=range(3))
    yield "nothing", pd.DataFrame()
    yield "same name twice", pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"])
    yield "names that are no text", pd.DataFrame({1: [1], 2.5: [2], ("a", 1): [3], None: [4]})
    yield "columns of levels", pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)]))
    some = pd.DataFrame({"n": [1, 2, 3], "m": [4, 5, 6]})
    yield "rows of levels", some.set_axis(pd.MultiIndex.from_tuples([(1, "x"), (2, "y"), (1, "y")], names=["n", None]))
    yield "rows by time", some.set_axis(pd.date_range("2020", periods=3, name="day"))
    yield "rows by zoned time", some.set_axis(pd.date_range("2020", periods=3, tz="Europe/Paris"))
    yield "rows by float", some.set_axis([0.5, 1.5, 2.5])
    yield "rows by int", some.set_axis([5, 3, 1])
    yield "rows by category", some.set_axis(pd.CategoricalIndex(["x", "y", "x"]))
    yield "rows by range", some.set_axis(pd.RangeIndex(10, 4, -2))
    yield "sliced", some.iloc[::2]
    inserted = some.copy()
    inserted.insert(1, "between", ["a", "b", "c"])
    inserted.insert(0, "before", [0, 0, 0])
    yield "not consolidated", inserted
    yield "consolidated", pd.DataFrame({"a": [1], "x": ["t"], "b": [2], "y": ["u"], "c": [3], "d": [4], "z": ["v"]}).copy()
    yield "series", pd.Series([1, 2, 3], name="numbers")
    yield "series without name", pd.Series([0.5, None])
    yield "series of times", pd.Series(naive.tz_localize("Europe/Paris"), name="t")
    yield "series of text", pd.Series(["a", None], index=["x", "y"], name=5)
    yield "series of categories", pd.Series(["a", "b", "a"], dtype="category")


def number(value):
    if isinstance(value, float):
        return "nan" if value != value else "float " + struct.pack(">d", value).hex()
    if isinstance(value, complex):
        return "complex"
    return {bool: "bool ", int: "int "}[type(value)] + str(value)


def missing(value):
    return value is None or value is pd.NA or value is pd.NaT or isinstance(value, float) and value != value


def thing(value):
    if missing(value):
        return "null"
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, str):
        return "str " + value.encode().hex()
    if isinstance(value, bytes):
        return "bytes " + value.hex()
    return number(value)


def units(values):
    """Times as numbers of their unit."""
    plain = values.tz_convert("UTC").tz_localize(None) if getattr(values, "tz", None) is not None else values
    return ["null" if value == -(2**63) else f"int {value}" for value in np.asarray(plain).view("i8").tolist()]


def values_of(series):
    """The values, one text each; and the type in Arrow."""
    dtype, array = series.dtype, series.array
    kind = getattr(dtype, "kind", "O")
    name = type(array).__name__
    if name in ("PeriodArray", "IntervalArray", "SparseArray"):
        return None, "-"
    if isinstance(dtype, pd.CategoricalDtype):
        key = array.codes.dtype.name.replace("int", "Int")
        values, inner = values_of(pd.Series(array.categories))
        codes = array.codes.tolist()
        if isinstance(array.categories, pd.RangeIndex):
            inner = "-"
        arrow = f"Dictionary({key}, {inner})" if inner != "-" else "-"
        return ["null" if code < 0 else values[code] for code in codes], arrow
    if name in ("IntegerArray", "FloatingArray", "BooleanArray"):
        return [thing(value) for value in array.tolist()], dtype.name.replace("b", "B").replace("Booleanoolean", "Boolean")
    if isinstance(dtype, pd.StringDtype):
        return [thing(value) for value in array], "Utf8"
    if kind in "Mm":
        unit = getattr(array, "unit", None) or "ns"
        zone = getattr(series.dtype, "tz", None)
        if kind == "m":
            return units(array), f"Duration({unit})"
        zone = {"UTC+05:30": "+05:30", "pytz.FixedOffset(330)": "+05:30"}.get(str(zone), str(zone))
        return units(array), f"Timestamp({unit})" if zone == "None" else f'Timestamp({unit}, "{zone}")'
    if kind == "O":
        kinds = {type(value) for value in array if not missing(value)}
        types = {str: "Utf8", bytes: "Binary", bool: "Boolean", int: "Int64", float: "Float64"}
        arrow = "Null" if not kinds else types[kinds.pop()] if len(kinds) == 1 else "-"
        return [thing(value) for value in array], arrow
    names = {"b": "Boolean", "c": "-", "f": f"Float{dtype.itemsize * 8}"}
    sign = "U" if kind == "u" else ""
    return [number(value) for value in np.asarray(array).tolist()], names.get(kind, f"{sign}Int{dtype.itemsize * 8}")


def label(value):
    if isinstance(value, tuple):
        return "(" + ", ".join(label(part) for part in value) + ")"
    if isinstance(value, (pd.Timestamp, pd.Timedelta)):
        return None
    return str(value)


def labels(index):
    if isinstance(index, pd.CategoricalIndex):
        return [label(value) for value in index.tolist()]
    if getattr(index.dtype, "kind", "O") == "M":
        unit = getattr(index, "unit", None) or "ns"
        return [text.replace("int ", "") + " " + unit for text in units(index)]
    return [label(value) for value in index.tolist()]


def names(index):
    """Labels that are tuples of objects print as Python prints them, those of levels as text."""
    if isinstance(index, pd.MultiIndex):
        return labels(index)
    return [value if isinstance(value, str) else str(value) for value in index.tolist()]


def put(*parts):
    for part in parts:
        part = part if isinstance(part, bytes) else str(part).encode("utf-8")
        OUT.append(struct.pack("<I", len(part)) + part)


def write():
    for name, frame in frames():
        if isinstance(frame, pd.Series):
            columns = [("0" if frame.name is None else str(frame.name), frame)]
        else:
            columns = list(zip(names(frame.columns), (frame.iloc[:, at] for at in range(frame.shape[1]))))
        head = ["\n".join(labels(frame.index)), len(columns)]
        for column, series in columns:
            values, arrow = values_of(series)
            head += [column, str(series.dtype), arrow, "?" if values is None else "\n".join(values)]
        for protocol in range(6):
            put(name, protocol, *head, pickle.dumps(frame, protocol), 0)
        buffers = []
        outside = pickle.dumps(frame, 5, buffer_callback=buffers.append)
        if buffers:
            put(name, 5, *head, outside, len(buffers), *[buffer.raw().tobytes() for buffer in buffers])
    sys.stdout.buffer.write(b"".join(OUT))


if __name__ == "__main__":
    {"write": write}[sys.argv[1]]()
