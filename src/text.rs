//! Python text in the encodings that string opcodes use, and in the form `repr` shows it.
//!
//! A Python `str` may hold lone surrogates, which UTF-8 cannot. Pickles carry them as Python's `surrogatepass` writes
//! them: each surrogate by itself in three bytes, as if it were a character. Bytes called "generalized UTF-8" below are
//! of that kind; two surrogates in a row stay two code points, they never merge into one.

use crate::error::ErrorKind;
use crate::printable::is_printable;
use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};

/// A Python `str`.
///
/// Equal texts are equal whichever variant holds them.
///
/// ```
/// use brinery::Text;
/// let lone = Text::decode(b"\xed\xa0\x80").unwrap();
/// assert_eq!(lone.as_str(), None);
/// assert_eq!(Text::from("a"), Text::from(String::from("a")));
/// ```
#[derive(Debug, Clone)]
pub enum Text<'a> {
    /// UTF-8 that lives elsewhere, mostly in the stream.
    Borrowed(&'a str),
    /// UTF-8 of its own.
    Owned(String),
    /// Generalized UTF-8 with at least one surrogate.
    Surrogates(Vec<u8>),
}

impl<'a> Text<'a> {
    /// [`Text::from_wtf8`] for bytes that live elsewhere: borrows them, unless there are lone surrogates.
    #[inline(always)]
    pub fn decode(bytes: &'a [u8]) -> Result<Text<'a>, ErrorKind> {
        match str::from_utf8(bytes) {
            Ok(text) => Ok(Text::Borrowed(text)),
            Err(_) => Text::from_wtf8(Cow::Borrowed(bytes)),
        }
    }

    /// Checks bytes of generalized UTF-8: accepts what Python decodes with `("utf-8", "surrogatepass")`.
    pub fn from_wtf8(bytes: Cow<'a, [u8]>) -> Result<Text<'a>, ErrorKind> {
        let bytes = match bytes {
            Cow::Borrowed(bytes) => match str::from_utf8(bytes) {
                Ok(text) => return Ok(Text::Borrowed(text)),
                Err(_) => bytes.to_vec(),
            },
            Cow::Owned(bytes) => match String::from_utf8(bytes) {
                Ok(text) => return Ok(Text::Owned(text)),
                Err(error) => error.into_bytes(),
            },
        };
        // Each round starts behind the fault of the one before, so the bytes are scanned once more, not once per fault.
        let mut rest = bytes.as_slice();
        while let Err(error) = str::from_utf8(rest) {
            rest = match &rest[error.valid_up_to()..] {
                [0xed, 0xa0..=0xbf, 0x80..=0xbf, behind @ ..] => behind,
                _ => return Err(ErrorKind::BadText("UTF-8")),
            };
        }
        Ok(Text::Surrogates(bytes))
    }

    /// Puts a text together from code points, surrogates included; `None` if one is above U+10FFFF.
    pub fn from_code_points(code_points: impl IntoIterator<Item = u32>) -> Option<Text<'static>> {
        let mut bytes = Vec::new();
        for code_point in code_points {
            if code_point > 0x10ffff {
                return None;
            }
            push_code_point(&mut bytes, code_point);
        }
        Text::from_wtf8(Cow::Owned(bytes)).ok()
    }

    /// The bytes: UTF-8, or generalized UTF-8 if there are lone surrogates.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Text::Borrowed(text) => text.as_bytes(),
            Text::Owned(text) => text.as_bytes(),
            Text::Surrogates(bytes) => bytes,
        }
    }

    /// The text, unless it has lone surrogates.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Text::Borrowed(text) => Some(text),
            Text::Owned(text) => Some(text),
            Text::Surrogates(_) => None,
        }
    }

    /// The same text without ties to the stream.
    pub fn into_owned(self) -> Text<'static> {
        match self {
            Text::Borrowed(text) => Text::Owned(text.to_owned()),
            Text::Owned(text) => Text::Owned(text),
            Text::Surrogates(bytes) => Text::Surrogates(bytes),
        }
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Text::Borrowed(text)
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Text::Owned(text)
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Text<'_> {}

impl Hash for Text<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

