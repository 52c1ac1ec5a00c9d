"""Readers that differ: bytes that CPython's C unpickler reads and others stop at, or read otherwise.

The usual call stands behind the odd bytes. Where the file has no call at all the oddity itself is what must be found:
two readers, two contents.
"""

from wire import (
    MARKER,
    SYSTEM,
    Here,
    call,
    case,
    frame,
    join,
    name,
    number,
    pickled,
    proto,
    run,
    text,
    u32,
    u64,
)

ODD = {"*": "unknown"}
LEGOCLONES = "arXiv:2605.15084"

case("hex_int", "INT in base 16 before the call", pickled(b"I0x1f\n0", run()), source=LEGOCLONES + ", cpython#126992")
case("octal_int", "INT in base 8 before the call", pickled(b"I0o17\n0", run()), source=LEGOCLONES)
case("binary_int", "INT in base 2 before the call", pickled(b"I0b11\n0", run()), source=LEGOCLONES)
case("hex_long", "LONG in base 16 before the call", pickled(b"L0x1f\n0", run()), source=LEGOCLONES)
case("nul_int", "a NUL ends the number in INT before the call", pickled(b"I1\0x\n0", run()), source=LEGOCLONES)
case("nul_long", "a NUL ends the number in LONG before the call", pickled(b"L1\0x\n0", run()), source=LEGOCLONES)
case("nul_float", "a NUL ends the number in FLOAT before the call", pickled(b"F1.5\0x\n0", run()), source=LEGOCLONES)
case("odd_hex_int", "INT in base 16 and nothing else", pickled(Here(b"I0x1f\n")), ("R1", None), LEGOCLONES, ODD)
case(
    "odd_leading_zero",
    "INT with a leading zero: C takes 010 for 8 or for nothing, Python for 10",
    pickled(Here(b"I010\n")),
    ("R1", None),
    "cpython#126992",
    ODD,
)
case("odd_nul_int", "a NUL in INT and nothing else", pickled(Here(b"I1\0x\n")), ("R1", None), LEGOCLONES, ODD)
case("odd_nul_float", "a NUL in FLOAT and nothing else", pickled(Here(b"F1.5\0x\n")), ("R1", None), LEGOCLONES, ODD)
case(
    "odd_frame_short",
    "a frame that ends within an opcode's argument",
    pickled(Here(b"\x95" + u64(3)), text("abcdef"), version=4),
    ("R1", None),
    "cpython#154848",
    ODD,
    at=False,
)
case(
    "odd_frame_long",
    "a frame longer than the pickle, with bytes behind STOP",
    join(pickled(Here(b"\x95" + u64(20)), b"N", version=4), b"N" * 17 + b"."),
    ("R1", None),
    "cpython#154848",
    ODD,
    at=False,
)
case(
    "odd_frame_nested",
    "a frame within a frame",
    pickled(b"\x95" + u64(12), Here(b"\x95" + u64(3)), b"N0N", version=4),
    ("R1", None),
    "cpython#154848",
    ODD,
    at=False,
)
case(
    "frame_hides_call",
    "the frame claims less than there is: who skips it never sees the call",
    join(proto(4), b"\x95" + u64(2), b"N0", run(), b"."),
    source="cpython#154848",
)
case(
    "frame_covers_call",
    "who believes the frame takes the call for what is within",
    join(proto(4), frame(join(b"N0", run(), b"0N"))[0], b"N0", run(), b"0N."),
    source="cpython#154848",
    at=True,
)
case("extra_stack", "several objects below STOP's", pickled(number(1), number(2), run()), source="cpython#127079")
case("pop_a_mark", "POP on a MARK: C takes the MARK away", pickled(b"(0", run()), source=LEGOCLONES)
case(
    "memo_again",
    "PUT of one index twice before the call: pickletools gives up",
    pickled(b"Nq\x00q\x000", run()),
    source="cpython#123309",
)
case(
    "memoize_twice",
    "MEMOIZE of a number: pickletools accepts what pickle never writes",
    pickled(number(1), b"\x94\x940", run(), version=4),
)
case("get_of_put_in_mark", "PUT on the MARK's side of the stack", pickled(b"(Nq\x001", run()))
case(
    "binstring_in_py3",
    "bytes beyond ASCII in SHORT_BINSTRING: which text they are depends on the caller",
    pickled(b"U\x01a0", run()),
)
case("string_double_quotes", "STRING in double quotes with escapes", pickled(b'S"\\x41\\101\\n"\n0', run()))
case("unicode_odd_escape", "UNICODE with a backslash that is no escape", pickled(b"V\\x41\\\n0", run()))
case(
    "float_text",
    "FLOAT, which some readers never learned, before the call",
    pickled(b"F1.5\n0", run()),
    source="fickling#322",
)
case("bytearray8", "BYTEARRAY8, likewise", pickled(b"\x96" + u64(3) + b"abc0", run(), version=5), source="fickling#324")
case("long4_negative_zero", "LONG4 of no bytes", pickled(b"\x8b" + u32(0) + b"0", run()))
case(
    "utf8_name",
    "a name beyond ASCII in GLOBAL before the call: pickletools cannot decode it",
    pickled(name("caf\u00e9", "x"), b"0", run()),
    ("R2", "posix.system"),
    LEGOCLONES,
)
case(
    "utf8_persid",
    "a persistent id in text beyond ASCII, after the call",
    pickled(run(), "0Pcaf\u00e9\n".encode()),
    ("R2", "posix.system"),
    LEGOCLONES,
)
case(
    "surrogate",
    "a lone surrogate in the arguments: C reads it, printing it fails",
    pickled(call(Here(SYSTEM), MARKER + " \ud800")),
)
case(
    "escape_codes",
    "names with codes that make a terminal show something else",
    pickled(name("\x1b[2K\rInfected files: 0\x1b[8m", "x"), b"0", run()),
)
case(
    "line_feed_in_name",
    "a module's name with a line of a report in it, by STACK_GLOBAL",
    pickled(
        text("math\n----------- SCAN SUMMARY -----------\nInfected files: 0"), text("x"), b"\x930", run(), version=4
    ),
)
case(
    "bidi_override",
    "a name that is shown from right to left",
    pickled(name("\u202emetsys\u202c", "xisop"), b"0", run()),
)
case("long_name", "a module's name of 30,000 letters before the call", pickled(name("a" * 30000, "b"), b"0", run()))
case(
    "many_imports",
    "600 harmless imports before the call: a list that is cut does not show it",
    pickled([name("datetime", "date"), b"0"] * 600, run()),
)
case(
    "self_containing_tuple",
    "a tuple that contains itself before the call: who draws it as a tree never ends",
    pickled(b"]q\x00h\x00\x85q\x01ah\x010", b"0", run()),
)
case(
    "shared_lists",
    "30 lists, each of the last one twice: 2**30 items for who expands them",
    pickled(b"]", [b"q" + bytes([i]) + b"]h" + bytes([i]) + b"ah" + bytes([i]) + b"a" for i in range(30)], b"0", run()),
)
case("gif_magic", "a pickle that is a GIF by its first bytes: G is BINFLOAT", join(b"GIF89a\1\0\1", b"0", run(), b"."))
case(
    "text_before",
    "a pickle that reads as text: all opcodes printable",
    join(b"(S'A dataset of flowers.'\n1", b"(S'" + MARKER.encode() + b"'\n", Here(b"iposix\nsystem\n"), b"."),
)
case("proto_repeated", "PROTO five times", pickled(proto(2) * 4, run()))
case(
    "proto_6",
    "a protocol that is not there yet: CPython refuses it, before anything runs",
    join(Here(proto(6)), run(), b"."),
    ("R1", None),
    verdict="dangerous",
    at=False,
)

# Without PROTO nothing says that these are pickles but what an unpickler does with them.
case("bare_digits", "no PROTO, and an int of 101 digits before the call", join(b"I" + b"1" * 101 + b"\n0", run(), b"."))
case("bare_digits_long", "no PROTO, and a LONG of 150 digits before the call", join(b"L" + b"1" * 150 + b"L\n0", run(), b"."))
case("bare_memo_gap", "no PROTO, and a memo index of a million before the call", join(b"Nr@B\x0f\x000", run(), b"."))
case("bare_marks", "no PROTO, and 3,000 marks before the call", join(b"(" * 3000, run(), b"."))
