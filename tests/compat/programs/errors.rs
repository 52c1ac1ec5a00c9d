use pickle::{
    DeOptions, from_slice,
    error::{Error, ErrorCode},
    value_from_slice,
};
use serde::{Deserialize, Serialize, de, ser};

/// The sort of error, without the places and words, which are each crate's own.
fn sort(error: &Error) -> String {
    let (kind, code) = match error {
        Error::Io(error) => return format!("io {:?}", error.kind()),
        Error::Eval(code, _) => ("eval", code),
        Error::Syntax(code) => ("syntax", code),
    };
    let code = match code {
        ErrorCode::Unsupported(code) => format!("opcode {code:?}"),
        ErrorCode::InvalidStackTop(..) => "stack top".into(),
        ErrorCode::InvalidLiteral(_) => "literal".into(),
        ErrorCode::InvalidValue(_) => "value".into(),
        ErrorCode::Structure(text) => text.clone(),
        ErrorCode::UnsupportedGlobal(module, name) => format!("{module:?} {name:?}"),
        other => format!("{other:?}"),
    };
    format!("{kind}: {code}")
}

struct Picky;

impl<'de> Deserialize<'de> for Picky {
    fn deserialize<D: de::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(de::Error::custom("not today"))
    }
}

impl Serialize for Picky {
    fn serialize<S: ser::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(ser::Error::custom("nor tomorrow"))
    }
}

fn boxed(bytes: &[u8]) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    Ok(pickle::from_slice(bytes, DeOptions::new())?)
}

pub fn run() -> Vec<String> {
    let mut report = Vec::new();
    let bad: &[&[u8]] = &[
        b"", b"\x80", b"\x80\x03", b"N", b".", b"\xff.", b"0.", b"e.", b"t.", b"\x85.", b"h\x05.", b"g7\n.", b"Ixyz\n.",
        b"Fxyz\n.", b"L12x\n.", b"K\x01a.", b"]K\x01s.", b"}K\x01a.", b"X\xff\0\0\0abc.", b"X\x02\0\0\0\xff\xff.",
        b"\x8b\xff\xff\xff\xff.", b"}]K\x01s.", b"}}K\x01s.", b"]q\0h\0a.", b"cos\nsystem\n.", b"N.N", b"Nx",
        b"c__builtin__\nset\nK\x01\x85R.", b"\x8f(]\x90.",
    ];
    for bytes in bad {
        let error = value_from_slice(bytes, DeOptions::new()).expect_err("it is bad");
        report.push(format!("{} {}", bytes.escape_ascii(), sort(&error)));
    }
    report.push(sort(&from_slice::<u8>(b"M\xff\xff.", DeOptions::new()).unwrap_err()));
    report.push(sort(&from_slice::<String>(b"N.", DeOptions::new()).unwrap_err()));
    report.push(sort(&from_slice::<(u8, u8)>(b"K\x01\x85.", DeOptions::new()).unwrap_err()));
    report.push(sort(&from_slice::<Picky>(b"N.", DeOptions::new()).err().unwrap()));
    report.push(pickle::to_vec(&Picky, Default::default()).unwrap_err().to_string());
    report.push(boxed(b"K\x01.").unwrap_err().to_string());
    report.push(boxed(b"X\x01\0\0\0a.").unwrap());
    report.push(Error::from(std::io::Error::other("the disk")).to_string());
    let codes = [
        ErrorCode::Unsupported('P'), ErrorCode::EOFWhileParsing, ErrorCode::StackUnderflow, ErrorCode::NegativeLength,
        ErrorCode::StringNotUTF8, ErrorCode::InvalidStackTop("list", "dict".into()), ErrorCode::ValueNotHashable,
        ErrorCode::Recursive, ErrorCode::UnresolvedGlobal, ErrorCode::UnsupportedGlobal(b"os".into(), b"system".into()),
        ErrorCode::MissingMemo(3), ErrorCode::InvalidLiteral(b"x".into()), ErrorCode::TrailingBytes,
        ErrorCode::InvalidValue("v".into()), ErrorCode::Structure("s".into()),
    ];
    for code in codes {
        assert_eq!(code, code.clone());
        let evaluated = Error::Eval(code.clone(), 7);
        report.push(format!("{code} {code:?} {evaluated} {}", Error::Syntax(code.clone())));
    }
    report
}
