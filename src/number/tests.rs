//! Values seen on real interpreters.

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
        ".", " 1", "1 ", "1_0", "0x10", "1e", "1e+", ".e5", "--1", "infinit", "nanx", "\0", "1\r", "+", "e5", "1.5f",
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
