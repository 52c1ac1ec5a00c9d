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
        ("allow.shop.\"*\" = \"data\"", "allow.shop: `*` is no name"),
        (
            "allow.shop.Order = { check = \"all\" }",
            "check: there are \"dtype\", \"array\", \"storage\", \"attributes\", \"ratio\" and \"generator\"",
        ),
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
    // Letters alone have sizes that they do not say, and only texts take the size that they are told.
    finding(&dtype("i", &simple(0)), &numpy, Rule::R5);
    finding(&dtype("M", &simple(0)), &numpy, Rule::R5);
    finding(&dtype("S5", &simple(0)), &numpy, Rule::R6);
    let sized = |size: u8| [b"K\x03U\x01|NNNK", &[size][..], b"K\x01K\0"].concat();
    assert_safe(&dtype("S5", &sized(5)), &numpy);
    finding(&dtype("S5", &sized(6)), &numpy, Rule::R6);
    // A time is nothing without its unit.
    finding(&dtype("M8", &simple(0)), &numpy, Rule::R6);
    assert_safe(
        &dtype("M8", &[&simple(0)[..], b"}(U\x02nsK\x01K\x01K\x01t\x86"].concat()),
        &numpy,
    );
}

/// numpy frees what an array held when it is given a state, whoever else refers to that.
#[test]
fn arrays_get_their_contents_once() {
    let empty: &[u8] = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85C\x01b\x87R";
    let state: &[u8] = b"(K\x01K\x01\x85cnumpy\ndtype\nX\x02\0\0\0u1\x89\x88\x87R(K\x03X\x01\0\0\0|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89C\x01atb";
    let numpy = Policy::numpy();
    let stream = |parts: &[&[u8]]| [b"\x80\x03", &parts.concat()[..], b"."].concat();
    assert_safe(&stream(&[empty, state]), &numpy);
    assert_safe(&stream(&[b"(", empty, b"q\x01", state, b"h\x01t"]), &numpy);
    for parts in [
        &[empty, state, state][..],
        &[b"(", empty, b"q\x01h\x01", state, b"t"],
        &[b"(", empty, b"2", state, b"t"],
        &[b"(", empty, b"q\x01", state, b"h\x01", state, b"t"],
    ] {
        let found = finding(&stream(parts), &numpy, Rule::R6);
        assert!(found.reason.contains("again"), "{found:?}");
    }
}

/// Cython's objects do not look how long their state is.
#[test]
fn states_of_compiled_classes_are_whole() {
    let tree = b"csklearn.neighbors._kd_tree\nnewObj\ncsklearn.neighbors._kd_tree\nKDTree\n\x85R";
    finding(&[&tree[..], b")b."].concat(), &Policy::sklearn(), Rule::R6);
    let loss = b"csklearn._loss._loss\n__pyx_unpickle_CyPinballLoss\ncsklearn._loss._loss\nCyPinballLoss\nK\x01";
    finding(&[&loss[..], b")\x87R."].concat(), &Policy::sklearn(), Rule::R5);
    assert_safe(
        &[&loss[..], b"G?\xe0\0\0\0\0\0\0\x85\x87R."].concat(),
        &Policy::sklearn(),
    );
}

#[test]
fn buffers_in_memory_are_no_files() {
    assert_safe(b"\x80\x02c_io\nBytesIO\n)\x81(C\x01aK\0Ntb.", &Policy::stdlib());
    assert_safe(
        b"\x80\x02c_io\nStringIO\n)\x81(X\x01\0\0\0aX\0\0\0\0K\0Ntb.",
        &Policy::stdlib(),
    );
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
    let with_state = |name: &str| {
        let tensor = tensor(2);
        let inner = tensor
            .strip_prefix(b"\x80\x02")
            .and_then(|rest| rest.strip_suffix(b"."));
        let mut pickle = b"\x80\x02ctorch._utils\n_rebuild_parameter_with_state\n(".to_vec();
        pickle.extend(inner.expect("so it was made"));
        pickle.extend(b"\x89ccollections\nOrderedDict\n)R}X");
        pickle.extend((name.len() as u32).to_le_bytes());
        pickle.extend(name.as_bytes());
        pickle.extend(b"K\x01stR.");
        pickle
    };
    assert_safe(&with_state("scale"), &Policy::torch());
    finding(&with_state("__class__"), &Policy::torch(), Rule::R5);
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
    let long = format!("cfractions\nFraction\n(V{}\ntR.", "1".repeat(1 << 20));
    assert_ne!(scan(long.as_bytes(), &Policy::stdlib()).verdict, Verdict::Safe);
}

