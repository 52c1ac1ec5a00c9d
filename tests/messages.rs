//! The examples, against the real packages: Celery's worker, Django's session store, ZODB's storage. Carbon cannot be
//! had as a binary package; its receiver's few lines stand in `oracle/messages.py`.

#![cfg(feature = "serde")]

mod support;

#[allow(dead_code)]
#[path = "../examples/celery.rs"]
mod celery;
#[allow(dead_code)]
#[path = "../examples/django_session.rs"]
mod django_session;
#[allow(dead_code)]
#[path = "../examples/graphite.rs"]
mod graphite;
#[allow(dead_code)]
#[path = "../examples/zodb.rs"]
mod zodb;

use std::path::{Path, PathBuf};
use support::{packages::environment, python::Python};

/// What the other side says.
fn ask(python: &Python, args: &[&str], input: &[u8]) -> Vec<u8> {
    let output = support::feed(python.oracle("messages.py").args(args), input);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "messages.py {args:?}: {said}");
    output.stdout
}

fn ask_text(python: &Python, args: &[&str], input: &[u8]) -> String {
    String::from_utf8(ask(python, args, input))
        .expect("text")
        .trim()
        .to_owned()
}

/// A new directory, which goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("brinery-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a directory");
        Folder(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("a path of text")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn resize() -> celery::Resize {
    celery::Resize { width: 640, name: None }
}

#[test]
fn a_task_that_celery_sends_is_read() {
    let Some(python) = environment("modern") else { return };
    let folder = Folder::new("celery-send");
    ask(&python, &["celery-send", folder.path()], b"");
    let mut files = std::fs::read_dir(&folder.0)
        .expect("it is there")
        .map(|entry| entry.expect("a file").path());
    let file = files
        .find(|path| path.extension().is_some_and(|end| end == "msg"))
        .expect("a message");
    let message = std::fs::read_to_string(file).expect("text");
    let task: celery::Task<(String, f64), celery::Resize> = celery::read(&message).expect("it is read");
    assert_eq!((&*task.name, &*task.id), ("pictures.resize", "id-from-python"));
    assert_eq!((task.args, task.kwargs), (("lamp.png".into(), 0.5), resize()));
    assert_eq!(task.embed, celery::Embed::default());
}

#[test]
fn a_task_of_ours_is_executed_by_a_celery_worker() {
    let Some(python) = environment("modern") else { return };
    let folder = Folder::new("celery-work");
    let task = celery::Task {
        name: "pictures.resize".into(),
        id: "id-from-rust".into(),
        args: ("lamp.png", 0.5, vec![1_u64 << 63]),
        kwargs: resize(),
        embed: celery::Embed::default(),
    };
    let message = celery::write(&task, "celery").expect("it is written");
    std::fs::write(folder.0.join("1_rust.celery.msg"), message).expect("it is sent");
    let calls = ask_text(&python, &["celery-work", folder.path()], b"");
    let wanted = "('id-from-rust', ('lamp.png', 0.5, [9223372036854775808]), {'width': 640, 'name': None})";
    assert_eq!(calls, format!("[{wanted}]"));
}

#[test]
fn batches_go_to_carbon_and_come_from_clients() {
    let python = support::python::newest();
    let mut wire = Vec::new();
    let many: Vec<graphite::Point> = (0..1500)
        .map(|n| (format!("m.{n}"), (1_700_000_000 + n, n as f64 / 4.0)))
        .collect();
    graphite::send(&many[..1], &mut wire).expect("it is written");
    graphite::send(&[], &mut wire).expect("it is written");
    graphite::send(&many, &mut wire).expect("it is written");
    let said = ask_text(python, &["graphite-receive"], &wire);
    let wanted = many[..1].iter().chain(&many);
    let wanted: Vec<_> = wanted
        .map(|(metric, (time, value))| format!("{metric} {time}.0 {value:?}"))
        .collect();
    assert_eq!(said.lines().collect::<Vec<_>>(), wanted);

    let wire = ask(python, &["graphite-send"], b"");
    let mut line = wire.as_slice();
    let first = graphite::receive(&mut line).expect("it is read").expect("a batch");
    // The first value is an int in Python.
    assert_eq!(
        first,
        [
            ("a.b".into(), (1_700_000_000, 1.0)),
            ("a.c".into(), (1_700_000_060, 2.5))
        ]
    );
    assert_eq!(
        graphite::receive(&mut line)
            .expect("it is read")
            .expect("a batch")
            .len(),
        1
    );
    assert_eq!(graphite::receive(&mut line).expect("the end"), None);
    assert!(graphite::receive(&b"\0\0\0\x10cos\nsystem\n."[..]).is_err());
}

#[test]
fn sessions_go_between_django_and_us() {
    const SECRET: &str = "a secret of Django's";
    let Some(python) = environment("modern") else { return };
    let stored = ask_text(&python, &["django-encode"], b"");
    assert!(stored.starts_with('.'), "it is compressed: {stored}");
    let session: django_session::Session = django_session::decode(&stored, SECRET).expect("it is read");
    assert_eq!((&*session.user, session.backend.len()), ("7", 200));
    assert_eq!(session.basket, [(1001, 2)].into());
    assert!(django_session::decode::<django_session::Session>(&stored, "another").is_err());
    assert!(django_session::decode::<django_session::Session>(&stored.replacen('e', "f", 1), SECRET).is_err());

    for backend in ["b", &"b".repeat(300)] {
        let session = django_session::Session {
            backend: backend.into(),
            ..session.clone()
        };
        let stored = django_session::encode(&session, SECRET, 1_767_225_600).expect("it is written");
        let wanted = format!("{{'_auth_user_id': '7', '_auth_user_backend': '{backend}', 'basket': {{1001: 2}}}}");
        assert_eq!(ask_text(&python, &["django-decode"], stored.as_bytes()), wanted);
    }
}

#[test]
fn records_go_between_zodb_and_us() {
    let Some(python) = environment("modern") else { return };
    let folder = Folder::new("zodb");
    let path = folder.0.join("Data.fs");
    let said = ask_text(&python, &["zodb-make", path.to_str().expect("a path of text")], b"");
    let records = zodb::records(&std::fs::read(Path::new(&path)).expect("it is there")).expect("it is read");
    assert_eq!(records.len(), 3);
    for ((_, record), line) in records.iter().zip(said.lines()) {
        let (class, hex) = line.split_once(' ').expect("class and data");
        assert_eq!(record.class().as_deref(), Some(class));
        let bytes = record.write().expect("it is written");
        let written: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(written, hex, "{class} is written as it was");
    }
    let root = &records[&[0; 8]];
    assert_eq!(root.references(), [0_u64, 1].map(u64::to_be_bytes));
    let data = root.state().and_then(|state| state.get("data")).expect("the mapping");
    assert_eq!(data.get("text").and_then(|text| text.as_str()), Some("y"));
    assert_eq!(data.get("self").and_then(zodb::oid), Some([0; 8]));
    assert_eq!(records[&1_u64.to_be_bytes()].references(), [2_u64.to_be_bytes()]);

    let record = zodb::mapping(&[("answer", 42)], &[("root", [0; 8])]).expect("it is written");
    let said = ask_text(&python, &["zodb-record"], &record);
    assert_eq!(said, "PersistentMapping ['answer', 'root'] 42 True PersistentMapping");
}
