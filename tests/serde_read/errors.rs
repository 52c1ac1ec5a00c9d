//! Errors name the way, the byte and what was found.

use brinery::{ErrorKind, Options, from_slice, pickle};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

#[derive(Deserialize, Debug)]
#[allow(dead_code)]
struct User {
    name: String,
    age: u32,
}

#[derive(Deserialize, Debug)]
#[allow(dead_code)]
struct Shop {
    users: Vec<User>,
    open: Option<bool>,
}

/// Where the opcode starts that makes a value, which must be there once.
fn made_at(bytes: &[u8], opcode: &[u8]) -> u64 {
    let mut places = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(opcode));
    let at = places.next().expect("it is there");
    assert_eq!(places.next(), None, "it is there once");
    at as u64
}

#[test]
fn path_and_byte() {
    for protocol in 0..=5 {
        let options = Options::new().protocol(protocol);
        let graph = pickle!({"open": None, "users": [{"name": "Ann", "age": 41}, {"name": "Bob", "age": "x"}]});
        let bytes = options.write(&graph).unwrap();
        let error = from_slice::<Shop>(&bytes).unwrap_err();
        let at = match protocol {
            0 => made_at(&bytes, b"Vx\n"),
            1..=3 => made_at(&bytes, b"X\x01\0\0\0x"),
            _ => made_at(&bytes, b"\x8c\x01x"),
        };
        assert_eq!(error.offset(), Some(at));
        assert_eq!(error.path(), Some(".users[1].age"));
        assert_eq!(
            error.to_string(),
            format!(".users[1].age at byte {at}: expected u32, found the str 'x'")
        );
        assert!(matches!(error.kind(), ErrorKind::Invalid { found, expected }
            if found == "the str 'x'" && expected == "u32"));
        // What has no node in a graph has an offset all the same.
        for (value, shown, opcode) in [
            (pickle!(None), "None", "N"),
            (
                pickle!(2.5),
                "the float 2.5",
                if protocol == 0 { "F2.5\n" } else { "G@\x04" },
            ),
            (
                pickle!(-7),
                "the int -7",
                if protocol == 0 { "I-7\n" } else { "J\u{f9}" },
            ),
        ] {
            let value = value.root();
            let graph = match value.kind() {
                brinery::Kind::Float(value) => pickle!({"open": true, "users": [{"name": "Ann", "age": value}]}),
                brinery::Kind::Int(value) => pickle!({"open": true, "users": [{"name": "Ann", "age": value}]}),
                _ => pickle!({"open": true, "users": [{"name": "Ann", "age": None}]}),
            };
            let bytes = options.write(&graph).unwrap();
            let opcode: Vec<u8> = opcode.chars().map(|c| c as u8).collect();
            let at = made_at(&bytes, &opcode);
            let error = from_slice::<Shop>(&bytes).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!(".users[0].age at byte {at}: expected u32, found {shown}"),
                "protocol {protocol}"
            );
            // The same from a reader, also behind another pickle.
            let of_reader = brinery::from_reader::<_, Shop>(&*bytes).unwrap_err();
            assert_eq!(of_reader.to_string(), error.to_string());
            let two = [b"\x80\x04\x95\x02\0\0\0\0\0\0\0N.", &*bytes].concat();
            let mut pickles = brinery::Deserializer::from_reader(&*two);
            serde::de::IgnoredAny::deserialize(&mut pickles).unwrap();
            let error = Shop::deserialize(&mut pickles).unwrap_err();
            assert_eq!((error.path(), error.offset()), (Some(".users[0].age"), Some(at + 13)));
        }
    }
}

fn says<T: for<'g> Deserialize<'g> + std::fmt::Debug>(bytes: &[u8], wanted: &str) {
    assert_eq!(from_slice::<T>(bytes).unwrap_err().to_string(), wanted);
}

#[derive(Deserialize, Debug)]
#[serde(untagged)]
#[allow(dead_code)]
enum Either {
    Number(u8),
    Pair(u8, u8),
}

/// What a type says by itself comes with the value and its byte, too.
#[test]
fn in_the_words_of_the_type() {
    let none = "data did not match any variant of untagged enum Either";
    says::<Either>(b"]K\x01a.", &format!("at byte 0: {none}, found a list of 1 item"));
    let map = b"}\x8c\x01k]\x8c\x01sas.";
    says::<BTreeMap<String, Either>>(map, &format!(".k at byte 4: {none}, found a list of 1 item"));
    says::<Vec<Either>>(b"]\x8c\x01sa.", &format!("[0] at byte 1: {none}, found the str 's'"));
    let address = "[0] at byte 1: invalid IPv4 address syntax, found the str 'x'";
    says::<Vec<std::net::Ipv4Addr>>(b"]\x8c\x01xa.", address);
}

#[test]
fn paths() {
    says::<HashMap<String, u8>>(b"}\x8c\x05a keyNs.", "[\"a key\"] at byte 8: expected u8, found None");
    says::<HashMap<i32, u8>>(b"}K\x05Ns.", "[5] at byte 3: expected u8, found None");
    says::<HashMap<i32, u8>>(b"}\x8c\x01xK\x05s.", ".x at byte 1: expected i32, found the str 'x'");
    says::<HashMap<(u8, u8), u8>>(b"}K\x01K\x02\x86Ns.", "[(1, 2)] at byte 6: expected u8, found None");
    says::<HashMap<String, Vec<u8>>>(b"}C\x01kNs.", ".k at byte 4: expected a sequence, found None");
    says::<u8>(b"N.", "at byte 0: expected u8, found None");
}

#[test]
fn what_was_found() {
    says::<u8>(b"](NNNe.", "at byte 0: expected u8, found a list of 3 items");
    says::<u8>(b"}K\x01Ns.", "at byte 0: expected u8, found a dict of 1 entry");
    says::<String>(
        b"cos\nsystem\n)\x81.",
        "at byte 12: expected a string, found an object made by os.system",
    );
    says::<u8>(
        b"cos\nsystem\n.",
        "at byte 0: expected u8, found the import os.system, read as the str 'os:system'",
    );
    let long = [&b"X\xe8\x03\0\0"[..], &[b'x'; 1000], b"."].concat();
    let shown = "x".repeat(40);
    says::<u8>(&long, &format!("at byte 0: expected u8, found the str '{shown}'…"));
    says::<BTreeMap<String, u8>>(b"C\x02\xff'.", "at byte 0: expected a map, found the bytes b\"\\xff'\"");
}

#[test]
fn shared_values_are_named_where_they_were_made() {
    // The second reference is at fault, and says where the object was made.
    let bytes = b"\x8c\x01x\x94h\0\x86.";
    says::<(String, u8)>(bytes, "[1] at byte 0: expected u8, found the str 'x'");
}

#[test]
fn faults_of_the_pickle_itself_stay() {
    says::<Vec<u8>>(b"\x80\x04](K", "BININT1 at byte 4: the input ends too early");
    says::<Vec<u8>>(
        b"\x80\x04](K\x01",
        "at byte 6: the input ends where an opcode should stand",
    );
}
