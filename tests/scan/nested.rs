//! Pickles in the strings of pickles, and behind them.

use crate::support::show;
use base64::Engine;
use brinery::scan::{Policy, Verdict, scan};
use std::io::Write;

const PAYLOAD: &[u8] = b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04echo\x85R.";

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
