"""Writes src/function/code/tables.rs: the opcodes of CPython 3.6 to 3.13, as `dis` and `opcode` of each have them.

    python3.13 tests/oracle/make_opcodes.py            rewrites the file
    python3.13 tests/oracle/make_opcodes.py --check    changes nothing, fails if the file is out of date

Each interpreter is run once: `BRINERY_PYTHONS` lists their paths, separated by colons; without it pyenv's are taken, and
without those `python3.N` on PATH. One that is missing is an error.
"""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

TARGET = Path(__file__).resolve().parents[2] / "src" / "function" / "code" / "tables.rs"
MINORS = range(6, 14)
WIDTH = 120

# What the argument means, where `dis` decides by the name of the opcode.
BY_NAME = {
    "BINARY_OP": "Binary",
    "CALL_INTRINSIC_1": "Intrinsic1",
    "CALL_INTRINSIC_2": "Intrinsic2",
    "FORMAT_VALUE": "Format",
    "CONVERT_VALUE": "Convert",
    "MAKE_FUNCTION": "Function",
    "SET_FUNCTION_ATTRIBUTE": "Attribute",
}
PAIRS = ("LOAD_FAST_LOAD_FAST", "STORE_FAST_LOAD_FAST", "STORE_FAST_STORE_FAST")


def dump():
    """What this interpreter says, as JSON. Runs on every version, so in words that 3.6 knows."""
    import dis
    import opcode

    version = sys.version_info[1]
    caches = getattr(opcode, "_inline_cache_entries", {})

    def effect(code, argument, jump):
        try:
            return dis.stack_effect(code, argument, jump=jump)
        except ValueError:
            return None

    rows = []
    for name, code in sorted(dis.opmap.items(), key=lambda item: item[1]):
        # Those above a byte exist inside the compiler alone, and those that monitoring puts in are no part of `co_code`.
        if code > 255 or name.startswith("INSTRUMENTED_") or name in ("CACHE", "RESERVED", "INTERPRETER_EXIT"):
            continue
        has_argument = code in dis.hasarg if version >= 12 else code >= dis.HAVE_ARGUMENT
        if not has_argument:
            kind = "None"
        elif name in BY_NAME:
            kind = BY_NAME[name]
        elif name in PAIRS:
            kind = "LocalPair"
        elif code in dis.hasconst:
            kind = "Const"
        elif code in dis.hasname:
            wide = {"LOAD_GLOBAL": 11, "LOAD_ATTR": 12, "LOAD_SUPER_ATTR": 12}
            if version >= wide.get(name, 99):
                kind = "NameSuper" if name == "LOAD_SUPER_ATTR" else "NameBit"
            else:
                kind = "Name"
        elif code in dis.haslocal:
            kind = "Local"
        elif code in dis.hasfree:
            kind = "Free"
        elif code in dis.hasjabs:
            kind = "JumpTo"
        elif code in dis.hasjrel:
            kind = "JumpBack" if "BACKWARD" in name else "JumpBy"
        elif code in dis.hascompare:
            kind = "Compare"
        else:
            kind = "Plain"
        cache = (caches.get(name, 0) if isinstance(caches, dict) else caches[code]) if caches else 0
        rows.append([code, name, kind, cache, None if version < 8 else stack(effect, name, code, has_argument)])
    json.dump(rows, sys.stdout)


