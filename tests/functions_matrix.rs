//! Functions, classes, enums and closures of every kind, as cloudpickle of several versions writes them by value under
//! several Pythons: brinery moves each to another wire, and a fresh Python that loads it gets what the original gives.
//!
//! `oracle/functions/matrix.py` does the work and prints the shares; what they must be is said here. `BRINERY_MATRIX=all`
//! has every pickler write under every Python that runs it; otherwise each does under some, the newest under all.
#![cfg(feature = "cli")]

mod support;

use serde_json::Value as Json;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};
use support::{packages, python};

/// Whose pickles hold what cloudpickle breaks when it loads them.
#[derive(Clone, Copy, PartialEq)]
enum Kept {
    /// Those of cloudpickle 3.1.2 and of the references (`oracle/functions/reference.py` and `sources.py`): only loading
    /// loses it.
    ByAll,
    /// Those of the references alone: cloudpickle does not write it.
    ByReference,
}

/// What cloudpickle breaks, and the kinds that show whether it is mended.
///
/// A cell is one object of the pickle however many functions have it; slots are among a class's attributes; a class has
/// with it all that `__init_subclass__` gave it, and an enum the `__init__` and the `__new__` that its members' values are
/// given to and, among its attributes, the names that are aliases; the qualified name of a class is in those of its methods.
/// But nothing is left of what a member's `__new__` was given beyond its value or what it got later, of slots that equal
/// those of the base, nor of the function in an `lru_cache`.
const HOLES: &[(&str, Kept, &[&str])] = &[
    (
        "shared cells",
        Kept::ByAll,
        &[
            "closures.shared_cell",
            "closures.shared_by_three_in_part",
            "closures.late_binding",
            "closures.family_over_shared_cells",
            "cells.shared_with_methods",
            "cells.cell_object",
            "generators.generator_closure",
            "generators.async_closure",
            "methods.class_cell_is_shared",
        ],
    ),
    (
        "slots",
        Kept::ByAll,
        &[
            "slots.slots",
            "slots.one_string",
            "slots.private",
            "slots.with_dict",
            "slots.with_weakref",
            "slots.inherited",
            "slots.none",
            "slots.documented",
            "slots.instance",
            "slots.with_methods_and_super",
            "slots.in_a_metaclass",
        ],
    ),
    (
        "qualified names of classes",
        Kept::ByAll,
        &["classes.qualname_of_local", "classes.qualname_of_nested"],
    ),
    (
        "what enums give their members",
        Kept::ByAll,
        &[
            "enum_members.state_by_init",
            "enum_members.state_by_new_of_the_value",
            "enum_members.state_by_new_of_one_value",
            "enum_members.state_by_new_and_init",
        ],
    ),
    (
        "other names of members and of their combinations",
        Kept::ByAll,
        &["enums.aliases", "enums.aliases_with_init", "enums.named_combinations"],
    ),
    (
        "keywords of __init_subclass__",
        Kept::ByAll,
        &["metaclasses.init_subclass", "metaclasses.init_subclass_with_keywords"],
    ),
    (
        "attributes that a metaclass has a say in",
        Kept::ByAll,
        &[
            "metaclasses.setattr_of_its_own",
            "metaclasses.property_of_the_same_name",
        ],
    ),
    (
        "slots that the base has, too",
        Kept::ByReference,
        &["records.namedtuple_subclass"],
    ),
    (
        "what members get otherwise",
        Kept::ByReference,
        &[
            "enum_members.state_by_new",
            "enum_members.state_by_new_of_the_place",
            "enum_members.state_given_later",
        ],
    ),
    (
        "lru_cache",
        Kept::ByReference,
        &[
            "caches.lru_cache",
            "caches.lru_cache_in_a_function",
            "caches.lru_cache_among_globals",
            "caches.lru_cache_method",
        ],
    ),
];

/// What the wire of cloudpickle has no order for: it gives a class all its attributes at once, and so an instance among them
/// is made before the class has a constructor that takes what the instance says of itself, or a `__hash__`. And it sets them
/// by `setattr`, for which the metaclass may have rules of its own.
const NOT_COMPAT: &[&str] = &[
    "metaclasses.property_of_the_same_name",
    "metaclasses.setattr_of_its_own",
    "within.hashed_instances",
    "within.instance_among_globals",
    "within.says_the_arguments_of_new",
    "within.says_what_it_is_made_of",
];

