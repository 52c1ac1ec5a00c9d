//! Reading under a policy refuses what is not safe, through every door.

use brinery::{ErrorKind, Options, scan::Policy};

const GOOD: &[u8] = b"\x80\x04]\x94(K\x01K\x02e.";
const BAD: &[u8] = b"\x80\x04\x95\x10\0\0\0\0\0\0\0\x8c\x02os\x8c\x06system\x93)R.";

fn refused<T>(result: brinery::Result<T>, offset: u64) {
    let Err(error) = result else { panic!("it was read") };
    assert!(matches!(error.kind(), ErrorKind::NotAllowed(_)), "{error}");
    assert_eq!(error.offset(), Some(offset), "{error}");
    assert_eq!(error.opcode().map(|info| info.name), Some("STACK_GLOBAL"));
    assert!(
        error.to_string().contains("os.system: gives access") || error.to_string().contains("os.system"),
        "{error}"
    );
}

#[test]
fn graphs() {
    let options = Options::new().allow(Policy::data());
    assert!(options.read(GOOD).is_ok() && options.read_from(GOOD).is_ok());
    refused(options.read(BAD), 23);
    refused(options.read_from(BAD), 23);
    let both = [GOOD, BAD].concat();
    let second = GOOD.len() as u64 + 23;
    refused(options.read_all(&both), second);
    refused(options.read_all_from(&both[..]), second);
    let mut pickles = options.iter(&both);
    assert!(pickles.next().is_some_and(|pickle| pickle.is_ok()));
    refused(pickles.next().expect("a second one"), second);
    let mut stream = options.stream(&both[..]);
    assert!(stream.next().is_some_and(|pickle| pickle.is_ok()));
    refused(stream.next().expect("a second one"), second);
}

#[cfg(feature = "serde")]
#[test]
fn values() {
    let options = Options::new().allow(Policy::data());
    assert_eq!(options.from_slice::<Vec<u8>>(GOOD).expect("plain data"), [1, 2]);
    assert_eq!(options.from_reader::<_, Vec<u8>>(GOOD).expect("plain data"), [1, 2]);
    refused(options.from_slice::<serde::de::IgnoredAny>(BAD), 23);
    refused(options.from_reader::<_, serde::de::IgnoredAny>(BAD), 23);
    let both = [GOOD, BAD].concat();
    let mut values = options.deserializer(&both).into_iter::<serde::de::IgnoredAny>();
    assert!(values.next().is_some_and(|value| value.is_ok()));
    refused(values.next().expect("a second one"), GOOD.len() as u64 + 23);
    let mut values = options
        .deserializer_from(&both[..])
        .into_iter::<serde::de::IgnoredAny>();
    assert!(values.next().is_some_and(|value| value.is_ok()));
    refused(values.next().expect("a second one"), GOOD.len() as u64 + 23);
}

#[test]
fn a_reader_is_not_read_further() {
    let mut wire: &[u8] = b"K\x01.K\x02.";
    let options = Options::new().allow(Policy::data());
    assert_eq!(options.read_from(&mut wire).expect("an int").root().as_i64(), Some(1));
    assert_eq!(wire, b"K\x02.");
    // A broken pickle has the error that it has without a policy.
    let error = options.read_from(&b"K"[..]).expect_err("it is cut");
    assert!(error.is_truncated(), "{error}");
}
