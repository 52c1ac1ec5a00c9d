//! The opcode table against `pickletools.opcodes` of a real interpreter.

mod support;

use brinery::Info;
use std::{collections::HashSet, process::Command};

/// Prints a row per opcode; fields are separated by tabs, the names of a stack by blanks.
const ROWS: &str = "
import pickletools
def names(stack): return ' '.join(item.name for item in stack)
for op in pickletools.opcodes:
    doc = op.doc.strip().split('\\n\\n')[0].replace('\\n', ' ')
    arg = op.arg.name if op.arg else '-'
    print(ord(op.code), op.name, arg, op.proto, names(op.stack_before), names(op.stack_after), doc, sep='\\t')
";

#[test]
fn is_that_of_pickletools() {
    let python = support::python::newest();
    let output = Command::new(&python.path)
        .args(["-c", ROWS])
        .output()
        .expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rows = String::from_utf8(output.stdout).expect("the rows are text");
    let mut codes = HashSet::new();
    for row in rows.lines() {
        let [code, name, arg, proto, before, after, doc] = *row.split('\t').collect::<Vec<_>>() else {
            panic!("a row: {row}");
        };
        let code: u8 = code.parse().expect("a byte");
        let info = Info::of(code).unwrap_or_else(|| panic!("{name} is not in the table"));
        assert_eq!(info.code, code);
        assert_eq!(info.name, name);
        assert_eq!(info.arg, Some(arg).filter(|arg| *arg != "-"), "argument of {name}");
        assert_eq!(info.proto.to_string(), proto, "protocol of {name}");
        assert_eq!(info.before.join(" "), before, "what {name} takes");
        assert_eq!(info.after.join(" "), after, "what {name} leaves");
        // The words changed here and there before 3.13.
        assert!(
            python.version.1 < 13 || doc.starts_with(info.doc),
            "{name}: {} is not {doc}",
            info.doc
        );
        codes.insert(code);
    }
    assert_eq!(codes.len(), 68);
    assert_eq!(Info::ALL.len(), 68);
    assert!((0..=255).all(|code| Info::of(code).is_some() == codes.contains(&code)));
}
