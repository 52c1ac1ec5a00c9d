//! Bytes as functions, as marshalled objects and as `.pyc` files.

use crate::support::{
    canon::{canon, canon_by_use},
    show,
};
use brinery::{
    Kind, Options, Visit,
    function::{Code, Defs, Functions, PycModule, Rewire, Wire},
    marshal,
};

/// A pickle of functions is read or refused; what was read can be shown, and written in each wire or refused with a
/// reason; and what was written is a pickle.
pub fn function(bytes: &[u8]) {
    let Ok(graph) = Options::new().read(bytes) else { return };
    for value in graph.root().items().take(10).chain([graph.root()]) {
        if let Ok(Some(code)) = Code::of(value) {
            code.check().ok();
        }
    }
    let Ok(defs) = Defs::of(&graph) else { return };
    if let Ok(functions) = Functions::of(&graph) {
        let report = functions.report().disassembly(true);
        assert!(report.to_string().len() + report.to_json().len() > 0);
    }
    for wire in [Wire::Compat, Wire::Standalone, Wire::Portable] {
        let minor = 8 + (bytes.len() % 6) as u8;
        for rewire in [Rewire::new(wire).python(minor), Rewire::new(wire).fast_names(true)] {
            let Ok(again) = rewire.write(&graph, &defs) else {
                continue;
            };
            let told = || format!("{again} in {wire:?} of {}", show(bytes));
            let Ok(written) = Options::new().protocol(4).write(&again) else {
                continue;
            };
            let read = Options::new()
                .read(&written)
                .unwrap_or_else(|error| panic!("{error}: {}", told()));
            Defs::of(&read).ok();
        }
    }
}

/// Marshalled objects are read or refused. What was read is written, or refused with a reason, and read again to the same,
/// however often. The first two bytes choose the Python and the version of the format.
pub fn marshal(bytes: &[u8]) {
    if let Ok(pyc) = marshal::pyc::read(bytes) {
        if let Ok(again) = pyc.to_vec() {
            let reread = marshal::pyc::read(&again).unwrap_or_else(|error| panic!("{error}: {}", show(&again)));
            assert_eq!(canon(&reread.graph), canon(&pyc.graph), "{}", show(bytes));
        }
        PycModule::of(pyc).ok();
    }
    let [minor, version, input @ ..] = bytes else { return };
    let options = marshal::Options::new(8 + minor % 6).version(version % 5);
    let Ok((graph, notes, end)) = options.read_first(input) else {
        return;
    };
    assert!(end <= input.len());
    if let Ok(Some(code)) = Code::of(graph.root()) {
        code.check().ok();
    }
    let Ok(written) = options.write_with(&graph, &notes) else {
        return;
    };
    let (again, notes, end) = match options.read_first(&written) {
        Ok(read) => read,
        Err(error) => panic!("{error}: {} of {}", show(&written), show(bytes)),
    };
    assert_eq!(end, written.len(), "{}", show(bytes));
    // Sets are written in an order of their own, by which calls in them are numbered.
    let is_set =
        |visit| matches!(visit, Visit::Enter(_, value) if matches!(value.kind(), Kind::Set(_) | Kind::FrozenSet(_)));
    if graph.deeds().next().is_some() && graph.root().walk().any(is_set) {
        return;
    }
    // Before version 3 nothing says that two objects are one. What a key that comes again, or has no value, was read with
    // is not written, and a dict is not always read in the order in which it is written.
    if version % 5 >= 3 {
        let told = || format!("{} of {}", show(&written), show(bytes));
        assert_eq!(canon_by_use(&graph), canon_by_use(&again), "{}", told());
    }
    // Which objects are numbered may change once more, but no object does.
    let twice = options.write_with(&again, &notes).expect("it was written before");
    let reread = options.read(&twice).expect("it was just written");
    assert_eq!(canon(&again), canon(&reread), "{} of {}", show(&twice), show(bytes));
}
