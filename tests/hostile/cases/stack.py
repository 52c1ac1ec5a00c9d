"""What a walk over opcodes takes for the operands, and what is on the stack."""

from wire import (
    MARKER,
    SYSTEM,
    Here,
    call,
    case,
    name,
    number,
    pickled,
    run,
    several,
    stacked,
    text,
    u32,
    value,
)

SOURCE = "picklescan#22, GHSA-9gvj-pp9x-gcfr"
HERE = Here(b"\x93")
CALL = [several((MARKER,)), b"R"]
GOOD = [text("collections"), text("OrderedDict")]

case(
    "names_by_get",
    "the operands of STACK_GLOBAL come from the memo",
    pickled(text("posix"), b"q\x00", text("system"), b"q\x0100h\x00h\x01", HERE, CALL, version=4),
    source=SOURCE,
)
case(
    "names_by_text_get",
    "the same with PUT and GET, whose numbers are written +7 and 0_7",
    pickled(text("posix"), b"p7\n", text("system"), b"p8\n00g+7\ng0_8\n", HERE, CALL, version=4),
    source=SOURCE,
)
case(
    "pop_before_put",
    "POP between a string and PUT: another string is stored",
    pickled(
        text("posix"),
        text("decoy"),
        b"0q\x000",
        text("system"),
        text("decoy"),
        b"0q\x010h\x00h\x01",
        HERE,
        CALL,
        version=4,
    ),
    source=SOURCE,
)
case(
    "memoize_after_pop",
    "MEMOIZE stores what is on the stack, not what was read last",
    pickled(
        text("posix"), text("math"), b"0\x94", text("system"), text("sqrt"), b"0\x9400h\x00h\x01", HERE, CALL, version=4
    ),
    source="Hugging Face proof of concept celvexgroup",
)
case(
    "decoys_popped",
    "harmless strings pushed after the real ones and popped again",
    pickled(text("posix"), text("system"), GOOD, b"00", HERE, CALL, version=4),
)
case(
    "decoys_in_mark",
    "harmless strings above a MARK, thrown away by POP_MARK",
    pickled(text("posix"), text("system"), b"(", GOOD, b"1", HERE, CALL, version=4),
)
case(
    "decoys_in_popped_tuple",
    "harmless strings in a tuple that is popped",
    pickled(text("posix"), text("system"), GOOD, b"\x860", HERE, CALL, version=4),
)
case(
    "dup_operand",
    "DUP makes the module's name, and the qualname walks on",
    pickled(text("code"), b"2", HERE, version=4),
    ("R2", "code.code"),
    verdict="unknown",
)
case(
    "dup_callable", "the callable is doubled, one copy called, the other left below", pickled(Here(SYSTEM), b"2", CALL)
)
case(
    "sparse_put",
    "MEMOIZE after a sparse PUT: its index is the number of entries",
    pickled(text("system"), b"q\x05", text("posix"), b"\x94h\x01h\x05", HERE, CALL, version=4),
    source="agent-bom#3326",
)
case(
    "memo_overwritten",
    "PUT over a harmless name",
    pickled(text("collections"), b"q\x00", text("posix"), b"q\x0000h\x00", text("system"), HERE, CALL, version=4),
    source="agent-bom#3326",
)
case(
    "memoize_over_put",
    "MEMOIZE overwrites what PUT stored: the index is taken already",
    pickled(text("math"), b"q\x01", text("posix"), b"\x9400h\x01", text("system"), HERE, CALL, version=4),
)
case(
    "memo_far",
    "a memo index of six digits",
    pickled(text("posix"), b"r" + u32(999_999), b"0j" + u32(999_999), text("system"), HERE, CALL, version=4),
)
case(
    "memo_callable",
    "the callable waits in the memo, and a harmless one is seen before REDUCE",
    pickled(Here(SYSTEM), b"q\x000", name("collections", "OrderedDict"), b"0h\x00", CALL),
)
case("memo_args", "the arguments come from the memo", pickled(several((MARKER,)), b"q\x000", Here(SYSTEM), b"h\x00R"))
case(
    "string_operands",
    "STRING operands with escapes: \\x6f",
    pickled(b"S'\\x70osix'\nS'syste\\155'\n", HERE, CALL, version=4),
    source="modelscan does not know STRING",
)
case(
    "binstring_operands",
    "the byte strings of Python 2 as operands",
    pickled(b"U\x05posixU\x06system", HERE, CALL, version=4),
)
case(
    "unicode_operands",
    "UNICODE operands with escapes: \\u0073",
    pickled(b"Vposix\nV\\u0073ystem\n", HERE, CALL, version=4),
)
case(
    "binunicode8_operands",
    "BINUNICODE8 operands",
    pickled(b"\x8d\x05\0\0\0\0\0\0\0posix\x8d\x06\0\0\0\0\0\0\0system", HERE, CALL, version=4),
)
case(
    "computed_operand",
    "an operand that a call computes",
    pickled(text("posix"), call(name("builtins", "str"), "system"), HERE, CALL, version=4),
    ("R3", None),
)
case(
    "computed_by_format",
    "both operands by a harmless-looking call",
    pickled(
        call(stacked("builtins", "str.lower")[:2] + [b"\x93"], "POSIX"),
        call(stacked("builtins", "str.lower")[:2] + [b"\x93"], "SYSTEM"),
        HERE,
        CALL,
        version=4,
    ),
    ("R3", None),
)
case(
    "result_dropped", "the result is thrown away, a plain list is what remains", pickled(run(), b"0]", number(1), b"a")
)
case("result_in_key", "the call is a dict's key", pickled(b"}", run(), b"Ns"))
case("result_in_cycle", "the call is an item of a list that contains itself", pickled(b"]q\x00(h\x00", run(), b"e"))
case("below_stop", "the call is below what STOP returns", pickled(run(), b"N"))
case("above_a_mark", "the call is above a MARK that nobody takes", pickled(b"N(", run(), b"10N"))
case(
    "args_by_list",
    "the tuple of arguments is made on the stack of another MARK",
    pickled(Here(SYSTEM), b"((", value(MARKER), b"l0", value(MARKER), b"tR"),
)
case("buried_deep", "the call lies 200 lists deep", pickled(b"]" * 200, run(), b"a" * 200))
case(
    "behind_plain_data",
    "the call comes after 4,000 plain items",
    pickled(b"](", [number(index) for index in range(4000)], b"e", run(), b"a"),
)
