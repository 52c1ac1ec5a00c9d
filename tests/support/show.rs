//! Bytes in the messages of tests.

/// A stream as text, its middle left out when it is long.
pub fn show(bytes: &[u8]) -> String {
    if bytes.len() > 400 {
        let (head, tail) = (&bytes[..200], &bytes[bytes.len() - 150..]);
        return format!(
            "{} … {} ({} bytes)",
            head.escape_ascii(),
            tail.escape_ascii(),
            bytes.len()
        );
    }
    bytes.escape_ascii().to_string()
}
