//! Asking CPython's C unpickler which names it asks for, through `oracle/asked.py`.

use super::{feed, python::Python};

/// What the C unpickler asks for.
pub struct Asked {
    /// Modules and qualified names, in order.
    pub names: Vec<(String, String)>,
    /// Whether it comes to a value.
    pub loads: bool,
}

/// Asks about all streams at once. The answers are in the same order.
pub fn ask<S: AsRef<[u8]>>(python: &Python, streams: &[S]) -> Vec<Asked> {
    let mut input = Vec::new();
    for stream in streams {
        let stream = stream.as_ref();
        input.extend((stream.len() as u32).to_le_bytes());
        input.extend(stream);
    }
    let output = feed(&mut python.oracle("asked.py"), &input);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "asked.py on {python}: {errors}");
    let text = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    let answers = text.lines().map(|line| {
        let answer: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
        let text = |value: &serde_json::Value| value.as_str().expect("a name").to_owned();
        let names = answer["names"].as_array().expect("names").iter();
        Asked {
            names: names.map(|pair| (text(&pair[0]), text(&pair[1]))).collect(),
            loads: answer["end"] == "value",
        }
    });
    let answers: Vec<Asked> = answers.collect();
    assert_eq!(
        answers.len(),
        streams.len(),
        "asked.py on {python} left some out: {errors}"
    );
    answers
}
