//! Pickles in the strings of pickles, and behind them.

use crate::support::show;
use base64::Engine;
use brinery::scan::{Policy, Rule, Verdict, scan};
use std::io::Write;

const PAYLOAD: &[u8] = b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04echo\x85R.";

/// The payload as bz2 and xz pack it.
#[cfg(feature = "archive")]
const BZ2: &[u8] = b"BZh91AY&SY\xc7\xd7\xb2\xef\x00\x00\x0a\xd3\xe0\x07\x00\x00\x01\x10\x00\x0ab\xcc`B\x04\x08\x00 \x00\x22\x9a\x1a\x01\xa3\xd4\xf4\x850\x9ah\x0d1\x0f\x92\x158Q\x91@\xda\x07\x96\x08\x15\xd9\xdf\xe2\xeeH\xa7\x0a\x12\x18\xfa\xf6]\xe0";
#[cfg(feature = "archive")]
const XZ: &[u8] = b"\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4F\x02\x00!\x01\x16\x00\x00\x00t/\xe5\xa3\x01\x00\x1a\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04echo\x85R.\x00\x00.\x02o\xc0\xfb\xe5p2\x00\x013\x1b\xf7\x19\x88^\x1f\xb6\xf3}\x01\x00\x00\x00\x00\x04YZ";

/// A pickle of one bytes or text.
fn holding(content: &[u8], text: bool) -> Vec<u8> {
    let mut pickle = vec![b'\x80', 4, if text { b'X' } else { b'B' }];
    pickle.extend((content.len() as u32).to_le_bytes());
    pickle.extend(content);
    pickle.push(b'.');
    pickle
}

fn zlib(content: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(content).expect("a vector takes it");
    packed.finish().expect("a vector takes it")
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(content).expect("a vector takes it");
    packed.finish().expect("a vector takes it")
}

#[test]
fn nested_pickles_are_judged() {
    let base64 = |content: &[u8]| base64::engine::general_purpose::STANDARD.encode(content).into_bytes();
    let hex: String = PAYLOAD.iter().map(|byte| format!("{byte:02x}")).collect();
    let cases = [
        (holding(PAYLOAD, false), "bytes at byte 2"),
        (holding(b"cposix\nsystem\n(S'echo'\ntR.", true), "str at byte 2"),
        (holding(&base64(PAYLOAD), true), "str at byte 2 (base64)"),
        (holding(hex.as_bytes(), true), "str at byte 2 (hex)"),
        (holding(&zlib(PAYLOAD), false), "bytes at byte 2 (zlib)"),
        (holding(&gzip(PAYLOAD), false), "bytes at byte 2 (gzip)"),
        (holding(&base64(&zlib(PAYLOAD)), true), "str at byte 2 (base64) (zlib)"),
    ];
    for (pickle, place) in cases {
        let report = scan(&pickle, &Policy::data());
        assert_eq!(report.verdict, Verdict::Dangerous, "{}: {report:#?}", show(&pickle));
        assert_eq!(report.findings[0].within, [place]);
        assert_eq!(report.imports[0].within, [place]);
    }
}

fn zlib_with_window(content: &[u8], window: u8) -> Vec<u8> {
    let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::none());
    packed.write_all(content).expect("a vector takes it");
    let method = window << 4 | 8;
    let check = 31 - (u16::from(method) << 8) % 31;
    [&[method, check as u8][..], &packed.finish().expect("a vector takes it")].concat()
}

