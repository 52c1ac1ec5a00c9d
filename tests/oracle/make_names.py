"""Writes the tables that brinery takes from CPython: names of Python 2 and 3, and the characters `repr` escapes.

    python3.13 tests/oracle/make_names.py            rewrites src/printable.rs and the tables in src/names.rs
    python3.13 tests/oracle/make_names.py --check    changes nothing, fails if a file is out of date

Both tables depend on the version of Python, so any other than 3.13 is refused.
"""

import sys
import textwrap
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "src"
WIDTH = 120
BEGIN = "// Written by tests/oracle/make_names.py from `_compat_pickle` of CPython 3.13, up to the end mark.\n"
END = "// End of what make_names.py writes.\n"


def literal(value):
    """A string, or a tuple of them, as Rust source."""
    if isinstance(value, tuple):
        return "(" + ", ".join(map(literal, value)) + ")"
    # Names are plain ASCII; anything else would need escapes here and a second look everywhere.
    assert value.isascii() and value.isprintable() and not set(value) & set('"\\'), value
    return f'"{value}"'


def table(doc, name, kind, rows):
    """A sorted static slice, as many rows on a line as fit."""
    # Blanks inside a row are protected from wrapping.
    text = " ".join(row.replace(" ", "\0") + "," for row in rows)
    lines = textwrap.wrap(text, WIDTH - 4, break_long_words=False, break_on_hyphens=False)
    body = "".join(f"    {line}\n" for line in lines).replace("\0", " ")
    return f"/// {doc}\n#[rustfmt::skip]\nstatic {name}: &[{kind}] = &[\n{body}];\n"


def names():
    """The tables in the midst of src/names.rs."""
    import _compat_pickle as compat

    module = "(&str, &str)"
    parts = [
        ("Modules of Python 2, and what Python 3 calls them.", "MODULES_TO_3", module, compat.IMPORT_MAPPING),
        ("Names in modules of Python 2 that moved.", "NAMES_TO_3", "Entry", compat.NAME_MAPPING),
        ("Modules of Python 3, and what Python 2 calls them.", "MODULES_TO_2", module, compat.REVERSE_IMPORT_MAPPING),
        ("Names in modules of Python 3 that were elsewhere.", "NAMES_TO_2", "Entry", compat.REVERSE_NAME_MAPPING),
    ]
    # Python sorts str by code point and Rust by UTF-8 byte: the same order.
    return "\n".join(
        table(doc, name, kind, [literal(item) for item in sorted(mapping.items())])
        for doc, name, kind, mapping in parts
    )


def names_file():
    """src/names.rs with its tables replaced."""
    source = (SOURCES / "names.rs").read_text(encoding="utf-8")
    head, begin, rest = source.partition(BEGIN)
    _, end, tail = rest.partition(END)
    assert begin and end, "src/names.rs has lost the marks around its tables"
    return f"{head}{BEGIN}\n{names()}\n{END}{tail}"


def printable_file():
    """src/printable.rs as a whole."""
    ranges = []
    for code_point in range(sys.maxunicode + 1):
        if not chr(code_point).isprintable():
            if ranges and ranges[-1][1] == code_point - 1:
                ranges[-1][1] = code_point
            else:
                ranges.append([code_point, code_point])
    assert ranges[0] == [0, 0x1F] and ranges[1][0] == 0x7F, "the shortcut below is wrong"
    rows = [f"({first:#x}, {last:#x})" for first, last in ranges]
    doc = "The first and last code point of each run of characters that `repr` escapes."
    return f"""\
//! Which characters Python's `repr` shows as they are.
//!
//! This file is written by tests/oracle/make_names.py from `str.isprintable` of CPython 3.13, which knows Unicode 15.1;
//! other versions differ in the characters their Unicode did not have yet.

/// `str.isprintable` for one code point: whether it is no control, separator, surrogate, or unassigned character. The
/// blank counts as printable.
pub(crate) fn is_printable(code_point: u32) -> bool {{
    // ASCII decides without a search.
    if code_point < 0x7f {{
        return code_point >= 0x20;
    }}
    let after = UNPRINTABLE.partition_point(|&(first, _)| first <= code_point);
    code_point > UNPRINTABLE[after - 1].1
}}

{table(doc, "UNPRINTABLE", "(u32, u32)", rows)}
#[cfg(test)]
mod tests {{
    use super::is_printable;

    /// The counts are Python's: `sum(chr(c).isprintable() for c in range(...))`.
    #[test]
    fn as_many_as_in_python() {{
        let count = |end| (0..end).filter(|&c| is_printable(c)).count();
        assert_eq!(count(0x80), {sum(chr(c).isprintable() for c in range(0x80))});
        assert_eq!(count(0x1_0000), {sum(chr(c).isprintable() for c in range(0x10000))});
        assert_eq!(count(0x11_0000), {sum(chr(c).isprintable() for c in range(0x110000))});
    }}
}}
"""


def main():
    if sys.version_info[:2] != (3, 13):
        sys.exit("the tables are those of CPython 3.13, this is " + sys.version.split()[0])
    stale = []
    for name, text in ("names.rs", names_file()), ("printable.rs", printable_file()):
        path = SOURCES / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in sys.argv[1:]:
            path.write_text(text, encoding="utf-8", newline="\n")
    if stale and "--check" in sys.argv[1:]:
        sys.exit("out of date: " + ", ".join(stale))


if __name__ == "__main__":
    main()