/// The code points of generalized UTF-8. The bytes must be that; of others the numbers mean nothing.
pub(crate) fn code_points(bytes: &[u8]) -> impl Iterator<Item = u32> {
    let mut rest = bytes.iter();
    std::iter::from_fn(move || {
        let first = u32::from(*rest.next()?);
        // How many bytes follow, and which bits of the first one count.
        let (more, mask) = match first {
            0x00..0x80 => (0, 0x7f),
            0x80..0xe0 => (1, 0x1f),
            0xe0..0xf0 => (2, 0x0f),
            _ => (3, 0x07),
        };
        let tail = rest.by_ref().take(more);
        Some(tail.fold(first & mask, |cp, byte| cp << 6 | u32::from(byte & 0x3f)))
    })
}

/// Appends a code point up to U+10FFFF as generalized UTF-8.
pub(crate) fn push_code_point(out: &mut Vec<u8>, code_point: u32) {
    debug_assert!(code_point <= 0x10ffff, "Python has no such code point");
    match char::from_u32(code_point) {
        Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => out.extend_from_slice(&[
            0xe0 | (code_point >> 12 & 0x0f) as u8,
            0x80 | (code_point >> 6 & 0x3f) as u8,
            0x80 | (code_point & 0x3f) as u8,
        ]),
    }
}

/// What UNICODE's line means: Latin-1 with `\uXXXX` and `\UXXXXXXXX`, and no other escapes.
///
/// A backslash takes the next byte with it, so that in `\\u0041` nothing is escaped.
pub(crate) fn raw_unicode_escape_decode(line: &[u8]) -> Result<Text<'_>, ErrorKind> {
    const BAD: ErrorKind = ErrorKind::BadText("raw-unicode-escape");
    if !line.contains(&b'\\') {
        return Ok(latin1_decode(line));
    }
    let mut out = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        let digits = match (byte, rest.first()) {
            (b'\\', Some(b'u')) => 4,
            (b'\\', Some(b'U')) => 8,
            (b'\\', Some(&next)) => {
                out.push(b'\\');
                push_code_point(&mut out, next.into());
                rest = &rest[1..];
                continue;
            }
            _ => {
                push_code_point(&mut out, byte.into());
                continue;
            }
        };
        let number = rest.get(1..=digits).ok_or(BAD)?;
        let code_point = number
            .iter()
            .try_fold(0, |value, &digit| Some(value << 4 | char::from(digit).to_digit(16)?));
        match code_point {
            Some(code_point @ ..=0x10ffff) => push_code_point(&mut out, code_point),
            _ => return Err(BAD),
        }
        rest = &rest[1 + digits..];
    }
    Text::from_wtf8(Cow::Owned(out))
}

/// Appends what protocol 0 writes behind UNICODE for a text in generalized UTF-8, without the newline.
///
/// Latin-1 bytes stand for themselves; escaped are all other code points and those that would change the meaning
/// (backslash), end the line, or end a file that some systems open in text mode (NUL, CR, Control-Z).
pub(crate) fn raw_unicode_escape_encode(text: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.reserve(text.len());
    for code_point in code_points(text) {
        let (letter, digits) = match code_point {
            0x00 | 0x0a | 0x0d | 0x1a | 0x5c | 0x100..=0xffff => (b'u', 4),
            0x00..=0xff => {
                out.push(code_point as u8);
                continue;
            }
            _ => (b'U', 8),
        };
        out.extend_from_slice(&[b'\\', letter]);
        out.extend(
            (0..digits)
                .rev()
                .map(|place| HEX[(code_point >> (4 * place) & 0xf) as usize]),
        );
    }
}

/// Latin-1: every byte is the code point of its value.
pub(crate) fn latin1_decode(bytes: &[u8]) -> Text<'_> {
    match ascii_decode(bytes) {
        Ok(text) => Text::Borrowed(text),
        Err(_) => Text::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()),
    }
}

/// The inverse of [`latin1_decode`] for generalized UTF-8; `None` if a code point is above U+00FF.
pub(crate) fn latin1_encode(text: &[u8]) -> Option<Vec<u8>> {
    code_points(text)
        .map(|code_point| u8::try_from(code_point).ok())
        .collect()
}

/// ASCII and nothing else.
pub(crate) fn ascii_decode(bytes: &[u8]) -> Result<&str, ErrorKind> {
    const BAD: ErrorKind = ErrorKind::BadText("ASCII");
    if !bytes.is_ascii() {
        return Err(BAD);
    }
    str::from_utf8(bytes).map_err(|_| BAD)
}

