"""Writes what the benchmarks read: pickles by this interpreter's C pickler, the same ones each time.

    python make.py FOLDER [--scale S] [--protocol P] [--only NAME …]

Files are NAME.pPROTOCOL.pickle; NAME.pPROTOCOL.pickles holds many, one behind the other, and the pickle in
NAME.pPROTOCOL.oob has its buffers elsewhere. The sizes at scale 1 are those of the table at the end. The file `made` is
written last.
"""

import argparse
import dataclasses
import datetime
import decimal
import io
import os
import pickle
import random
import sys
import types

import checkpoint

# Classes of a module that a reader need not have.
shop = types.ModuleType("shop")
sys.modules["shop"] = shop


class Item:
    def __init__(self, number, name, price):
        self.number = number
        self.name = name
        self.price = price


@dataclasses.dataclass
class Order:
    number: int
    customer: str
    total: float


class Node:
    def __init__(self, number):
        self.number = number
        self.links = []


for kind in (Item, Order, Node):
    kind.__module__ = "shop"
    setattr(shop, kind.__name__, kind)


def ints(rng, count):
    """A million ints: a third each of one byte, two bytes and four, some of them negative."""
    return [rng.randrange(-(2 ** rng.choice((7, 15, 31))), 2 ** rng.choice((8, 16, 31))) for _ in range(count)]


def floats(rng, count):
    return [rng.uniform(-1e6, 1e6) for _ in range(count)]


def strings(rng, count):
    """Short strings, three of ten the same object as one before, one of ten not ASCII."""
    made = []
    for number in range(count):
        if made and rng.random() < 0.3:
            made.append(rng.choice(made))
        elif rng.random() < 0.1:
            made.append("Straße %d in Zürich" % number)
        else:
            made.append("item %d of a list" % number)
    return made


def records(rng, count):
    """Dicts of eight keys, each with values of its own."""
    return [
        {
            "id": number,
            "name": "user name %d" % number,
            "email": "user%d@example.org" % number,
            "score": rng.random() * 100,
            "active": rng.random() < 0.5,
            "level": rng.randrange(700),
            "city": "City of %d" % rng.randrange(1000),
            "ratio": rng.random(),
        }
        for number in range(count)
    ]


