//! The named cases of `oracle/hooks.py`: objects that say how they are reduced.

use super::support::{
    difference,
    python::{Python, interpreters},
    records::{Record, Written},
    show,
};
use brinery::{
    Builder, Graph, Options, Ref, Result,
    hooks::{Answer, Hooks, Reduce, Reducer},
};

/// Counts what was compared, and keeps the first difference.
#[derive(Default)]
pub struct Tally {
    pub pickles: usize,
    failures: usize,
    first: String,
}

impl Tally {
    pub fn compare(&mut self, python: &Python, record: Record<'_>, got: Result<Vec<u8>>) {
        self.pickles += 1;
        let problem = match got {
            Ok(got) if got == record.y => return,
            Ok(got) => difference(record.y, &got),
            Err(error) => format!("{error} in {}", show(record.x)),
        };
        self.failures += 1;
        if self.first.is_empty() {
            self.first = format!("{} of {python}, protocol {}: {problem}", record.name, record.p);
        }
    }

    pub fn finish(self, what: &str, least: usize) {
        println!("{what}: {} pickles, {} differ", self.pickles, self.failures);
        assert_eq!(self.failures, 0, "{what} differ, the first: {}", self.first);
        assert!(self.pickles >= least, "{what}: only {} pickles", self.pickles);
    }
}

/// What `oracle/hook_classes.py` has one of.
#[derive(Default)]
pub struct Constants {
    args: Option<Ref>,
}

/// `reduce_thing` of the oracle.
pub fn reduce_thing(constants: &mut Constants, thing: Ref, build: &mut Builder<'_>) -> Result<Answer> {
    let value = build.value(thing);
    let Some(how) = value.get("how").and_then(|how| how.as_str()) else {
        return Ok(Answer::Default);
    };
    let how = how.to_owned();
    let part = |name: &str| value.get(name).map(|part| part.id());
    let items = |name: &str| -> Vec<Ref> {
        let items = value.get(name).map(|part| part.items().map(|item| item.id()).collect());
        items.unwrap_or_default()
    };
    let (name, parts) = (part("name"), part("parts"));
    let list = items("parts");
    let entry = |pair: &Ref| {
        let pair: Vec<Ref> = build.value(*pair).items().map(|item| item.id()).collect();
        (pair[0], pair[1])
    };
    let pairs: Vec<(Ref, Ref)> = items("pairs").iter().map(entry).collect();
    let need = |part: Option<Ref>| part.expect("the thing has it");
    let make = build.import("hook_classes:produce");
    let setter = build.import("hook_classes:set_state");
    let none = build.tuple([]);
    Ok(match &*how {
        "call" => Reduce::new(make, build.tuple([need(name), need(parts)])).into(),
        "state" => Reduce::new(make, none).state(need(parts)).into(),
        "setter" => {
            let args = build.tuple([need(name)]);
            let key = build.interned("closure");
            let state = build.dict([(key, need(parts))])?;
            Reduce::new(make, args).state_by(setter, state).into()
        }
        "list" => Reduce::new(make, none).list_items(list).into(),
        "dict" => Reduce::new(make, none).dict_items(pairs).into(),
        "all" => {
            let made = Reduce::new(make, build.tuple([need(name)])).list_items(list);
            made.dict_items(pairs).state_by(setter, need(parts)).into()
        }
        "name" => Answer::global("hook_classes:SINGLE"),
        "newobj" => {
            let class = build.import("hook_classes:Thing");
            let args = build.tuple([class, need(name)]);
            Reduce::new(build.import("copyreg:__newobj__"), args).into()
        }
        "newobj_ex" => {
            let class = build.import("hook_classes:Thing");
            let args = build.tuple([need(name)]);
            let key = build.interned("parts");
            let kwargs = build.dict([(key, need(parts))])?;
            let args = build.tuple([class, args, kwargs]);
            Reduce::new(build.import("copyreg:__newobj_ex__"), args).into()
        }
        "same" => {
            let args = *constants.args.get_or_insert_with(|| {
                let (same, one, two) = (build.interned("same"), build.add(1), build.add(2));
                let pair = build.tuple([one, two]);
                build.tuple([same, pair])
            });
            Reduce::new(make, args).into()
        }
        "again" => {
            let class = build.import("hook_classes:Thing");
            let again = build.new_object(class, [])?;
            let keys = ["how", "name", "parts"].map(|key| build.interned(key));
            let call = build.interned("call");
            let list = build.list([need(name)]);
            let state = build.dict([(keys[0], call), (keys[1], need(name)), (keys[2], list)])?;
            build.set_state(again, state)?;
            let rest = [build.add("a"), build.add("é"), build.add(b"b"), build.add(b"")];
            let args = build.tuple([&[again], &rest[..]].concat());
            Reduce::new(make, args).into()
        }
        "nested" => {
            let args = build.tuple([need(name)]);
            Reduce::new(build.import("hook_classes:Outer.Inner.produce"), args).into()
        }
        "recursive" => {
            let key = build.interned("name");
            let state = build.dict([(key, need(name))])?;
            Reduce::new(make, build.tuple([need(parts)])).state(state).into()
        }
        _ => Answer::Default,
    })
}

/// `Both` of the oracle.
fn both<'h>(constants: &'h std::cell::RefCell<Constants>) -> Hooks<'h> {
    let reduce = |thing: Ref, build: &mut Builder<'_>| reduce_thing(&mut constants.borrow_mut(), thing, build);
    Hooks::new()
        .reducer(|object, build| {
            let value = build.value(object);
            if value
                .as_global()
                .is_some_and(|global| global.is("hook_classes", "Outer"))
            {
                let (text, none) = (build.interned("Outer"), build.tuple([]));
                let dict = build.dict([])?;
                let args = build.tuple([text, none, dict]);
                return Ok(Reduce::new(build.import("type"), args).into());
            }
            let is_other = |class: &str| class == "hook_classes:Other";
            if brinery::hooks::class_of(value).is_some_and(|class| is_other(&class)) {
                let args = build.interned("other");
                let args = build.tuple([args]);
                return Ok(Reduce::new(build.import("hook_classes:produce"), args).into());
            }
            Ok(Answer::Default)
        })
        .class("hook_classes", "Thing", reduce)
        .class("hook_classes", "Other", reduce)
}

fn write(options: &Options, record: Record<'_>) -> Result<Vec<u8>> {
    let graph: Graph<'_> = options.read(record.x)?;
    let constants = std::cell::RefCell::default();
    let reduce = |thing: Ref, build: &mut Builder<'_>| reduce_thing(&mut constants.borrow_mut(), thing, build);
    let (mut whole, mut table, mut both) = (
        reduce,
        Hooks::new().class("hook_classes", "Thing", reduce),
        both(&constants),
    );
    let hook: &mut dyn Reducer = match record.name.split_once(':') {
        Some(("Reducing", _)) => &mut whole,
        Some(("Table", _)) => &mut table,
        _ => &mut both,
    };
    options.clone().protocol(record.q).write_with(&graph, hook)
}

#[test]
fn things() {
    let mut tally = Tally::default();
    for python in interpreters() {
        let written = Written::by_script(python, "hooks.py", &["cases"]);
        for record in written.records() {
            tally.compare(python, record, write(&written.options, record));
        }
    }
    tally.finish("things", 600 * interpreters().len());
}