def stack(effect, name, code, has_argument):
    """How it changes the depth of the stack, as Rust source. Fitted to what `stack_effect` says of the first arguments."""
    if not has_argument:
        return "Fixed(%d)" % effect(code, None, False)
    if name == "UNPACK_EX":
        return "Unpack"
    if name == "BUILD_SLICE":
        return "Bits(-1, -1, 1)"
    falls = [effect(code, argument, False) for argument in range(128)]
    jumps = [effect(code, argument, True) for argument in range(128)]
    if len(set(jumps)) == len(set(falls)) == 1:
        if jumps == falls:
            return "Fixed(%d)" % falls[0]
        return "Jump(%d, %d)" % (falls[0], jumps[0])
    assert jumps == falls, name
    base, slope = falls[0], falls[1] - falls[0]
    if falls == [base + slope * argument for argument in range(128)]:
        return "Linear(%d, %d)" % (base, slope)
    for mask in 1, 4, 15:
        slope = falls[mask & -mask] - base
        if falls == [base + slope * bin(argument & mask).count("1") for argument in range(128)]:
            return "Bits(%d, %d, %d)" % (base, slope, mask)
    raise AssertionError((name, falls))


def interpreters():
    """The path of an interpreter for each minor version."""
    home = Path.home()
    found = {}
    listed = [path for path in os.environ.get("BRINERY_PYTHONS", "").split(":") if path]
    candidates = listed or [str(path) for path in sorted(home.glob(".pyenv/versions/3.*/bin/python"))]
    candidates = candidates or ["python3.%d" % minor for minor in MINORS]
    for path in candidates:
        ask = [path, "-c", "import sys; print(*sys.version_info[:2])"]
        major, minor = map(int, subprocess.run(ask, check=True, stdout=subprocess.PIPE).stdout.split())
        if major == 3:
            found[minor] = path
    missing = [minor for minor in MINORS if minor not in found]
    if missing:
        sys.exit("no CPython 3.%s: name the paths of all in BRINERY_PYTHONS" % ", 3.".join(map(str, missing)))
    return found


def names():
    """The names that arguments stand for in the newest version, which extend those of the older ones."""
    import opcode

    def slice_of(name, doc, values):
        text = ", ".join('"%s"' % value for value in values)
        lines = textwrap.wrap(text, WIDTH - 4, break_long_words=False)
        body = "".join("    %s\n" % line for line in lines)[:-1]
        return "/// %s\n#[rustfmt::skip]\npub(super) static %s: &[&str] = &[\n%s,\n];\n" % (doc, name, body)

    return "\n".join(
        [
            slice_of("BINARY", "What BINARY_OP does, by its argument.", [sign for _, sign in opcode._nb_ops]),
            slice_of("INTRINSICS_1", "What CALL_INTRINSIC_1 calls.", opcode._intrinsic_1_descs),
            slice_of("INTRINSICS_2", "What CALL_INTRINSIC_2 calls.", opcode._intrinsic_2_descs),
        ]
    )


def table(minor, rows):
    """The table of one version."""
    texts = []
    for code, name, kind, caches, effect in rows:
        texts.append('(%d, "%s", %s, %d, %s),' % (code, name, kind, caches, effect or "Unknown"))
    lines = textwrap.wrap(" ".join(text.replace(" ", "\0") for text in texts), WIDTH - 4, break_long_words=False)
    body = "".join("    %s\n" % line for line in lines).replace("\0", " ")
    return "/// CPython 3.%d.\n#[rustfmt::skip]\npub(super) static V3_%d: &[Row] = &[\n%s];\n" % (minor, minor, body)


def main():
    if sys.argv[1:] == ["--dump"]:
        return dump()
    if sys.version_info[:2] != (3, 13):
        sys.exit("the names are those of CPython 3.13, this is " + sys.version.split()[0])
    parts = []
    for minor, path in sorted(interpreters().items()):
        if minor in MINORS:
            made = subprocess.run([path, __file__, "--dump"], check=True, stdout=subprocess.PIPE)
            parts.append(table(minor, json.loads(made.stdout)))
    text = f"""\
//! The opcodes of each version. Written by tests/oracle/make_opcodes.py from `dis` and `opcode` of CPython 3.6 to 3.13.

use super::opcode::{{Arg::*, Effect::*, Row}};

{chr(10).join(parts)}
{names()}"""
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
        return None
    if "--check" in sys.argv[1:]:
        sys.exit("out of date: " + TARGET.name)
    TARGET.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
