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
