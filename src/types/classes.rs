//! What is made of classes that only their module knows: namedtuples and members of enums.

use super::made::{Called, Made, nested, path_of};
use crate::{Kind, Value};

/// An instance of a namedtuple. See [`Value::as_named_tuple`].
#[derive(Debug, Clone)]
pub struct NamedTuple<'g> {
    /// Its class, such as `shop.models:Point`.
    pub class: String,
    /// Its items. Their names are in the class, which a pickle has not.
    pub items: Vec<Value<'g>>,
}

/// A member of an `Enum`.
///
/// In other formats a struct of `class` and, of these two, what there is: `value` or `name`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EnumMember<T> {
    /// Its class, such as `shop.models:Color`.
    pub class: String,
    /// Which member of the class.
    pub member: Member<T>,
}

/// Which member of an enum. Most pickles tell its value; its name then is in the class, which a pickle has not.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Member<T> {
    /// The member with this value, as all CPythons write it by default, but for the first 3.11s.
    Value(T),
    /// The member with this name, as CPython 3.11.0 writes it, and enums that chose `enum.pickle_by_enum_name`.
    Name(String),
    /// All of these flags, as CPython 3.11.0 writes several at once.
    Flags(Vec<Member<T>>),
}

impl<T> EnumMember<T> {
    /// The member that has this value.
    pub fn new(class: impl Into<String>, value: T) -> Self {
        EnumMember {
            class: class.into(),
            member: Member::Value(value),
        }
    }

    /// Its value, if that is what is known.
    pub fn value(&self) -> Option<&T> {
        match &self.member {
            Member::Value(value) => Some(value),
            _ => None,
        }
    }
}

impl<'g> Value<'g> {
    /// What a namedtuple is written as: a class made from the items of a tuple, without a state.
    ///
    /// Other classes whose `__new__` takes arguments look the same. Only the class itself could tell.
    ///
    /// ```
    /// use brinery::Graph;
    /// let graph = Graph::from_slice(b"\x80\x02cshop.models\nPoint\nK\x01K\x02\x86\x81.")?;
    /// let point = graph.root().as_named_tuple().expect("a namedtuple");
    /// assert_eq!(point.class, "shop.models:Point");
    /// assert_eq!(point.items.len(), 2);
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn as_named_tuple(self) -> Option<NamedTuple<'g>> {
        let called = Called::of(self).filter(|called| called.is_new && called.is_bare())?;
        let items: Vec<_> = match called.base {
            None => called.args.iter().collect(),
            Some((base, value)) if base.is("builtins", "tuple") => match value.kind() {
                Kind::Tuple(items) => items.iter().collect(),
                _ => return None,
            },
            Some(_) => return None,
        };
        let class = path_of(called.class)?;
        (!items.is_empty()).then_some(NamedTuple { class, items })
    }

    /// What a member of an enum is written as: its class called with its value, or looked up by its name.
    ///
    /// Other classes that are called with one argument look the same. Only the class itself could tell. A member that is
    /// written as a constant of its module, as CPython before 3.11 does with `signal.SIGTERM`, looks like any import.
    ///
    /// ```
    /// use brinery::{Graph, types::Member};
    /// let graph = Graph::from_slice(b"\x80\x02cshop.models\nColor\nK\x01\x85R.")?;
    /// let red = graph.root().as_enum_member().expect("a member");
    /// assert_eq!(red.class, "shop.models:Color");
    /// assert_eq!(red.value().and_then(|value| value.as_i64()), Some(1));
    ///
    /// let graph = Graph::from_slice(b"\x80\x02c__builtin__\ngetattr\ncshop.models\nColor\nX\x03\0\0\0RED\x86R.")?;
    /// let red = graph.root().as_enum_member().expect("a member");
    /// assert!(matches!(red.member, Member::Name(name) if name == "RED"));
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn as_enum_member(self) -> Option<EnumMember<Value<'g>>> {
        if let Some(flags) = flags(self) {
            return flags;
        }
        if let Some((class, name)) = nested(self) {
            return Some(EnumMember {
                class: path_of(class)?,
                member: Member::Name(name.to_owned()),
            });
        }
        if let Some(called) = Called::of(self) {
            let member = !called.is_new && called.is_bare() && called.args.len() == 1;
            return match (member, called.args.get(0)) {
                (true, Some(value)) => Some(EnumMember::new(path_of(called.class)?, value)),
                _ => None,
            };
        }
        // What `getattr(class, name)` is read as below protocol 4, if nothing else refers to the arguments.
        let (module, name) = self.as_global()?.path()?;
        let (class, name) = name.rsplit_once('.')?;
        let class = format!("{module}:{class}");
        Some(EnumMember {
            class,
            member: Member::Name(name.to_owned()),
        })
    }
}

/// More flags than this have no bits to stand for.
const MOST_FLAGS: usize = 128;

/// `or_(or_(a, b), c)`: of the first argument of each the first argument and so on, and of each the second. The last of
/// those may be a plain int, of bits that no member has. `None` if it is not that, `Some(None)` if it is that of something
/// else.
fn flags(value: Value<'_>) -> Option<Option<EnumMember<Value<'_>>>> {
    let mut left = value;
    let mut rights = Vec::new();
    while let Some((of, and)) = or(left) {
        rights.push(and);
        left = of;
        if rights.len() > MOST_FLAGS {
            return Some(None);
        }
    }
    if rights.is_empty() {
        return None;
    }
    let mut class: Option<String> = None;
    let mut members = Vec::with_capacity(rights.len() + 1);
    for part in std::iter::once(left).chain(rights.into_iter().rev()) {
        if part.as_i64().is_some() {
            members.push(Member::Value(part));
            continue;
        }
        // Not by way of this function again: a member that is itself an `or_` would recurse.
        let Some(member) = (if or(part).is_none() {
            part.as_enum_member()
        } else {
            None
        }) else {
            return Some(None);
        };
        if class.get_or_insert_with(|| member.class.clone()) != &member.class {
            return Some(None);
        }
        members.push(member.member);
    }
    Some(class.map(|class| EnumMember {
        class,
        member: Member::Flags(members),
    }))
}

fn or(value: Value<'_>) -> Option<(Value<'_>, Value<'_>)> {
    let made = Made::by(value, "_operator", "or_").filter(Made::is_bare)?;
    match made.args.len() {
        2 => Some((made.args.get(0)?, made.args.get(1)?)),
        _ => None,
    }
}
