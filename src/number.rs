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
        _ => python_int(text, base, digits).map_err(|error| match error {
            // Here the text is not quoted.
            ErrorKind::BadText(_) => ErrorKind::BadNumber,
            error => error,
        }),
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
        Err(ErrorKind::Limit { .. }) => Err(ErrorKind::BadNumber),
        Err(error) => Err(error),
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
        return Err(not_a_number(text));
    }
    // Other bases are powers of two and take linear time.
    if radix == 10 && digits > limit {
        let limit = limit as u64;
        return Err(ErrorKind::Limit { name: "digits", limit });
    }
    if old_octal && value != Some(0) || !skip_blanks(rest).is_empty() {
        return Err(not_a_number(text));
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

/// What is wrong with a text that is no number: `int` quotes the start of it, and so must decode that.
#[cold]
fn not_a_number(text: &[u8]) -> ErrorKind {
    match str::from_utf8(&text[..text.len().min(200)]) {
        Ok(_) => ErrorKind::BadNumber,
        Err(_) => ErrorKind::BadText("UTF-8"),
    }
}

#[cfg(test)]
mod tests;
