//! Numbers as pickles write them: the text of protocol 0, the byte images of LONG1 and LONG4, and Python's `repr` of
//! floats.
//!
//! CPython reads a text argument as a C string, so a NUL byte ends it and whatever follows in the line is ignored. All
//! functions here that take a line do the same; the line comes without its newline.

use crate::error::ErrorKind;
use num_bigint::{BigInt, BigUint, Sign};

/// An int or bool that was read. `Big` is never used for what fits in an `i64`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    /// An int of at most 64 bits.
    Small(i64),
    /// Any other int.
    Big(BigInt),
    /// A bool: only INT has them.
    Bool(bool),
}

/// CPython's limit on the digits of a decimal int where none is given, such as for memo indices.
pub(crate) const DEFAULT_DIGITS: usize = 4300;

/// Above this many bits, conversion to decimal takes too long to be free; 4300 digits, Python's own limit.
pub(crate) const DECIMAL_BITS: u64 = 14_285;

/// What INT's line means.
///
/// `classic` follows CPython 3.13 and older: C's `strtol` with base 0, so that `010` is 8; what `strtol` refuses is
/// tried as a Python literal, which adds `0o17`, `1_000` and numbers of any size; and two bytes of value 0 or 1 are a
/// bool, be it `01`, `+1` or `-0`. Otherwise the rules are those of 3.15: base 10, and the bools are `00` and `01`.
///
/// `digits` limits the decimal digits of what `strtol` cannot read.
pub(crate) fn int_line(line: &[u8], classic: bool, digits: usize) -> Result<Parsed, ErrorKind> {
    let text = c_string(line)?;
    let base = if classic { 0 } else { 10 };
    match strtol(text, base) {
        Some((value, [])) => {
            let is_bool = if classic {
                // The bytes behind a NUL count here: the rule is about the line, not the number.
                line.len() == 2 && matches!(value, 0 | 1)
            } else {
                matches!(line, b"00" | b"01")
            };
            Ok(if is_bool {
                Parsed::Bool(value == 1)
            } else {
                Parsed::Small(value)
            })
        }
        _ => python_int(text, base, digits),
    }
}

/// What LONG's line means: a Python literal, with or without Python 2's `L` at the end. `classic` as for [`int_line`]:
/// base 0, where `0x10` is 16 and `010` is refused, or base 10.
pub(crate) fn long_line(line: &[u8], classic: bool, digits: usize) -> Result<Parsed, ErrorKind> {
    let text = c_string(line)?;
    // CPython overwrites the `L` at the end of the line by a NUL: an `L` in front of another NUL stays and is refused.
    let text = match text {
        [number @ .., b'L'] if text.len() == line.len() => number,
        _ => text,
    };
    python_int(text, if classic { 0 } else { 10 }, digits)
}

/// The memo index in the line of GET or PUT, with blanks, sign and underscores as `int(s, 10)` takes them. It may be
/// negative; what does not fit in a `Py_ssize_t` of 64 bits is [`ErrorKind::NumberTooLarge`]. The type is that of
/// [`ErrorKind::MissingMemo`].
pub(crate) fn index_line(line: &[u8]) -> Result<i128, ErrorKind> {
    match python_int(c_string(line)?, 10, DEFAULT_DIGITS) {
        Ok(Parsed::Small(index)) => Ok(index.into()),
        Ok(_) => Err(ErrorKind::NumberTooLarge),
        Err(_) => Err(ErrorKind::BadNumber),
    }
}

/// What FLOAT's line means: a decimal number, `inf`, `infinity` or `nan`, and neither blanks nor underscores around or
/// in it. A number too large for a double is refused, not infinite.
pub(crate) fn float_line(line: &[u8]) -> Result<f64, ErrorKind> {
    let text = c_string(line)?;
    let (negative, unsigned) = split_sign(text);
    let mut end = text.len() - unsigned.len();
    let digits_from = |at: usize| text[at..].iter().take_while(|b| b.is_ascii_digit()).count();

    let whole = digits_from(end);
    end += whole;
    let mut fraction = 0;
    if text.get(end) == Some(&b'.') {
        fraction = digits_from(end + 1);
        end += 1 + fraction;
    }
    if whole + fraction == 0 {
        let is = |name: &str| unsigned.eq_ignore_ascii_case(name.as_bytes());
        let value = if is("inf") || is("infinity") {
            f64::INFINITY
        } else if is("nan") {
            f64::NAN
        } else {
            return Err(ErrorKind::BadNumber);
        };
        return Ok(if negative { -value } else { value });
    }
    if let Some(b'e' | b'E') = text.get(end) {
        let signs = matches!(text.get(end + 1), Some(b'+' | b'-')) as usize;
        let exponent = digits_from((end + 1 + signs).min(text.len()));
        if exponent > 0 {
            end += 1 + signs + exponent;
        }
    }
    let number = str::from_utf8(&text[..end]).map_err(|_| ErrorKind::BadNumber)?;
    let value: f64 = number.parse().map_err(|_| ErrorKind::BadNumber)?;
    // In this order: CPython reports the overflow of `1e400x`, not the `x`.
    if value.is_infinite() {
        Err(ErrorKind::NumberTooLarge)
    } else if end < text.len() {
        Err(ErrorKind::BadNumber)
    } else {
        Ok(value)
    }
}

