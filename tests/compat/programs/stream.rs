use pickle::{DeOptions, Deserializer, Error, ErrorCode, Result, Value};
use serde::Deserialize;
use std::io::{self, Read};

/// Gives one byte at a time.
struct Slow<R>(R);

impl<R: Read> Read for Slow<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = buffer.len().min(1);
        self.0.read(&mut buffer[..n])
    }
}

struct Reader<R: Read> {
    from: Deserializer<R>,
}

impl<R: Read> Reader<R> {
    fn next<'de, T: Deserialize<'de>>(&mut self) -> Result<T> {
        self.from.reset_memo();
        T::deserialize(&mut self.from)
    }
}

pub fn run() -> Vec<String> {
    let mut report = Vec::new();
    // Pickles that stand alone.
    let mut bytes = Vec::new();
    for n in 0..50_u32 {
        pickle::to_writer(&mut bytes, &(n, vec![n.to_string(); 3]), Default::default()).unwrap();
    }
    bytes.extend_from_slice(b"\x80\x04\x95\x09\0\0\0\0\0\0\0\x8c\x05Hello\x94.");
    let mut reader = Reader {
        from: Deserializer::new(Slow(bytes.as_slice()), DeOptions::new()),
    };
    for n in 0..50 {
        let (number, texts): (u32, Vec<String>) = reader.next().unwrap();
        assert_eq!((number, texts.len()), (n, 3));
    }
    report.push(reader.next::<String>().unwrap());
    reader.from.end().unwrap();
    report.push(reader.next::<String>().unwrap_err().to_string().contains("EOF").to_string());

    // Values, one after the other without a reset.
    let shared = b"\x80\x02X\x01\0\0\0aq\0.\x80\x02X\x01\0\0\0bq\0h\0\x86.";
    let mut from = Deserializer::new(&shared[..], DeOptions::new());
    report.push(from.deserialize_value().unwrap().to_string());
    report.push(from.deserialize_value().unwrap().to_string());
    from.end().unwrap();

    let mut from = Deserializer::new(&b"K\x01.K\x02."[..], DeOptions::new());
    assert_eq!(from.deserialize_value().unwrap(), Value::I64(1));
    match from.end() {
        Err(Error::Eval(ErrorCode::TrailingBytes, _)) => report.push("trailing bytes".into()),
        other => report.push(format!("{other:?}")),
    }

    // From iterators: of bytes, of chunks, of chunks that may fail.
    let pickle = b"\x80\x03X\x03\0\0\0twoK\x02\x86.".to_vec();
    let a: (String, u8) = pickle::from_iter(pickle.iter().copied().fuse(), DeOptions::new()).unwrap();
    let b: (String, u8) = pickle::from_iter(pickle.iter(), DeOptions::new()).unwrap();
    let c = pickle::value_from_iter(pickle.chunks(4), DeOptions::new()).unwrap();
    let chunks = pickle.chunks(5).map(|chunk| Ok::<_, io::Error>(chunk.to_vec()));
    let d = pickle::value_from_iter(chunks.fuse(), DeOptions::new()).unwrap();
    report.push(format!("{a:?} {b:?} {c} {d}"));
    let broken = [Ok(pickle[..3].to_vec()), Err(io::Error::other("the line is dead"))];
    let error = pickle::value_from_iter(broken.into_iter().fuse(), DeOptions::new()).unwrap_err();
    report.push(error.to_string());
    report
}
