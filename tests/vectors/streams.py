"""Streams put together by hand: what no pickler writes but the unpickler has an answer to.

ACCEPTED together uses every opcode there is.  REFUSED holds streams the C unpickler
raises an exception for.  Entries: name -> bytes, or (bytes, need, ...) with needs as in
the manifest.
"""

import struct


def u32(number):
    return struct.pack("<I", number)


def u64(number):
    return struct.pack("<Q", number)


def frame(payload):
    return b"\x95" + u64(len(payload)) + payload


ACCEPTED = {
    # numbers
    "constants": b"(N\x88\x89l.",
    "int_text": b"(I0\nI-12\nI+7\nI 5\nI010\nI0x1f\nI9999999999999999999\nl.",
    "int_text_bool": b"(I00\nI01\nI0\nI1\nl.",
    "int_text_after_nul": b"(I5\0junk\nL6\0junk\nl.",
    "int_binary": b"(K\xffM\xff\xffJ\xff\xff\xff\xffJ\x00\x00\x00\x80l.",
    "long_text": b"(L5L\nL5\nL-123456789012345678901234567890L\nL1_000L\nl.",
    "long_binary": b"(\x8a\x00\x8a\x01\xff\x8a\x03\x01\x00\x00\x8b" + u32(0) + b"\x8b" + u32(2) + b"\x00\x80l.",
    "long_binary_256_bytes": b"\x8b" + u32(256) + bytes(255) + b"\x7f.",
    "float_text": b"(F1\nF-0.0\nF.5\nF5.\nF1e3\nFinf\nF-Infinity\nFnan\nl.",
    "float_binary": b"(G?\xf8\0\0\0\0\0\0G\x7f\xf8\0\0\0\0\0\1G\xff\xf0\0\0\0\0\0\0l.",
    # text and bytes
    "string_text": b"(S'it\\'s'\nS\"\\x41\\n\\q\\101\"\nS''\nl.",
    "string_binary": b"(U\x03abcT" + u32(2) + b"deU\x00l.",
    "string_latin1": (b"(S'\\xe9\xe9'\nU\x01\xffl.", "encoding=latin1"),
    "string_as_bytes": (b"(S'\\xe9'\nU\x01\xffT" + u32(1) + b"al.", "encoding=bytes"),
    "unicode_text": b"(Vplain\nV\\u20ac\\U0001f600\xe9\nV\nV\\\\u0041\\x41\\\nl.",
    "unicode_binary": b"(X" + u32(2) + b"\xc3\xa9\x8c\x04\xf0\x9f\x98\x80\x8d" + u64(3) + b"abc\x8c\x03\xed\xa0\x80l.",
    "unicode_text_no_newline_escape": b"Va\\u000ab\n.",
    "bytes_binary": b"\x80\x04(C\x02\x00\xffB" + u32(1) + b"a\x8e" + u64(2) + b"bcC\x00l.",
    "bytearray": b"\x80\x05\x96" + u64(3) + b"abc\x942\x86.",
    "bytearray_extended": b"\x80\x05\x96" + u64(1) + b"a(K\x62K\x63eK\x64a.",
    "bytearray_item_set": b"\x80\x05\x96" + u64(2) + b"abK\x00K\x7as.",
    # containers
    "list_forms": b"(]](K\x01K\x02eK\x03a(K\x04lt.",
    "list_setitem": b"](K\x01K\x02eK\x00K\x09s.",
    "dict_forms": b"(}}(K\x01K\x02K\x03Nu}K\x05K\x06s(K\x07K\x08dt.",
    "dict_repeated_key": b"}(K\x01S'a'\nK\x02S'b'\nK\x01S'c'\nu.",
    "dict_equal_keys": b"}(K\x01S'int'\nG?\xf0\0\0\0\0\0\0S'float'\n\x88S'bool'\nu.",
    "tuple_forms": b"()(tK\x01\x85K\x01K\x02\x86K\x01K\x02K\x03\x87(K\x01K\x02K\x03K\x04tt.",
    "set_forms": b"\x80\x04(\x8f\x8f(K\x01K\x02\x90(\x91(K\x01K\x02\x91t.",
    "set_repeated_item": b"\x80\x04\x8f(K\x01\x88K\x01\x90(K\x02\x90.",
    "frozenset_key": b"\x80\x04}(K\x01\x91S'value'\ns.",
    "set_cycle_through_opaque": b"\x80\x04\x8f\x94(cshapes\nNode\n)\x81h\x00b\x90.",
    "empty_batches": b"(](e}(uN(e\x8f(\x90t.",
    # stack and memo
    "pop_and_dup": b"(K\x01K\x020K\x032(K\x04K\x051(0l.",
    "leftovers_below_stop": b"K\x01K\x02(K\x03.",
    "data_after_stop": b"K\x01.K\x02.",
    "memo_text": b"(]p7\nI1\np8\ng7\ng8\nl.",
    "memo_binary": b"(]q\x07K\x01r" + u32(300) + b"h\x07j" + u32(300) + b"l.",
    "memoize_after_put": b"\x80\x04(K\x01q\x05K\x02\x94h\x05h\x01l.",
    "memo_overwritten": b"(K\x01q\x00h\x00K\x02q\x00h\x00l.",
    "memo_get_text_forms": b"(K\x01q\x05g5\ng +5 \ng0_5\nl.",
    "self_containing": b"]q\x00(h\x00h\x00e.",
    "deep_list": b"]" * 200 + b"a" * 199 + b".",
    # protocol and frames
    "proto_0": b"\x80\x00N.",
    "proto_in_the_middle": b"\x80\x02c__builtin__\nset\n\x80\x03c__builtin__\nset\n\x86.",
    "frame": b"\x80\x04" + frame(b"(K\x01K\x02l."),
    "frames_several": b"\x80\x04" + frame(b"(K\x01") + b"K\x02" + frame(b"K\x03l") + frame(b"."),
    "frame_empty": b"\x80\x04" + frame(b"") + b"N.",
    # imports and calls
    "global": b"(cos\nsystem\nccaf\xc3\xa9\n\xc3\xa9.x\nl.",
    "global_repeated": b"(cos\nsystem\ncos\nsystem\ncos\npath\nl.",
    "global_python2_names": b"(c__builtin__\nunicode\ncurllib\nquote\ncexceptions\nStandardError\ncStringIO\nStringIO\nccopy_reg\n_reconstructor\nl.",
    "global_python2_names_p3": b"\x80\x03(c__builtin__\nunicode\ncurllib\nquote\nl.",
    "stack_global": b"\x80\x04\x8c\x02os\x8c\x06system\x93.",
    "stack_global_dotted": b"\x80\x04\x8c\x02os\x8c\x09path.join\x93.",
    "reduce": b"cos\nsystem\n(S'ls'\ntR.",
    "reduce_chain": b"cos\nsystem\n)R)R)R.",
    "build": b"cshapes\nPlain\n)\x81}S'a'\nK\x01sb.",
    "build_slot_state": b"cshapes\nPlain\n)\x81}}S'x'\nK\x01s\x86b.",
    "build_twice": b"cshapes\nPlain\n)\x81NbK\x01b.",
    "build_none_on_list": b"]Nb.",
    "inst": b"(K\x01S'a'\nishapes\nOld\n.",
    "inst_without_arguments": b"(ishapes\nOld\n}b.",
    "obj": b"(cshapes\nOld\nK\x01o.",
    "obj_without_arguments": b"(cshapes\nOld\no.",
    "newobj": b"\x80\x02cshapes\nPlain\nK\x01\x85\x81.",
    "newobj_ex": b"\x80\x04\x8c\x06shapes\x8c\x05Plain\x93K\x01\x85}\x8c\x03keyK\x02s\x92.",
    "newobj_ex_no_keywords": b"\x80\x04\x8c\x06shapes\x8c\x05Plain\x93)}\x92.",
    "newobj_of_call_result": b"cshapes\nmake\n)R)\x81.",
    "steps_on_opaque": b"cshapes\nPlain\n)\x81K\x01a(K\x02K\x03eK\x04K\x05s(K\x06K\x07u(K\x08\x90K\x09b(K\x0ae.",
    "cycle_through_opaque": b"cshapes\nNode\n)\x81q\x00h\x00\x85b.",
    "ext": (b"\x80\x02(\x82\x01\x83\x00\x01\x84\x00\x00\x01\x00\x82\x01l.", "ext=shapes:Plain:1", "ext=shapes:Node:256", "ext=shapes:make:65536"),
    "ext_python2_name": (b"\x80\x02\x82\x05.", "ext=__builtin__:xrange:5"),
    "persid": b"(Pfirst\nP\nPfirst\nl.",
    "binpersid": b"(K\x05QK\x01N\x86QNQl.",
    "buffers": (b"\x80\x05(\x97\x97\x98\x97l.", "buffers=3"),
    "buffer_readonly_bytes": b"\x80\x05C\x03abc\x98.",
    # calls that stand for plain data
    "codecs_encode": b"c_codecs\nencode\n(Va\\u00e9\nVlatin1\ntR.",
    "codecs_encode_other_shapes": b"(c_codecs\nencode\nq\x00(Va\ntRh\x00(Va\nVutf-8\ntRh\x00(K\x01Vlatin1\ntRl.",
    "call_set": b"(c__builtin__\nset\n(](K\x01K\x02etRc__builtin__\nfrozenset\n(](K\x03etRl.",
    "call_set_other_shapes": b"(c__builtin__\nset\nq\x00)Rh\x00(K\x01\x85tRh\x00(](K\x01eK\x02tRl.",
    "call_bytes": b"(c__builtin__\nbytes\n)Rc__builtin__\nbytearray\n)Rl.",
    "call_bytearray": b"\x80\x03(cbuiltins\nbytearray\nq\x00C\x02ab\x85Rh\x00(Va\xe9\nVlatin-1\ntRh\x00K\x05\x85Rl.",
    "call_set_by_obj": b"(c__builtin__\nset\n](K\x01eo.",
    "new_set_by_inst": b"(i__builtin__\nset\n.",
}

