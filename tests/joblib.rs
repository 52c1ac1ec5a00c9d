//! joblib writes and brinery reads; and files that nobody should trust.

mod support;

use brinery::{Value, types::joblib};
use serde_json::Value as Json;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};
use support::packages;

/// What joblib of each environment wrote, once for all tests.
fn written() -> &'static [PathBuf] {
    static WRITTEN: OnceLock<Vec<PathBuf>> = OnceLock::new();
    WRITTEN.get_or_init(|| {
        let by = |name: &str| {
            let python = packages::environment(name)?;
            let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("joblib-{name}"));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).expect("the target directory can be written");
            let output = python.oracle("joblib_cases.py").arg(&path).output().expect("it starts");
            let report = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "joblib_cases.py with {name}: {report}");
            Some(path)
        };
        ["classic", "modern"].into_iter().filter_map(by).collect()
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The object at a path; none for the root.
fn at<'g>(root: Value<'g>, path: &str) -> Value<'g> {
    let mut value = root;
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let by_key = value.get(part).or_else(|| value.get(part.parse::<usize>().ok()?));
        value = by_key.unwrap_or_else(|| panic!("{path} in {root}"));
    }
    value
}

fn compare(file: &joblib::Joblib<'_>, wanted: &Json) {
    let path = wanted["path"].as_str().expect("text");
    let value = at(file.root(), path);
    assert!(file.is_array(value), "{path}");
    let array = file.array(value).unwrap_or_else(|error| panic!("{path}: {error}"));
    let shape: Vec<u64> = array.shape().iter().map(|size| *size as u64).collect();
    assert_eq!(serde_json::json!(shape), wanted["shape"], "{path}");
    assert_eq!(array.dtype().itemsize(), wanted["itemsize"], "{path}");
    assert_eq!(array.class().1, wanted["class"], "{path}");
    if let Some(dtype) = wanted["dtype"].as_str() {
        assert_eq!(array.dtype().to_string(), dtype, "{path}");
    }
    if let Some(bytes) = wanted["bytes"].as_str() {
        assert_eq!(hex(array.bytes().expect("plain items")), bytes, "{path}");
        let fortran = array.order() == brinery::types::numpy::Order::Fortran;
        assert_eq!(fortran, wanted["fortran"], "{path}");
    } else {
        let items = array.objects().expect("objects").iter().map(|item| item.to_string());
        assert_eq!(
            serde_json::json!(items.collect::<Vec<_>>()),
            wanted["objects"],
            "{path}"
        );
    }
}

#[test]
fn joblib_writes() {
    for directory in written() {
        let (mut files, mut arrays) = (0, 0);
        for entry in fs::read_dir(directory).expect("it was written") {
            let path = entry.expect("it can be listed").path();
            if path.extension().is_none_or(|extension| extension != "joblib") {
                continue;
            }
            let name = path.display();
            let bytes = fs::read(&path).expect("it is there");
            let wanted = fs::read_to_string(path.with_extension("json")).expect("it is beside it");
            let wanted: Vec<Json> = serde_json::from_str(&wanted).expect("JSON");
            let borrowed = joblib::read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
            let owned = joblib::read_from(&*bytes).expect("it could be read from a slice");
            for file in [&borrowed, &owned] {
                wanted.iter().for_each(|wanted| compare(file, wanted));
                let found = file
                    .arrays()
                    .collect::<Result<Vec<_>, _>>()
                    .expect("they were compared");
                assert_eq!(found.len(), wanted.len(), "{name}");
            }
            files += 1;
            arrays += wanted.len();
        }
        println!("{}: {files} files, {arrays} arrays", directory.display());
        assert!(files == 63 && arrays > 700, "{files} files, {arrays} arrays");
    }
}

/// What is no array of joblib's is read as it is.
#[test]
fn without_arrays() {
    for directory in written() {
        let bytes = fs::read(directory.join("plain.joblib")).expect("it was written");
        let file = joblib::read(&bytes).expect("it was written");
        assert_eq!(file.arrays().count(), 0);
        assert_eq!(file.root().at("n.1").and_then(|n| n.as_f64()), Some(2.5));
        let scalar = file.root().get("scalar").expect("it was put in");
        assert!(!file.is_array(scalar));
        assert_eq!(
            file.array(scalar).expect("numpy's").to_vec::<f64>().expect("a float"),
            [2.5]
        );
        let error = file
            .array(file.root())
            .map(drop)
            .expect_err("a dict is no array")
            .to_string();
        assert_eq!(error, "numpy: an array is needed, found dict");
    }
}

