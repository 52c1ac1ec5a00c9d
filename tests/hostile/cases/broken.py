"""Pickles that break after the call: CPython has run it by then, so that the break changes nothing."""

from wire import case, join, name, proto, run, u64

NULLIFAI = "ReversingLabs, nullifAI (2025)"


def after(file, trick, tail, source="brinery", version=2):
    case("broken_" + file, trick, join(proto(version), run(), tail), source=source)


after("opcode", "no such opcode", b"\xff.", NULLIFAI)
after("eof", "the file ends without STOP", b"", NULLIFAI)
after("eof_in_argument", "the file ends within a text", b"X\x10\0\0\0abc")
after("eof_in_line", "the file ends within a line", b"Sabc")
after("underflow", "an empty stack", b"00.", NULLIFAI)
after("no_mark", "TUPLE without a MARK", b"t.")
after("no_memo", "GET of what was never PUT", b"0h\x63.")
after("length_lie", "a length of eight exabytes", b"\x8e" + u64(2**63 - 1) + b".", version=4)
after("length_negative", "a negative length", b"T\xff\xff\xff\xff.")
after("string_quotes", "STRING without quotes", b"Sabc\n.")
after("not_utf8", "a text that is not UTF-8", b"X\x01\0\0\0\xff.")
after("digits", "a number of 5,000 digits, more than Python converts", b"L" + b"9" * 5000 + b"L\n.")
after("int_text", "INT without a number", b"Ixyz\n.")
after("unhashable", "a list as a key", b"0}]Ns.")
after("append_to_int", "APPEND to a number", b"0K\x01Na.")
after("reduce_on_int", "a number called", b"0K\x01)R.")
after("newobj_on_int", "NEWOBJ of a number", b"0K\x01)\x81.")
after("persid", "a persistent id that nobody loads", b"0Pbrinery\n.")
after("next_buffer", "an out-of-band buffer that is not there", b"0\x97.", version=5)
after("extension", "an extension code nobody registered", b"0\x82\xc8.")
after("put_negative", "PUT of a negative index", b"p-1\n.")
after("frame", "a frame longer than the file", b"\x95" + u64(1 << 40) + b".", version=4)
after("odd_items", "an odd number of items for DICT", b"0(Nd.")
after("missing_module", "an import of what is not there", b"0" + name("brinery_hostile_corpus", "x") + b".")
after("proto", "a protocol that is not there yet", proto(9) + b".")
case(
    "broken_before_names",
    "harmless imports, the call, then bytes pickletools cannot decode",
    join(proto(2), name("collections", "OrderedDict"), b"0", run(), b"cnot\xffutf8\nx\n."),
    source="Hugging Face proof of concept hoanghai2110",
)
