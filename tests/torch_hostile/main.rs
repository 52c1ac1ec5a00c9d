//! Checkpoints that nobody should trust: read or refused, never a panic, a hang or memory that the file did not pay for.
#![cfg(feature = "torch")]

mod bombs;
mod claim;
#[path = "../support/mod.rs"]
mod support;

use brinery::{
    Builder, Options,
    types::torch::{Checkpoint, Dtype, TensorData, write_state_dict},
};
use claim::{Claim, archive, checkpoint};

/// Elements that are repeated cost the file nothing: they are listed one by one, and refused as a whole.
#[test]
fn repeated_elements() {
    let file = Claim {
        shape: vec![1 << 40, 2],
        strides: vec![0, 1],
        ..Claim::default()
    }
    .file();
    let checkpoint = Checkpoint::from_bytes(&file).expect("it is well-formed");
    let tensor = checkpoint.get("t").expect("it is well-formed");
    assert_eq!(tensor.numel(), 1 << 41);
    assert_eq!(tensor.iter::<f32>().expect("floats").nth(3), Some(2.));
    for error in [tensor.to_vec::<f32>().map(|_| ()), tensor.to_bytes().map(|_| ())] {
        let error = error.expect_err("too many").to_string();
        assert_eq!(
            error,
            "the limit `elements of a tensor that repeats them` of 16777216 is reached"
        );
    }
    let wrong = tensor
        .to_vec::<i64>()
        .expect_err("too many, whatever they are")
        .to_string();
    assert!(wrong.contains("limit"), "{wrong}");
    let file = Claim::default().file();
    let checkpoint = Checkpoint::from_bytes(&file).expect("it is well-formed");
    let wrong = checkpoint
        .get("t")
        .expect("floats")
        .to_vec::<i64>()
        .expect_err("floats")
        .to_string();
    assert_eq!(wrong, "needs int64, found float32");
}

/// Tensors wrapped in tensors, and in themselves.
#[test]
fn wrapped_without_end() {
    for depth in [3, 100, 10_000] {
        let mut build = Builder::new();
        let function = build.global("torch._utils", "_rebuild_parameter");
        let mut tensor = Claim::default().build(&mut build);
        let (grad, hooks) = (build.add(true), build.add(()));
        for _ in 0..depth {
            tensor = build.call(function, [tensor, grad, hooks]).expect("a function");
        }
        let file = checkpoint(build, tensor);
        let checkpoint = Checkpoint::from_bytes(&file).expect("it is well-formed");
        let tensor = checkpoint.root().tensor();
        match depth {
            3 => assert!(tensor.expect("a parameter").requires_grad()),
            _ => assert_eq!(
                tensor.expect_err("too deep").to_string(),
                "a tensor is wrapped too often"
            ),
        }
    }
}

#[test]
fn archives() {
    let refused = |file: &[u8]| {
        Checkpoint::from_bytes(file)
            .map(|_| ())
            .expect_err("it is no checkpoint")
            .to_string()
    };
    assert_eq!(refused(b""), "at byte 0: the input ends where an opcode should stand");
    assert_eq!(
        refused(b"\x80\x02]."),
        "neither a zip file nor a pickle with torch's magic number: no checkpoint"
    );
    let old = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xea\x03.";
    assert_eq!(
        refused(old),
        "not supported: a version of the old format other than 1001"
    );
    assert_eq!(
        refused(&archive(&[("a/b", b"")])),
        "a zip file without data.pkl, which is no checkpoint"
    );
    assert_eq!(
        refused(&archive(&[("a/model.json", b"{}"), ("a/code/a.py", b"")])),
        "not supported: a TorchScript file without data.pkl, as torch 1.3 and older wrote"
    );
    assert_eq!(
        refused(&archive(&[("a/data.pkl", b"N."), ("a/byteorder", b"middle")])),
        "the byte order is neither little nor big"
    );
    // Two entries of one name, one of which would be taken here and the other there.
    let mut twice = archive(&[("a/data.pkl", b"N."), ("a/data/0", b"12"), ("a/data/1", b"34")]);
    while let Some(at) = twice.windows(8).position(|name| name == b"a/data/1") {
        twice[at + 7] = b'0';
    }
    assert_eq!(refused(&twice), "two entries of the zip file have one name");
    // Entries that lie elsewhere than the directory says, are longer, or encrypted.
    let whole = archive(&[("a/data.pkl", b"N."), ("a/data/0", b"12345678")]);
    let at = whole
        .windows(4)
        .rposition(|magic| magic == b"PK\x01\x02")
        .expect("a directory");
    let mut damage = 0;
    for (place, bytes) in [
        (42, [0xff; 4]),
        (42, [1, 0, 0, 0]),
        (24, [0xf0; 4]),
        (20, [0xf0; 4]),
        (24, [9, 0, 0, 0]),
    ] {
        let mut file = whole.clone();
        file[at + place..at + place + 4].copy_from_slice(&bytes);
        damage += usize::from(Checkpoint::from_bytes(&file).is_err());
    }
    assert_eq!(damage, 5);
    let mut encrypted = Claim::default().file();
    let at = encrypted
        .windows(4)
        .rposition(|magic| magic == b"PK\x01\x02")
        .expect("a directory");
    encrypted[at + 8] |= 1;
    let checkpoint = Checkpoint::from_bytes(&encrypted).expect("its pickle is not encrypted");
    let error = checkpoint.get("t").expect_err("its storage is").to_string();
    assert_eq!(error, "not supported: the storage \"0\" is encrypted");
}

