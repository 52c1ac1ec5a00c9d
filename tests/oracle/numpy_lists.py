"""Arrays whose tolist() says more than their bytes: times, masks, subarrays, in every protocol.

Writes for each a name, a protocol, a pickle, and as JSON what plain data of it is: tolist(), where a date or datetime is
its text, a timedelta its seconds. Times that Python has no type for are the same: numpy prints them.
"""

import datetime
import json
import pickle
import struct
import sys

import numpy as np

UNITS = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "25s", "7D", "3ns"]
FINE = ("ns", "ps", "fs", "as")


def put(data):
    data = data.encode() if isinstance(data, str) else data
    sys.stdout.buffer.write(struct.pack("<I", len(data)))
    sys.stdout.buffer.write(data)


def fine(item):
    """A datetime64 that item() makes an int of, as numpy prints it, with no more digits than it needs."""
    text = str(item)
    front, _, digits = text.partition(".")
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    while groups and groups[-1] == "000":
        groups.pop()
    while 0 < len(groups) < 2:
        groups.append("000")
    return front + ("." + "".join(groups) if groups else "")


def seconds(item):
    """A timedelta64 that item() makes an int of."""
    unit, count = np.datetime_data(item.dtype)
    scale = {"ns": 10**9, "ps": 10**12, "fs": 10**15, "as": 10**18}.get(unit)
    return item.astype(np.int64).item() * count / scale if scale else item.item()


def unmasked(item, mask):
    """Item by item, also within fields: numpy's own records with masks hide a whole field that is masked in part."""
    if mask.ndim:
        return [unmasked(*both) for both in zip(item, mask)]
    if mask.dtype.names is not None:
        return [unmasked(item[name], mask[name]) for name in mask.dtype.names]
    return None if mask.item() else plain(item[()] if isinstance(item, np.ndarray) else item)


def plain(item):
    if item is np.ma.masked:
        return None
    if isinstance(item, np.ma.MaskedArray):
        return unmasked(np.ma.getdata(item), np.ma.getmaskarray(item))
    if isinstance(item, np.ndarray):
        return [plain(part) for part in item] if item.ndim else plain(item[()])
    if isinstance(item, np.void) and item.dtype.names is not None:
        return [plain(item[name]) for name in item.dtype.names]
    if isinstance(item, np.datetime64) and np.datetime_data(item.dtype)[0] in FINE and not np.isnat(item):
        return fine(item)
    if isinstance(item, np.timedelta64) and np.datetime_data(item.dtype)[0] in FINE and not np.isnat(item):
        return seconds(item)
    if isinstance(item, np.generic):
        return plain(item.item())
    if isinstance(item, (datetime.date, datetime.datetime)):
        return item.isoformat()
    if isinstance(item, datetime.timedelta):
        return item.total_seconds()
    return item


def cases():
    many = np.array([[0, 1, -1, 1500], [10**6 + 1, -(10**9), 3 * 10**9, np.iinfo("i8").min]], "i8")
    # Longer ones are ints to item(), since Python's timedelta ends at 999,999,999 days.
    few = np.array([[0, 1, -1, 1500], [10**4 + 1, -(10**3), 3 * 10**4, np.iinfo("i8").min]], "i8")
    for unit in UNITS:
        counts = few if unit.endswith(("W", "D")) else many
        for order in "<>":
            for kind in "Mm":
                array = counts.astype(order + "i8").view("%s%s8[%s]" % (order, kind, unit))
                yield "%s%s[%s]" % (order, kind, unit), array
                yield "%s%s[%s] scalar" % (order, kind, unit), array[0, 1]
                yield "%s%s[%s] NaT" % (order, kind, unit), array[1, 3]
    yield "m without unit", np.array([5, -5], "i8").view("m8")
    floats = np.arange(12.0).reshape(3, 4)
    mask = floats % 5 == 2
    yield "masked", np.ma.array(floats, mask=mask)
    yield "masked, Fortran", np.ma.array(np.asfortranarray(floats), mask=np.asfortranarray(mask))
    yield "masked, nothing", np.ma.array(floats)
    yield "masked, all", np.ma.array(floats, mask=True)
    yield "masked, no axes", np.ma.array(3, mask=True)
    yield "unmasked, no axes", np.ma.array(3, mask=False)
    yield "masked itself", np.ma.masked
    yield "masked times", np.ma.array(np.array([1, 2, 3], "M8[D]"), mask=[1, 0, 0])
    yield "masked strings", np.ma.array(["a", "b"], mask=[0, 1])
    yield "masked objects", np.ma.array(np.array(["a", 1, None], dtype=object), mask=[0, 1, 0])
    sub = np.dtype([("m", "<f4", (2, 3)), ("t", ">i8"), ("d", "m8[ms]", 2), ("n", [("x", "i1", (1, 2)), ("y", "?")])])
    records = np.zeros((2, 2), sub)
    records["m"] = np.arange(24).reshape(2, 2, 2, 3)
    records["t"] = [[1, 2], [3, 4]]
    records["d"] = np.arange(8).reshape(2, 2, 2)
    records["n"]["x"] = np.arange(8).reshape(2, 2, 1, 2)
    yield "subarrays", records
    yield "subarrays, Fortran", np.asfortranarray(records)
    yield "subarray, one", records[0, 1]
    yield "subarrays, hollow", np.zeros(2, [("a", "i4", (2, 0, 3)), ("b", "i1")])
    mask = np.zeros((2, 2), np.ma.make_mask_descr(sub))
    mask["t"][0, 0] = mask["m"][1, 0, 1, 1] = mask["n"]["y"][1, 1] = mask["n"]["x"][0, 1, 0, 1] = True
    masked = np.ma.array(records, mask=mask)
    yield "masked subarrays", masked


for name, value in cases():
    for protocol in range(6):
        put(name)
        put(str(protocol))
        put(pickle.dumps(value, protocol))
        put(json.dumps(plain(value)))
