"""Allowed names with arguments that break the memory of the process: no import tells.

numpy's dtype and array believe the state they are given (seen in numpy 1.26.4 and 2.5.5). The bytes here are zeros.
"""

from wire import Call, Global, Here, call, case, name, pickled, raw, value

ODD = {"*": "unknown"}


def dtype(code, state):
    """numpy.dtype(code, False, True) and what its state makes of it."""
    return [call(name("numpy", "dtype"), code, False, True), state, Here(b"b")]


def array(kind, data, module="numpy.core.multiarray"):
    return pickled(
        call(name(module, "_reconstruct"), Global("numpy", "ndarray"), (0,), b"b"),
        b"(K\x01",
        value((1,)),
        kind,
        b"\x89",
        data,
        b"tb",
        version=3,
    )


def state(*items):
    return [b"(", [value(item) for item in items], b"t"]


def fields(code, offset, flags):
    inner = Call(Global("numpy", "dtype"), code, False, True)
    return state(3, "|", None, ("a",), {"a": (inner, offset)}, 8, 1, flags)


case(
    "numpy_flags",
    "a dtype of objects told that it has none: raw bytes become pointers",
    array(dtype("O8", state(3, "|", None, None, None, -1, -1, 0)), raw(bytes(8))),
    ("-", None),
    verdict=ODD,
)
case(
    "numpy_field_offset",
    "a field that lies outside its record",
    array(dtype("V8", fields("f8", 100000, 16)), raw(bytes(8))),
    ("-", None),
    verdict=ODD,
)
case(
    "numpy_object_field",
    "a record with a field of objects, told that it has none",
    array(dtype("V8", fields("O8", 0, 0)), raw(bytes(8)), "numpy._core.multiarray"),
    ("-", None),
    verdict=ODD,
)
# One byte, as the state of an array.
TWICE = [
    b"(K\x01", value((1,)), call(name("numpy", "dtype"), "u1", False, True),
    state(3, "|", None, None, None, -1, -1, 0), b"b\x89", raw(bytes(1)), b"tb",
]
case(
    "numpy_letter",
    "a dtype by a letter alone, taken for nothing: 100,000 ints within a record of 8 bytes",
    array(
        dtype(
            "V8",
            [
                b"(K\x03", value("|"), b"N", value(("a",)), b"}", value("a"),
                call(name("numpy", "dtype"), "V0", False, True),
                b"(K\x03", value("|"), call(name("numpy", "dtype"), "i", False, True), value((100000,)), b"\x86",
                b"NNK\0K\x01K\0tb", value(0), b"\x86s", value(8), value(1), value(16), b"t",
            ],
        ),
        raw(bytes(8)),
    ),
    ("-", None),
    verdict=ODD,
    at=False,
)
case(
    "numpy_text_size",
    "a dtype of texts of 5 bytes told that it has -1",
    array(dtype("S5", state(3, "|", None, None, None, -1, 1, 0)), raw(bytes(5))),
    ("-", None),
    verdict=ODD,
)
case(
    "numpy_array_twice",
    "an array given contents twice: those that it had are freed under whoever refers to them",
    pickled(
        call(name("numpy.core.multiarray", "_reconstruct"), Global("numpy", "ndarray"), (0,), b"b"),
        [TWICE, TWICE],
        version=3,
    ),
    ("-", None),
    verdict=ODD,
)
case(
    "sklearn_empty_state",
    "a tree of nearest neighbours given an empty state, of which it reads thirteen items",
    pickled(
        call(name("sklearn.neighbors._kd_tree", "newObj"), Global("sklearn.neighbors._kd_tree", "KDTree")),
        b")",
        Here(b"b"),
    ),
    ("-", None),
    verdict=ODD,
)
case(
    "torch_setitem",
    "SETITEM on a tensor: torch's restricted reader wrote beyond it",
    pickled(call(name("torch._utils", "_rebuild_tensor"), None, 0, (1,), (1,)), value(100000), b"K\x00", Here(b"s")),
    ("R6", None),
    "CVE-2026-24747",
    ODD,
)
case(
    "torch_storage_size",
    "a tensor larger than its storage",
    pickled(
        call(
            name("torch._utils", "_rebuild_tensor_v2"),
            Call(Global("torch", "FloatStorage"), 1),
            0,
            (1 << 30,),
            (1,),
            False,
            Call(Global("collections", "OrderedDict")),
        )
    ),
    ("R5", None),
    "CVE-2026-24747",
    ODD,
    at=False,
)


def storage(element="FloatStorage", key="0", elements=4):
    return [value(("storage", Global("torch", element), key, "cpu", elements)), b"Q"]


def tensor(storage, *rest, function="_rebuild_tensor_v2"):
    hooks = Call(Global("collections", "OrderedDict"))
    return [
        name("torch._utils", function), b"(", storage, [value(item) for item in rest[:3]], b"\x89", value(hooks),
        [value(item) for item in rest[3:]], b"t", Here(b"R"),
    ]


for file, trick, content in [
    ("torch_offset", "a tensor that starts behind its storage", tensor(storage(), 4, (1,), (1,))),
    ("torch_stride", "a tensor whose stride leads out of its storage", tensor(storage(), 0, (2, 2), (3, 1))),
    ("torch_negative_offset", "a tensor that starts before its storage", tensor(storage(), -1, (1,), (1,))),
    (
        "torch_bytes_as_elements",
        "a tensor of numbers of 8 bytes in an untyped storage of 8 bytes: as many as there are bytes",
        tensor(
            [value(("storage", Global("torch.storage", "UntypedStorage"), "0", "cpu", 8)), b"Q"],
            0, (8,), (1,), Global("torch", "uint64"), function="_rebuild_tensor_v3",
        ),
    ),
]:
    case(file, trick, pickled(content), ("R5", None), verdict=ODD)
case(
    "torch_named_twice",
    "a storage of 4 elements, then of 4,000 by the same key: torch goes by what came first",
    pickled(storage(), b"0", storage(elements=4000)[0], Here(b"Q")),
    ("R7", None),
    verdict=ODD,
)
case(
    "torch_named_as_another",
    "a storage of numbers of 8 bytes, then of single bytes by the same key",
    pickled(storage("DoubleStorage"), b"0", storage("ByteStorage", elements=32)[0], Here(b"Q")),
    ("R7", None),
    verdict=ODD,
)


def generator(kind, **places):
    """A random generator of numpy and what it is set to."""
    ctor = call(name("numpy.random._pickle", "__randomstate_ctor" if kind == "MT19937" else "__bit_generator_ctor"), kind)
    state = {key: place for key, place in places.items() if key != "buffer_pos"}
    outer = {"bit_generator": kind, "state": state}
    outer.update((key, place) for key, place in places.items() if key == "buffer_pos")
    return pickled(ctor, value(outer), Here(b"b"))


for file, kind, places in [
    ("numpy_position", "MT19937", {"pos": 1 << 28}),
    ("numpy_position_below", "MT19937", {"pos": -(1 << 30)}),
    ("numpy_buffer_position", "Philox", {"buffer_pos": -5}),
]:
    case(file, "a random generator that reads on outside of its state", generator(kind, **places), ("R6", None), verdict=ODD)
