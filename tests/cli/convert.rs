//! `brinery convert`

use super::*;

#[test]
fn convert() {
    let out = file("out.pkl", b"");
    let old = b"(dp0\nVname\np1\nVlamp\np2\ns.";
    brinery(&["convert", "--protocol", "4", "-", &out], old).good();
    let new = b"\x80\x04\x95\x12\0\0\0\0\0\0\0}\x94\x8c\x04name\x94\x8c\x04lamp\x94s.";
    assert_eq!(fs::read(&out).expect("output"), new);
    assert_eq!(brinery(&["convert", "--protocol=0", &out, "-"], b"").good(), old);
    let small = b"\x80\x04\x95\x0f\0\0\0\0\0\0\0}\x8c\x04name\x8c\x04lamps.";
    assert_eq!(brinery(&["convert", "--optimize", &out, "-"], b"").good(), small);
    // In place, and all pickles of a file.
    let both = [&new[..], &new[..]].concat();
    fs::write(&out, &both).expect("a file");
    brinery(&["convert", "--optimize", "-p4", &out, &out], b"").good();
    assert_eq!(fs::read(&out).expect("output"), small.repeat(2));
    // A shared memo stays one.
    let shared = b"\x80\x02]q\0.\x80\x02h\0.";
    assert_eq!(
        brinery(&["convert", "-p1", "--shared-memo", "-", "-"], shared).good(),
        b"]q\0.h\0."
    );
    let outcome = brinery(&["convert", "-p1", "-", "-"], shared);
    assert!(
        outcome.code == 1 && outcome.err.contains("--shared-memo"),
        "{}",
        outcome.err
    );
    // In protocol 4 both readings make sense, and give other values.
    let dumped = b"\x80\x04]\x94\x8c\x01x\x94a.\x80\x04]\x94h\0a.";
    assert_eq!(brinery(&["show", "-"], dumped).good(), b"['x']\n[[...]]\n");
    assert_eq!(
        brinery(&["show", "--shared-memo", "-"], dumped).good(),
        b"['x']\n[['x']]\n"
    );
    // Without a protocol, only memo entries go; as pickletools, it keeps all else, dropped imports too.
    assert_eq!(
        brinery(&["convert", "--optimize", "-", "-"], b"cos\nsystem\np0\n0N.").good(),
        b"cos\nsystem\n0N."
    );
    // No name can smuggle in opcodes.
    let name = b"\x80\x04\x8c\x01m\x8c\x05x\n0N.\x93.";
    assert_eq!(brinery(&["convert", "-p2", "-", "-"], name).code, 1);
    // Nothing is written over when the input is bad.
    let kept = file("kept.pkl", b"N.");
    assert_eq!(brinery(&["convert", "-", &kept], b"]a.").code, 1);
    assert_eq!(fs::read(&kept).expect("kept"), b"N.");
}
