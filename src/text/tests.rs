//! Values seen on real interpreters.

use super::*;

/// Every expectation below is what CPython 3.13.0 answered.
fn surrogatepass(bytes: &[u8]) -> Option<Vec<u32>> {
    let borrowed = Text::decode(bytes).ok()?;
    let owned = Text::from_wtf8(bytes.to_vec().into()).ok()?;
    assert_eq!(borrowed, owned);
    assert_eq!(borrowed.as_bytes(), bytes);
    let points: Vec<u32> = code_points(bytes).collect();
    let again = Text::from_code_points(points.iter().copied());
    assert_eq!(again.as_ref(), Some(&owned));
    assert_eq!(borrowed.as_str(), str::from_utf8(bytes).ok());
    Some(points)
}

#[test]
fn generalized_utf8() {
    assert_eq!(surrogatepass(b"\xed\xa0\x80"), Some(vec![0xd800]));
    assert_eq!(surrogatepass(b"\xed\xbf\xbfa"), Some(vec![0xdfff, 0x61]));
    assert_eq!(surrogatepass(b"\xed\x9f\xbf"), Some(vec![0xd7ff]));
    let pair = surrogatepass(b"\xed\xa0\x80\xed\xb0\x80\xc3\xa9");
    assert_eq!(pair, Some(vec![0xd800, 0xdc00, 0xe9]));
    assert_eq!(surrogatepass("é€😀".as_bytes()), Some(vec![0xe9, 0x20ac, 0x1f600]));
    for bad in [
        "ed", "eda0", "eda07f", "edc080", "c080", "e08080", "f0808080", "f4908080", "f5808080", "eda080ff", "c3eda080",
        "e2eda080", "e0a0", "80",
    ] {
        let bytes = (0..bad.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&bad[i..i + 2], 16));
        let bytes: Vec<u8> = bytes.map(Result::unwrap).collect();
        assert_eq!(surrogatepass(&bytes), None, "{bad}");
    }
    assert_eq!(Text::from_code_points([0x110000]), None);
}

#[test]
fn raw_unicode_escape() {
    let decode = |line: &'static [u8]| {
        let text = raw_unicode_escape_decode(line).ok()?;
        Some(code_points(text.as_bytes()).collect::<Vec<_>>())
    };
    let same = |text: &str| Some(text.chars().map(u32::from).collect::<Vec<_>>());
    assert!(matches!(raw_unicode_escape_decode(b"abc"), Ok(Text::Borrowed("abc"))));
    assert_eq!(decode(b""), same(""));
    assert_eq!(decode(b"\xe9\\\xe9u0041"), same("é\\éu0041"));
    assert_eq!(decode(b"a\\"), same("a\\"));
    assert_eq!(decode(b"\\u0041\\"), same("A\\"));
    assert_eq!(decode(b"\\\\u0041"), same("\\\\u0041"));
    assert_eq!(decode(b"\\\\\\u0041\\n\\x41"), same("\\\\A\\n\\x41"));
    assert_eq!(decode(b"\\U0010FFFF\\U00000041"), same("\u{10ffff}A"));
    assert_eq!(decode(b"\\ud83d\\ude00\\U0000d800"), Some(vec![0xd83d, 0xde00, 0xd800]));
    for bad in [
        "\\u",
        "\\u004",
        "\\u12G4",
        "\\u+041",
        "\\u00 41",
        "\\U00110000",
        "\\Uffffffff",
    ] {
        assert!(raw_unicode_escape_decode(bad.as_bytes()).is_err(), "{bad}");
    }

    let encode = |text: &[u8]| {
        let mut out = Vec::new();
        raw_unicode_escape_encode(text, &mut out);
        out
    };
    assert_eq!(encode("aéÿ\x1b\x7f\u{80}".as_bytes()), b"a\xe9\xff\x1b\x7f\x80");
    assert_eq!(encode(b"\0\n\r\x1a\\u"), b"\\u0000\\u000a\\u000d\\u001a\\u005cu");
    assert_eq!(encode("Ā\u{ffff}😀".as_bytes()), b"\\u0100\\uffff\\U0001f600");
    assert_eq!(encode(b"\xed\xa0\xbd\xed\xb8\x80"), b"\\ud83d\\ude00");
}

#[test]
fn one_byte_encodings() {
    assert_eq!(latin1_decode(b"a\xe9\xff"), Text::from("aéÿ"));
    assert!(matches!(latin1_decode(b"a"), Text::Borrowed("a")));
    assert_eq!(latin1_encode("aéÿ".as_bytes()), Some(b"a\xe9\xff".to_vec()));
    assert_eq!(latin1_encode("Ā".as_bytes()), None);
    assert_eq!(ascii_decode(b"a\x7f\0").ok(), Some("a\x7f\0"));
    assert!(ascii_decode("é".as_bytes()).is_err());
}

#[test]
fn string_literals() {
    for (line, value) in [
        (r"'a'", "a"),
        (r#""""#, ""),
        (r"'a'b'", "a'b"),
        (r"'\\\''", r"\'"),
        (r"'\x41\0123\18'", "A\n3\x018"),
        (r"'\400\101'", "\0A"),
        (r"'\8\q\N\u0041'", r"\8\q\N\u0041"),
        (r"'\a\b\f\n\r\t\v'", "\x07\x08\x0c\n\r\t\x0b"),
        ("'a\\\nb'", "ab"),
    ] {
        let read = string_literal(line.as_bytes());
        assert_eq!(read.ok().as_deref(), Some(value.as_bytes()), "{line}");
    }
    assert_eq!(
        string_literal(br"'\777\xfF'").ok().as_deref(),
        Some(b"\xff\xff".as_slice())
    );
    for bad in [
        "", "'", "a", "'a\"", " 'a'", "'a' ", "'a'\r", "'a'\0", r"'\'", r"'\x4'", r"'\x'", r"'\xg0'", r"'\e\'",
    ] {
        assert!(
            matches!(
                string_literal(bad.as_bytes()),
                Err(ErrorKind::BadLiteral | ErrorKind::BadEscape)
            ),
            "{bad}"
        );
    }
}

#[test]
fn reprs() {
    let repr = |text: &[u8]| {
        let mut out = String::new();
        python_str_repr(text, &mut out).map(|()| out)
    };
    for (text, shown) in [
        ("it's", r#""it's""#),
        ("'\"", r#"'\'"'"#),
        ("\t\n\r\\\0\x7f", r"'\t\n\r\\\x00\x7f'"),
        ("é ü\u{a0}\u{ad}€", r"'é ü\xa0\xad€'"),
        ("\u{378}\u{2028}\u{e000}\u{feff}", r"'\u0378\u2028\ue000\ufeff'"),
        ("😀\u{e0001}\u{10ffff}", r"'😀\U000e0001\U0010ffff'"),
    ] {
        assert_eq!(repr(text.as_bytes()).as_deref(), Ok(shown));
    }
    assert_eq!(repr(b"\xed\xa0\xbd\xed\xb8\x80").as_deref(), Ok(r"'\ud83d\ude00'"));
    let mut out = String::new();
    assert!(python_bytes_repr(b"'\t\\\xe9\x7f ~", &mut out).is_ok());
    assert_eq!(out, r#"b"'\t\\\xe9\x7f ~""#);
}
