//! `brinery dis`, held against `python -m pickletools`.

use super::*;

#[test]
fn dis() {
    for vector in vectors::all().iter().filter(|vector| vector.shown).step_by(5) {
        let shown = brinery(&["dis", vector.path.to_str().expect("UTF-8")], b"").good();
        assert_eq!(
            String::from_utf8_lossy(&shown),
            vector.whole_beside("dis"),
            "{}",
            vector.name
        );
    }
    let broken = brinery(&["dis", "-"], b"(K\x01\xff");
    assert_eq!(broken.text(), "    0: (    MARK\n    1: K        BININT1    1\n");
    assert_eq!(broken.err, "brinery: <stdin>: at byte 3: no opcode has the byte 0xff\n");
    assert_eq!(broken.code, 1);
    let two = b"]q\0.h\0.";
    let all = brinery(&["dis", "--all", "--memo", "-"], two).good();
    assert_eq!(
        brinery(&["dis", "--memo", "--preamble", "", "-", "-"], two)
            .good()
            .len(),
        all.len() + 2
    );
    assert_eq!(brinery(&["dis", "--all", "-"], two).code, 1);
}

/// Every option of `python -m pickletools`, in the spelling of its own help and in ours.
#[test]
fn dis_options_live() {
    let python = &python::newest().path;
    let one = file("one.pkl", b"\x80\x04\x95\x09\0\0\0\0\0\0\0](K\x01]\x94K\x02e.");
    let two = file("two.pkl", b"\x80\x02]q\x01((K\x01lt\x86.");
    let again = file("again.pkl", b"\x80\x02h\x01.");
    let out = file("dis.out", b"");
    for args in [
        &["-a"][..],
        &["--annotate"],
        &["-a", "-l", "2"],
        &["-l0"],
        &["--indentlevel=7"],
        &["-l", "-3"],
        &["-m"],
        &["--memo", "--annotate"],
        &["-p", "=== {name} {{}}"],
        &["--preamble", ""],
    ] {
        let files = [&*two, &*again];
        let files = if args.iter().any(|arg| ["-m", "--memo"].contains(arg)) {
            files
        } else {
            [&*one, &*two]
        };
        let theirs = Command::new(python)
            .args(["-m", "pickletools"])
            .args(files)
            .args(args)
            .output()
            .expect("Python");
        assert!(theirs.status.success());
        let mut ours = vec!["dis"];
        ours.extend(files);
        ours.extend(args);
        assert_eq!(brinery(&ours, b"").good(), theirs.stdout, "{args:?}");
        ours.extend(["-o", &out]);
        assert_eq!(brinery(&ours, b"").good(), b"");
        assert_eq!(fs::read(&out).expect("output"), theirs.stdout, "{args:?}");
    }
    let plain = brinery(&["dis", &two, "--indent", "9", "--annotate=20"], b"").good();
    assert!(String::from_utf8_lossy(&plain).contains("(             MARK   Push markobject"));
}
