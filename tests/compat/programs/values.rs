use brinery::BigInt;
use pickle::{HashableValue, SerOptions, Value, value_from_slice, value_to_vec, value_to_writer};
use std::collections::{BTreeMap, BTreeSet};

fn keys() -> Vec<HashableValue> {
    let big: BigInt = "-123456789012345678901234567890".parse().unwrap();
    vec![
        HashableValue::None,
        HashableValue::Bool(false),
        HashableValue::I64(1),
        HashableValue::I64(-(1 << 40)),
        HashableValue::Int(big),
        HashableValue::F64(2.5),
        HashableValue::Bytes(b"b\xff".to_vec()),
        HashableValue::String("s".into()),
        HashableValue::Tuple(vec![HashableValue::I64(1), HashableValue::None]),
        HashableValue::FrozenSet(BTreeSet::from([HashableValue::I64(2), HashableValue::I64(3)])),
    ]
}

fn value() -> Value {
    let keys = keys();
    let many: Vec<Value> = (0..2500).map(Value::I64).collect();
    let items: BTreeSet<HashableValue> = (0..2500).map(HashableValue::I64).collect();
    let mut dict: BTreeMap<HashableValue, Value> = items.iter().map(|key| (key.clone(), Value::None)).collect();
    dict.extend(keys.iter().cloned().map(|key| (key.clone(), key.into_value())));
    Value::Tuple(vec![
        Value::List(many),
        Value::Set(items.clone()),
        Value::FrozenSet(items),
        Value::Dict(dict),
        Value::Tuple(vec![]),
        Value::Tuple(vec![Value::Set(BTreeSet::new())]),
        Value::Tuple(vec![Value::List(vec![]), Value::Dict(BTreeMap::new())]),
        Value::Tuple(vec![Value::Bytes(vec![7; 300]), Value::Bytes(vec![]), Value::F64(-0.0)]),
        Value::Int(BigInt::from(7)),
        Value::Int(BigInt::from(1) << 3000_u32),
        Value::Int("-9223372036854775808".parse().unwrap()),
        Value::Int(BigInt::from(-128) << 64_u32),
    ])
}

pub fn run() -> Vec<String> {
    let value = value();
    let mut report = vec![format!("{value}"), format!("{value:?}"), format!("{value:#?}")];
    for options in [SerOptions::new(), SerOptions::new().proto_v2()] {
        let bytes = value_to_vec(&value, options.clone()).unwrap();
        let mut written = Vec::new();
        value_to_writer(&mut written, &value, options).unwrap();
        assert_eq!(bytes, written);
        report.push(bytes.escape_ascii().to_string());
        // The ints that fit come back as `I64`, so what is read is not always the same.
        report.push(value_from_slice(&bytes, Default::default()).unwrap().to_string());
    }
    for key in keys() {
        report.push(format!("{key} {key:?}"));
        let back = key.clone().into_value().into_hashable().unwrap();
        assert_eq!(back, key);
        let orders: Vec<_> = keys().iter().map(|other| key.cmp(other)).collect();
        report.push(format!("{orders:?}"));
    }
    for unhashable in [Value::List(vec![]), Value::Dict(BTreeMap::new()), Value::Set(BTreeSet::new())] {
        report.push(unhashable.clone().into_hashable().unwrap_err().to_string());
        let inside = Value::Tuple(vec![Value::None, unhashable]);
        report.push(inside.into_hashable().unwrap_err().to_string());
    }
    let same = [HashableValue::Bool(true), HashableValue::I64(1), HashableValue::F64(1.0)];
    assert_eq!(BTreeSet::from(same).len(), 1);
    report
}