/// A storage by its persistent id, for [`tensors`].
fn storage(class: &str, key: &str, elements: u8) -> Vec<u8> {
    let mut id = b"(X\x07\0\0\0storagec".to_vec();
    id.extend(class.as_bytes());
    id.extend(b"\nX\x01\0\0\0");
    id.extend(key.as_bytes());
    id.extend(b"X\x03\0\0\0cpuK");
    id.extend([elements, b't', b'Q']);
    id
}

/// A tensor: a storage, an offset, lengths and strides, and of the third version what the bytes are.
fn tensor(storage: &[u8], numbers: &str, dtype: Option<&str>) -> Vec<u8> {
    let version = if dtype.is_some() { 3 } else { 2 };
    let mut pickle = format!("ctorch._utils\n_rebuild_tensor_v{version}\n(").into_bytes();
    pickle.extend(storage);
    pickle.extend(numbers.as_bytes());
    pickle.extend(b"\x89ccollections\nOrderedDict\n)R");
    if let Some(dtype) = dtype {
        pickle.extend(format!("ctorch\n{dtype}\n").into_bytes());
    }
    pickle.extend(b"tR");
    pickle
}

#[test]
fn views_lie_in_their_storage() {
    let torch = Policy::torch();
    let floats = storage("torch\nFloatStorage", "0", 6);
    let view = |numbers: &str| [b"\x80\x02", &tensor(&floats, numbers, None)[..], b"."].concat();
    // Offset, lengths, strides; the last element is the sixth.
    for good in [
        "I1\n(I2\nI2\nt(I3\nI1\nt",
        "I6\n(I0\nt(I1\nt",
        "I5\n(t(t",
        "I0\n(I9\nI6\nt(I0\nI1\nt",
    ] {
        assert_safe(&view(good), &torch);
    }
    for bad in [
        "I2\n(I2\nI2\nt(I3\nI1\nt",
        "I-1\n(I2\nt(I1\nt",
        "I5\n(I2\nt(I-1\nt",
        "I0\n(I2\nI2\nt(I1\nt",
        "I6\n(t(t",
        "I0\n(I9223372036854775807\nt(I9223372036854775807\nt",
    ] {
        finding(&view(bad), &torch, Rule::R5);
    }
    // Untyped storages are bytes, whatever they are taken for.
    let bytes = storage("torch.storage\nUntypedStorage", "0", 16);
    let typed = |numbers: &str, dtype| [b"\x80\x02", &tensor(&bytes, numbers, Some(dtype))[..], b"."].concat();
    assert_safe(&typed("I0\n(I8\nt(I1\nt", "uint16"), &torch);
    finding(&typed("I0\n(I9\nt(I1\nt", "uint16"), &torch, Rule::R5);
    finding(&typed("I1\n(I8\nt(I1\nt", "uint16"), &torch, Rule::R5);
    assert_safe(&typed("I0\n(I16\nt(I1\nt", "float8_e5m2"), &torch);
    finding(&typed("I0\n(I3\nt(I1\nt", "uint64"), &torch, Rule::R5);
    finding(&typed("I0\n(I3\nt(I1\nt", "strided"), &torch, Rule::R5);
}

/// torch makes a storage when its key comes first, and goes by that whenever it comes again.
#[test]
fn storages_are_what_they_were() {
    let torch = Policy::torch();
    let again = |first: &[u8], second: &[u8]| [b"\x80\x02(", first, second, b"t."].concat();
    let floats = storage("torch\nFloatStorage", "0", 6);
    assert_safe(&again(&floats, &floats), &torch);
    assert_safe(&again(&floats, &storage("torch\nDoubleStorage", "1", 6)), &torch);
    for other in [
        storage("torch\nFloatStorage", "0", 7),
        storage("torch\nDoubleStorage", "0", 3),
        storage("torch\nByteStorage", "0", 24),
        storage("torch\nTensor", "1", 6),
    ] {
        finding(&again(&floats, &other), &torch, Rule::R7);
    }
    // Parts, as they were before PyTorch 0.4: of a whole that is large enough.
    let part = |offset: u8, elements: u8| {
        let mut id = floats.clone();
        id.truncate(id.len() - 2);
        id.extend([&b"(X\x01\0\0\0vK"[..], &[offset, b'K', elements], b"ttQ"].concat());
        id
    };
    let view = |part: &[u8]| [b"\x80\x02", &tensor(part, "I0\n(I2\nt(I1\nt", None)[..], b"."].concat();
    assert_safe(&view(&part(4, 2)), &torch);
    finding(&view(&part(4, 1)), &torch, Rule::R5);
    finding(&view(&part(5, 2)), &torch, Rule::R7);
}

