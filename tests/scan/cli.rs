//! `brinery scan` and `brinery trace` as commands.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

const SYSTEM: &[u8] = b"cos\nsystem\n(S'echo'\ntR0N.";

fn brinery(args: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brinery"));
    command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    // Nobody reads it where the command line is wrong.
    let _ = child.stdin.take().expect("it is piped").write_all(input);
    child.wait_with_output().expect("it ends")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn exit_codes_are_verdicts() {
    let cases: [(&[&str], &[u8], i32); 10] = [
        (&["scan", "-"], b"N.", 0),
        (&["scan", "-"], b"cshop\nOrder\n.", 20),
        (&["scan", "-"], SYSTEM, 30),
        (&["scan", "-"], b"\x80\x04N", 40),
        (&["scan", "no such file"], b"", 40),
        (&["scan"], b"", 64),
        (&["scan", "--polici", "data", "-"], b"N.", 64),
        (&["scan", "--policy", "no such policy", "-"], b"N.", 64),
        (&["scan", "--python", "2.7", "-"], b"N.", 64),
        (
            &["scan", "--python", "3.8", "--policy", "data", "--policy", "numpy", "-"],
            b"N.",
            0,
        ),
    ];
    for (args, input, code) in cases {
        let output = brinery(args, input);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {output:?}");
    }
}

#[test]
fn people_are_told_what_and_why() {
    let told = text(&brinery(&["scan", "-"], SYSTEM));
    for part in [
        "dangerous",
        "R2",
        "os.system",
        "runs programs",
        "('echo')",
        "REDUCE at 21",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert!(!told.contains('\x1b'), "no colours without a terminal");
    let told = text(&brinery(&["scan", "-"], b"cshop\nOrder\n."));
    assert!(told.contains("allow.shop.Order = \"data\""), "{told}");
    // What a pickle says cannot move the cursor.
    let told = text(&brinery(
        &["scan", "-"],
        b"\x80\x04\x8c\x05\x1b[2Jm\x8c\x01n\x93\x8c\x04\x1b[2J\x85R.",
    ));
    assert!(!told.contains('\x1b'), "{told:?}");
}

#[test]
fn programs_get_json() {
    let output = brinery(&["scan", "--json", "--policy", "data", "-"], SYSTEM);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a line of JSON");
    assert_eq!(
        (json["verdict"].as_str(), json["policy"].as_str()),
        (Some("dangerous"), Some("data"))
    );
    assert_eq!(json["findings"][0]["name"], "os.system");
    assert_eq!(json["findings"][0]["rule"], "R2");
    assert_eq!(json["calls"][0]["arguments"], "('echo')");
    assert_eq!(json["pickles"][0]["complete"], true);
}

#[test]
fn a_trace_is_read_and_not_run() {
    let output = brinery(&["trace", "-"], SYSTEM);
    let told = text(&output);
    assert!(told.starts_with("<<<"), "its first line is no Python: {told}");
    assert!(
        told.contains("from os import system") && told.contains("x1 = system('echo')"),
        "{told}"
    );
    assert!(told.ends_with("result = None\n"), "{told}");
    // A list that contains itself, and a break.
    let cycle = text(&brinery(&["trace", "-"], b"]q\0h\0a."));
    assert!(cycle.contains("list1.extend([list1])"), "{cycle}");
    let broken = brinery(&["trace", "-"], b"cos\nsystem\n(S'echo'\ntRa");
    assert!(text(&broken).contains("x1 = system('echo')"));
    assert_eq!(broken.status.code(), Some(1));
}
