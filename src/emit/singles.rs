//! The `str` and `bytes` that CPython has only one of: the empty one, and one per Latin-1 character or byte.

/// How many there are of each type.
pub(crate) const SINGLES: usize = 257;

/// The place of a `str` among them, given as UTF-8.
#[inline(always)]
pub(crate) fn single_str(text: &[u8]) -> Option<usize> {
    match *text {
        [] => Some(0),
        [byte] => Some(1 + byte as usize),
        // U+0080 to U+00FF in UTF-8.
        [lead @ 0xc2..=0xc3, tail] => Some(1 + ((lead as usize & 3) << 6 | tail as usize & 0x3f)),
        _ => None,
    }
}

/// The place of a `bytes`, behind those of `str`.
pub(crate) fn single_bytes(bytes: &[u8]) -> Option<usize> {
    match *bytes {
        [] => Some(SINGLES),
        [byte] => Some(SINGLES + 1 + byte as usize),
        _ => None,
    }
}
