#!/usr/bin/env python3
"""Makes the resource attacks: small pickles that ask a reader for much more than they are.

    python3 tests/hostile/make_resource.py            # writes resource/ and its manifest.json
    python3 tests/hostile/make_resource.py --all DIR  # writes every attack out in full, also the large ones

Nothing is random, and no attack does anything when it is loaded but take time and memory: loading them in CPython may
kill the process, so do not. What can be said in a few words, such as a million equal bytes, is kept in the manifest as
`parts`: pairs of bytes in hexadecimal and how often they stand there. The others are files.

Public domain (CC0 1.0).
"""

import json
import os
import struct
import sys

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "resource")

MEG = 1 << 20
ATTACKS = []


def attack(name, why, *parts, family):
    """Notes an attack: bytes, or pairs of bytes and a count."""
    parts = [part if isinstance(part, tuple) else (part, 1) for part in parts]
    ATTACKS.append({"name": name, "family": family, "why": why, "parts": parts})


def u4(n):
    return struct.pack("<I", n)


def u8(n):
    return struct.pack("<Q", n)


# Fourteen strings that differ in their last character, in the memo.
LONG_KEYS = [part for k in range(14) for part in (b"X" + struct.pack("<I", 8_000), (b"k", 7_999), bytes([65 + k]) + b"\x94")]


def text(s):
    raw = s.encode("utf-8", "surrogatepass")
    return (b"\x8c" + bytes([len(raw)]) if len(raw) < 256 else b"X" + u4(len(raw))) + raw


def integer(n):
    if 0 <= n < 256:
        return b"K" + bytes([n])
    if 0 <= n < 65536:
        return b"M" + struct.pack("<H", n)
    if -(1 << 31) <= n < 1 << 31:
        return b"J" + struct.pack("<i", n)
    size = n.bit_length() // 8 + 1
    return b"\x8a" + bytes([size]) + n.to_bytes(size, "little", signed=True)


def real(x):
    return b"G" + struct.pack(">d", x)


# Length lies: every opcode that carries a length says more than there is.
LENGTHS = [
    ("binstring", b"T", 4, 0x7FFFFFFF),
    ("binstring-negative", b"T", 4, 0xFFFFFFFF),
    ("short-binstring", b"U", 1, 255),
    ("binbytes", b"B", 4, 0xFFFFFFFF),
    ("short-binbytes", b"C", 1, 255),
    ("binbytes8", b"\x8e", 8, (1 << 63) - 1),
    ("bytearray8", b"\x96", 8, (1 << 63) - 1),
    ("binunicode", b"X", 4, 0xFFFFFFFF),
    ("short-binunicode", b"\x8c", 1, 255),
    ("binunicode8", b"\x8d", 8, (1 << 64) - 1),
    ("long1", b"\x8a", 1, 255),
    ("long4", b"\x8b", 4, 0x7FFFFFFF),
    ("long4-negative", b"\x8b", 4, 0x80000000),
    ("frame", b"\x95", 8, (1 << 63) - 1),
    ("frame-overflow", b"\x95", 8, (1 << 64) - 1),
]
for name, code, size, value in LENGTHS:
    lie = code + value.to_bytes(size, "little")
    attack(f"length-{name}", f"{name} claims {value} bytes that are not there", b"\x80\x04" + lie + b"N.", family="length")
attack(
    "length-many",
    "100,000 lists, then a length of 2 GiB: what was paid for does not pay for the claim",
    b"\x80\x04",
    (b"]", 100_000),
    b"B" + u4(0x7FFFFFFF) + b"x.",
    family="length",
)
attack("length-line", "a line of a megabyte without its end", b"V", (b"a", MEG), family="length")

