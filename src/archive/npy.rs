//! numpy's .npy files: a header, and the elements or a pickle of them.

use super::{
    Doubt, Kind,
    sniff::Place,
    walk::{At, Walk},
};
use crate::types::numpy::Dtype;
use std::str::FromStr;

/// The longest header that `numpy.load` reads of a file it does not trust.
const MOST: usize = 10_000;
/// Dtypes in each other.
const DEEPEST: usize = 32;

/// What a header says.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Header {
    /// Where the elements start.
    start: usize,
    /// Bytes of all elements, if they are no objects.
    size: Option<u128>,
}

/// Tells a file: the header as one member, the pickle of its elements as another.
pub(super) fn walk(walk: &mut Walk<'_>, file: &[u8], mut at: At, whole: bool) {
    let header = match header(file) {
        Ok(header) => header,
        Err(why) => {
            at.remark(Doubt::Damaged, why);
            return walk.tell(at, Kind::Npy, file);
        }
    };
    let elements = file.get(header.start..).unwrap_or_default();
    let mut inner = at.inner("elements");
    match header.size {
        None => {
            walk.tell(at, Kind::Npy, file);
            // Whatever it looks like, it is unpickled. A zip file at its end is not asked for.
            walk.tell(inner, Kind::Pickle, elements);
        }
        Some(size) => {
            if whole && size != elements.len() as u128 {
                let (doubt, what) = match size > elements.len() as u128 {
                    true => (Doubt::Damaged, "fewer"),
                    false => (Doubt::Unread, "more"),
                };
                at.remark(
                    doubt,
                    format!("{what} bytes than its shape has: {}, not {size}", elements.len()),
                );
            }
            inner.place = Place::Numbers;
            let kind = super::sniff::sniff(elements, whole, Place::Numbers);
            walk.tell(at, Kind::Npy, file);
            if kind == Kind::Pickle {
                walk.plain(elements, inner, whole);
            }
        }
    }
}

fn header(file: &[u8]) -> Result<Header, String> {
    let version = file.get(6).copied();
    let (length, start) = match version {
        Some(1) => (
            file.get(8..10)
                .map(|size| size.iter().rev().fold(0, |all, byte| all * 256 + usize::from(*byte))),
            10,
        ),
        Some(2 | 3) => (
            file.get(8..12)
                .map(|size| size.iter().rev().fold(0, |all, byte| all * 256 + usize::from(*byte))),
            12,
        ),
        _ => return Err("no version of npy that is known".to_owned()),
    };
    let length = length.ok_or("it ends too early")?;
    if length > MOST {
        return Err(format!("a header of {length} bytes, where numpy reads {MOST}"));
    }
    let text = file.get(start..start + length).ok_or("it ends too early")?;
    // Field names of version 3 are UTF-8, the others' Latin-1. Either way they are skipped.
    let text = String::from_utf8_lossy(text);
    let odd = || "a header that numpy would not write".to_owned();
    let mut reader = Literal { rest: text.trim() };
    let dict = reader
        .value(0)
        .filter(|_| reader.rest.trim().is_empty())
        .ok_or_else(odd)?;
    let Item::Dict(entries) = dict else { return Err(odd()) };
    let get = |key: &str| entries.iter().find(|(name, _)| name == key).map(|(_, value)| value);
    let (Some(descr), Some(Item::List(shape)), 3) = (get("descr"), get("shape"), entries.len()) else {
        return Err(odd());
    };
    let size = size_of(descr, 0).ok_or_else(odd)?;
    let count = shape.iter().try_fold(1u128, |count, size| match size {
        Item::Int(size) => count.checked_mul((*size).into()),
        _ => None,
    });
    let size = match size {
        None => None,
        Some(size) => Some(count.and_then(|count| count.checked_mul(size)).ok_or_else(odd)?),
    };
    Ok(Header {
        start: start + length,
        size,
    })
}