/// Whatever an unpickler can begin with, in coats of several kinds.
#[test]
fn nested_pickles_begin_with_anything() {
    let base64 = |content: &[u8]| base64::engine::general_purpose::STANDARD.encode(content).into_bytes();
    let system = b"cos\nsystem\n(S'echo'\ntR.";
    let with = |start: &[u8]| [start, system].concat();
    let mut cases = vec![
        with(b"N0"),
        with(b"I1\n0"),
        with(b"K\x010"),
        with(b"J\0\0\0\x000"),
        with(b")0"),
        with(b"(0"),
        b"\x8c\x02os\x8c\x06system\x93\x8c\x04echo\x85R.".to_vec(),
        base64(&with(b"N0")),
        base64(&base64(PAYLOAD)),
        base64(&base64(&base64(&base64(PAYLOAD)))),
        b"MNXXGCTTPFZXIZLNBIUFGJ3FMNUG6JYKORJC4===".to_vec(), // base32 of cos, system, echo
        zlib_with_window(PAYLOAD, 6),
    ];
    #[cfg(feature = "archive")]
    cases.extend([BZ2.to_vec(), XZ.to_vec()]);
    for nested in cases.drain(..) {
        let report = scan(&holding(&nested, false), &Policy::data());
        assert_eq!(report.verdict, Verdict::Dangerous, "{}: {report:#?}", show(&nested));
    }
    // As text, of which programs take the characters for bytes.
    let text: String = with(b"N0C\x01\xe90").iter().map(|byte| char::from(*byte)).collect();
    let report = scan(&holding(text.as_bytes(), true), &Policy::data());
    assert_eq!(report.verdict, Verdict::Dangerous, "{report:#?}");
}

/// What runs something unknown and breaks has run it.
#[test]
fn nested_pickles_count_before_they_break() {
    for nested in [&b"\x80\x04cshop.evil\nrun\n)R"[..], b"\x80\x04cshop.evil\nrun\n)R\xff"] {
        let report = scan(&holding(nested, false), &Policy::data());
        assert_eq!(report.verdict, Verdict::Unknown, "{}: {report:#?}", show(nested));
    }
}

/// What is not followed is never safe.
#[test]
fn what_is_not_followed_is_unknown() {
    let base64 = |content: &[u8]| base64::engine::general_purpose::STANDARD.encode(content).into_bytes();
    let mut deep = PAYLOAD.to_vec();
    for _ in 0..6 {
        deep = holding(&deep, false);
    }
    let mut coats = PAYLOAD.to_vec();
    for _ in 0..6 {
        coats = base64(&coats);
    }
    let long = [&b"\x80\x03X\0\0\x10\x01"[..], &vec![b'a'; 17 << 20][..], b"0", PAYLOAD].concat();
    let begun = [&b"\x80\x03X\0\0\xf0\0"[..], &vec![b'a'; 15 << 20][..], b"."].concat();
    let mut budget = b"\x80\x03](".to_vec();
    let (packed, plain) = (zlib(&begun), PAYLOAD.to_vec());
    for nested in [&packed, &packed, &packed, &packed, &packed, &plain] {
        budget.push(b'B');
        budget.extend((nested.len() as u32).to_le_bytes());
        budget.extend(nested.iter());
    }
    budget.extend(b"e.");
    for pickle in [deep, holding(&coats, false), holding(&zlib(&long), false), budget] {
        let report = scan(&pickle, &Policy::data());
        assert_ne!(report.verdict, Verdict::Safe);
        let limited = report.findings.iter().any(|finding| finding.rule == Rule::R9);
        assert!(limited, "{:#?}", report.findings);
    }
}

#[test]
fn nested_pickles_nest() {
    let mut pickle = PAYLOAD.to_vec();
    for _ in 0..3 {
        pickle = holding(&pickle, false);
    }
    let report = scan(&pickle, &Policy::data());
    assert_eq!(
        (report.verdict, report.findings[0].within.len()),
        (Verdict::Dangerous, 3)
    );
}

#[test]
fn harmless_strings_stay_harmless() {
    let plain = b"\x80\x04]\x94(K\x01K\x02e.";
    for content in [
        &plain[..],
        b"\x80\x04 no pickle",
        b"cats\nand\ndogs",
        b"(see below)",
        b"gASVnot base64 at all",
        b"80045 miles",
    ] {
        crate::assert_safe(&holding(content, false), &Policy::data());
        if content.is_ascii() {
            crate::assert_safe(&holding(content, true), &Policy::data());
        }
    }
}

