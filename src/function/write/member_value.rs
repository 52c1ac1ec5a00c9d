//! What the `__new__` of an enum was given for a member, by the member's value.
//!
//! A pickle has the values of members. `__new__` may make anything its value, but most that do so at all take the
//! parameters as they are, and its bytecode says whether it does.

use crate::{
    Str,
    function::{ArgValue, Code, Instruction},
};

/// How the arguments are found in the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Arguments {
    /// As the metaclass does it: the items of a tuple, or the value alone.
    Whole,
    /// The value is the only one.
    One,
    /// The value is a tuple of them, and each is the item of this number.
    Items(Vec<usize>),
}

/// Steps of an instruction that matter here.
enum Act<'g> {
    Load(Str<'g>),
    Store(Str<'g>),
    Tuple(usize),
    SetAttribute(Str<'g>),
    Jump,
    Other,
}

fn acts<'g>(step: &Instruction<'g>, into: &mut Vec<Act<'g>>) {
    match (step.name, step.argval) {
        ("LOAD_FAST" | "LOAD_FAST_CHECK", ArgValue::Local(name)) => into.push(Act::Load(name)),
        ("STORE_FAST" | "DELETE_FAST", ArgValue::Local(name)) => into.push(Act::Store(name)),
        ("LOAD_FAST_LOAD_FAST", ArgValue::Locals(one, two)) => into.extend([Act::Load(one), Act::Load(two)]),
        ("STORE_FAST_LOAD_FAST", ArgValue::Locals(one, two)) => into.extend([Act::Store(one), Act::Load(two)]),
        ("STORE_FAST_STORE_FAST", ArgValue::Locals(one, two)) => into.extend([Act::Store(one), Act::Store(two)]),
        ("BUILD_TUPLE", _) => into.push(Act::Tuple(step.arg.unwrap_or(0) as usize)),
        ("STORE_ATTR", ArgValue::Name(name)) => into.push(Act::SetAttribute(name)),
        (_, ArgValue::Jump(_)) => into.push(Act::Jump),
        _ => into.push(Act::Other),
    }
}

impl Arguments {
    /// How the `__new__` of this code, of CPython 3.`minor`, makes values of what it is given. `None` if that does not show,
    /// or if it looks at the class, in which the members are complete by now. `plain`: members are of no other type, so
    /// that what they are given is their value if `__new__` says nothing else.
    pub(super) fn of(code: &Code<'_>, minor: u8, plain: bool) -> Option<Arguments> {
        let names: Vec<Str<'_>> = code.varnames().collect();
        let (class, parameters) = names.get(..code.argcount())?.split_first()?;
        let star = names.get(code.argcount()).filter(|_| code.flags().has_varargs());
        if code.kwonlyargcount() > 0 || code.flags().has_varkeywords() {
            return None;
        }
        let mut all = Vec::new();
        for step in code.instructions(minor).ok()? {
            acts(&step.ok()?, &mut all);
        }
        let given = |name: &Str<'_>| name == class || parameters.contains(name) || star == Some(name);
        let changed = all.iter().any(|act| matches!(act, Act::Store(name) if given(name)));
        let looks = all.iter().filter(|act| matches!(act, Act::Load(name) if name == class));
        if changed || looks.count() > 1 {
            return None;
        }
        let is_value = |act: &Act<'_>| matches!(act, Act::SetAttribute(name) if name.to_str() == Some("_value_"));
        let Some(at) = all.iter().position(is_value) else {
            let said = code.consts().iter().any(|value| value.as_str() == Some("_value_"));
            return (plain && !said).then_some(Arguments::Whole);
        };
        let again = all.iter().filter(|act| is_value(act)).count() > 1;
        if again || all.iter().any(|act| matches!(act, Act::Jump)) {
            return None;
        }
        match (all.get(..at)?, star) {
            ([.., Act::Load(value), Act::Load(_)], None) => (*parameters == [*value]).then_some(Arguments::One),
            ([.., Act::Load(value), Act::Load(_)], Some(star)) => {
                (parameters.is_empty() && value == star).then_some(Arguments::Whole)
            }
            ([before @ .., Act::Tuple(count), Act::Load(_)], None) if *count == parameters.len() => {
                let loads = before.get(before.len().checked_sub(*count)?..)?;
                let place = |parameter: &Str<'_>| {
                    let is_it = |act: &Act<'_>| matches!(act, Act::Load(name) if name == parameter);
                    loads.iter().position(is_it)
                };
                parameters
                    .iter()
                    .map(place)
                    .collect::<Option<_>>()
                    .map(Arguments::Items)
            }
            _ => None,
        }
    }

    /// The arguments that made a member, by the items of its value if that is a tuple. `None` if they cannot have done it.
    pub(super) fn pick<T: Copy>(&self, value: T, items: Option<&[T]>) -> Option<Vec<T>> {
        match (self, items) {
            (Arguments::Whole, Some(items)) => Some(items.to_vec()),
            (Arguments::Whole | Arguments::One, _) => Some(vec![value]),
            (Arguments::Items(places), Some(items)) if items.len() == places.len() => {
                places.iter().map(|place| items.get(*place).copied()).collect()
            }
            (Arguments::Items(_), _) => None,
        }
    }
}
