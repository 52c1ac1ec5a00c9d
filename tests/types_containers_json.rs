//! Containers and structural types in another format: plain data.

use brinery::types::{
    Array, ByteArray, ChainMap, Counter, DefaultDict, Deque, EnumMember, Exception, FrozenSet, Ignored, Member,
    OrderedDict, Partial, Range, Set, Slice, Tuple,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{collections::BTreeMap, fmt::Debug};

fn text(text: &str) -> String {
    text.into()
}

fn map<K: Ord, V>(pairs: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    pairs.into_iter().collect()
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Extra {
    extra: i64,
}

#[test]
fn in_json_they_are_plain_data() {
    fn both<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T, json: &str) {
        assert_eq!(serde_json::to_string(&value).expect("JSON"), json);
        assert_eq!(serde_json::from_str::<T>(json).expect(json), value);
        // What serde buffers comes by another way.
        let untagged: Untagged<T> = serde_json::from_str(json).expect(json);
        assert_eq!(untagged, Untagged::Value(value));
    }
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(untagged)]
    enum Untagged<T> {
        Value(T),
        #[allow(dead_code)]
        Other(Ignored),
    }
    let pairs = || vec![(text("b"), 1), (text("a"), 2)];
    both(OrderedDict(pairs()), r#"{"b":1,"a":2}"#);
    both(Counter(pairs()), r#"{"b":1,"a":2}"#);
    both(
        DefaultDict::<_, _> {
            factory: None,
            items: pairs(),
        },
        r#"{"b":1,"a":2}"#,
    );
    both(ChainMap(vec![pairs(), vec![]]), r#"[{"b":1,"a":2},{}]"#);
    both(Deque::from_iter([1, 2]), "[1,2]");
    both(Set(vec![1, 2]), "[1,2]");
    both(FrozenSet(vec![1, 2]), "[1,2]");
    both(Tuple(vec![1, 2]), "[1,2]");
    both(ByteArray(vec![1, 2]), "[1,2]");
    both(Range::from(0..5), r#"{"start":0,"stop":5,"step":1}"#);
    both(
        Slice {
            start: Some(1),
            stop: None,
            step: None,
        },
        r#"{"start":1,"stop":null,"step":null}"#,
    );
    both(Array::I64(vec![1, -2]), "[1,-2]");
    both(Array::U64(vec![1, u64::MAX]), "[1,18446744073709551615]");
    both(Array::F64(vec![1.0, 0.5]), "[1.0,0.5]");
    both(Array::Text(text("abc")), r#""abc""#);
    both(
        Exception::<_>::new("m:E", (1, text("x"))),
        r#"{"class":"m:E","args":[1,"x"]}"#,
    );
    both(
        Exception {
            class: text("m:E"),
            args: vec![1],
            state: Some(Extra { extra: 7 }),
        },
        r#"{"class":"m:E","args":[1],"state":{"extra":7}}"#,
    );
    both(
        Partial {
            func: text("m:f"),
            args: (1, 2),
            keywords: map([(text("k"), 3)]),
        },
        r#"{"func":"m:f","args":[1,2],"keywords":{"k":3}}"#,
    );
    both(EnumMember::new("m:E", 1), r#"{"class":"m:E","value":1}"#);
    both(
        EnumMember::<i64> {
            class: text("m:E"),
            member: Member::Name(text("A")),
        },
        r#"{"class":"m:E","name":"A"}"#,
    );
    // Without what JSON has no place for.
    let dict = DefaultDict {
        factory: Some(text("builtins:list")),
        items: pairs(),
    };
    assert_eq!(serde_json::to_string(&dict).expect("JSON"), r#"{"b":1,"a":2}"#);
    let deque = Deque {
        items: [1].into(),
        maxlen: Some(3),
    };
    assert_eq!(serde_json::to_string(&deque).expect("JSON"), "[1]");
    assert!(serde_json::from_str::<Array>("[-1, 18446744073709551615]").is_err());
    assert!(serde_json::from_str::<Range>(r#"{"start":0,"stop":5,"step":0}"#).is_err());
    assert!(serde_json::from_str::<Exception<()>>(r#"{"args":null}"#).is_err());
}
