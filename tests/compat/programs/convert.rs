use pickle::{
    Result, Serializer,
    de::{DeOptions, value_from_reader},
    ser::SerOptions,
    value::{HashableValue, Value, from_value, to_value},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, io::Write};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Job {
    Idle,
    Run { command: Vec<String>, nice: Option<i8> },
    Wait(u32),
    Copy(String, String),
}

fn through<T: Serialize + for<'de> Deserialize<'de>>(value: &T) -> Result<(Value, T)> {
    let tree = to_value(value)?;
    Ok((tree.clone(), from_value(tree)?))
}

/// Writes a container's head and parts by hand, as some programs do.
fn by_hand(out: impl Write) -> Result<()> {
    let mut to = Serializer::new(out, SerOptions::new().proto_v2());
    "part".serialize(&mut to)?;
    (1_u8, 2_u16, 3_u64, -4_i8, 5_i16, u32::MAX, u64::MAX, i64::MIN).serialize(&mut to)?;
    serde_bytes::Bytes::new(b"\0\xff").serialize(&mut to)?;
    to.into_inner().flush()?;
    Ok(())
}

pub fn run() -> Vec<String> {
    let mut report = Vec::new();
    let jobs = vec![
        Job::Idle,
        Job::Run {
            command: vec!["ls".into(), "-l".into()],
            nice: Some(-3),
        },
        Job::Wait(9),
        Job::Copy("a".into(), "b".into()),
    ];
    let (tree, again) = through(&jobs).unwrap();
    assert_eq!(again, jobs);
    report.push(tree.to_string());
    report.push(to_value("text").unwrap().to_string());
    report.push(to_value(&u64::MAX).unwrap().to_string());
    report.push(to_value(&[0.5_f32, -1.0][..]).unwrap().to_string());
    report.push(to_value(&BTreeMap::from([((1, 'c'), ())])).unwrap().to_string());
    report.push(to_value(&BTreeMap::from([(vec![1], ())])).unwrap_err().to_string());

    let set = [1, 2, 3].map(HashableValue::I64).into_iter().collect();
    report.push(format!("{:?}", from_value::<Vec<i32>>(Value::Set(set)).unwrap()));
    let tuple = Value::Tuple(vec![Value::String("Wait".into()), Value::I64(1)]);
    report.push(format!("{:?}", from_value::<Job>(tuple).unwrap()));
    report.push(format!("{:?}", from_value::<String>(Value::Bytes(b"bytes".to_vec())).unwrap()));
    report.push(format!("{:?}", from_value::<Option<u8>>(Value::None).unwrap()));

    let mut out = Vec::new();
    by_hand(&mut out).unwrap();
    report.push(out.escape_ascii().to_string());

    // JSON there and back, as the crate's own example does.
    let json: serde_json::Value =
        serde_json::from_str(r#"[{"null": null, "no": false, "int": -1238571, "float": 1.5e10, "list": ["true", 3.8]}]"#)
            .unwrap();
    let bytes = pickle::to_vec(&json, SerOptions::new().proto_v2()).unwrap();
    report.push(value_from_reader(bytes.as_slice(), DeOptions::new()).unwrap().to_string());
    assert_eq!(pickle::from_slice::<serde_json::Value>(&bytes, DeOptions::new()).unwrap(), json);
    report
}
