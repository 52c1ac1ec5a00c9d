//! PyTorch writes and brinery reads, brinery writes and PyTorch loads; and files that nobody should trust.
#![cfg(feature = "torch")]

mod support;

use brinery::types::torch::{Checkpoint, Dtype, Element, Format, Tensor, TensorData, write_state_dict};
use serde_json::Value as Json;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};
use support::{packages, python::Python};

fn torch() -> Option<&'static Python> {
    static FOUND: OnceLock<Option<Python>> = OnceLock::new();
    FOUND.get_or_init(|| packages::environment("torch")).as_ref()
}

fn run(mut command: Command) -> String {
    let output = command.output().expect("torch_cases.py starts");
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "torch_cases.py: {report}");
    String::from_utf8(output.stdout).expect("JSON is UTF-8")
}

/// A directory of its own for each test.
fn directory(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("torch-{name}"));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("the target directory can be written");
    path
}

/// What torch wrote, once for all tests.
fn written() -> Option<&'static Path> {
    static WRITTEN: OnceLock<Option<PathBuf>> = OnceLock::new();
    let make = || {
        let python = torch()?;
        let path = directory("written");
        let mut command = python.oracle("torch_cases.py");
        command.arg("write").arg(&path);
        run(command);
        Some(path)
    };
    WRITTEN.get_or_init(make).as_deref()
}

