//! Which functions in source are taken: those that some CPython from 3.8 to 3.13 compiles, and the versions that are said of
//! them are those that do.

mod support;

use brinery::{
    Graph,
    function::{Function, Functions, Versions, Wire},
};
use support::{feed, python::interpreters, tests};

/// Texts of functions that are right or wrong by one rule of the language each.
fn snippets() -> Vec<String> {
    let list = std::fs::read(tests("oracle/source_rules.json")).expect("it is there");
    serde_json::from_slice(&list).expect("a list of texts")
}

/// What is said to need a newer version than it does: a tuple in parentheses may be the items of a `with` statement, and the
/// parser does not tell an assignment in a set, as 3.9 has it, from one in an index.
const NEWER: &[&str] = &["with (x, z): pass", "{a := 1}", "{a := 1, 2}", "{a := 1 for b in x}"];

/// What single versions refuse against their own rules, and what only the oldest do.
const ODD: &[&str] = &["\\\n    x", "x.__debug__ += 1"];

/// Whether the version depends on what is inside of what, which a reader does not look at: comprehensions that wait, and what
/// a class has in the scope of a type.
fn is_deep(text: &str) -> bool {
    let in_class = text.contains("class A:") && (text.contains("type X") || text.contains("[T"));
    in_class || text.contains("async for") || text.contains("await")
}

fn is_among(list: &[&str], text: &str) -> bool {
    text.split_once("\n    ").is_some_and(|(_, body)| list.contains(&body))
}

/// The pickle of a function where `k` is a free variable and everything else that it asks for a global, and the versions
/// that it is for.
fn made(text: &str) -> Result<(Vec<u8>, Versions), String> {
    let make = || {
        let mut made = Function::from_source(text)?;
        let (unbound, own, versions) = (
            made.source().unbound.clone(),
            made.source().name.clone(),
            made.source().python(),
        );
        for name in unbound {
            if name == "k" {
                made.free_variable(&name, 1)?;
            } else if name != own {
                made.global(&name, 1)?;
            }
        }
        Ok((made.write(Wire::Portable)?.to_vec()?, versions))
    };
    make().map_err(|error: brinery::Error| error.to_string())
}

/// The versions that a function is for by what a reader sees of its source.
fn read(pickle: &[u8]) -> Versions {
    let graph = Graph::from_slice(pickle).expect("it was written");
    let functions = Functions::of(&graph).expect("a function");
    let function = functions.functions().next().expect("a function");
    function.python().expect("source")
}

#[test]
fn what_compiles() {
    let snippets = snippets();
    assert!(snippets.len() > 800, "{}", snippets.len());
    let all: Vec<_> = snippets.iter().map(|text| made(text)).collect();
    let mut input = String::new();
    for (text, made) in snippets.iter().zip(&all) {
        let digits = made.as_ref().ok().map(|(bytes, _)| {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            digits
        });
        input += &format!("{}\n", serde_json::json!([text, digits]));
    }
    let mut compiles = vec![Vec::new(); snippets.len()];
    let mut complaints = Vec::new();
    for python in interpreters() {
        let minor = python.version.1;
        let mut command = std::process::Command::new(&python.path);
        command.args(["-I", "-S"]).arg(tests("oracle/source_rules.py"));
        let output = feed(&mut command, input.as_bytes());
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{python}: {error}");
        let said = String::from_utf8(output.stdout).expect("UTF-8");
        assert_eq!(said.lines().count(), snippets.len(), "{python}: {error}");
        for (at, (line, made)) in said.lines().zip(&all).enumerate() {
            let (compiled, loads) = line.split_once(' ').expect("two words");
            if compiled == "yes" {
                compiles[at].push(minor);
            }
            if let Ok((_, versions)) = made
                && (loads == "yes") != versions.contains(minor)
                && !(loads == "yes" && is_among(NEWER, &snippets[at]))
                && !is_among(ODD, &snippets[at])
            {
                complaints.push(format!(
                    "{:?}: for {versions}, loaded by 3.{minor}: {loads}",
                    snippets[at]
                ));
            }
        }
    }
    let read: Vec<_> = all
        .iter()
        .map(|made| made.as_ref().ok().map(|(bytes, _)| read(bytes)))
        .collect();
    for ((text, made), read) in snippets.iter().zip(&all).zip(&read) {
        if let (Ok((_, versions)), Some(read)) = (made, read)
            && versions != read
            && !is_among(NEWER, text)
            && !(is_deep(text) && read.and(*versions) == *versions)
        {
            complaints.push(format!("{text:?}: for {versions}, read as for {read}"));
        }
    }
    let newest = interpreters().last().expect("there is one").version.1;
    let (mut taken, mut gone) = (0, 0);
    for ((text, made), compiles) in snippets.iter().zip(&all).zip(&compiles) {
        match made {
            // What only older versions compile need not be taken.
            Err(_) if compiles.last().is_some_and(|minor| *minor < newest) => gone += 1,
            _ if is_among(ODD, text) => {}
            Err(error) if !compiles.is_empty() => {
                complaints.push(format!("{text:?}: compiled by {compiles:?}, refused: {error}"))
            }
            Ok((_, versions)) if compiles.is_empty() => {
                complaints.push(format!("{text:?}: compiled by none, taken for {versions}"))
            }
            Ok(_) => taken += 1,
            Err(_) => {}
        }
    }
    assert!(
        complaints.is_empty(),
        "{} of\n{}",
        complaints.len(),
        complaints.join("\n")
    );
    assert!(gone < 10, "{gone} are of older versions alone");
    assert!(taken > 300, "only {taken} are taken");
    println!("{taken} of {} are taken", snippets.len());
}