/// The int in LONG1 and LONG4: two's complement, little-endian, of any length; no bytes are 0.
pub(crate) fn long_bytes(bytes: &[u8]) -> Parsed {
    let fill = match bytes.last() {
        Some(0x80..) => 0xff,
        _ => 0,
    };
    let used = bytes.iter().rposition(|&byte| byte != fill).map_or(0, |last| last + 1);
    // A byte cut off may have been the one that held the sign, so eight are enough only if their top bit agrees.
    if used < 8 || used == 8 && bytes[7] & 0x80 == fill & 0x80 {
        let mut image = [fill; 8];
        image[..used].copy_from_slice(&bytes[..used]);
        Parsed::Small(i64::from_le_bytes(image))
    } else {
        Parsed::Big(BigInt::from_signed_bytes_le(bytes))
    }
}

/// The bytes LONG1 and LONG4 carry: the shortest two's complement, little-endian; none for 0.
pub(crate) fn write_long(value: &BigInt) -> Vec<u8> {
    match value.sign() {
        Sign::NoSign => Vec::new(),
        _ => value.to_signed_bytes_le(),
    }
}

/// [`write_long`] for an `i64`: the bytes, and how many of them count.
pub(crate) fn long_image(value: i64) -> ([u8; 8], usize) {
    let magnitude_bits = 64 - (value ^ (value >> 63)).leading_zeros() as usize;
    let len = if value == 0 { 0 } else { magnitude_bits / 8 + 1 };
    (value.to_le_bytes(), len)
}

/// Python's `repr` of a float: the shortest digits that read back the same, with an exponent below 1e-4 and from 1e16
/// on.
///
/// Rust finds digits that are as short and as near, but where two are equally near it takes the larger ones and Python
/// the even ones: 2⁻²⁵ is `2.9802322387695312e-08` and not `…13e-08`. Formatting with that many digits rounds to even;
/// the result is right wherever it reads back the same.
pub(crate) fn float_repr(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned(); // Python shows no sign of it.
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let (mantissa, exponent) = scientific(format!("{value:e}"));
    let places = mantissa.bytes().filter(u8::is_ascii_digit).count() as i32 - 1;
    let same = |text: &str| text.parse() == Ok(value);
    if (-4..16).contains(&exponent) {
        let even = format!("{value:.*}", (places - exponent).max(1) as usize);
        return if same(&even) { even } else { format!("{value:?}") };
    }
    let even = format!("{value:.*e}", places as usize);
    let (mantissa, exponent) = if same(&even) {
        scientific(even)
    } else {
        (mantissa, exponent)
    };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// The two halves of a number in Rust's `{:e}` notation.
fn scientific(mut text: String) -> (String, i32) {
    let at = text.find('e').unwrap_or(text.len());
    let exponent = text[at..].trim_start_matches('e').parse().unwrap_or(0);
    text.truncate(at);
    (text, exponent)
}

/// The part of a line in front of its first NUL. An empty line is refused: CPython takes it for a truncated one.
fn c_string(line: &[u8]) -> Result<&[u8], ErrorKind> {
    if line.is_empty() {
        return Err(ErrorKind::Truncated);
    }
    let end = line.iter().position(|&byte| byte == 0);
    Ok(&line[..end.unwrap_or(line.len())])
}

/// The text behind C's white space, which is Rust's ASCII white space and the vertical tab.
pub(crate) fn skip_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|b| matches!(b, b'\t'..=b'\r' | b' '));
    &text[blanks.count()..]
}

/// Whether the text starts with a minus, and what stands behind its sign.
fn split_sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

