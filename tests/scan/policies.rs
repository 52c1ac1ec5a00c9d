//! The built-in policies, and those that users write.

use crate::{assert_safe, finding};
use brinery::scan::{Policy, Rule, Verdict, scan};

#[test]
fn every_built_in_policy_can_be_read() {
    for name in Policy::NAMES {
        let policy = Policy::named(name).expect("it is built in");
        // One that cannot be read is empty and has no name.
        assert_eq!(policy.name(), *name);
        assert!(policy.allows("_codecs", "encode"), "{name} includes data");
    }
    assert!(
        scan(b"cos\nsystem\n.", &Policy::data()).verdict == Verdict::Dangerous,
        "the list of dangers is there"
    );
}

#[test]
fn what_is_wrong_with_a_policy_is_said() {
    let cases = [
        ("allow = 1", "allow: expected a table of modules"),
        ("allow.shop = 1", "allow.shop: expected a table of names"),
        (
            "allow.shop.Order = \"code\"",
            "allow.shop.Order: expected \"data\", \"factory\" or a table",
        ),
        (
            "allow.shop.Order = { run = true }",
            "allow.shop.Order: no such role: run",
        ),
        ("allow.shop.models.Order = \"data\"", "no such role: Order"),
        (
            "allow.shop.Order = { call = 1 }",
            "allow.shop.Order: call: expected a text or an array of texts",
        ),
        (
            "allow.shop.Order = { call = \"(str\" }",
            "expected `,` or `)` at character 4 of `(str`",
        ),
        ("dangerous.shop.run = true", "dangerous.shop.run: expected a text"),
        ("include = [\"all\"]", "include: there is no policy `all`"),
        ("permit = true", "permit: no such key"),
        ("allow.shop.Order", "TOML"),
    ];
    for (text, wanted) in cases {
        let error = Policy::from_toml(text).expect_err(text).to_string();
        assert!(error.contains(wanted), "{text}: {error}");
    }
}

#[test]
fn policies_add_up() {
    let shop = Policy::from_toml("name = \"shop\"\nallow.shop.Order = { new = \"()\" }").expect("good");
    let states = Policy::from_toml("allow.shop.Order = { state = true }").expect("good");
    let order = b"cshop\nOrder\n)\x81}\x8c\x02idK\x01sb.";
    finding(order, &shop, Rule::R6);
    finding(order, &states, Rule::R5);
    assert_safe(order, &shop.and(&states));
    assert_eq!(Policy::data().and(&shop).name(), "data and shop");
    // What one calls dangerous is dangerous, though the other allows it.
    let never = Policy::from_toml("dangerous.shop.\"*\" = \"is ours to know\"").expect("good");
    let found = finding(order, &shop.and(&never), Rule::R2);
    assert_eq!(
        (found.verdict, found.reason.as_str()),
        (Verdict::Dangerous, "is ours to know")
    );
}

#[test]
fn dtypes_are_what_they_say() {
    let dtype = |name: &str, state: &[u8]| {
        let mut pickle = b"\x80\x02cnumpy\ndtype\n".to_vec();
        pickle.extend([b'U', name.len() as u8]);
        pickle.extend(name.as_bytes());
        pickle.extend(b"\x89\x88\x87R(");
        pickle.extend(state);
        pickle.extend(b"tb.");
        pickle
    };
    let numpy = Policy::numpy();
    let minus = b"J\xff\xff\xff\xff";
    let simple = |flags: u8| [b"K\x03U\x01<NNN", &minus[..], minus, &[b'K', flags]].concat();
    assert_safe(&dtype("f8", &simple(0)), &numpy);
    assert_safe(&dtype("O8", &simple(63)), &numpy);
    // Objects that say they are none, numbers that say they are objects, a field outside its record.
    finding(&dtype("O8", &simple(0)), &numpy, Rule::R6);
    finding(&dtype("f8", &simple(63)), &numpy, Rule::R6);
    let field = dtype("f8", &simple(0));
    let field = field
        .strip_prefix(b"\x80\x02")
        .and_then(|field| field.strip_suffix(b"."))
        .expect("so it was made");
    let record = |offset: u8| {
        let state = [
            b"K\x03U\x01|NU\x01a\x85}U\x01a",
            field,
            &[b'K', offset, 0x86, b's', b'K', 8, b'K', 1, b'K', 0],
        ]
        .concat();
        dtype("V8", &state)
    };
    assert_safe(&record(0), &numpy);
    finding(&record(1), &numpy, Rule::R6);
}