#[test]
fn generators_keep_to_their_numbers() {
    let numpy = Policy::numpy();
    let state = |kind: &str, inner: &str, outer: &str| {
        format!(
            "cnumpy.random._pickle\n__randomstate_ctor\n(V{kind}\ntR(dVbit_generator\nV{kind}\nsVstate\n(d{inner}s{outer}b."
        )
        .into_bytes()
    };
    for good in ["Vpos\nI0\ns", "Vpos\nI624\ns", "Vkey\nNs"] {
        assert_safe(&state("MT19937", good, ""), &numpy);
    }
    assert_safe(&state("Philox", "", "Vbuffer_pos\nI4\ns"), &numpy);
    for bad in [
        "Vpos\nI625\ns",
        "Vpos\nI-1\ns",
        "Vpos\nI268435456\ns",
        "Vpos\nL99999999999999999999L\ns",
        "Vpos\nF1e9\ns",
        "Vpos\nI1\nsVpos\nI625\ns",
        // A key that is made may be the same text.
        "cdatetime\ndate\n(I1\nI1\nI1\ntRI625\ns",
    ] {
        finding(&state("MT19937", bad, ""), &numpy, Rule::R6);
    }
    finding(&state("Philox", "", "Vbuffer_pos\nI5\ns"), &numpy, Rule::R6);
    finding(&state("Philox", "", "Vbuffer_pos\nI-3\ns"), &numpy, Rule::R6);
    // The state within the state is a dict, and nothing that could be one.
    finding(
        &state("MT19937", "", "Vstate\nccollections\nOrderedDict\n(tRs"),
        &numpy,
        Rule::R6,
    );
    // One that was put together before a generator was named.
    let before = b"(dp1\nVpos\nI625\ns0cnumpy.random._pickle\n__randomstate_ctor\n(VMT19937\ntR(dVstate\ng1\nsb.";
    finding(before, &numpy, Rule::R6);
}

#[test]
fn data_types_that_few_pickle() {
    let stdlib = Policy::stdlib();
    for good in [
        &b"cbuiltins\niter\n((I1\nltRI0\nb."[..],
        b"c_operator\ngetitem\n(ctyping\nList\ncbuiltins\nint\ntR.",
        b"c_operator\ngetitem\n(ctyping\nUnion\n(cbuiltins\nint\ncbuiltins\ntype\n(NtRttR.",
        b"cdecimal\nContext\n(I28\nVROUND_HALF_EVEN\nI-9\nI9\nI1\nI0\n(l(lcdecimal\nOverflow\natR.",
        b"cjson.decoder\nJSONDecodeError\n(Vm\nVd\nI0\ntR.",
        b"ccopy_reg\n_reconstructor\n(curlparse\nDefragResult\nc__builtin__\ntuple\n(Va\nVb\nttR.",
        b"\x80\x02cstatistics\nNormalDist\n)\x81F0\nF1\n\x86b.",
        b"\x80\x02cstring\nTemplate\n)\x81}Vtemplate\nV$a\nsb.",
    ] {
        assert_safe(good, &stdlib);
    }
    // The same names with what makes them reach further.
    for bad in [
        &b"cbuiltins\niter\n(cbuiltins\nlist\nI0\ntR."[..],
        b"c_operator\ngetitem\n(csys\nmodules\nVos\ntR.",
        b"c_operator\ngetitem\n(cbuiltins\nint\ncbuiltins\nint\ntR.",
        b"c_operator\ngetitem\n(ctyping\nList\nVos.system('id')\ntR.",
    ] {
        let report = scan(bad, &stdlib);
        assert_eq!(report.verdict, Verdict::Dangerous, "{:#?}", report.findings);
    }
    // Not listed, and not called dangerous.
    // Whoever takes all items of what counts without an end never comes to one.
    for unknown in [
        &b"cast\nExpr\n(tR."[..],
        b"cinspect\nBoundArguments\n(tR.",
        b"citertools\ncount\n(tR.",
    ] {
        assert_eq!(scan(unknown, &stdlib).verdict, Verdict::Unknown);
    }
    assert_safe(
        b"ctorch._utils\n_rebuild_meta_tensor_no_storage\n(ctorch\nfloat32\n(I2\nt(I1\ntI00\ntR.",
        &Policy::torch(),
    );
    for unknown in [
        &b"ctorch._utils\n_rebuild_sparse_tensor\n."[..],
        b"ctorch._utils\n_rebuild_nested_tensor\n.",
    ] {
        assert_eq!(scan(unknown, &Policy::torch()).verdict, Verdict::Unknown);
    }
}