/// What another Python makes otherwise, and why nothing is to be done about it.
const ELSEWHERE: &[(&str, &[&str])] = &[
    (
        "source knows where it stood no more than a file does: what is made inside says only that",
        &[
            "signatures.names_inside",
            "flow.class_made_inside",
            "syntax.qualname_of_code",
        ],
    ),
    (
        "an object of the stdlib has the state that it has in this version",
        &["caches.cached_property"],
    ),
    (
        "classes that `typing` made are full of what this version of it needs",
        &[
            "abstract.protocol",
            "abstract.protocol_implemented",
            "records.typed_dict",
        ],
    ),
];

/// Without `recurse`, dill makes a function while its globals have the name of its own module, and then gives them theirs:
/// what a dict was in between is not in the graph.
const RENAMED: &[&str] = &["signatures.module_name", "signatures.without_module"];

/// Kinds that came out right, and for those that did not, why.
struct Share {
    right: BTreeSet<String>,
    wrong: BTreeMap<String, String>,
}

impl Share {
    fn of(json: &Json) -> Share {
        let wrong = json["wrong"].as_object().expect("an object");
        Share {
            right: names(&json["right"]),
            wrong: wrong.iter().map(|(kind, why)| (kind.clone(), text(why))).collect(),
        }
    }
}

/// What became of all that one pickler wrote under one Python.
struct Row {
    name: String,
    writer: String,
    minor: u64,
    kinds: u64,
    own: Share,
    wires: Vec<(&'static str, Share)>,
    /// Kinds with bytecode and no source, which cannot be portable.
    sourceless: BTreeSet<String>,
}

impl Row {
    fn of(json: &Json) -> Row {
        let wires = ["compat", "fast", "standalone", "portable"].into_iter();
        let wires = wires.filter_map(|wire| Some((wire, Share::of(json.get(wire)?))));
        Row {
            name: text(&json["cell"]),
            writer: text(&json["writer"]),
            minor: json["python"].as_u64().expect("a number"),
            kinds: json["kinds"].as_u64().expect("a number"),
            own: Share::of(&json["own"]),
            wires: wires.collect(),
            sourceless: names(&json["sourceless"]),
        }
    }

    /// What must come out right and did not.
    fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        let Row { name, own, .. } = self;
        for (wire, share) in &self.wires {
            let refused_badly = share
                .wrong
                .iter()
                .filter(|(_, why)| why.starts_with("rewire: ended with"));
            complaints.extend(refused_badly.map(|(kind, why)| format!("{wire} of {name}: {kind}: {why}")));
        }
        // dill writes no source.
        let judged = |wire: &str| self.can(wire) && !(self.is_dill() && wire == "portable");
        for (wire, share) in self.wires.iter().filter(|(wire, _)| judged(wire)) {
            let mut must: BTreeMap<&str, &str> = own.right.iter().map(|kind| (&**kind, "works by itself")).collect();
            for (hole, kept, kinds) in HOLES {
                let mended = match kept {
                    Kept::ByAll => self.is_reference() || self.writer == "cloudpickle 3.1.2",
                    Kept::ByReference => self.is_reference(),
                };
                // Old cloudpickles break what they load in ways of their own.
                must.extend(
                    kinds
                        .iter()
                        .filter(|_| mended && *wire != "fast")
                        .map(|kind| (*kind, *hole)),
                );
            }
            must.retain(|kind, _| !(matches!(*wire, "compat" | "fast") && NOT_COMPAT.contains(kind)));
            must.retain(|kind, _| !(*wire == "portable" && self.sourceless.contains(*kind)));
            must.retain(|kind, _| !(self.writer.starts_with("dill.flat") && RENAMED.contains(kind)));
            for (kind, why) in must.iter().filter(|(kind, _)| !share.right.contains(**kind)) {
                let wrong = share.wrong.get(*kind).map_or("it is not there", |wrong| wrong);
                complaints.push(format!("{wire} of {name}: {kind} ({why}): {wrong}"));
            }
            if *wire != "portable" && *wire != "fast" && share.right.len() < own.right.len() {
                let (right, least) = (share.right.len(), own.right.len());
                complaints.push(format!(
                    "{wire} of {name}: {right} kinds are right, by itself {least} are"
                ));
            }
        }
        complaints
    }