#[test]
fn what_stands_behind_is_looked_into() {
    let behind = [&b"junk"[..], b"\n", b"\0\0\0", b"\xff\xff\xff"];
    for junk in behind {
        let stream = [b"N.", junk, PAYLOAD].concat();
        assert_eq!(
            scan(&stream, &Policy::data()).verdict,
            Verdict::Dangerous,
            "{}",
            show(&stream)
        );
    }
    let packed = [b"N.", &gzip(PAYLOAD)[..]].concat();
    assert_eq!(scan(&packed, &Policy::data()).verdict, Verdict::Dangerous);
    let broken = [b"\x80\x04\xff", PAYLOAD].concat();
    assert_eq!(scan(&broken, &Policy::data()).verdict, Verdict::Dangerous);
}

/// In the spellings of 85 letters, which are those of CPython's base64 module.
#[test]
fn nested_pickles_of_85_letters() {
    for text in [
        &b"fCP*MaBp*Ic#H;fd2@7SZIg@yWn*Y>g;Fj"[..],
        b"J-:f7E,Tf3G`2iJH#n(=D3Kn]ARfClKi0N",
        b"<~J-:f7E,Tf3G`2iJH#n(=D3Kn]ARfClKi0N~>",
    ] {
        for is_text in [true, false] {
            let report = scan(&holding(text, is_text), &Policy::data());
            assert_eq!(report.verdict, Verdict::Dangerous, "{}: {report:#?}", show(text));
        }
    }
}

/// Behind what looks like a header of up to 64 bytes, but not further behind: the documents say so.
#[test]
fn nested_pickles_behind_headers() {
    let lines = b"cposix\nsystem\n(S'echo'\ntR.".as_slice();
    for nested in [PAYLOAD, lines] {
        for length in [1, 4, 8, 64] {
            let content = [&vec![0; length][..], nested].concat();
            let report = scan(&holding(&content, false), &Policy::data());
            assert_eq!(report.verdict, Verdict::Dangerous, "{}: {report:#?}", show(&content));
        }
    }
    let numbers: Vec<u8> = (0..4096u32)
        .flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect();
    for start in 0..numbers.len() - 512 {
        crate::assert_safe(&holding(&numbers[start..], false), &Policy::data());
    }
}

#[cfg(feature = "archive")]
#[test]
fn nested_pickles_in_archives() {
    let zip = |content: &[u8], stored: bool| {
        let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(content).expect("a vector takes it");
        let packed = packed.finish().expect("a vector takes it");
        let (method, body) = if stored { (0, content) } else { (8u16, &packed[..]) };
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let fields = [
            &20u16.to_le_bytes()[..],
            &[0; 2],
            &method.to_le_bytes(),
            &[0; 4],
            &crc.sum().to_le_bytes(),
            &(body.len() as u32).to_le_bytes(),
            &(content.len() as u32).to_le_bytes(),
            &5u16.to_le_bytes(),
            &[0; 2],
        ]
        .concat();
        let local = [&b"PK\x03\x04"[..], &fields, b"a.pkl", body].concat();
        let central = [&b"PK\x01\x02\x14\0"[..], &fields, &[0; 14], b"a.pkl"].concat();
        let (at, size) = ((local.len() as u32).to_le_bytes(), (central.len() as u32).to_le_bytes());
        let end = [&b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..], &size, &at, &[0; 2]].concat();
        [local, central, end].concat()
    };
    for stored in [true, false] {
        let report = scan(&holding(&zip(PAYLOAD, stored), false), &Policy::data());
        assert_eq!(report.verdict, Verdict::Dangerous, "{report:#?}");
        assert_eq!(report.findings[0].within, ["bytes at byte 2 (!/a.pkl)"]);
        crate::assert_safe(&holding(&zip(b"\x80\x04]K\x01a.", stored), false), &Policy::data());
    }
    // A bomb ends at the limit, and however many there are, in bounded work.
    let bomb = zip(&[&b"\x80\x04X\0\0\0\x04"[..], &vec![b'a'; 64 << 20]].concat(), false);
    let many: Vec<u8> = (0..100)
        .flat_map(|_| holding(&bomb, false).split_off(2).into_iter().rev().skip(1).rev())
        .collect();
    let report = scan(&[b"\x80\x04(", &many[..], b"l."].concat(), &Policy::data());
    assert_eq!(report.verdict, Verdict::Unknown);
    assert!(
        report.findings.iter().all(|finding| finding.rule == Rule::R9),
        "{:#?}",
        report.findings
    );
}