#[test]
fn compressed() {
    for directory in written() {
        for method in ["zlib", "gzip", "bz2", "xz", "lzma"] {
            let bytes = fs::read(directory.join(format!("{method}.bin"))).expect("it was written");
            let error = joblib::read(&bytes).expect_err("it is compressed").to_string();
            let wanted = format!("not supported: a joblib file that is compressed with {method}: unpack it first");
            assert_eq!(error, wanted);
        }
    }
}

/// A file cut anywhere, and a file with any byte changed, is read or refused, and its arrays too.
#[test]
fn hostile() {
    let mut read = 0;
    for directory in written() {
        for name in ["records", "objects_p2", "sharing_old", "layouts_piped"] {
            let bytes = fs::read(directory.join(format!("{name}.joblib"))).expect("it was written");
            let bytes = &bytes[..bytes.len().min(6000)];
            let mut rng = support::Rng::new(support::seed(), name);
            let look = |bytes: &[u8]| match joblib::read(bytes) {
                Ok(file) => file.arrays().filter_map(|array| Some(array.ok()?.len())).count(),
                Err(error) => error.to_string().len().min(1),
            };
            for end in 0..bytes.len() {
                look(&bytes[..end]);
            }
            for _ in 0..2000 {
                let mut changed = bytes.to_vec();
                for _ in 0..1 + rng.below(3) {
                    let at = rng.below(changed.len());
                    changed[at] = rng.byte();
                }
                read += look(&changed);
            }
        }
    }
    assert!(written().is_empty() || read > 1000, "only {read} were looked at");
}

/// Sizes that are not there, a shape that overflows, an array given twice, arrays that are files beside it.
#[test]
fn lies() {
    let dtype =
        b"cnumpy\ndtype\nX\x02\0\0\0f8\x89\x88\x87R(K\x03X\x01\0\0\0<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb";
    let file = |shape: &[u8], end: &[u8]| {
        let mut file = b"\x80\x02cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81q\0}(X\x05\0\0\0shape".to_vec();
        file.extend(shape);
        file.extend(b"X\x05\0\0\0dtype");
        file.extend(dtype);
        file.extend(b"X\x08\0\0\0subclasscnumpy\nndarray\nub");
        file.extend(end);
        file
    };
    let error = |file: &[u8]| joblib::read(file).map(|_| ()).expect_err("it lies").to_string();
    assert_eq!(
        joblib::read(&file(b"K\x01\x85", b"12345678."))
            .expect("whole")
            .arrays()
            .count(),
        1
    );
    assert!(error(&file(b"K\x02\x85", b"12345678.")).ends_with("the input ends too early"));
    assert!(error(&file(b"J\xff\xff\xff\x7f\x85", b"12345678.")).ends_with("the input ends too early"));
    let overflow = error(&file(b"\x8a\x08\0\0\0\0\0\0\0\x40K\x08\x86", b"."));
    assert!(overflow.contains("too many items"), "{overflow}");
    let negative = error(&file(b"J\xff\xff\xff\xff\x85", b"."));
    assert!(negative.contains("a length or offset is needed"), "{negative}");
    let twice = error(&file(b"K\0\x85", b"h\0}X\x05\0\0\0dtypeNsb."));
    assert!(twice.ends_with("joblib: an array stands in the file twice"), "{twice}");
    let old = error(b"\x80\x02cjoblib.numpy_pickle\nNDArrayWrapper\n)\x81}X\x08\0\0\0filenameX\x01\0\0\0asb.");
    assert!(old.contains("before 0.10"), "{old}");
    // One dtype of great cost for many arrays is looked at once.
    let mut many = b"\x80\x02(".to_vec();
    many.extend(
        b"cnumpy\ndtype\nX\x02\0\0\0f8\x89\x88\x87R(K\x03X\x01\0\0\0<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tbq\x01",
    );
    for _ in 0..20_000 {
        many.extend(b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(X\x05\0\0\0shapeK\0\x85X\x05\0\0\0dtypeh\x01ub");
    }
    many.extend(b"t.");
    assert_eq!(joblib::read(&many).expect("whole").root().len(), Some(20_001));
}
