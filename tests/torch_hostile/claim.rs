//! Files by hand, in which a tensor claims what it likes.

use brinery::{Builder, Options, Ref, types::torch::Checkpoint};
use std::io::{Cursor, Write};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// A zip file of these entries.
pub fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in entries {
        zip.start_file(*name, stored).expect("a name");
        zip.write_all(bytes).expect("memory");
    }
    zip.finish().expect("memory").into_inner()
}

/// A checkpoint of this pickle, with a storage `0` of 24 bytes.
pub fn checkpoint(build: Builder, root: Ref) -> Vec<u8> {
    let pickle = Options::new()
        .protocol(2)
        .write(&build.finish(root))
        .expect("it can be written");
    let storage: Vec<u8> = [1f32, 2., 3., 4., 5., 6.]
        .iter()
        .flat_map(|x| x.to_le_bytes())
        .collect();
    archive(&[("a/data.pkl", &pickle), ("a/data/0", &storage)])
}

/// What a tensor claims.
pub struct Claim {
    pub class: &'static str,
    pub key: &'static str,
    pub numel: i64,
    pub offset: i64,
    pub shape: Vec<i64>,
    pub strides: Vec<i64>,
}

impl Default for Claim {
    fn default() -> Self {
        Claim {
            class: "FloatStorage",
            key: "0",
            numel: 6,
            offset: 0,
            shape: vec![2, 3],
            strides: vec![3, 1],
        }
    }
}

impl Claim {
    pub fn build(&self, build: &mut Builder) -> Ref {
        let function = build.global("torch._utils", "_rebuild_tensor_v2");
        let class = build.global("torch", self.class);
        let id = ["storage", self.key, "cpu"].map(|text| build.add(text));
        let numel = build.add(self.numel);
        let id = build.tuple([id[0], class, id[1], id[2], numel]);
        let storage = build.persistent(id);
        let mut tuple = |numbers: &[i64]| {
            let numbers: Vec<_> = numbers.iter().map(|n| build.add(*n)).collect();
            build.tuple(numbers)
        };
        let (shape, strides) = (tuple(&self.shape), tuple(&self.strides));
        let (offset, grad) = (build.add(self.offset), build.add(false));
        let dict = build.global("collections", "OrderedDict");
        let hooks = build.call(dict, []).expect("a class");
        build
            .call(function, [storage, offset, shape, strides, grad, hooks])
            .expect("a function")
    }

    /// The file of it alone, under the name `t`.
    pub fn file(&self) -> Vec<u8> {
        let mut build = Builder::new();
        let tensor = self.build(&mut build);
        let name = build.add("t");
        let root = build.dict([(name, tensor)]).expect("text");
        checkpoint(build, root)
    }

    fn error(&self) -> String {
        let file = self.file();
        let checkpoint = Checkpoint::from_bytes(&file).expect("it is well-formed");
        let error = checkpoint.get("t").expect_err("it lies").to_string();
        let listed = checkpoint
            .tensors()
            .next()
            .expect("it is there")
            .expect_err("it lies")
            .to_string();
        assert!(
            listed.ends_with(error.trim_start_matches("not supported: ")),
            "{listed} {error}"
        );
        error
    }
}

#[test]
fn claims() {
    let honest = Claim::default().file();
    let honest = Checkpoint::from_bytes(&honest).expect("it is well-formed");
    let tensor = honest.get("t").expect("it is honest");
    assert_eq!(tensor.to_vec::<f32>().expect("floats"), [1., 2., 3., 4., 5., 6.]);

    let claim = Claim::default;
    let beyond = "a tensor reaches beyond its storage";
    assert_eq!(Claim { offset: 1, ..claim() }.error(), beyond);
    assert_eq!(
        Claim {
            offset: i64::MAX,
            ..claim()
        }
        .error(),
        beyond
    );
    assert_eq!(
        Claim {
            strides: vec![4, 1],
            ..claim()
        }
        .error(),
        beyond
    );
    assert_eq!(
        Claim {
            strides: vec![i64::MAX, i64::MAX],
            ..claim()
        }
        .error(),
        beyond
    );
    assert_eq!(
        Claim {
            shape: vec![7],
            strides: vec![1],
            ..claim()
        }
        .error(),
        beyond
    );
    assert_eq!(
        Claim {
            shape: vec![1 << 62, 1],
            strides: vec![4, 1],
            ..claim()
        }
        .error(),
        beyond
    );
    let many = "a tensor has more elements than can be counted";
    assert_eq!(
        Claim {
            shape: vec![1 << 40, 1 << 40],
            strides: vec![0, 0],
            ..claim()
        }
        .error(),
        many
    );
    let no_length = "a size or stride of a tensor is no length";
    assert_eq!(
        Claim {
            shape: vec![-2, 3],
            ..claim()
        }
        .error(),
        no_length
    );
    assert_eq!(
        Claim {
            strides: vec![-1, 1],
            ..claim()
        }
        .error(),
        no_length
    );
    let other = "a tensor has another number of sizes than of strides";
    assert_eq!(
        Claim {
            shape: vec![6],
            ..claim()
        }
        .error(),
        other
    );
    let dimensions = Claim {
        shape: vec![1; 65],
        strides: vec![1; 65],
        ..claim()
    }
    .error();
    assert_eq!(
        dimensions,
        "not supported: a tensor of 65 dimensions; up to 64 are read"
    );
    assert_eq!(Claim { key: "1", ..claim() }.error(), "there is no storage \"1\"");
    assert_eq!(
        Claim { numel: 7, ..claim() }.error(),
        "the storage \"0\" has 24 bytes and should have 7 elements of 4"
    );
    assert_eq!(
        Claim {
            numel: i64::MAX,
            ..claim()
        }
        .error(),
        "a storage is larger than memory can be"
    );
    assert_eq!(
        Claim { numel: -1, ..claim() }.error(),
        "a persistent id is not that of a storage"
    );
    assert_eq!(
        Claim {
            class: "OddStorage",
            ..claim()
        }
        .error(),
        "not supported: the class of storages torch.OddStorage"
    );
    assert_eq!(
        Claim {
            class: "QInt8Storage",
            ..claim()
        }
        .error(),
        "not supported: a quantised tensor"
    );
    // No elements need no bytes, wherever they are.
    let empty = Claim {
        offset: i64::MAX,
        shape: vec![i64::MAX, i64::MAX, 0],
        strides: vec![1, 1, 1],
        ..claim()
    }
    .file();
    let empty = Checkpoint::from_bytes(&empty).expect("it is well-formed");
    let elements = empty.get("t").expect("it has no elements").to_vec::<f32>();
    assert!(elements.expect("none").is_empty());
}