    fn is_dill(&self) -> bool {
        self.writer.starts_with("dill")
    }

    fn is_reference(&self) -> bool {
        self.writer == "reference" || self.writer == "sources"
    }

    /// Whether this can be in that wire at all. The stdlib of CPython 3.6 and 3.7 lacks what the wires without
    /// cloudpickle are made of (`types.CellType` is of 3.8).
    fn can(&self, wire: &str) -> bool {
        matches!(wire, "compat" | "fast") || self.minor >= 8
    }
}

fn names(json: &Json) -> BTreeSet<String> {
    json.as_array().expect("a list").iter().map(text).collect()
}

fn text(json: &Json) -> String {
    json.as_str().expect("text").to_owned()
}

/// Has everything written, moved and loaded; the shares are printed.
fn run(packages: &Path) -> Json {
    let work = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("functions");
    let _ = fs::remove_dir_all(&work);
    fs::create_dir_all(&work).expect("the target directory can be written");
    let mut command = python::newest().oracle("functions/matrix.py");
    command.arg("--brinery").arg(env!("CARGO_BIN_EXE_brinery"));
    command.arg("--packages").arg(packages).arg("--work").arg(&work);
    if std::env::var_os("BRINERY_MATRIX").is_some_and(|asked| asked == "all") {
        command.arg("--all");
    }
    let elders = python::elders().iter().filter(|python| python.version.0 == 3);
    for python in elders.chain(python::interpreters()) {
        command.arg("--python").arg(&python.path);
    }
    let output = command.output().expect("it starts");
    println!("{}", String::from_utf8_lossy(&output.stdout));
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "matrix.py: {report}");
    let summary = fs::read(work.join("summary.json")).expect("it writes that last");
    serde_json::from_slice(&summary).expect("JSON")
}

#[test]
fn every_kind_in_every_wire() {
    let Some(packages) = packages::directory("picklers") else {
        return;
    };
    let summary = run(&packages);
    let list = |name: &str| summary[name].as_array().expect("a list").as_slice();
    let rows: Vec<Row> = list("rows").iter().map(Row::of).collect();

    for python in python::interpreters() {
        let minor = u64::from(python.version.1);
        let mut here = rows
            .iter()
            .filter(|row| row.minor == minor && row.writer == "cloudpickle 3.1.2");
        let row = here.next().unwrap_or_else(|| panic!("nothing was written by {python}"));
        let least = 9 * row.kinds / 10;
        assert!(row.kinds >= 300, "only {} kinds for {python}", row.kinds);
        // Were most of them broken before brinery had a say, nothing would be proven.
        let own = row.own.right.len() as u64;
        assert!(
            own >= least - row.kinds / 10,
            "cloudpickle itself: {own} of {}",
            row.kinds
        );
    }

    let complaints: Vec<String> = rows.iter().flat_map(Row::complaints).collect();
    assert!(
        complaints.is_empty(),
        "{} of:\n{}",
        complaints.len(),
        complaints.join("\n")
    );

    // Elsewhere: the same result, or an error from loading it, or what was broken before.
    let known: BTreeSet<&str> = ELSEWHERE.iter().flat_map(|(_, kinds)| *kinds).copied().collect();
    let is_known = |travel: &&Json| {
        let survived = travel["verdict"] == "wrong" || travel["verdict"] == "fails";
        survived && known.contains(&*text(&travel["kind"]))
    };
    let (known, elsewhere): (Vec<&Json>, Vec<&Json>) = list("travels").iter().partition(is_known);
    println!("otherwise on another Python, as is known: {}", known.len());
    let elsewhere: Vec<String> = elsewhere.into_iter().map(Json::to_string).collect();
    assert!(elsewhere.is_empty(), "on another Python:\n{}", elsewhere.join("\n"));
    let pythons = python::interpreters().len();
    let written = rows
        .iter()
        .filter(|row| row.is_reference() || row.writer == "cloudpickle 3.1.2");
    let trips = list("trips").len();
    assert_eq!(
        trips,
        written.count() * 2 * (pythons - 1),
        "every Python tries what others wrote"
    );

    let reports: Vec<String> = list("reports").iter().map(Json::to_string).collect();
    assert!(
        reports.is_empty(),
        "reports that live Python denies:\n{}",
        reports.join("\n")
    );
}
