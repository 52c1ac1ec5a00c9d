//! Policies as TOML.

use super::{
    checks::Check,
    pattern::{Args, Pattern},
    policy::{Danger, Dangers, Entry, Makes, Policy, State},
    value::Kind,
};
use crate::error::{ErrorKind, Result};
use std::collections::BTreeSet;
use toml::{Table, Value};

/// Reads the text of a policy.
pub(super) fn parse(text: &str) -> Result<Policy> {
    read(text).map_err(|why| ErrorKind::Malformed(why.into()).into())
}

fn read(text: &str) -> Result<Policy, String> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
    let mut policy = Policy::default();
    for (key, value) in &table {
        let at = |why: String| format!("{key}: {why}");
        match key.as_str() {
            "name" => policy.name = text_of(value).map_err(at)?.to_owned(),
            "include" => {
                for name in texts(value).map_err(at)? {
                    let other = Policy::named(name).ok_or_else(|| {
                        format!(
                            "include: there is no policy `{name}`, only {}",
                            Policy::NAMES.join(", ")
                        )
                    })?;
                    policy.merge(&other);
                }
            }
            "stacked" => policy.stacked = flag(value).map_err(at)?,
            "buffers" => policy.buffers = flag(value).map_err(at)?,
            "persistent" => policy.persistent = patterns(value).map_err(at)?,
            "allow" | "dangerous" => {}
            _ => {
                return Err(at(
                    "no such key; there are name, include, allow, dangerous, persistent, buffers and stacked".into(),
                ));
            }
        }
    }
    for (module, names) in modules(&table, "allow")? {
        for (name, value) in names {
            if name == "*" {
                return Err(format!(
                    "allow.{module}: `*` is no name: what is allowed is listed name by name"
                ));
            }
            let entry = entry(value).map_err(|why| format!("allow.{module}.{name}: {why}"))?;
            let known = policy.allowed.entry(module.clone()).or_default();
            known.entry(name.clone()).or_default().merge(&entry);
        }
    }
    let mut dangerous = Dangers::new();
    for (module, names) in modules(&table, "dangerous")? {
        for (name, value) in names {
            let reason = text_of(value).map_err(|why| format!("dangerous.{module}.{name}: {why}"))?;
            let danger = Danger {
                reason: reason.to_owned(),
                spares: BTreeSet::new(),
            };
            dangerous
                .entry(module.clone())
                .or_default()
                .insert(name.clone(), danger);
        }
    }
    for (module, names) in modules(&table, "allow")? {
        for name in names.keys() {
            spare(&mut dangerous, module, name);
        }
    }
    policy.dangerous.append(&mut dangerous);
    Ok(policy)
}

/// Lets no danger mean a name that the file allows, but one of just this name.
fn spare(dangerous: &mut Dangers, module: &str, name: &str) {
    let outer = |path: &str| -> Vec<usize> { path.match_indices('.').map(|(at, _)| at).collect() };
    let mut places: Vec<(&str, &str)> = outer(name).into_iter().map(|at| (module, &name[..at])).collect();
    places.push((module, "*"));
    places.extend(outer(module).into_iter().map(|at| (&module[..at], "*")));
    for (place, key) in places {
        if let Some(danger) = dangerous.get_mut(place).and_then(|names| names.get_mut(key)) {
            danger.spares.insert((module.to_owned(), name.to_owned()));
        }
    }
}

/// The modules in one of the two tables, each with its names.
fn modules<'t>(table: &'t Table, key: &str) -> Result<Vec<(&'t String, &'t Table)>, String> {
    let Some(modules) = table.get(key) else {
        return Ok(Vec::new());
    };
    let modules = modules
        .as_table()
        .ok_or_else(|| format!("{key}: expected a table of modules"))?;
    (modules.iter())
        .map(|(module, names)| {
            let names = names.as_table();
            let names = names.ok_or_else(|| format!("{key}.{module}: expected a table of names"))?;
            Ok((module, names))
        })
        .collect()
}

fn makes(text: &str) -> Result<Makes, String> {
    match text {
        "first" => Ok(Makes::First),
        "attribute" => Ok(Makes::Attribute),
        "bytes" => Ok(Makes::Plain(Kind::Bytes)),
        "bytearray" => Ok(Makes::Plain(Kind::ByteArray)),
        "set" => Ok(Makes::Plain(Kind::Set)),
        "frozenset" => Ok(Makes::Plain(Kind::FrozenSet)),
        _ => {
            Err("makes: there are \"first\", \"attribute\", \"bytes\", \"bytearray\", \"set\" and \"frozenset\"".into())
        }
    }
}

/// What may be done with a name.
fn entry(value: &Value) -> Result<Entry, String> {
    let mut entry = Entry::default();
    let Some(roles) = value.as_table() else {
        return match value.as_str() {
            Some("data") => Ok(entry),
            Some("factory") => {
                entry.factory = true;
                Ok(entry)
            }
            _ => Err("expected \"data\", \"factory\" or a table such as { call = \"(int)\" }".into()),
        };
    };
    for (role, value) in roles {
        let at = |why: String| {
            // The rule says by itself where it is wrong.
            if why.contains('`') {
                why
            } else {
                format!("{role}: {why}")
            }
        };
        match role.as_str() {
            "call" => entry.call = args(value).map_err(at)?,
            "new" => entry.new = args(value).map_err(at)?,
            "kwargs" => entry.kwargs = flag(value).map_err(at)?,
            "state" => entry.state = state(value).map_err(at)?,
            "append" => entry.append = flag(value).map_err(at)?,
            "setitem" => entry.setitem = flag(value).map_err(at)?,
            "add" => entry.add = flag(value).map_err(at)?,
            "factory" => entry.factory = flag(value).map_err(at)?,
            "makes" => entry.makes = makes(text_of(value).map_err(at)?)?,
            "check" => {
                let name = text_of(value).map_err(at)?;
                entry.check = Some(Check::named(name).ok_or(
                    "check: there are \"dtype\", \"array\", \"storage\", \"attributes\", \"ratio\" and \"generator\"",
                )?);
            }
            _ => {
                return Err(format!(
                    "no such role: {role}; there are call, new, kwargs, state, append, setitem, add, factory, makes and \
                     check \
                     (a module with dots in its name stands in quotes)"
                ));
            }
        }
    }
    Ok(entry)
}

fn args(value: &Value) -> Result<Vec<Args>, String> {
    match value.as_bool() {
        Some(true) => Ok(vec![Args::any()]),
        Some(false) => Ok(Vec::new()),
        None => texts(value)?.into_iter().map(Args::parse).collect(),
    }
}

fn state(value: &Value) -> Result<State, String> {
    match value.as_bool() {
        Some(attributes) => Ok(State {
            attributes,
            ..State::default()
        }),
        None => {
            let mut state = State::default();
            for text in texts(value)? {
                match text {
                    "attributes" => state.attributes = true,
                    _ => state.shapes.push(Pattern::parse(text)?),
                }
            }
            Ok(state)
        }
    }
}

fn patterns(value: &Value) -> Result<Vec<Pattern>, String> {
    texts(value)?.into_iter().map(Pattern::parse).collect()
}

fn flag(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "expected true or false".into())
}

fn text_of(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| "expected a text".into())
}

/// A text or an array of texts.
fn texts(value: &Value) -> Result<Vec<&str>, String> {
    match value {
        Value::String(text) => Ok(vec![text]),
        Value::Array(values) => values.iter().map(text_of).collect(),
        _ => Err("expected a text or an array of texts".into()),
    }
}
