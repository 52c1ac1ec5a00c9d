//! Pickled functions, loaded and called by a Python that has nothing but its standard library.

use super::{feed, python::Python};
use std::{path::PathBuf, process::Command};

/// Reads lines of a pickle in hexadecimal digits and an expression of `f`, which is what was loaded, and prints what it is.
const EVALUATE: &str = "
import pickle, sys
sys.path += sys.argv[1:]
for line in sys.stdin:
    pickled, expression = line.rstrip('\\n').split('\\t')
    print(repr(eval(expression, {'f': pickle.loads(bytes.fromhex(pickled))})))
";

/// A pickle and an expression of it, for [`evaluated`].
pub fn line(pickle: &[u8], expression: &str) -> String {
    let digits: String = pickle.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{digits}\t{expression}\n")
}

/// What the expressions are, one for each [`line`].
pub fn evaluated(python: &Python, lines: &str) -> Vec<String> {
    evaluated_with(python, None, lines)
}

/// The same where more can be imported from a directory.
pub fn evaluated_with(python: &Python, path: Option<&str>, lines: &str) -> Vec<String> {
    let mut command = Command::new(&python.path);
    command.args(["-I", "-S", "-c", EVALUATE]).args(path);
    let output = feed(&mut command, lines.as_bytes());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{python}: {error}");
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    let said: Vec<String> = said.lines().map(String::from).collect();
    assert_eq!(said.len(), lines.lines().count(), "{python}: {error}");
    said
}

/// The same, but where an expression or its loading fails prints that error. What wrote the pickles must not be imported.
const EVALUATE_OR_FAIL: &str = "
import pickle, sys
sys.path[:0] = sys.argv[1:]
for line in sys.stdin:
    pickled, expression = line.rstrip('\\n').split('\\t')
    try:
        print(ascii(eval(expression, {'f': pickle.loads(bytes.fromhex(pickled))})))
    except BaseException as error:
        print(ascii(error))
    assert 'dill' not in sys.modules
";

/// What the expressions are, or the errors in their place, with packages from these directories.
pub fn evaluated_or_failed(python: &Python, path: &[PathBuf], lines: &str) -> Vec<String> {
    let mut command = Command::new(&python.path);
    command.args(["-I", "-S", "-c", EVALUATE_OR_FAIL]).args(path);
    let output = feed(&mut command, lines.as_bytes());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{python}: {}: {error}", output.status);
    let said = String::from_utf8(output.stdout).expect("ASCII");
    said.lines().map(String::from).collect()
}