/// What STRING's line means: a quoted literal of Python 2, with the escapes of a bytes literal.
///
/// The first and the last byte must be the same quote; blanks around them are not forgiven. Quotes inside need no
/// backslash, unknown escapes stay as they are, and an octal escape above `\377` loses its ninth bit.
pub(crate) fn string_literal(line: &[u8]) -> Result<Cow<'_, [u8]>, ErrorKind> {
    match line {
        [b'\'', inside @ .., b'\''] | [b'"', inside @ .., b'"'] => escape_decode(inside),
        _ => Err(ErrorKind::BadLiteral),
    }
}

/// What stands between the quotes of a bytes literal, with its escapes undone.
pub(crate) fn escape_decode(mut rest: &[u8]) -> Result<Cow<'_, [u8]>, ErrorKind> {
    if !rest.contains(&b'\\') {
        return Ok(Cow::Borrowed(rest));
    }
    let mut out = Vec::with_capacity(rest.len());
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let (&escape, behind) = rest.split_first().ok_or(ErrorKind::BadEscape)?;
        rest = behind;
        match escape {
            b'\n' => {}
            b'\\' | b'\'' | b'"' => out.push(escape),
            b'a' => out.push(0x07),
            b'b' => out.push(0x08),
            b'f' => out.push(0x0c),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(0x0b),
            b'0'..=b'7' => {
                let mut value = escape - b'0';
                for _ in 0..2 {
                    let Some((&digit @ b'0'..=b'7', behind)) = rest.split_first() else {
                        break;
                    };
                    value = value << 3 | (digit - b'0');
                    rest = behind;
                }
                out.push(value);
            }
            b'x' => {
                let hex = |at: usize| char::from(*rest.get(at)?).to_digit(16);
                let (Some(high), Some(low)) = (hex(0), hex(1)) else {
                    return Err(ErrorKind::BadEscape);
                };
                out.push((high << 4 | low) as u8);
                rest = &rest[2..];
            }
            _ => out.extend_from_slice(&[b'\\', escape]),
        }
    }
    Ok(Cow::Owned(out))
}

/// Writes Python's `repr` of a `str` in generalized UTF-8.
pub(crate) fn python_str_repr(text: &[u8], out: &mut impl fmt::Write) -> fmt::Result {
    write_repr(text, code_points(text), is_printable, out)
}

/// Writes Python's `repr` of a `bytes`.
pub(crate) fn python_bytes_repr(bytes: &[u8], out: &mut impl fmt::Write) -> fmt::Result {
    out.write_char('b')?;
    let values = bytes.iter().map(|&byte| byte.into());
    write_repr(bytes, values, |value| matches!(value, 0x20..=0x7e), out)
}

/// Writes Python's `repr` of a `bytearray`, which has a backslash before every single quote, needed or not.
pub(crate) fn python_bytearray_repr(bytes: &[u8], out: &mut impl fmt::Write) -> fmt::Result {
    let mut plain = String::with_capacity(bytes.len() + 3);
    python_bytes_repr(bytes, &mut plain)?;
    if plain.starts_with("b\"") {
        plain = plain.replace('\'', "\\'");
    }
    write!(out, "bytearray({plain})")
}

/// Writes quotes and what stands between them; `raw` is only asked for quotes.
fn write_repr(
    raw: &[u8],
    values: impl Iterator<Item = u32>,
    printable: impl Fn(u32) -> bool,
    out: &mut impl fmt::Write,
) -> fmt::Result {
    // Double quotes only where they save backslashes altogether.
    let quote = if raw.contains(&b'\'') && !raw.contains(&b'"') {
        '"'
    } else {
        '\''
    };
    out.write_char(quote)?;
    for value in values {
        match char::from_u32(value) {
            Some('\t') => out.write_str("\\t")?,
            Some('\n') => out.write_str("\\n")?,
            Some('\r') => out.write_str("\\r")?,
            Some(c) if c == quote || c == '\\' => write!(out, "\\{c}")?,
            Some(c) if printable(value) => out.write_char(c)?,
            _ if value <= 0xff => write!(out, "\\x{value:02x}")?,
            _ if value <= 0xffff => write!(out, "\\u{value:04x}")?,
            _ => write!(out, "\\U{value:08x}")?,
        }
    }
    out.write_char(quote)
}

#[cfg(test)]
mod tests;