# The memo: sparse indices and floods.
attack("memo-gap", "one entry at index 2^32 - 1: CPython allocates 64 GiB", b"\x80\x02Nr\xff\xff\xff\xff.", family="memo")
attack("memo-gap-text", "an entry whose index has 19 digits", b"Np9223372036854775807\n.", family="memo")
attack("memo-gap-beyond", "an index beyond 64 bits", b"Np99999999999999999999999\n.", family="memo")
attack(
    "memo-strides",
    "8,000 entries, each far from the last",
    b"\x80\x02" + b"".join(b"Nr" + u4((k * 65_521) & 0xFFFFFFFF) + b"0" for k in range(1, 8_000)) + b"N.",
    family="memo",
)
attack("memo-redefined", "a million stores into one entry", b"\x80\x02]", (b"q\0", MEG // 2), b".", family="memo")
attack("memoize-flood", "a million MEMOIZE of one object", b"\x80\x04]", (b"\x94", MEG), b".", family="memo")
attack("memo-jumping", "stores that go between the ends of the memo", b"\x80\x02N", (b"r\xff\xff\xff\x7fq\0q\x3f", 100_000), b".", family="memo")
attack(
    "memo-many-pickles",
    "a large sparse memo, then 100,000 small pickles that each touch one: forgetting it must not take time in its room",
    b"\x80\x02N" + b"".join(b"r" + u4((k * 65_521) & 0xFFFFFFFF) for k in range(1, 16_000)) + b".",
    (b"Nr\xff\xff\xff\xff.", 100_000),
    family="memo",
)

# Sharing: a few bytes stand for 2^n objects.
attack("dag-tuples", "2^400 items: each tuple has the one before twice", b"\x80\x02N", (b"2\x86", 400), b".", family="sharing")
attack("dag-tuples-key", "the same as a key of a dict: hashing it as Python does never ends", b"\x80\x02})", (b"2\x86", 400), b"Ns.", family="sharing")
attack("dag-tuples-set", "the same in a set, with another that is equal", b"\x80\x04\x8f()", (b"2\x86", 300), b")", (b"2\x86", 300), b"\x90.", family="sharing")
attack("dag-frozensets", "frozensets of frozensets, each shared twice on the way", b"\x80\x04(\x91\x94(h\0\x91", (b"q\1(h\1h\0\x91", 100_000), b".", family="sharing")
attack("dag-lists", "the billion laughs of lists", b"\x80\x02]", (b"q\0]h\0ah\0a", 400), b".", family="sharing")
attack("dag-dicts", "the billion laughs of dicts", b"\x80\x02}", (b"q\0}K\1h\0sK\2h\0s", 400), b".", family="sharing")
attack("dag-wide", "1,000 levels, each with the one before 100 times", b"\x80\x02]", (b"q\0](" + b"h\0" * 100 + b"e", 1_000), b".", family="sharing")
attack("dag-calls", "each call has the one before twice as its argument", b"\x80\x02cbuiltins\nint\nq\0)R", (b"q\1h\0h\1h\1\x86R", 400), b".", family="sharing")
attack("dag-states", "each object's state is the one before, twice", b"\x80\x02cshop\nLamp\nq\0)\x81", (b"q\1h\0)\x81h\1h\1\x86b", 400), b".", family="sharing")
attack("dag-persistent", "persistent ids of persistent ids, shared", b"\x80\x02N", (b"2\x86Q", 400), b".", family="sharing")
attack("dag-two", "two towers that are equal but not the same, in one list", b"\x80\x02](N", (b"2\x86", 400), b"N", (b"2\x86", 400), b"e.", family="sharing")
attack("shared-text", "half a megabyte of text, and 250,000 references to it", b"\x80\x04](X" + u4(MEG // 2), (b"a", MEG // 2), b"\x94", (b"h\0", MEG // 4), b"e.", family="sharing")
attack("shared-bytes", "half a megabyte of bytes, and 250,000 references to it", b"\x80\x04](B" + u4(MEG // 2), (b"\0", MEG // 2), b"\x94", (b"h\0", MEG // 4), b"e.", family="sharing")
attack("shared-int", "an int of half a megabyte, and 250,000 references: no memo spares writing it", b"\x80\x04](\x8b" + u4(MEG // 2), (b"\x7f", MEG // 2), b"\x94", (b"h\0", MEG // 4), b"e.", family="sharing")
attack("shared-int-decimal", "an int of 4,300 digits, the most that become text, and 500,000 references", b"\x80\x04](\x8b" + u4(1785), (b"\x7f", 1785), b"\x94", (b"h\0", MEG // 2), b"e.", family="sharing")
attack("shared-module", "150,000 imports from a module with a name of half a megabyte", b"\x80\x04](X" + u4(MEG // 2), (b"a", MEG // 2), b"\x94\x8c\x01b\x94", (b"h\0h\1\x93", 100_000), b"e.", family="sharing")
attack("shared-module-names", "20,000 imports of different names from one module with a name of 200,000 bytes", b"\x80\x04(X" + u4(200_000), (b"a", 200_000), b"\x94" + b"".join(b"h\0" + text("%x" % k) + b"\x93" for k in range(8_000)) + b"l.", family="sharing")
attack("shared-import", "one import with long names, and 500,000 references", b"\x80\x04](c", (b"m", 60_000), b"\n", (b"n", 60_000), b"\n\x94", (b"h\0", MEG // 2), b"e.", family="sharing")
attack("shared-key", "20,000 dicts with the same fourteen long keys that differ at the end", b"\x80\x04]", *LONG_KEYS, (b"}(" + b"".join(b"h" + bytes([k]) + b"N" for k in range(14)) + b"u0", 20_000), b".", family="sharing")
attack("shared-key-growing", "dicts that are filled one long key at a time", b"\x80\x04]", *LONG_KEYS, (b"}" + b"".join(b"h" + bytes([k]) + b"Ns" for k in range(14)) + b"0", 10_000), b".", family="sharing")
attack("shared-keywords", "60,000 calls with one dict of 10,000 keyword arguments", b"\x80\x04(cshop\nLamp\n\x94)\x94}\x94(" + b"".join(text("k%x" % k) + b"N" for k in range(10_000)) + b"u", (b"h\0h\1h\2\x920", 60_000), b".", family="sharing")
attack(
    "shared-fields",
    "100,000 record dtypes of numpy with the same 2,000 fields",
    b"\x80\x04(cnumpy\ndtype\n\x94h\0\x8c\x02f8\x89\x88\x87R(K\3\x8c\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x94}\x94("
    + b"".join(text("f%x" % k) + b"h\1K\0\x86" for k in range(2_000))
    + b"u(K\3\x8c\x01|N)h\2K\x08K\1K\x10t\x94",
    (b"h\0\x8c\x02V8\x89\x88\x87Rh\3b0", 100_000),
    b"N.",
    family="sharing",
)
attack("shared-rows", "200,000 references to a dict of 20,000 entries that JSON has no keys for", b"\x80\x04](}(" + b"".join(integer(k) + b"\x85N" for k in range(20_000)) + b"u\x94", (b"h\0", 200_000), b"e.", family="sharing")
attack("shared-steps", "250,000 references to an object that was built 250,000 times", b"\x80\x04](cshop\nLamp\n)\x81\x94", (b"Nb", MEG // 4), (b"h\0", MEG // 4), b"e.", family="sharing")

# Spelled in calls: each call of a few bytes copies its argument.
attack("copied-set", "100,000 times set() of one list of 200,000 items", b"\x80\x02(c__builtin__\nset\nq\0](", (b"N", 200_000), b"e\x85q\1", (b"h\0h\1R0", 100_000), b"N.", family="calls")
attack("copied-frozenset", "100,000 times frozenset() of one list of ints", b"\x80\x02(c__builtin__\nfrozenset\nq\0](" + b"".join(integer(k) for k in range(20_000)) + b"e\x85q\1", (b"h\0h\1R", 100_000), b"N.", family="calls")
attack("copied-bytes", "100,000 times the bytes of one text of half a megabyte", b"\x80\x02(c_codecs\nencode\nq\0X" + u4(MEG // 2), (b"a", MEG // 2), b"U\x06latin1\x86q\1", (b"h\0h\1R", 100_000), b"N.", family="calls")
attack("copied-bytearray", "100,000 times a bytearray of one bytes", b"\x80\x03(cbuiltins\nbytearray\nq\0B" + u4(MEG // 2), (b"a", MEG // 2), b"\x85q\1", (b"h\0h\1R", 100_000), b"N.", family="calls")
attack("nested-names", "a chain of getattr, each of whose names has all of the ones before", b"\x80\x02c__builtin__\ngetattr\nq\0cshop\nLamp\n" , (b"q\1h\0h\1U\x08partpart\x86R", 50_000), b".", family="calls")
attack("nested-names-wide", "100,000 nested names of a thousand characters each", b"\x80\x02(c__builtin__\ngetattr\nq\0cshop\n" + b"n" * 900 + b"\nq\1U\x50" + b"p" * 80 + b"q\2", (b"h\0h\1h\2\x86R", 100_000), b"N.", family="calls")
attack("call-chain", "the result of each call is what the next one calls", b"\x80\x02cshop\nLamp\n", (b")R", MEG // 2), b".", family="calls")
attack("call-retries", "two long chains of calls, then 60,000 calls that are dropped and fetched as if made twice", b"\x80\x02(cshop\nLamp\nq\0", (b")R", 100_000), b"q\1h\0", (b")R", 100_000), b"q\2", (b"h\1h\2\x85R0h\2", 60_000), b"N.", family="calls")
attack("call-arguments", "each call is an argument of the next", b"\x80\x02cshop\nLamp\nq\0)R", (b"q\1h\0h\1\x85R", 120_000), b".", family="calls")
attack("build-flood", "an object that is given its state half a million times", b"\x80\x02cshop\nLamp\n)\x81", (b"Nb", MEG // 2), b".", family="calls")
attack("build-itself", "an object whose state is itself, again and again", b"\x80\x02cshop\nLamp\n)\x81", (b"2b", MEG // 2), b".", family="calls")
attack("asides", "100,000 calls beside an object", b"\x80\x02cshop\nLamp\nq\0)\x81", (b"h\0)R0", 150_000), b".", family="calls")
attack("setters", "100,000 state setters", b"\x80\x02cshop\nset\nq\0cshop\nLamp\n)\x81q\1", (b"h\0h\1N\x86R0", 100_000), b".", family="calls")
attack("persistent-chain", "each byte is a persistent id of the one before", b"\x80\x02N", (b"Q", MEG), b".", family="calls")
attack("import-flood", "200,000 imports in a row", b"(", (b"ca\nb\n", 200_000), b"l.", family="calls")
attack("instances", "OBJ and INST without end", b"(", (b"(ia\nb\n", 150_000), b"l.", family="calls")

# Keys.
M61 = (1 << 61) - 1
attack("keys-colliding-ints", "ints that are multiples of 2^61 - 1: in CPython all hashes are 0", b"\x80\x02}(" + b"".join(integer(k * M61) + b"N" for k in range(1, 8_001)) + b"u.", family="keys")
attack("keys-colliding-one-by-one", "the same, one SETITEM each", b"\x80\x02}" + b"".join(integer(k * M61) + b"Ns" for k in range(1, 8_001)) + b".", family="keys")
attack("keys-colliding-floats", "floats 2^(61 k) times odd numbers, whose hashes collide in CPython with those of ints", b"\x80\x02}(" + b"".join(real(float(m) * 2.0 ** (61 * e)) + b"N" for m in range(1, 501, 2) for e in range(-8, 9)) + b"u.", family="keys")
attack("keys-colliding-tuples", "2^13 tuples of -1 and -2, which have one hash in CPython", b"\x80\x02J\xff\xff\xff\xffq\0J\xfe\xff\xff\xffq\1}(" + b"".join(b"(" + b"".join(b"h\0" if k >> bit & 1 else b"h\1" for bit in range(13)) + b"tN" for k in range(1 << 13)) + b"u.", family="keys")
attack("keys-colliding-text", "2^13 strings of Aa and BB, which have one hash where each character is weighed by a power of 31", b"\x80\x04\x8f(" + b"".join(text("".join("Aa" if k >> bit & 1 else "BB" for bit in range(13))) for k in range(1 << 13)) + b"\x90.", family="keys")
attack("keys-equal-numbers", "0, 0.0, -0.0 and False in turn, half a million times into one dict", b"\x80\x02}(", (b"K\0N\x89NG\0\0\0\0\0\0\0\0NG\x80\0\0\0\0\0\0\0N", 40_000), b"u.", family="keys")
attack("keys-nan", "100,000 NaN, none equal to another", b"\x80\x02}(", (b"G\x7f\xf8\0\0\0\0\0\0N", 100_000), b"u.", family="keys")
attack("keys-deep", "a tuple in a tuple, 60,000 deep, as a key: CPython overruns its stack", b"\x80\x02})", (b"\x85", 60_000), b"Ns.", family="keys")
attack("keys-deeper", "the same, two million deep: more memory than the input pays for", b"\x80\x02})", (b"\x85", 2 * MEG), b"Ns.", family="keys")
attack("keys-empty-tuples", "a million empty tuples into one set", b"\x80\x04\x8f(", (b")", MEG), b"\x90.", family="keys")
attack("keys-wide", "a tuple of 200,000 items as a key, again and again", b"\x80\x02(", (b"N", 200_000), b"tq\0", (b"0}h\0Ns", 60_000), b".", family="keys")
attack("keys-wide-tuple-of-wide", "a tuple with 100,000 times a tuple of 100,000 items", b"\x80\x02(", (b"N", 100_000), b"tq\0}(", (b"h\0", 100_000), b"tNs.", family="keys")
attack("keys-unhashable", "a deep tuple with a list at its bottom as a key", b"\x80\x02}]", (b"\x85", 100_000), b"Ns.", family="keys")
attack("keys-unhashable-late", "100,000 good keys, then a dict", b"\x80\x02}(" + b"", (b"K\1N", 100_000), b"}Nu.", family="keys")
attack("keys-big-ints", "one int of 200,000 bytes as a key of 100,000 dicts", b"\x80\x04\x8b" + u4(200_000), (b"\x7f", 200_000), b"\x94", (b"}h\0Ns0", 100_000), b".", family="keys")
attack("keys-cycle", "a tuple that holds the dict that it is a key of", b"\x80\x02}q\0h\0\x85Ns.", family="keys")

# Numbers as text.
attack("digits-int", "INT with a million digits", b"I", (b"9", MEG), b"\n.", family="digits")
attack("digits-long", "LONG with a million digits", b"L", (b"7", MEG), b"L\n.", family="digits")
attack("digits-zeros", "LONG with a million zeros in front", b"L", (b"0", MEG), b"1L\n.", family="digits")
attack("digits-float", "FLOAT with a million digits", b"F", (b"3", 300), b".", (b"1", MEG), b"e-290\n.", family="digits")
attack("digits-exponent", "FLOAT with an exponent of a million digits", b"F1e-", (b"9", MEG), b"\n.", family="digits")
attack("digits-memo", "GET with an index of a million digits", b"g", (b"9", MEG), b"\n.", family="digits")
attack("digits-most", "200 ints of 4,300 digits each, the most that is read", b"(", *([b"L", (b"9", 4300), b"L\n"] * 200), b"l.", family="digits")
attack("digits-long4", "LONG4 of a megabyte: 2.5 million digits if anyone prints it", b"\x80\x02\x8b" + u4(MEG), (b"\x7f", MEG), b".", family="digits")
attack("digits-padded", "LONG4 of a megabyte that is the number 1", b"\x80\x02\x8b" + u4(MEG) + b"\1", (b"\0", MEG - 1), b".", family="digits")

# Floods of one opcode.
attack("flood-appends", "a million APPEND onto one list", b"\x80\x02]", (b"Na", MEG // 2), b".", family="flood")
attack("flood-two-lists", "APPEND onto two lists in turn, so that neither can grow where it lies", b"\x80\x02]q\0]q\1(", (b"h\0Na0h\1Na0", 150_000), b"0.", family="flood")
attack("flood-many-lists", "eight lists that grow in turn", b"\x80\x02" + b"".join(b"]q" + bytes([k]) for k in range(8)), (b"".join(b"h" + bytes([k]) + b"Na0" for k in range(8)), 25_000), b".", family="flood")
attack("flood-setitem", "one key is set half a million times", b"\x80\x02}", (b"NNs", 400_000), b".", family="flood")
attack("flood-setitem-objects", "items are set and appended in turn on what is no dict", b"\x80\x02cshop\nLamp\n)\x81", (b"NNsNa", 200_000), b".", family="flood")
attack("flood-bytearray", "a bytearray that grows byte by byte", b"\x80\x05\x96" + u8(0), (b"K\1a", 300_000), b".", family="flood")
attack("flood-none", "two million None, and one is the value", b"\x80\x02", (b"N", 2 * MEG), b".", family="flood")
attack("flood-dup", "two million DUP", b"\x80\x02]", (b"2", 2 * MEG), b".", family="flood")
attack("flood-marks", "half a million marks", b"\x80\x02", (b"(", MEG // 2), b"N.", family="flood")
attack("flood-marks-popped", "marks that are made and popped in turn", b"\x80\x02", (b"(1", MEG // 2), b"N.", family="flood")
attack("flood-marks-nested", "200,000 lists, each between marks", b"", (b"(", 200_000), (b"l", 200_000), b".", family="flood")
attack("flood-empty-lists", "a million empty lists", b"\x80\x02(", (b"]", MEG), b"l.", family="flood")
attack("flood-empty-tuples", "a million empty tuples", b"\x80\x02(", (b")", MEG), b"l.", family="flood")
attack("flood-proto", "half a million PROTO", b"", (b"\x80\x04", MEG // 2), b"N.", family="flood")
attack("flood-frames", "100,000 frames of nothing", b"\x80\x04", (b"\x95" + u8(0), 100_000), b"N.", family="flood")
attack("flood-frames-nested", "frames that each claim all of the rest", b"\x80\x04" + b"".join(b"\x95" + u8(9 * (999 - k) + 2) for k in range(1_000)) + b"N.", family="flood")
attack("flood-pickles", "half a million pickles in a row", b"", (b"N.", MEG // 2), family="flood")
attack("flood-buffers", "a million out-of-band buffers", b"\x80\x05(", (b"\x97", MEG), b"l.", family="flood")
attack("flood-readonly", "one buffer that is made read-only again and again", b"\x80\x05(\x97\x94" , (b"h\0\x98", 300_000), b"l.", family="flood")
attack("flood-extensions", "extension codes that nobody registered", b"\x80\x02(", (b"\x82\1", 100_000), b"l.", family="flood")
attack("flood-strings", "a million empty strings", b"\x80\x04(", (b"\x8c\0", MEG // 2), b"l.", family="flood")

# Long enough that 64 times the file is what counts, and not what is free. They are only read.
attack("large-lists", "8 million empty lists: the most that a byte of a list costs", b"\x80\x02(", (b"]", 8 * MEG), b"l.", family="flood")
attack("large-tuples", "8 million tuples in each other", b"\x80\x02)", (b"\x85", 8 * MEG), b".", family="flood")
attack("large-persistent", "8 million persistent ids of each other", b"\x80\x02N", (b"Q", 8 * MEG), b".", family="flood")
attack("large-dup", "8 million times the same on the stack", b"\x80\x02]", (b"2", 8 * MEG), b".", family="flood")
attack("large-memo", "8 million memo entries", b"\x80\x04]", (b"\x94", 8 * MEG), b".", family="flood")
attack("large-builds", "objects, each with a persistent id, arguments and a state", b"\x80\x02N", (b"Q)b", 2 * MEG), b".", family="flood")
attack("large-keys", "half a million tuples of tuples as keys of a set", b"\x80\x04\x8f(", (b")\x85\x85", MEG // 2), b"\x90.", family="keys")
attack("large-texts", "two million texts of one character, each in memory of its own where the input is a reader", b"\x80\x04(", (b"\x8c\1a", 2 * MEG), b"l.", family="flood")

# Depth.
attack("deep-lists", "a million lists in each other", b"\x80\x02", (b"]", MEG), (b"a", MEG - 1), b".", family="depth")
attack("deep-tuples", "400,000 tuples in each other", b"\x80\x02)", (b"\x85", 400_000), b".", family="depth")
attack("deep-dicts", "300,000 dicts in each other", b"\x80\x02", (b"}N", 300_000), b"N", (b"s", 300_000), b".", family="depth")
attack("deep-dict-keys", "dicts whose keys are deep tuples", b"\x80\x02", (b"})\x85\x85\x85", 100_000), b"N", (b"s", 100_000), b".", family="depth")
attack("deep-states", "an object whose state is an object whose state is…", b"\x80\x02cshop\nLamp\nq\0)\x81", (b"h\0)\x81", 150_000), (b"b", 150_000), b".", family="depth")
attack("deep-frozensets", "frozensets in each other", b"\x80\x04", (b"(", 200_000), (b"\x91", 200_000), b".", family="depth")
attack("deep-marks-shown", "marks and what a disassembler indents by them", b"\x80\x02", (b"(N", 200_000), b".", family="depth")
attack("deep-json", "300,000 lists, of which JSON with indentation would be of the order of the square", b"\x80\x02", (b"]", 300_000), (b"a", 299_999), b".", family="depth")

# Cycles through every container.
attack("cycle-list", "a list in itself", b"\x80\x02]q\0h\0a.", family="cycle")
attack("cycle-dict", "a dict in itself", b"\x80\x02}q\0Nh\0s.", family="cycle")
attack("cycle-tuple", "a tuple in itself, by way of a list", b"\x80\x02]q\0h\0\x85a.", family="cycle")
attack("cycle-object", "an object that is its own state", b"\x80\x02cshop\nLamp\n)\x81q\0h\0b.", family="cycle")
attack("cycle-object-item", "an object that is an item of itself", b"\x80\x02cshop\nLamp\n)\x81q\0h\0a.", family="cycle")
attack("cycle-arguments", "an object in its own arguments", b"\x80\x02cshop\nLamp\nq\0]q\1\x85R", b"q\2h\1h\2a0.", family="cycle")
attack("cycle-many", "a ring of 100,000 lists, and every list in every second one", b"\x80\x02]q\0", (b"q\1]h\1ah\0a", 100_000), b"q\2h\0h\2a0.", family="cycle")
attack("cycle-set", "an object in a set that is its state", b"\x80\x04cshop\nLamp\n)\x81\x94\x8f(h\0\x90b.", family="cycle")

# Arguments that calls share.
attack("shared-arguments", "100,000 calls with one tuple of 200,000 arguments", b"\x80\x04(cshop\nLamp\n\x94(", (b"N", 200_000), b"t\x94", (b"h\0h\1R0", 100_000), b"N.", family="calls")
attack("shared-arguments-new", "the same with NEWOBJ_EX", b"\x80\x04(cshop\nLamp\n\x94(", (b"N", 200_000), b"t\x94}\x94", (b"h\0h\1h\2\x920", 80_000), b"N.", family="calls")
attack("dag-sets-fast", "sets in sets' places, which fast mode spells each time", b"\x80\x02cbuiltins\nset\nq\0]\x85R" , (b"q\1(h\1h\1l", 60), b".", family="sharing")

# Functions by value, code and marshal.
attack("marshal-depth", "a code object's marshal, 100,000 tuples deep", b"\x80\x03cmarshal\nloads\nB" + u4(100_000 * 2 + 1), (b")\1", 100_000), b"N\x85R.", family="function")
attack("marshal-shared", "100,000 code objects of one marshal of half a megabyte", b"\x80\x04(cmarshal\nloads\n\x94B" + u4(MEG // 2), (b")\1", MEG // 4), b"\x85\x94", (b"h\0h\1R", 100_000), b"l.", family="function")
attack("marshal-length", "a marshalled tuple of two thousand million items", b"\x80\x03cmarshal\nloads\nC\x05(\xff\xff\xff\x7f\x85R.", family="function")
attack("function-globals", "20,000 functions with one dict of 20,000 globals", b"\x80\x04(cdill._dill\n_create_function\n\x94}\x94(" + b"".join(text("g%x" % k) + b"N" for k in range(10_000)) + b"uNh\1\x86\x94", (b"h\0h\2R", 50_000), b"l.", family="function")
attack("function-cells", "100,000 cells in each other", b"\x80\x04ccloudpickle.cloudpickle\n_make_cell\n\x94N", (b"q\1h\0h\1\x85R", 100_000), b".", family="function")
attack("function-classes", "classes whose bases are the same tuple of 20,000 names", b"\x80\x04(cbuiltins\ntype\n\x94\x8c\x01C(", (b"N", 20_000), b"t}\x87\x94", (b"h\0h\1R", 100_000), b"l.", family="function")
attack("function-attributes", "setattr on one class, 100,000 times", b"\x80\x04(cbuiltins\nsetattr\n\x94cbuiltins\ntype\n\x8c\x01C)}\x87R\x94" , (b"h\0h\1\x8c\x01aN\x87R0", 80_000), b"h\1.", family="function")


def blob(parts):
    return b"".join(part * count for part, count in parts)


def main():
    out = None
    if sys.argv[1:2] == ["--all"] and len(sys.argv) == 3:
        out = sys.argv[2]
        os.makedirs(out, exist_ok=True)
    elif len(sys.argv) > 1:
        sys.exit(__doc__)
    names = [a["name"] for a in ATTACKS]
    assert len(set(names)) == len(names), "two attacks have one name"
    here = out or HERE
    os.makedirs(here, exist_ok=True)
    results = os.path.join(HERE, "results.json")
    expected = json.load(open(results)) if os.path.exists(results) else {}
    manifest = []
    for a in ATTACKS:
        parts = [(part, count) for part, count in a["parts"] if part]
        whole = blob(parts)
        entry = {"name": a["name"], "family": a["family"], "why": a["why"], "bytes": len(whole)}
        written = sum(len(part) for part, _ in parts)
        if out:
            with open(os.path.join(out, a["name"] + ".pkl"), "wb") as f:
                f.write(whole)
        elif written > 8192:
            entry["file"] = a["name"] + ".pkl"
            with open(os.path.join(HERE, entry["file"]), "wb") as f:
                f.write(whole)
        else:
            entry["parts"] = [[part.hex(), count] for part, count in parts]
        entry["ends"] = expected.get(a["name"], {})
        manifest.append(entry)
    if not out:
        with open(os.path.join(HERE, "manifest.json"), "w") as f:
            json.dump(manifest, f, indent=1, ensure_ascii=False)
            f.write("\n")
    total = sum(os.path.getsize(os.path.join(here, n)) for n in os.listdir(here))
    print(f"{len(manifest)} attacks in {here}, {total} bytes")


if __name__ == "__main__":
    main()
