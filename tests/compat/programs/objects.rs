use pickle::{DeOptions, Value, value_from_slice};
use serde::Deserialize;

/// What Python made of instances, in several protocols.
pub const PICKLES: &[(&str, &[u8])] = &[
    ("instance, protocol 0", b"ccopy_reg\n_reconstructor\np0\n(cshop\nOrder\np1\nc__builtin__\nobject\np2\nNtp3\nRp4\n(dp5\nVid\np6\nI7\nsVname\np7\nVx\np8\nsb."),
    ("instance, protocol 2", b"\x80\x02cshop\nOrder\nq\0)\x81q\x01}q\x02(X\x02\0\0\0idq\x03K\x07X\x04\0\0\0nameq\x04X\x01\0\0\0xq\x05ub."),
    ("instance, protocol 4", b"\x80\x04\x8c\x04shop\x94\x8c\x05Order\x94\x93\x94)\x81\x94}\x94(\x8c\x02id\x94K\x07\x8c\x04name\x94\x8c\x01x\x94ub."),
    ("old-style instance, INST", b"(ishop\nOrder\np0\n(dp1\nS'id'\np2\nI7\nsS'name'\np3\nS'x'\np4\nsb."),
    ("namedtuple", b"\x80\x02cshop\nOrder\nq\0K\x07X\x01\0\0\0x\x86\x81."),
    ("keyword arguments", b"\x80\x04\x8c\x04shop\x8c\x05Order\x93K\x07\x85}\x8c\x04name\x8c\x01xs\x92."),
    ("slots", b"\x80\x02cshop\nOrder\nq\0)\x81N}(X\x02\0\0\0idK\x07X\x04\0\0\0nameX\x01\0\0\0xu\x86b."),
    ("enum member by value", b"\x80\x02cshop\nColour\nq\0K\x03\x85R."),
    ("class", b"cshop\nOrder\n."),
    ("classes in a list", b"](cshop\nOrder\nK\x01cshop\nLine\ne."),
    ("bytes in protocol 2", b"\x80\x02c_codecs\nencode\nX\x03\0\0\0a\xc3\xbfX\x06\0\0\0latin1\x86R."),
    ("bytearray of Python 2", b"c__builtin__\nbytearray\n(Va\xff\nS'latin-1'\ntR."),
    ("set in protocol 2", b"\x80\x02c__builtin__\nset\n](K\x01K\x02e\x85R."),
    ("frozenset in protocol 3", b"\x80\x03cbuiltins\nfrozenset\n](K\x01K\x02e\x85R."),
    ("strings of Python 2", b"(lp0\nS'caf\\xc3\\xa9'\np1\naU\x03abcaT\x02\0\0\0xya."),
    ("a list in itself", b"]q\0(h\0\x85]h\0ae."),
    ("a dict in itself", b"}q\0(K\x01h\0K\x02Nu."),
];

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
struct Order {
    id: u32,
    name: String,
}

pub fn run() -> Vec<String> {
    let all = [
        DeOptions::new(),
        DeOptions::new().decode_strings(),
        DeOptions::new().keep_restore_state(),
        DeOptions::new().replace_unresolved_globals(),
        DeOptions::new().replace_recursive_structures(),
    ];
    let mut report = Vec::new();
    for (name, bytes) in PICKLES {
        for options in &all {
            match value_from_slice(bytes, options.clone()) {
                Ok(Value::Dict(entries)) => report.push(format!("{name}: a dict of {}: {entries:?}", entries.len())),
                Ok(value) => report.push(format!("{name}: {value}")),
                Err(_) => report.push(format!("{name}: an error")),
            }
            if name.contains("instance") {
                let order: Order = pickle::from_slice(bytes, options.clone()).unwrap();
                report.push(format!("{order:?}"));
            }
        }
    }
    let json: serde_json::Value = pickle::from_slice(PICKLES[9].1, all[3].clone()).unwrap();
    report.push(json.to_string());
    report
}
