//! Random objects with hooks that take any: `Wrapping`, `Classes` and `Pids` of `oracle/hooks.py`.

use super::{
    support::{self, python::interpreters, records::Written},
    things::Tally,
};
use brinery::{
    Builder, Kind, Ref, Result,
    hooks::{Answer, Hooks, Reduce, Reducer, Registry, class_of},
};

/// Runs a mode on every interpreter.
fn compare(mode: &str, count: usize, hook: impl Fn(u8) -> Box<dyn Reducer>) {
    let seed = support::seed();
    let mut tally = Tally::default();
    for python in interpreters() {
        let seed = (seed * 100 + u64::from(python.version.1)).to_string();
        let written = Written::by_script(python, "hooks.py", &[mode, &seed, &count.to_string()]);
        for record in written.records() {
            let graph = written.options.read(record.x);
            let options = written.options.clone().protocol(record.q);
            let got = graph.and_then(|graph| options.write_with(&graph, &mut *hook(record.q)));
            tally.compare(python, record, got);
        }
    }
    tally.finish(mode, count * 5 * interpreters().len());
}

/// The reduce value of an object as the arguments of a function.
fn wrap(protocol: u8, object: Ref, build: &mut Builder<'_>) -> Result<Answer> {
    match class_of(build.value(object)) {
        // What a partial function is written with does not tell whose tuple the arguments were.
        Some(class) if class == "random_classes:NewArgsEx" && matches!(protocol, 2 | 3) => return Ok(Answer::Default),
        // Their reduce values have a copy of them, made anew each time.
        Some(class) if protocol < 2 && (class.ends_with(":ListSub") || class.ends_with(":DictSub")) => {
            return Ok(Answer::Default);
        }
        Some(class) if class.ends_with("SetSub") => return Ok(Answer::Default),
        Some(class) if class.starts_with("random_classes:") => {}
        _ => return Ok(Answer::Default),
    }
    let Some(made) = Reduce::of(object, build) else {
        return Ok(Answer::Default);
    };
    let wrapped = build.interned("wrapped");
    let args = build.tuple([made.callable, made.args, wrapped]);
    let state_setter = made.state.map(|_| build.import("hook_classes:set_state"));
    let callable = build.import("hook_classes:produce");
    Ok(Answer::Reduce(Reduce {
        callable,
        args,
        state_setter,
        ..made
    }))
}

#[test]
fn wrapped_reduce_values() {
    compare("random", 150, |protocol| {
        Box::new(move |object: Ref, build: &mut Builder<'_>| wrap(protocol, object, build))
    });
}

#[test]
fn dispatch_tables() {
    compare("table", 100, |_| {
        Box::new(Hooks::new().class("random_classes", "Plain", |plain, build| {
            let state = build.value(plain).as_object().and_then(|plain| plain.state());
            let state = state.map(|state| state.id());
            let (make, text) = (build.import("hook_classes:produce"), build.interned("plain"));
            let args = build.tuple([text]);
            // An empty `__dict__` is a state here, and no state in the pickle that was read.
            let state = match state {
                Some(state) => state,
                None => build.dict([])?,
            };
            Ok(Reduce::new(make, args).state(state).into())
        }))
    });
}

/// `Pids` of the oracle.
struct Pids {
    protocol: u8,
    /// `('list', 'of', 3)`, which is a constant of the program.
    list: Option<Ref>,
}

impl Reducer for Pids {
    fn persistent_id(&mut self, object: Ref, build: &mut Builder<'_>) -> Result<Option<Ref>> {
        enum Pid {
            Fresh(String),
            Number(usize),
            List,
            None,
        }
        let pid = match build.value(object).kind() {
            Kind::Int(value) if value.unsigned_abs() < 1 << 40 && value % 7 == 0 => Pid::Fresh(format!("int{value}")),
            Kind::Str(text) => {
                // As Python counts: code points, of which a lone surrogate is one.
                let len = text.as_bytes().iter().filter(|byte| **byte & 0xc0 != 0x80).count();
                if len % 5 != 4 {
                    return Ok(None);
                }
                Pid::Number(len)
            }
            Kind::List(items) if items.len() == 3 => Pid::List,
            Kind::None => Pid::None,
            _ => return Ok(None),
        };
        Ok(Some(match pid {
            Pid::Fresh(text) => build.add(text),
            Pid::Number(number) => build.add(number),
            Pid::List if self.protocol == 0 => build.interned("list"),
            Pid::List => *self.list.get_or_insert_with(|| list_pid(build)),
            Pid::None => build.interned("None"),
        }))
    }
}

fn list_pid(build: &mut Builder<'_>) -> Ref {
    let (list, of, three) = (build.interned("list"), build.interned("of"), build.add(3));
    build.tuple([list, of, three])
}

/// What `Loading` of the oracle loads.
#[test]
fn loading() {
    let count = 60;
    let seed = support::seed();
    let mut tally = Tally::default();
    for python in interpreters() {
        let seed = (seed * 100 + u64::from(python.version.1)).to_string();
        let written = Written::by_script(python, "hooks.py", &["load", &seed, &count.to_string()]);
        let registry = Registry::new()
            .rename("hook_classes", "Other", "hook_classes", "Thing")
            .persistent(|pid, build| {
                let pid = build.value(pid);
                let text = pid.as_str().map_or_else(|| pid.to_string(), Into::into);
                let (loaded, text) = (build.interned("loaded"), build.add(format!("id {text}")));
                Ok(build.list([loaded, text]))
            });
        let options = written.options.clone().registry(registry).as_loaded(true);
        for record in written.records() {
            let graph = options.read(record.x);
            let got = graph.and_then(|graph| options.clone().protocol(record.q).write(&graph));
            tally.compare(python, record, got);
        }
    }
    tally.finish("what is loaded", count * 30 * interpreters().len());
}

#[test]
fn persistent_ids() {
    compare("pids", 100, |protocol| Box::new(Pids { protocol, list: None }));
}