def config(rng, count):
    """A tree of dicts and lists, as configurations are."""

    def branch(left):
        if left <= 1:
            return rng.choice((None, True, rng.randrange(1000), rng.random(), "value %d" % rng.randrange(10000)))
        parts = rng.randrange(2, 6)
        if rng.random() < 0.4:
            return [branch(left // parts) for _ in range(parts)]
        return {"key %d" % number: branch(left // parts) for number in range(parts)}

    return {"section %d" % number: branch(200) for number in range(count)}


def blobs(rng, count):
    """Bytes of a mebibyte each."""
    return [rng.randbytes(1 << 20) for _ in range(count)]


def instances(rng, count):
    return [Item(number, "item %d" % number, rng.random()) for number in range(count)]


def dataclass(rng, count):
    return [Order(number, "customer %d" % number, rng.random()) for number in range(count)]


def graph(rng, count):
    """Nodes that lie in each other's lists: shared, and in cycles."""
    nodes = [Node(number) for number in range(count)]
    for number, node in enumerate(nodes):
        node.links.extend([node, *(nodes[rng.randrange(number + 1)] for _ in range(2))])
    return nodes


def bigints(rng, count):
    """Ints of 9 to 125 bytes."""
    return [rng.getrandbits(rng.randrange(65, 1000)) for _ in range(count)]


def times(rng, count):
    start = datetime.datetime(2026, 1, 1)
    return [
        start + datetime.timedelta(seconds=rng.randrange(10**8))
        if number % 2
        else decimal.Decimal(rng.randrange(10**9)) / 100
        for number in range(count)
    ]


def tuples(rng, count):
    return [(number, rng.random()) for number in range(count)]


def messages(rng, count):
    """Messages of about a hundred bytes, no two the same: each is a pickle of its own."""
    tasks = ["proj.add", "proj.mail.send", "proj.report", "proj.images.resize"]
    return [
        {
            "id": rng.randrange(10**6),
            "task": rng.choice(tasks),
            "args": [rng.randrange(300), rng.random(), "item %d" % number],
            "kwargs": {"retries": rng.randrange(5), "eta": None},
        }
        for number in range(count)
    ]


def arrays(rng, count):
    """Buffers of a mebibyte each, which stay out of the pickle."""
    return [pickle.PickleBuffer(bytearray(1 << 20)) for _ in range(count)]


def message(rng, count):
    """One message of about a hundred bytes."""
    return {"id": 12345, "task": "proj.add", "args": [1, 2.5, "three"], "kwargs": {"retries": 3, "eta": None}}


def slices(data):
    """Pickles one behind the other, each by itself."""
    file, found = io.BytesIO(data), []
    while file.tell() < len(data):
        start = file.tell()
        pickle.load(file)
        found.append(data[start : file.tell()])
    return found


def one(value, protocol):
    return pickle.dumps(value, protocol)


def many(value, protocol):
    return b"".join(pickle.dumps(each, protocol) for each in value)


def out_of_band(value, protocol):
    return pickle.dumps(value, protocol, buffer_callback=lambda buffer: None)


WORKLOADS = {
    # Workload: how many at scale 1, in which protocols.
    ints: (1_000_000, (0, 2, 4, 5)),
    floats: (1_000_000, (0, 2, 4, 5)),
    strings: (200_000, (0, 2, 4, 5)),
    records: (100_000, (0, 2, 4, 5)),
    config: (1_500, (2, 4, 5)),
    tuples: (200_000, (2, 4, 5)),
    blobs: (100, (4, 5)),
    arrays: (256, (5,)),
    instances: (100_000, (2, 4, 5)),
    dataclass: (100_000, (2, 4, 5)),
    graph: (25_000, (2, 4, 5)),
    bigints: (50_000, (2, 5)),
    times: (20_000, (2, 4, 5)),
    messages: (1_000_000, (2, 4, 5)),
    message: (1, (2, 4, 5)),
}
# Their ways of writing and the endings of their names, where they are not the others'.
WAYS = {messages: (many, "pickles"), arrays: (out_of_band, "oob")}
# A state dict, which is not made of Python's own objects: tensors at scale 1, and bytes in each.
STATE, TENSOR_BYTES = 2_000, 4096


def value_of(make, scale):
    count, _ = WORKLOADS[make]
    return make(random.Random(make.__name__), max(1, int(count * scale)))


def write(path, data):
    with open(path + ".part", "wb") as file:
        file.write(data)
    os.replace(path + ".part", path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--protocol", type=int, help="this one alone")
    parser.add_argument("--only", nargs="*", choices=[*(make.__name__ for make in WORKLOADS), "state"])
    options = parser.parse_args()
    sys.setrecursionlimit(1_000_000)
    os.makedirs(options.folder, exist_ok=True)

    def path(*name):
        return os.path.join(options.folder, "%s.p%d.%s" % name)

    for make, (_, protocols) in WORKLOADS.items():
        if options.only and make.__name__ not in options.only:
            continue
        value = value_of(make, options.scale)
        dumps, ending = WAYS.get(make, (one, "pickle"))
        for protocol in protocols:
            if options.protocol in (None, protocol):
                write(path(make.__name__, protocol, ending), dumps(value, protocol))
    if not options.only or "state" in options.only:
        tensors = max(1, int(STATE * options.scale))
        write(path("state", 2, "pickle"), checkpoint.data(tensors, TENSOR_BYTES))
        checkpoint.write(os.path.join(options.folder, "state.pt"), tensors, TENSOR_BYTES)
    write(os.path.join(options.folder, "made"), b"")


if __name__ == "__main__":
    main()