/// The old format by hand: two storages, the second of which is a part of the first.
fn legacy(numel: i64) -> Vec<u8> {
    let mut build = Builder::new();
    let function = build.global("torch._utils", "_rebuild_tensor");
    let class = build.global("torch", "LongStorage");
    let id = ["storage", "7", "cpu", "part"].map(|text| build.add(text));
    let numbers = [4i64, 1, 2].map(|n| build.add(n));
    let view = build.tuple([id[3], numbers[1], numbers[2]]);
    let id = build.tuple([id[0], class, id[1], id[2], numbers[0], view]);
    let storage = build.persistent(id);
    let (size, stride) = (build.tuple([numbers[2]]), build.tuple([numbers[1]]));
    let offset = build.add(0);
    let tensor = build
        .call(function, [storage, offset, size, stride])
        .expect("a function");
    let pickle = Options::new()
        .protocol(2)
        .write(&build.finish(tensor))
        .expect("it can be written");
    let mut file = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}.".to_vec();
    file.extend(pickle);
    file.extend(b"\x80\x02]X\x01\0\0\x007a.");
    file.extend(numel.to_le_bytes());
    file.extend([10i64, 11, 12, 13].iter().flat_map(|n| n.to_le_bytes()));
    file
}

#[test]
fn old_format() {
    let file = legacy(4);
    let checkpoint = Checkpoint::from_bytes(&file).expect("it is well-formed");
    let tensor = checkpoint.root().tensor().expect("a part of a storage");
    assert_eq!(tensor.to_vec::<i64>().expect("ints"), [11, 12]);
    let (name, listed) = checkpoint.tensors().next().expect("one").expect("it is honest");
    assert_eq!((name.as_str(), listed.shape()), ("", &[2][..]));
    for numel in [5, i64::MAX, -1, i64::MIN] {
        let error = Checkpoint::from_bytes(&legacy(numel))
            .map(|_| ())
            .expect_err("it lies")
            .to_string();
        assert_eq!(error, "the input ends too early", "{numel}");
    }
    let file = legacy(3);
    let checkpoint = Checkpoint::from_bytes(&file).expect("what follows is left alone");
    assert!(checkpoint.root().tensor().is_err());
}

/// Any file cut anywhere, and any few bytes changed.
#[test]
fn damaged() {
    let mut state = Vec::new();
    let tensors = [
        ("a", TensorData::from_slice(&[1f32, 2.], [2])),
        ("b.c", TensorData::new(Dtype::F8E4M3, [3], &b"\x01\x02\x03"[..])),
        ("d", TensorData::from_slice(&[true], [])),
    ];
    let tensors = tensors.map(|(name, tensor)| (name, tensor.expect("it fits")));
    write_state_dict(&mut state, tensors).expect("memory");
    let mut read = 0;
    for file in [state, legacy(4), Claim::default().file()] {
        let mut look = |file: &[u8]| {
            let Ok(checkpoint) = Checkpoint::from_bytes(file) else {
                return;
            };
            for (_, tensor) in checkpoint.tensors().flatten() {
                read += 1;
                let _ = (tensor.to_bytes(), tensor.to_vec::<f32>(), tensor.to_vec::<i64>());
            }
        };
        (0..file.len()).for_each(|end| look(&file[..end]));
        let mut rng = support::Rng::new(support::seed(), "damaged");
        for _ in 0..10_000 {
            let mut changed = file.clone();
            for _ in 0..1 + rng.below(3) {
                let at = rng.below(changed.len());
                changed[at] = if rng.one_in(2) {
                    rng.byte()
                } else {
                    changed[at] ^ 1 << rng.below(8)
                };
            }
            look(&changed);
        }
    }
    println!("{read} tensors were read");
    assert!(read > 1000);
}

#[test]
fn what_cannot_be_written() {
    let error = TensorData::new(Dtype::F32, [2, 2], vec![0; 15])
        .expect_err("a byte is missing")
        .to_string();
    assert_eq!(error, "15 bytes for a tensor of torch.float32 and shape [2, 2]");
    assert!(TensorData::new(Dtype::U8, [usize::MAX, usize::MAX], vec![]).is_err());
    let one = || TensorData::from_slice(&[1i64], [1]).expect("it fits");
    let error = write_state_dict(Vec::new(), [("a", one()), ("a", one())])
        .expect_err("twice")
        .to_string();
    assert_eq!(error, "two tensors have the name \"a\"");
}