fn json(text: &str) -> Json {
    serde_json::from_str(text).expect("the oracle writes JSON")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn numbers(json: &Json) -> Vec<usize> {
    let number = |n: &Json| n.as_u64().expect("a number") as usize;
    json.as_array().expect("an array").iter().map(number).collect()
}

/// Elements as their bytes, by the door of a type.
fn encoded<T: Element>(elements: Vec<T>) -> Vec<u8> {
    let mut bytes = Vec::new();
    elements.into_iter().for_each(|element| element.encode(&mut bytes));
    bytes
}

/// The elements read by type and written again, which must be what was in the file.
fn by_type(tensor: &Tensor<'_>) -> Option<Vec<u8>> {
    macro_rules! read {
        ($($dtype:ident $ty:ty),*) => {
            match tensor.dtype() {
                $(Dtype::$dtype => {
                    let all = tensor.to_vec::<$ty>().expect("it has elements");
                    let each: Vec<$ty> = tensor.iter().expect("it has elements").collect();
                    let all = encoded(all);
                    assert_eq!(all, encoded(each));
                    Some(all)
                })*
                _ => None,
            }
        };
    }
    read!(
        F64 f64, F32 f32, F16 half::f16, BF16 half::bf16, U8 u8, U16 u16, U32 u32, U64 u64, I8 i8, I16 i16, I32 i32,
        I64 i64, Bool bool, C32 [half::f16; 2], C64 [f32; 2], C128 [f64; 2]
    )
}

fn compare(tensor: &Tensor<'_>, name: &str, wanted: &Json) {
    let what = |field: &str| wanted[field].clone();
    assert_eq!(name, what("name"));
    assert_eq!(tensor.dtype().name(), what("dtype"), "{name}");
    assert_eq!(tensor.shape(), numbers(&wanted["shape"]), "{name}");
    assert_eq!(tensor.strides(), numbers(&wanted["strides"]), "{name}");
    assert_eq!(tensor.storage_offset(), what("offset"), "{name}");
    assert_eq!(tensor.device(), what("device"), "{name}");
    assert_eq!(tensor.requires_grad(), what("requires_grad"), "{name}");
    assert_eq!(tensor.numel(), tensor.shape().iter().product::<usize>());
    let Some(bytes) = wanted["bytes"].as_str() else {
        assert!(tensor.storage().is_none());
        let error = tensor.to_vec::<f32>().expect_err("a meta tensor has no elements");
        assert_eq!(error.to_string(), "not supported: the elements of a meta tensor");
        return;
    };
    assert_eq!(hex(&tensor.to_bytes().expect("it has elements")), bytes, "{name}");
    if let Some(borrowed) = tensor.as_slice_bytes() {
        assert_eq!(hex(borrowed), bytes, "{name}");
        assert!(tensor.is_contiguous(), "{name}");
    }
    if let Some(read) = by_type(tensor) {
        assert_eq!(hex(&read), bytes, "{name}");
    }
    if let Some(floats) = wanted["floats"].as_array() {
        let text = |x: &f64| -> Json {
            let python = if x.is_nan() { "nan".into() } else { format!("{x:?}") };
            python.into()
        };
        let wide = tensor.to_vec::<f64>().expect("floats widen");
        let wanted: Vec<f64> = floats
            .iter()
            .map(|x| x.as_str().expect("text").parse().expect("a float"))
            .collect();
        let texts = |all: &[f64]| all.iter().map(text).collect::<Vec<_>>();
        assert_eq!(texts(&wide), texts(&wanted), "{name}");
        let narrow: Vec<f64> = tensor
            .to_vec::<f32>()
            .expect("it fits")
            .into_iter()
            .map(f64::from)
            .collect();
        assert_eq!(texts(&narrow), texts(&wanted), "{name}");
    }
}

/// All files that torch wrote, against what torch says is in them.
#[test]
fn torch_writes() {
    let Some(directory) = written() else { return };
    let (mut files, mut tensors) = (0, 0);
    for entry in fs::read_dir(directory).expect("it was written") {
        let path = entry.expect("it can be listed").path();
        if path.extension().is_none_or(|extension| extension != "pt") {
            continue;
        }
        files += 1;
        let name = path.display();
        let wanted = json(&fs::read_to_string(path.with_extension("json")).expect("it is beside it"));
        let in_memory = fs::read(&path).expect("it is there");
        let given = Checkpoint::from_bytes(&in_memory).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mapped = Checkpoint::open(&path).expect("it could be read from memory");
        for checkpoint in [&given, &mapped] {
            let format = match wanted["format"].as_str() {
                Some("zip") => Format::Zip,
                Some("script") => Format::TorchScript,
                _ => Format::Legacy,
            };
            assert_eq!(checkpoint.format(), format, "{name}");
            let mut refused = wanted["refused"].as_object().expect("an object").clone();
            let mut expected = wanted["tensors"].as_array().expect("an array").iter();
            for found in checkpoint.tensors() {
                match found {
                    Ok((found, tensor)) => {
                        let wanted = expected
                            .next()
                            .unwrap_or_else(|| panic!("{name}: {found} is one too many"));
                        compare(&tensor, &found, wanted);
                        tensors += 1;
                        if !found.is_empty() {
                            let again = checkpoint.get(&found).expect("it has this name");
                            compare(&again, &found, wanted);
                        }
                    }
                    Err(error) => {
                        let text = error.to_string();
                        let (key, why) = text
                            .strip_prefix("not supported: ")
                            .and_then(|text| text.split_once(": "))
                            .unwrap_or_else(|| panic!("{name}: {text}"));
                        let wanted = refused.remove(key).unwrap_or_else(|| panic!("{name}: {text}"));
                        assert!(why.contains(wanted.as_str().expect("text")), "{name}: {text}");
                    }
                }
            }
            assert!(expected.next().is_none(), "{name}: a tensor is missing");
            assert!(refused.is_empty(), "{name}: not refused: {refused:?}");
        }
    }
    println!("{files} files, {tensors} tensors");
    assert!(files >= 130, "only {files} files");
}

/// What else is in a training checkpoint, and that views of one storage are views of one memory.
#[test]
fn beside_the_tensors() {
    let Some(directory) = written() else { return };
    for suffix in ["", "_legacy", "_p4", "_legacy_p3"] {
        let checkpoint = Checkpoint::open(directory.join(format!("training{suffix}.pt"))).expect("torch wrote it");
        let root = checkpoint.root();
        let under = |path: &str| checkpoint.under(path).unwrap_or_else(|| panic!("{path}")).value();
        assert_eq!(under("epoch").as_i64(), Some(3));
        assert_eq!(under("args.name").as_str(), Some("run é"));
        assert_eq!(under("args.layers.1").as_i64(), Some(2));
        assert_eq!(under("optimizer.param_groups.0.betas.1").as_f64(), Some(0.999));
        assert_eq!(under("history.1.0").as_i64(), Some(2));
        let model = root.under("model").expect("it was saved");
        assert_eq!(model.class().as_deref(), Some("collections.OrderedDict"));
        assert_eq!(model.get("body.0.weight").expect("a tensor").shape(), [3, 4]);
        assert_eq!(model.tensors().count(), 11);
        assert!(checkpoint.under("model.body.0.nothing").is_none());
        let error = checkpoint.get("nothing").expect_err("it is not there");
        assert_eq!(error.to_string(), "not found: no tensor \"nothing\"");
        let error = checkpoint.get("epoch").expect_err("it is an int");
        assert_eq!(error.to_string(), "needs a tensor, found int");

        let checkpoint = Checkpoint::open(directory.join(format!("shared{suffix}.pt"))).expect("torch wrote it");
        let bytes = |name: &str| {
            checkpoint
                .get(name)
                .expect("a tensor")
                .as_slice_bytes()
                .expect("in one run")
        };
        assert!(std::ptr::eq(bytes("encoder.weight"), bytes("decoder.weight")));
        assert!(std::ptr::eq(bytes("encoder.weight"), bytes("flat")));
        assert!(std::ptr::eq(&bytes("encoder.weight")[16..48], bytes("part")));
        let keys: Vec<_> = checkpoint
            .tensors()
            .map(|tensor| tensor.expect("it is plain").1.storage().expect("it has one").key())
            .collect();
        assert!(keys.windows(2).all(|pair| pair[0] == pair[1]), "{keys:?}");
    }
}

#[test]
fn storages_without_tensors() {
    let Some(directory) = written() else { return };
    let checkpoint = Checkpoint::open(directory.join("storages.bin")).expect("torch wrote it");
    let untyped = checkpoint
        .under("untyped")
        .and_then(|found| found.storage().ok())
        .expect("a storage");
    assert_eq!((untyped.dtype(), untyped.bytes()), (None, &[0, 0, 1, 0, 2, 0][..]));
    let typed = checkpoint.under("typed").expect("it was saved");
    assert!(typed.tensor().is_err());
    assert_eq!(typed.storage().expect("a storage").dtype(), Some(Dtype::F32));
    assert_eq!(checkpoint.tensors().count(), 0);
}

#[test]
fn formats_that_are_not_read() {
    let Some(directory) = written() else { return };
    let checkpoint = Checkpoint::open(directory.join("compressed.bin")).expect("its pickle is not compressed");
    let error = checkpoint.get("flat").expect_err("its storage is");
    assert_eq!(
        error.to_string(),
        "not supported: the storage \"0\" is compressed, so it cannot be read in place"
    );
    let error = Checkpoint::open(directory.join("tar.bin")).expect_err("it is a tar file");
    assert_eq!(
        error.to_string(),
        "not supported: a tar file, as torch before 0.1.10 wrote"
    );
}

/// The pickle of what we write is torch's own, byte for byte; and so are all tensors that torch loads from it.
#[test]
fn torch_loads() {
    let Some(written) = written() else { return };
    let own = directory("ours");
    let mut paths = Vec::new();
    for name in [
        "plain.bin",
        "views.pt",
        "parameters.pt",
        "lazy_legacy.pt",
        "big_endian.pt",
        "shared.pt",
    ] {
        let checkpoint = Checkpoint::open(written.join(name)).expect("torch wrote it");
        let tensors: Vec<_> = checkpoint
            .tensors()
            .map(|tensor| tensor.expect("it is plain"))
            .collect();
        let data = tensors
            .iter()
            .map(|(name, tensor)| (name, TensorData::from_tensor(tensor).expect("it has elements")));
        let path = own.join(name);
        write_state_dict(fs::File::create(&path).expect("it can be made"), data).expect("it fits");
        paths.push(path);
    }
    let pickle = |path: &Path| {
        let checkpoint = Checkpoint::open(path).expect("it was written");
        brinery::Options::new()
            .protocol(2)
            .write(checkpoint.graph())
            .expect("it was read")
    };
    let (torch, ours) = (pickle(&written.join("plain.bin")), pickle(&paths[0]));
    assert!(torch == ours, "{}", support::difference(&torch, &ours));

    let mut command = self::torch().expect("it has written").oracle("torch_cases.py");
    command.arg("read").args(&paths);
    let lines = run(command);
    assert_eq!(lines.lines().count(), paths.len());
    for (line, path) in lines.lines().zip(&paths) {
        let loaded = json(line);
        let mut loaded = loaded.as_array().expect("an array").iter();
        let source = written
            .join(path.file_name().expect("it has a name"))
            .with_extension("json");
        let source = json(&fs::read_to_string(source).expect("it is beside it"));
        for wanted in source["tensors"].as_array().expect("an array") {
            let found = loaded.next().expect("as many tensors");
            for field in ["name", "dtype", "shape", "bytes", "floats"] {
                assert_eq!(found[field], wanted[field], "{} of {}", wanted["name"], path.display());
            }
        }
        assert!(loaded.next().is_none());
        // And by our own reader.
        let again = Checkpoint::open(path).expect("we wrote it");
        for (tensor, wanted) in again.tensors().zip(source["tensors"].as_array().expect("an array")) {
            let (_, tensor) = tensor.expect("it is plain");
            let aligned = tensor
                .as_slice_bytes()
                .expect("in one run")
                .as_ptr()
                .addr()
                .is_multiple_of(64);
            assert!(aligned || tensor.numel() == 0);
            assert_eq!(hex(&tensor.to_bytes().expect("it has elements")), wanted["bytes"]);
        }
    }
}

/// Half a gigabyte: what it takes to open it, to look at one tensor, and at all. Run with `--ignored --nocapture`.
#[test]
#[ignore = "writes 512 MB and prints measurements"]
fn large() {
    let python = torch().expect("there is nothing to measure without torch");
    let path = directory("large").join("large.pt");
    let mut command = python.oracle("torch_cases.py");
    command.arg("large").arg(&path);
    run(command);
    let resident = || -> u64 {
        let status = fs::read_to_string("/proc/self/status").expect("Linux");
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS"))
            .expect("it is there");
        line.split_whitespace()
            .nth(1)
            .and_then(|kb| kb.parse().ok())
            .expect("a number")
    };
    let before = resident();
    let say = |what: &str, since: std::time::Instant| {
        println!(
            "{what}: {:.1} ms, {} kB more resident",
            since.elapsed().as_secs_f64() * 1e3,
            resident() - before
        );
    };
    let start = std::time::Instant::now();
    let checkpoint = Checkpoint::open(&path).expect("torch wrote it");
    say("open", start);
    assert!(resident() - before < 20_000, "opening reads the storages");
    let start = std::time::Instant::now();
    assert_eq!(checkpoint.tensors().filter(|tensor| tensor.is_ok()).count(), 128);
    say("list", start);
    let start = std::time::Instant::now();
    let weight = checkpoint.get("layers.40.weight").expect("it is there");
    assert_eq!(weight.to_vec::<f32>().expect("floats")[..2], [40., 40.]);
    drop(weight);
    say("one tensor of 8 MB", start);
    let start = std::time::Instant::now();
    let mut sum = 0.;
    for tensor in checkpoint.tensors() {
        let (_, tensor) = tensor.expect("it is plain");
        sum += tensor
            .to_vec::<f32>()
            .expect("floats")
            .iter()
            .map(|x| f64::from(*x))
            .sum::<f64>();
    }
    assert_eq!(sum, 64. * 63. / 2. * 1024. * 2048. + 64. * 1023. * 512.);
    say("all elements", start);
    let start = std::time::Instant::now();
    let tensors: Vec<_> = checkpoint
        .tensors()
        .map(|tensor| tensor.expect("it is plain"))
        .collect();
    let data = tensors
        .iter()
        .map(|(name, tensor)| (name, TensorData::from_tensor(tensor).expect("plain")));
    write_state_dict(
        fs::File::create(path.with_extension("copy")).expect("it can be made"),
        data,
    )
    .expect("it fits");
    say("write all", start);
}