#[test]
fn tensors_lie_in_their_storage() {
    let tensor = |rows: u8| {
        let mut pickle =
            b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\n".to_vec();
        pickle.extend(b"X\x01\0\0\x000X\x03\0\0\0cpuK\x06tQK\0K");
        pickle.extend([rows, b'K', 3, 0x86]);
        pickle.extend(b"K\x03K\x01\x86\x89ccollections\nOrderedDict\n)RtR.");
        pickle
    };
    assert_safe(&tensor(2), &Policy::torch());
    finding(&tensor(3), &Policy::torch(), Rule::R5);
}

/// The example of docs/untrusted.md, as it stands there.
#[test]
fn the_documents_policy_allows_what_it_lists() {
    let text = include_str!("../../docs/untrusted.md");
    let example = text.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
    let shop = Policy::from_toml(example.expect("there is an example")).expect("it is a policy");
    for name in ["Order", "Money", "Tags", "Order.Line", "DEFAULT"] {
        assert!(shop.allows("shop.models", name), "{name}");
    }
    assert_safe(b"\x80\x04\x8c\x0bshop.models\x8c\x05Order\x93)\x81.", &shop);
    assert_safe(b"\x80\x04\x8c\x0bshop.models\x8c\nOrder.Line\x93)\x81.", &shop);
    assert_safe(b"cshop.models\nMoney\n(I5\nV\x45\x55\x52\ntR.", &shop);
    for other in [&b"cshop\nrun\n."[..], b"cshop.models\nOther\n.", b"cshop.jobs\nrun\n."] {
        assert_eq!(finding(other, &shop, Rule::R2).verdict, Verdict::Dangerous);
    }
    // What another file says of all of the module counts.
    let never = Policy::from_toml("dangerous.shop.\"*\" = \"is ours to know\"").expect("good");
    assert!(!shop.and(&never).allows("shop.models", "Order"));
    assert!(!never.and(&shop).allows("shop.models", "Order"));
    let error = Policy::from_toml("allow.shop.\"*\" = \"data\"").expect_err("names are listed one by one");
    assert!(error.to_string().contains("`*` is no name"), "{error}");
}

/// State that would plant special names, or a factory, in what a policy lists.
#[test]
fn states_have_plain_names() {
    let array = b"cpandas._libs.arrays\n__pyx_unpickle_NDArrayBacked\ncpandas.core.arrays.numpy_\nNumpyExtensionArray\nK\x01N\x87R";
    let dict = |name: &str| {
        let mut state = b"}X".to_vec();
        state.extend((name.len() as u32).to_le_bytes());
        state.extend(name.as_bytes());
        state.extend(b"cbuiltins\nbytearray\ns");
        state
    };
    let pandas = Policy::pandas();
    assert_safe(&[b"\x80\x03", &array[..], &dict("freq"), b"b."].concat(), &pandas);
    for state in [dict("__setstate__"), [dict("__class__"), b"\x85".to_vec()].concat()] {
        let found = finding(&[b"\x80\x03", &array[..], &state, b"b."].concat(), &pandas, Rule::R6);
        assert!(found.reason.contains("special"), "{found:?}");
    }
    let factory = [
        b"\x80\x03ccollections\ndefaultdict\ncbuiltins\nint\n\x85RN",
        &dict("default_factory")[..],
        b"\x86b.",
    ]
    .concat();
    finding(&factory, &Policy::stdlib(), Rule::R6);
}

#[test]
fn fractions_are_as_large_as_they_look() {
    assert_safe(b"cfractions\nFraction\n(V-355/113\ntR.", &Policy::stdlib());
    finding(b"cfractions\nFraction\n(V1e999999999\ntR.", &Policy::stdlib(), Rule::R5);
}
