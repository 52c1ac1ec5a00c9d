//! ZODB's records: two pickles with one memo (the class, then the state), in which other objects are persistent ids.
//!
//! With a path it lists the objects of a `FileStorage` (`Data.fs`) and what each refers to.

use brinery::{Builder, Graph, Kind, Options, Value, Visit};
use std::{collections::BTreeMap, error::Error};

/// The number of an object in its database.
pub type Oid = [u8; 8];

/// An object as stored.
pub struct Record {
    graph: Graph<'static>,
}

impl Record {
    /// Reads a record.
    pub fn read(data: &[u8]) -> Result<Record, Box<dyn Error>> {
        let graph = Options::new().read_all(data)?.into_owned();
        match graph.roots().count() {
            2 => Ok(Record { graph }),
            n => Err(format!("{n} pickles instead of two").into()),
        }
    }

    /// The record's bytes.
    pub fn write(&self) -> brinery::Result<Vec<u8>> {
        Options::new().protocol(3).write(&self.graph)
    }

    /// `module.name` of its class, which stands alone or in a tuple with the arguments of `__new__`.
    pub fn class(&self) -> Option<String> {
        let root = self.graph.roots().next()?;
        let class = root.as_global().or_else(|| root.get(0)?.as_global())?;
        Some(format!("{}.{}", class.module.to_str()?, class.name.to_str()?))
    }

    /// The state.
    pub fn state(&self) -> Option<Value<'_>> {
        self.graph.roots().nth(1)
    }

    /// The objects of the same database that it refers to, each once.
    pub fn references(&self) -> Vec<Oid> {
        let visits = self.state().into_iter().flat_map(Value::walk);
        let ids = visits.filter_map(|visit| match visit {
            Visit::Enter(_, value) => oid(value),
            _ => None,
        });
        let mut all: Vec<Oid> = ids.collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// What a persistent id says: `(oid, class)`, or the oid alone for classes with arguments. Lists are for weak references
/// and other databases.
pub fn oid(value: Value<'_>) -> Option<Oid> {
    let Kind::Persistent(id) = value.kind() else {
        return None;
    };
    id.get(0).unwrap_or(id).as_bytes()?.try_into().ok()
}

/// A `PersistentMapping` of numbers and of references to other mappings.
pub fn mapping(numbers: &[(&str, i64)], references: &[(&str, Oid)]) -> brinery::Result<Vec<u8>> {
    let mut build = Builder::new();
    let class = build.global("persistent.mapping", "PersistentMapping");
    let mut entries = Vec::new();
    for (name, number) in numbers {
        entries.push((build.add(*name), build.add(*number)));
    }
    for (name, oid) in references {
        let (name, oid) = (build.add(*name), build.add(oid));
        // The class a second time: the state's pickle takes it from the memo of the first.
        let id = build.tuple([oid, class]);
        entries.push((name, build.persistent(id)));
    }
    let (key, data) = (build.add("data"), build.dict(entries)?);
    let state = build.dict([(key, data)])?;
    let graph = build.finish_all([class, state]);
    Options::new().protocol(3).write(&graph)
}

/// Numbers of a file, most significant byte first.
fn number(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

/// The newest record of each object of a `FileStorage`.
pub fn records(file: &[u8]) -> Result<BTreeMap<Oid, Record>, Box<dyn Error>> {
    let part = |at: usize, len: usize| {
        at.checked_add(len)
            .and_then(|end| file.get(at..end))
            .ok_or("the file is cut off")
    };
    let mut found = BTreeMap::new();
    if part(0, 4)? != b"FS30" {
        return Err("no FileStorage of Python 3".into());
    }
    let mut at = 4;
    while at < file.len() {
        // Transaction: tid, length, status, lengths of user, description and extension.
        let head = part(at, 23)?;
        let end = at.checked_add(number(&head[8..16])).ok_or("a length is wrong")?;
        let mut record = at + 23 + number(&head[17..19]) + number(&head[19..21]) + number(&head[21..23]);
        while record < end {
            // Record: oid, tid, place of the one before, place of the transaction, 0, length.
            let head = part(record, 42)?;
            let length = number(&head[34..42]);
            record += 42;
            // No length: an undo, whose data are in an earlier record.
            if length == 0 {
                record += 8;
                continue;
            }
            found.insert(head[..8].try_into()?, Record::read(part(record, length)?)?);
            record += length;
        }
        at = end.checked_add(8).ok_or("a length is wrong")?;
    }
    Ok(found)
}

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(path) = std::env::args().nth(1) {
        for (oid, record) in records(&std::fs::read(path)?)? {
            let (class, references) = (record.class().unwrap_or_default(), record.references());
            println!("{} {class} refers to {}", number(&oid), references.len());
        }
        return Ok(());
    }
    let bytes = mapping(&[("answer", 42)], &[("other", 7_u64.to_be_bytes())])?;
    let record = Record::read(&bytes)?;
    println!("{}", record.class().unwrap_or_default());
    println!("{}", record.state().map(|state| state.to_string()).unwrap_or_default());
    println!("{:?}", record.references());
    assert_eq!(record.write()?, bytes);
    Ok(())
}