REFUSED = {
    "empty": b"",
    "no_stop": b"N",
    "stop_on_empty_stack": b".",
    "stop_on_mark": b"(.",
    "unknown_opcode": b"\xff.",
    "unknown_opcode_printable": b"?.",
    "truncated_argument": b"M\x01",
    "truncated_string": b"X" + u32(10) + b"abc.",
    "truncated_line": b"I12",
    "proto_6": b"\x80\x06N.",
    "frame_too_long": b"\x95" + u64(100) + b"N.",
    "frame_length_above_maximum": b"\x95" + b"\xff" * 8 + b"N.",
    "int_not_a_number": b"Iabc\n.",
    "int_empty": b"I\n.",
    "long_too_many_digits": b"L" + b"9" * 4301 + b"L\n.",
    "long4_negative_length": b"\x8b" + b"\xff" * 4 + b".",
    "float_overflow": b"F1e400\n.",
    "float_blank": b"F 1.5\n.",
    "string_without_quotes": b"Sabc\n.",
    "string_bad_escape": b"S'\\x4'\n.",
    "string_not_ascii": b"U\x01\xe9.",
    "unicode_bad_escape": b"V\\u004\n.",
    "unicode_bad_utf8": b"X" + u32(1) + b"\xff.",
    "bytes8_length_above_maximum": b"\x8e" + b"\xff" * 8 + b".",
    "append_below_mark": b"](a.",
    "appends_without_mark": b"]K\x01e.",
    "append_to_int": b"K\x01K\x02a.",
    "add_to_list": b"](K\x01\x90.",
    "setitems_odd": b"}(K\x01u.",
    "dict_odd": b"(K\x01d.",
    "dict_unhashable_key": b"}]Ns.",
    "set_unhashable_item": b"\x8f(]\x90.",
    "set_call_unhashable_item": b"c__builtin__\nset\n(](]etR.",
    "get_missing": b"g1\n.",
    "binget_missing": b"h\x01.",
    "put_negative": b"Np-1\n.",
    "put_on_empty_stack": b"q\x00.",
    "pop_on_empty_stack": b"0.",
    "dup_on_empty_stack": b"2.",
    "reduce_args_list": b"cos\nsystem\n]R.",
    "reduce_of_list": b"])R.",
    "newobj_of_list": b"])\x81.",
    "newobj_args_list": b"cos\nsystem\n]\x81.",
    "newobj_ex_kwargs_list": b"cos\nsystem\n)]\x92.",
    "newobj_ex_key_not_str": b"cos\nsystem\n)}K\x01Ns\x92.",
    "build_on_int": b"K\x01}S'a'\nNsb.",
    "build_list_on_list": b"]]b.",
    "stack_global_int": b"K\x01K\x02\x93.",
    "global_empty_name": b"cos\n\n.",
    "ext_zero": b"\x82\x00.",
    "ext_unregistered": b"\x82\x42.",
    "persid_not_ascii": b"P\xe9\n.",
    "next_buffer_without_buffers": b"\x97.",
    "next_buffer_exhausted": (b"\x97\x97.", "buffers=1"),
    "readonly_buffer_of_list": b"]\x98.",
    "codecs_encode_above_latin1": b"c_codecs\nencode\n(V\\u0100\nVlatin1\ntR.",
}
