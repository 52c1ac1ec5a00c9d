//! Whether two graphs are one graph twice: the same objects, shared in the same places.

use brinery::{Kind, Ref, Value, Visit};
use std::collections::HashMap;

/// `Err` says where they differ.
pub fn isomorphic(first: Value<'_>, second: Value<'_>) -> Result<(), String> {
    let (mut there, mut back) = (HashMap::new(), HashMap::new());
    let (mut a, mut b) = (visits(first), visits(second));
    for place in 0.. {
        let differ = |what: &str, a: &str, b: &str| Err(format!("at visit {place}, {what}: {a} and {b}"));
        let (left, right) = match (a.next(), b.next()) {
            (None, None) => break,
            (Some(left), Some(right)) => (left, right),
            (left, right) => return differ("an end", &name(left), &name(right)),
        };
        let (left, right) = match (left, right) {
            (Visit::Leave(_), Visit::Leave(_)) => continue,
            (Visit::Enter(r, left), Visit::Enter(s, right)) | (Visit::Seen(r, left), Visit::Seen(s, right))
                if r == s =>
            {
                (left, right)
            }
            (left, right) => return differ("the shape", &name(Some(left)), &name(Some(right))),
        };
        let (shown_left, shown_right) = (shallow(left), shallow(right));
        if shown_left != shown_right {
            return differ("the value", &shown_left, &shown_right);
        }
        if has_identity(left) {
            let partner: Ref = *there.entry(left.id()).or_insert(right.id());
            let partner_back: Ref = *back.entry(right.id()).or_insert(left.id());
            if partner != right.id() || partner_back != left.id() {
                return differ("the sharing", &shown_left, &shown_right);
            }
        }
    }
    Ok(())
}

/// A walk for which an empty tuple is an atom: it is never in the memo.
fn visits(root: Value<'_>) -> impl Iterator<Item = Visit<'_>> {
    root.walk().filter_map(|visit| match visit {
        Visit::Seen(role, value) if is_empty_tuple(value) => Some(Visit::Enter(role, value)),
        Visit::Leave(value) if is_empty_tuple(value) => None,
        visit => Some(visit),
    })
}

fn is_empty_tuple(value: Value<'_>) -> bool {
    matches!(value.kind(), Kind::Tuple(items) if items.is_empty())
}

fn name(visit: Option<Visit<'_>>) -> String {
    match visit {
        Some(Visit::Enter(role, value)) => format!("{role:?} {}", shallow(value)),
        Some(Visit::Seen(role, value)) => format!("{role:?}, met before, {}", shallow(value)),
        Some(Visit::Leave(value)) => format!("the end of {}", shallow(value)),
        None => "nothing".into(),
    }
}

/// Numbers are never in the memo, so nothing says whether two equal ones are one object. Of the empty `str` and
/// `bytes`, and of those of one character, Python has only one each.
fn has_identity(value: Value<'_>) -> bool {
    match value.kind() {
        Kind::None | Kind::Bool(_) | Kind::Int(_) | Kind::BigInt(_) | Kind::Float(_) => false,
        Kind::Str(text) => text.as_bytes().len() > 2,
        Kind::Bytes(bytes) => bytes.len() > 1,
        Kind::Tuple(items) => !items.is_empty(),
        _ => true,
    }
}

/// The value without what it refers to.
fn shallow(value: Value<'_>) -> String {
    let kind = value.type_name();
    match value.kind() {
        Kind::Float(float) => format!("float {:016x}", float.to_bits()),
        Kind::BigInt(int) => format!("int {int:x}"),
        Kind::Str(text) => format!("str {}", text.as_bytes().escape_ascii()),
        Kind::Bytes(bytes) | Kind::ByteArray(bytes) => format!("{kind} {}", bytes.escape_ascii()),
        Kind::Global(global) => format!("{:?}.{:?}", global.module, global.name),
        Kind::Object(object) => format!("{:?} with {} arguments", object.call(), object.args().len()),
        Kind::Buffer { index, readonly, .. } => format!("buffer {index} {readonly}"),
        Kind::None | Kind::Bool(_) | Kind::Int(_) => value.to_string(),
        _ => format!("{kind} of {:?}", value.len()),
    }
}