/// C's `strtol` with 64 bits and base 0 or 10: the number and what stands behind it, which is the whole text if there
/// is no number; `None` on overflow.
fn strtol(text: &[u8], base: u32) -> Option<(i64, &[u8])> {
    let (negative, unsigned) = split_sign(skip_blanks(text));
    let (radix, number) = match unsigned {
        [b'0', b'x' | b'X', number @ ..] if base == 0 && number.first().is_some_and(u8::is_ascii_hexdigit) => {
            (16, number)
        }
        [b'0', ..] if base == 0 => (8, unsigned),
        _ => (10, unsigned),
    };
    let mut value = 0;
    let mut rest = number;
    while let Some((&byte, behind)) = rest.split_first() {
        let Some(digit) = char::from(byte).to_digit(radix) else {
            break;
        };
        value = append_digit(value, radix, digit, negative)?;
        rest = behind;
    }
    let found = rest.len() < number.len();
    Some((value, if found { rest } else { text }))
}

/// The value with one more digit, away from zero; `None` on overflow.
fn append_digit(value: i64, radix: u32, digit: u32, negative: bool) -> Option<i64> {
    let digit = i64::from(digit);
    value
        .checked_mul(radix.into())?
        .checked_add(if negative { -digit } else { digit })
}

/// Python's `int(text, base)` for base 0 or 10, with its limit on decimal digits.
pub(crate) fn python_int(text: &[u8], base: u32, limit: usize) -> Result<Parsed, ErrorKind> {
    let (negative, unsigned) = split_sign(skip_blanks(text));
    let radix = match unsigned {
        [b'0', b'x' | b'X', ..] if base == 0 => 16,
        [b'0', b'o' | b'O', ..] if base == 0 => 8,
        [b'0', b'b' | b'B', ..] if base == 0 => 2,
        _ => 10,
    };
    // Python 2's octal numbers: no longer allowed, except for zeros.
    let old_octal = base == 0 && radix == 10 && unsigned.first() == Some(&b'0');
    let number = match unsigned {
        [_, _, b'_', number @ ..] | [_, _, number @ ..] if radix != 10 => number,
        _ => unsigned,
    };

    let mut value = Some(0);
    let mut digits = 0;
    let mut rest = number;
    // Underscores stand between digits, so none at the start, behind another one or at the end.
    let mut digit_due = true;
    while let Some((&byte, behind)) = rest.split_first() {
        if let Some(digit) = char::from(byte).to_digit(radix) {
            value = value.and_then(|value| append_digit(value, radix, digit, negative));
            digits += 1;
            digit_due = false;
        } else if byte == b'_' && !digit_due {
            digit_due = true;
        } else {
            break;
        }
        rest = behind;
    }
    if digit_due {
        return Err(ErrorKind::BadNumber);
    }
    // Other bases are powers of two and take linear time.
    if radix == 10 && digits > limit {
        let limit = limit as u64;
        return Err(ErrorKind::Limit { name: "digits", limit });
    }
    if old_octal && value != Some(0) || !skip_blanks(rest).is_empty() {
        return Err(ErrorKind::BadNumber);
    }
    if let Some(value) = value {
        return Ok(Parsed::Small(value));
    }
    let number = &number[..number.len() - rest.len()];
    let digits: Vec<u8> = number
        .iter()
        .filter_map(|&byte| char::from(byte).to_digit(radix).map(|digit| digit as u8))
        .collect();
    let magnitude = BigUint::from_radix_be(&digits, radix).ok_or(ErrorKind::BadNumber)?;
    let sign = if negative { Sign::Minus } else { Sign::Plus };
    Ok(Parsed::Big(BigInt::from_biguint(sign, magnitude)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was read, as Python shows it, or the name of the fault.
    fn show(read: Result<Parsed, ErrorKind>) -> String {
        match read {
            Ok(Parsed::Small(value)) => value.to_string(),
            Ok(Parsed::Big(value)) => value.to_string(),
            Ok(Parsed::Bool(true)) => "True".to_owned(),
            Ok(Parsed::Bool(false)) => "False".to_owned(),
            Err(ErrorKind::Limit { name, .. }) => name.to_owned(),
            Err(kind) => format!("{kind:?}"),
        }
    }

    /// Line; INT in CPython 3.13.0 and 3.15.0rc1; LONG in the same two. A dash stands for `ValueError`.
    #[rustfmt::skip]
    const LINES: &[(&str, [&str; 4])] = &[
        ("0", ["0", "0", "0", "0"]),
        ("01", ["True", "True", "-", "1"]),
        ("00", ["False", "False", "0", "0"]),
        ("001", ["1", "1", "-", "1"]),
        (" 1", ["True", "1", "1", "1"]),
        ("1 ", ["1", "1", "1", "1"]),
        ("+1", ["True", "1", "1", "1"]),
        ("-0", ["False", "0", "0", "0"]),
        ("1\0", ["True", "1", "1", "1"]),
        ("12\0junk", ["12", "12", "12", "12"]),
        ("\0", ["0", "0", "-", "-"]),
        ("\0x", ["False", "0", "-", "-"]),
        ("010", ["8", "10", "-", "10"]),
        ("08", ["-", "8", "-", "8"]),
        ("0x10", ["16", "-", "16", "-"]),
        ("0o17", ["15", "-", "15", "-"]),
        ("0x_1f", ["31", "-", "31", "-"]),
        (" -0b1_1 ", ["-3", "-", "-3", "-"]),
        ("0x", ["-", "-", "-", "-"]),
        ("0_0", ["0", "0", "0", "0"]),
        ("0_7", ["-", "7", "-", "7"]),
        ("1_000", ["1000", "1000", "1000", "1000"]),
        ("1__0", ["-", "-", "-", "-"]),
        ("_1", ["-", "-", "-", "-"]),
        ("1_", ["-", "-", "-", "-"]),
        ("- 1", ["-", "-", "-", "-"]),
        ("-", ["-", "-", "-", "-"]),
        (" ", ["-", "-", "-", "-"]),
        ("1.5", ["-", "-", "-", "-"]),
        (" \t\x0b\x0c\r1\r", ["1", "1", "1", "1"]),
        ("-9223372036854775808", ["-9223372036854775808"; 4]),
        ("-9223372036854775809", ["-9223372036854775809"; 4]),
        ("9223372036854775808", ["9223372036854775808"; 4]),
        ("0xffffffffffffffffff", ["4722366482869645213695", "-", "4722366482869645213695", "-"]),
        ("0777777777777777777777777", ["-", "777777777777777777777777", "-", "777777777777777777777777"]),
        ("5L", ["-", "-", "5", "5"]),
        ("5LL", ["-", "-", "-", "-"]),
        ("L", ["-", "-", "-", "-"]),
        ("5\0L", ["5", "5", "5", "5"]),
        ("5L\0", ["-", "-", "-", "-"]),
        ("5 L", ["-", "-", "5", "5"]),
        ("05L", ["-", "-", "-", "5"]),
    ];

    #[test]
    fn int_and_long_lines() {
        for (line, expected) in LINES {
            let bytes = line.as_bytes();
            let read = [
                int_line(bytes, true, 4300),
                int_line(bytes, false, 4300),
                long_line(bytes, true, 4300),
                long_line(bytes, false, 4300),
            ];
            let read = read.map(|read| show(read).replace("BadNumber", "-"));
            assert_eq!(&read, expected, "{line:?}");
        }
        assert_eq!(show(int_line(b"", true, 9)), "Truncated");
        assert_eq!(show(long_line(b"", true, 9)), "Truncated");
    }

    #[test]
    fn digit_limit() {
        let ones = "1".repeat(4301);
        let zeros = format!("{}1", "0".repeat(5000));
        for classic in [true, false] {
            assert_eq!(show(int_line(ones.as_bytes(), classic, 4300)), "digits");
            assert_eq!(show(int_line(ones.as_bytes(), classic, 4301)), ones);
            assert_eq!(show(long_line(ones.as_bytes(), classic, 4300)), "digits");
            assert_eq!(show(int_line(zeros.as_bytes(), classic, 4300)), "1");
            assert_eq!(show(long_line(zeros.as_bytes(), classic, 4300)), "digits");
        }
        let hex = format!("0x{ones}L");
        assert!(matches!(long_line(hex.as_bytes(), true, 4300), Ok(Parsed::Big(n)) if n.bits() == 17201));
        assert!(matches!(index_line(ones.as_bytes()), Err(ErrorKind::BadNumber)));
    }

    #[test]
    fn index_lines() {
        for (line, index) in [("7", 7), (" +0_1 \r", 1), ("010", 10), ("-1", -1), ("1\0x", 1)] {
            assert_eq!(index_line(line.as_bytes()).ok(), Some(index), "{line:?}");
        }
        assert_eq!(index_line(b"9223372036854775807").ok(), Some(i64::MAX.into()));
        assert!(matches!(
            index_line(b"9223372036854775808"),
            Err(ErrorKind::NumberTooLarge)
        ));
        assert!(matches!(index_line(b"0x1"), Err(ErrorKind::BadNumber)));
        assert!(matches!(index_line(b"\0"), Err(ErrorKind::BadNumber)));
        assert!(matches!(index_line(b""), Err(ErrorKind::Truncated)));
    }

    #[test]
    fn float_lines() {
        for (line, bits) in [
            ("1.5", 0x3ff8_0000_0000_0000),
            (".5", 0x3fe0_0000_0000_0000),
            ("5.", 0x4014_0000_0000_0000),
            ("1.E+05", 0x40f8_6a00_0000_0000),
            ("1.5\0z", 0x3ff8_0000_0000_0000),
            ("-0", 0x8000_0000_0000_0000),
            ("iNf", 0x7ff0_0000_0000_0000),
            ("-Infinity", 0xfff0_0000_0000_0000),
            ("nan", 0x7ff8_0000_0000_0000),
            ("-NaN", 0xfff8_0000_0000_0000),
            ("4.9e-324", 1),
            ("2e-324", 0),
            ("0e99999999999999999999", 0),
            ("1e-99999999999999999999", 0),
            ("1.7976931348623158e308", 0x7fef_ffff_ffff_ffff),
        ] {
            let read = float_line(line.as_bytes()).ok();
            assert_eq!(read.map(f64::to_bits), Some(bits), "{line:?}");
        }
        for line in [
            "1e400",
            "-1e400",
            "1e400x",
            "1e99999999999999999999",
            "1.7976931348623159e308",
        ] {
            let read = float_line(line.as_bytes());
            assert!(matches!(read, Err(ErrorKind::NumberTooLarge)), "{line:?}");
        }
        for line in [
            ".", " 1", "1 ", "1_0", "0x10", "1e", "1e+", ".e5", "--1", "infinit", "nanx", "\0", "1\r", "+", "e5",
            "1.5f",
        ] {
            assert!(
                matches!(float_line(line.as_bytes()), Err(ErrorKind::BadNumber)),
                "{line:?}"
            );
        }
        assert!(matches!(float_line(b""), Err(ErrorKind::Truncated)));
    }

    #[test]
    fn long_images() {
        let two = BigInt::from(2);
        for (value, image) in [
            (BigInt::ZERO, b"".as_slice()),
            (BigInt::from(-1), b"\xff"),
            (BigInt::from(127), b"\x7f"),
            (BigInt::from(128), b"\x80\0"),
            (BigInt::from(-128), b"\x80"),
            (BigInt::from(-129), b"\x7f\xff"),
            (two.pow(31), b"\0\0\0\x80\0"),
            (-two.pow(39), b"\0\0\0\0\x80"),
            (two.pow(39), b"\0\0\0\0\x80\0"),
            (-two.pow(63), b"\0\0\0\0\0\0\0\x80"),
            (two.pow(63), b"\0\0\0\0\0\0\0\x80\0"),
            (-two.pow(63) - 1, b"\xff\xff\xff\xff\xff\xff\xff\x7f\xff"),
        ] {
            assert_eq!(write_long(&value), image);
            let small = i64::try_from(&value).ok();
            if let Some(small) = small {
                let (bytes, len) = long_image(small);
                assert_eq!(&bytes[..len], image);
            }
            // Longer images than needed are read too, and what fits is always small.
            let fill = if value.sign() == Sign::Minus { 0xff } else { 0 };
            for more in [0, 1, 9] {
                let image = [image, &[fill; 9][..more]].concat();
                let expected = small.map_or_else(|| Parsed::Big(value.clone()), Parsed::Small);
                assert_eq!(long_bytes(&image), expected);
            }
        }
    }

    #[test]
    fn float_reprs() {
        for (bits, shown) in [
            (0x0000_0000_0000_0000, "0.0"),
            (0x8000_0000_0000_0000, "-0.0"),
            (0x3ff0_0000_0000_0000, "1.0"),
            (0x3fb9_9999_9999_999a, "0.1"),
            (0x3f1a_36e2_eb1c_432d, "0.0001"),
            (0x3ee4_f8b5_88e3_68f1, "1e-05"),
            (0xbf20_2e85_be18_0b74, "-0.00012345678901234567"),
            (0x430c_6bf5_2634_0000, "1000000000000000.0"),
            (0x4341_c379_37e0_8000, "1e+16"),
            (0x4341_c379_37e0_7fff, "9999999999999998.0"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x0010_0000_0000_0000, "2.2250738585072014e-308"),
            (0x54b2_49ad_2594_c37d, "1e+100"),
            (0x7ff0_0000_0000_0000, "inf"),
            (0xfff0_0000_0000_0000, "-inf"),
            (0xfff8_0000_0000_0000, "nan"),
            // Two equally near results: the even one.
            (0x3e60_0000_0000_0000, "2.9802322387695312e-08"),
            (0x4310_0000_0000_0001, "1125899906842624.2"),
            (0x426f_df98_d3fd_b100, "1095162568685.5312"),
        ] {
            assert_eq!(float_repr(f64::from_bits(bits)), shown);
        }
    }
}