/// Bytes of an element: `Some(None)` if it is or holds an object, `None` if it is no dtype.
#[allow(clippy::option_option)]
fn size_of(descr: &Item, depth: usize) -> Option<Option<u128>> {
    if depth > DEEPEST {
        return None;
    }
    match descr {
        Item::Text(text) => {
            let dtype = Dtype::from_str(text).ok()?;
            Some((!dtype.has_objects()).then_some(dtype.itemsize() as u128))
        }
        // Fields: (name, dtype) or (name, dtype, shape).
        Item::List(fields) if !fields.is_empty() && fields.iter().all(|field| matches!(field, Item::List(_))) => {
            let mut sum = Some(0u128);
            for field in fields {
                let Item::List(parts) = field else { return None };
                let (descr, shape) = match parts.as_slice() {
                    [_, descr] => (descr, None),
                    [_, descr, Item::List(shape)] => (descr, Some(shape)),
                    _ => return None,
                };
                let count = shape.into_iter().flatten().try_fold(1u128, |count, size| match size {
                    Item::Int(size) => count.checked_mul((*size).into()),
                    _ => None,
                })?;
                sum = match (sum, size_of(descr, depth + 1)?) {
                    (Some(sum), Some(size)) => Some(sum.checked_add(size.checked_mul(count)?)?),
                    _ => None,
                };
            }
            Some(sum)
        }
        // A dtype with a shape of its own.
        Item::List(parts) => match parts.as_slice() {
            [descr, Item::List(shape)] => {
                let count = shape.iter().try_fold(1u128, |count, size| match size {
                    Item::Int(size) => count.checked_mul((*size).into()),
                    _ => None,
                })?;
                Some(match size_of(descr, depth + 1)? {
                    None => None,
                    Some(size) => Some(size.checked_mul(count)?),
                })
            }
            // One with names, offsets and size is never in a header.
            _ => None,
        },
        _ => None,
    }
}

/// A value of Python as source, of the kinds that headers have.
#[derive(Debug, Clone, PartialEq)]
enum Item {
    Text(String),
    Int(u64),
    Name,
    /// A tuple or a list.
    List(Vec<Item>),
    Dict(Vec<(String, Item)>),
}

struct Literal<'t> {
    rest: &'t str,
}

impl Literal<'_> {
    fn eat(&mut self, letter: char) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(letter) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self, depth: usize) -> Option<Item> {
        if depth > DEEPEST {
            return None;
        }
        self.rest = self.rest.trim_start();
        match self.rest.chars().next()? {
            '{' => {
                self.eat('{');
                let mut entries = Vec::new();
                while !self.eat('}') {
                    let Item::Text(key) = self.value(depth + 1)? else {
                        return None;
                    };
                    if !self.eat(':') || entries.iter().any(|(name, _)| *name == key) {
                        return None;
                    }
                    entries.push((key, self.value(depth + 1)?));
                    if !self.eat(',') && !self.rest.trim_start().starts_with('}') {
                        return None;
                    }
                }
                Some(Item::Dict(entries))
            }
            open @ ('(' | '[') => {
                let close = if open == '(' { ')' } else { ']' };
                self.eat(open);
                let mut items = Vec::new();
                while !self.eat(close) {
                    items.push(self.value(depth + 1)?);
                    if !self.eat(',') && !self.rest.trim_start().starts_with(close) {
                        return None;
                    }
                }
                Some(Item::List(items))
            }
            quote @ ('\'' | '"') => {
                let rest = self.rest.get(1..)?;
                // With escapes it would be another text than it looks.
                let end = rest
                    .find([quote, '\\', '\n'])
                    .filter(|end| rest.get(*end..).is_some_and(|rest| rest.starts_with(quote)))?;
                self.rest = rest.get(end + 1..)?;
                Some(Item::Text(rest.get(..end)?.to_owned()))
            }
            '0'..='9' => {
                let digits = self.rest.len()
                    - self
                        .rest
                        .trim_start_matches(|letter: char| letter.is_ascii_digit())
                        .len();
                let number = self.rest.get(..digits)?.parse().ok()?;
                self.rest = self.rest.get(digits..)?;
                // Python 2 wrote long ints.
                self.rest = self.rest.strip_prefix('L').unwrap_or(self.rest);
                Some(Item::Int(number))
            }
            _ => {
                let name = ["True", "False"].into_iter().find(|name| self.rest.starts_with(name))?;
                self.rest = self.rest.get(name.len()..)?;
                Some(Item::Name)
            }
        }
    }
}
