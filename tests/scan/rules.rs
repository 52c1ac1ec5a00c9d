//! Rules R2 to R9, each with what is accepted next to what is not.

use crate::{assert_safe, finding, stdlib};
use brinery::{
    Limits,
    scan::{Policy, Rule, ScanOptions, Verdict, scan},
};

fn policy(text: &str) -> Policy {
    Policy::from_toml(text).expect("a good policy")
}

#[test]
fn r2_takes_exact_names_alone() {
    let shop = policy(r#"allow.shop.Order = "data""#);
    assert_safe(b"cshop\nOrder\n.", &shop);
    assert_safe(b"\x80\x04\x8c\x04shop\x8c\x05Order\x93.", &shop);
    let others: [&[u8]; 6] = [
        b"cshop\nOrders\n.",
        b"cshop.Order\nload\n.",
        b"cshops\nOrder\n.",
        b"cShop\nOrder\n.",
        b"\x80\x04\x8c\x04shop\x8c\x0aOrder.load\x93.",
        b"\x80\x04\x8c\x00\x8c\x0ashop.Order\x93.",
    ];
    for other in others {
        assert_eq!(finding(other, &shop, Rule::R2).verdict, Verdict::Unknown);
    }
}

#[test]
fn r2_knows_what_is_dangerous_and_why() {
    let found = finding(b"cposix\nsystem\n.", &Policy::stdlib(), Rule::R2);
    assert_eq!(
        (found.verdict, found.offset, found.opcode),
        (Verdict::Dangerous, 0, Some("GLOBAL"))
    );
    assert_eq!(
        (found.name.as_deref(), found.reason.as_str()),
        (Some("posix.system"), "runs programs")
    );
    // A walk to it from elsewhere.
    let walk = b"\x80\x04\x8c\x07pathlib\x8c\x09os.system\x93.";
    let found = finding(walk, &Policy::stdlib(), Rule::R2);
    assert_eq!(found.verdict, Verdict::Dangerous);
    assert!(found.reason.contains("os.system"), "{}", found.reason);
}

#[test]
fn r2_maps_names_of_python_2_below_protocol_3() {
    let mapped = finding(b"c__builtin__\neval\n.", &Policy::stdlib(), Rule::R2);
    assert_eq!(mapped.name.as_deref(), Some("builtins.eval"));
    let unmapped = finding(b"\x80\x03c__builtin__\neval\n.", &Policy::stdlib(), Rule::R2);
    assert_eq!(
        (unmapped.name.as_deref(), unmapped.verdict),
        (Some("__builtin__.eval"), Verdict::Unknown)
    );
    assert_safe(b"ccopy_reg\n_reconstructor\n.", &Policy::stdlib());
}

#[test]
fn r2_counts_what_is_thrown_away() {
    let report = stdlib(b"cos\nsystem\n(S'echo'\ntR0N.");
    assert_eq!(report.verdict, Verdict::Dangerous);
    assert_eq!(
        (report.calls[0].callable.as_str(), report.calls[0].shown.as_str()),
        ("os.system", "('echo')")
    );
    assert_eq!((report.imports[0].offset, report.calls[0].offset), (0, 21));
}

#[test]
fn r2_says_which_line_would_allow_it() {
    let order = b"\x80\x02cshop.models\nOrder\nq\0)\x81q\x01}q\x02X\x02\0\0\0idq\x03K\x07sb.";
    let line = finding(order, &Policy::stdlib(), Rule::R2).allow.expect("a line");
    assert_eq!(line, r#"allow."shop.models".Order = { new = true, state = true }"#);
    assert_safe(order, &policy(&line));
    // What is listed has rules, which are not to be lifted lightly.
    let listed = finding(b"cfractions\nFraction\n(V1e9\ntR.", &Policy::stdlib(), Rule::R5);
    assert_eq!(listed.allow, None);
}

#[test]
fn r3_wants_constant_names() {
    let shop = policy(r#"allow.shop.Order = "data""#);
    // Out of the memo, with another string between: still constants.
    assert_safe(b"\x80\x04\x8c\x04shop\x940\x8c\x05Order\x940h\0h\x01\x93\x94.", &shop);
    let computed = b"\x80\x04cbuiltins\nstr\n\x8c\x02os\x85R\x8c\x06system\x93.";
    assert_eq!(
        finding(computed, &Policy::stdlib(), Rule::R3).verdict,
        Verdict::Dangerous
    );
    let python2 = b"\x80\x04U\x04shopU\x05Order\x93.";
    assert_eq!(finding(python2, &shop, Rule::R3).verdict, Verdict::Unknown);
}

#[test]
fn r4_refuses_extension_codes() {
    for code in [
        &b"\x80\x02\x82\x01."[..],
        b"\x80\x02\x83\x01\x01.",
        b"\x80\x02\x84\x01\0\0\x01.",
    ] {
        assert_eq!(finding(code, &Policy::stdlib(), Rule::R4).verdict, Verdict::Dangerous);
    }
}

#[test]
fn r5_calls_members_with_their_arguments_alone() {
    let latin = b"\x80\x02c_codecs\nencode\nX\x01\0\0\0aX\x06\0\0\0latin1\x86R.";
    assert_safe(latin, &Policy::data());
    let other = b"\x80\x02c_codecs\nencode\nX\x01\0\0\0aX\x06\0\0\0rot_13\x86R.";
    assert_eq!(
        finding(other, &Policy::data(), Rule::R5).name.as_deref(),
        Some("_codecs.encode")
    );
    let cases: [(&[u8], &[u8]); 4] = [
        (
            b"ccollections\ndefaultdict\ncbuiltins\nlist\n\x85R.",
            b"ccollections\ndefaultdict\ncbuiltins\nslice\n\x85R.",
        ),
        (
            b"ccopyreg\n_reconstructor\ncuuid\nUUID\ncbuiltins\nobject\nN\x87R.",
            b"ccopyreg\n_reconstructor\ncuuid\nUUID\ncuuid\nUUID\nN\x87R.",
        ),
        (
            b"cdecimal\nDecimal\n\x8c\x011\x85R.",
            b"cdecimal\nDecimal\ncdecimal\nDecimal\n\x85R.",
        ),
        (b"cbuiltins\nint\n.", b"cbuiltins\nint\n)R."),
    ];
    for (good, bad) in cases {
        assert_safe(good, &Policy::stdlib());
        finding(bad, &Policy::stdlib(), Rule::R5);
    }
}

#[test]
fn r5_wants_the_member_itself() {
    let shop = policy(r#"allow.shop.make = { call = "()" }"#);
    assert_safe(b"cshop\nmake\n)R.", &shop);
    // What it made, a persistent object: neither is a member.
    finding(b"cshop\nmake\n)R)R.", &shop, Rule::R5);
    finding(b"Px\n)R.", &shop, Rule::R5);
}

#[test]
fn r5_knows_all_ways_to_call() {
    let shop = policy(r#"allow.shop.Order = { call = "(int)", new = "()" }"#);
    let accepted: [&[u8]; 4] = [
        b"cshop\nOrder\nK\x01\x85R.",
        b"cshop\nOrder\n)\x81.",
        b"(cshop\nOrder\no.",
        b"(ishop\nOrder\n.",
    ];
    for stream in accepted {
        assert_safe(stream, &shop);
    }
    let others: [&[u8]; 6] = [
        b"cshop\nOrder\n)R.",
        b"cshop\nOrder\nK\x01\x85\x81.",
        b"cshop\nOrder\n)}\x92.",
        b"(cshop\nOrder\nNo.",
        b"(Nishop\nOrder\n.",
        b"cshop\nOrder\n\x8c\x011\x85R.",
    ];
    for stream in others {
        finding(stream, &shop, Rule::R5);
    }
}

#[test]
fn r5_takes_getattr_for_the_dotted_name() {
    let unpickle = b"cbuiltins\ngetattr\n(czoneinfo\nZoneInfo\nV_unpickle\ntR(VUTC\nI01\ntR.";
    assert_safe(unpickle, &Policy::stdlib());
    let other = b"cbuiltins\ngetattr\n(czoneinfo\nZoneInfo\nVclear_cache\ntR(tR.";
    finding(other, &Policy::stdlib(), Rule::R5);
}

#[test]
fn r6_changes_objects_of_the_stream_alone() {
    let shop = policy(r#"allow.shop.Order = { new = "()", state = true, append = true, setitem = true, add = true }"#);
    let good: [&[u8]; 6] = [
        b"cshop\nOrder\n)\x81}\x8c\x02idK\x01sb.",
        b"cshop\nOrder\n)\x81N}\x8c\x02idK\x01s\x86b.",
        b"cshop\nOrder\n)\x81K\x01a.",
        b"cshop\nOrder\n)\x81K\x01K\x02s.",
        b"cshop\nOrder\n)\x81(K\x01\x90.",
        b"cshop\nOrder\n)\x81(K\x01e.",
    ];
    for stream in good {
        assert_safe(stream, &shop);
    }
    // The class itself.
    let class: [&[u8]; 4] = [
        b"cshop\nOrder\n}\x8c\x02idK\x01sb.",
        b"cshop\nOrder\nK\x01a.",
        b"cshop\nOrder\nK\x01K\x02s.",
        b"cshop\nOrder\n(K\x01\x90.",
    ];
    for stream in class {
        assert_eq!(finding(stream, &shop, Rule::R6).verdict, Verdict::Dangerous);
    }
    // An instance whose class is only allowed to be made.
    let bare = policy(r#"allow.shop.Order = { new = "()" }"#);
    for stream in good {
        finding(stream, &bare, Rule::R6);
    }
    finding(b"]K\0K\x01s.", &shop, Rule::R6);
}

#[test]
fn r6_lets_no_special_names_into_states() {
    let shop = policy(r#"allow.shop.Order = { new = "()", state = true }"#);
    let states: [&[u8]; 5] = [
        // As an attribute, as a slot, by a key that a call makes, from the memo, and put in afterwards.
        b"cshop\nOrder\n)\x81}\x8c\x09__class__K\x01sb.",
        b"cshop\nOrder\n)\x81N}\x8c\x09__class__K\x01s\x86b.",
        b"cshop\nOrder\n)\x81}cshop\nOrder\n)\x81K\x01sb.",
        b"\x8c\x09__class__q\0cshop\nOrder\n)\x81}h\0K\x01sb\x86.",
        b"cshop\nOrder\n)\x81}q\0bh\0\x8c\x09__class__K\x01s\x86.",
    ];
    for stream in states {
        finding(stream, &shop, Rule::R6);
    }
    // In data they are just keys.
    assert_safe(b"}\x8c\x09__class__K\x01s.", &shop);
    assert_safe(b"cshop\nOrder\n)\x81}\x8c\x01a}\x8c\x07__doc__K\x01ssb.", &shop);
}

#[test]
fn r7_wants_a_loader_that_says_what_persistent_ids_are() {
    finding(b"Px\n.", &Policy::data(), Rule::R7);
    finding(b"K\x01Q.", &Policy::data(), Rule::R7);
    finding(b"\x80\x05\x97.", &Policy::data(), Rule::R7);
    let mine = policy("persistent = \"str | ('key', int)\"\nbuffers = true");
    for stream in [
        &b"Px\n."[..],
        b"\x8c\x01xQ.",
        b"\x8c\x03keyK\x01\x86Q.",
        b"\x80\x05\x97\x98.",
    ] {
        assert_safe(stream, &mine);
    }
    finding(b"K\x01Q.", &mine, Rule::R7);
    assert_safe(b"\x80\x05C\x01a\x98.", &mine);
    // A `str` of Python 2 may be read as text.
    finding(b"\x80\x05U\x01a\x98.", &mine, Rule::R7);
}

#[test]
fn r8_wants_nothing_behind() {
    assert_safe(b"N.\0\0\0", &Policy::data());
    assert_eq!(finding(b"N.rest", &Policy::data(), Rule::R8).verdict, Verdict::Unknown);
    assert_eq!(finding(b"N.N.", &Policy::data(), Rule::R8).offset, 2);
    let report = scan(b"N.\x80\x04\x8c\x02os\x8c\x06system\x93.", &Policy::data());
    assert_eq!((report.verdict, report.pickles.len()), (Verdict::Dangerous, 2));
    let stacked = policy("stacked = true");
    assert_safe(b"N.N.N.", &stacked);
    assert_eq!(scan(b"N.N.\xff", &stacked).verdict, Verdict::Unknown);
    // With one memo for both, the second one's entry 0 is the first one's.
    let shared = b"\x80\x04\x8c\x02os\x94.\x80\x04\x8c\x04json\x940h\0\x8c\x06system\x93.";
    let json = policy("stacked = true\nallow.json.system = \"data\"");
    let found = finding(shared, &json, Rule::R2);
    assert_eq!(
        (found.name.as_deref(), found.verdict),
        (Some("os.system"), Verdict::Dangerous)
    );
}

#[test]
fn r9_is_unknown_and_never_dangerous() {
    let options = ScanOptions {
        limits: Limits {
            stack: 10,
            ..Limits::default()
        },
        ..ScanOptions::default()
    };
    let report = options.scan(&[b'N'; 100], &Policy::data());
    assert_eq!((report.verdict, report.findings[0].rule), (Verdict::Unknown, Rule::R9));
}

#[test]
fn a_break_hides_nothing() {
    let payload = b"cos\nsystem\n(S'echo'\ntR";
    for tail in [&b""[..], b"\xff", b"a", b"X\xff\xff\xff\x7f", b"g9\n."] {
        let report = stdlib(&[payload, tail].concat());
        assert_eq!(report.verdict, Verdict::Dangerous);
        assert!(!report.pickles[0].complete);
    }
    for broken in [&b""[..], b"\xff", b"N", b"0.", b"]K\x01}a.", b"K\x01)R.", b"}]Ns."] {
        assert_eq!(stdlib(broken).verdict, Verdict::Broken);
    }
    let long = [&b"}("[..], &[b'N'; 256], b"]tNs."].concat();
    let made = b"}cbuiltins\nset\n)RNs.";
    for unhashable in [&b"}]\x85K\x01\x86Ns."[..], b"\x8f(}K\x01K\x02\x87\x90.", &long, made] {
        assert_eq!(
            stdlib(unhashable).verdict,
            Verdict::Broken,
            "{}",
            unhashable.escape_ascii()
        );
    }
    assert_safe(b"})\x85K\x01\x86Ns.", &Policy::data());
}
