//! Whether bytes that say nothing of themselves are a pickle.
//!
//! Only PROTO opens a pickle with a byte of its own, and protocols 0 and 1 have no PROTO: any bytes may be one. So they are
//! run, without making anything, until it is clear what they are. Bytes may be called something else only when an
//! unpickler that got them would come to no import before it failed.

use crate::{ErrorKind, Heap, Int, Limits, Machine, Ops, Rules, Text, ops::Failure};
use std::{borrow::Cow, vec::Drain};

/// What is known of a value: its text, for names.
#[derive(Debug, Clone)]
pub(super) enum Seen<'a> {
    Text(Text<'a>),
    Other,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Probe {
    /// Opcodes that went well.
    pub(super) opcodes: usize,
    /// Where the byte behind STOP is.
    pub(super) end: Option<usize>,
    /// An import of a name that a module could have, a code of the extension registry, or a persistent id.
    pub(super) reaches_out: bool,
    /// The input ended where there should be more.
    pub(super) cut: bool,
}

/// Runs so many opcodes of the pickle at the start of `bytes` as it takes: until it reaches out, stops or fails, or has
/// gone on for long enough.
pub(super) fn probe(bytes: &[u8], most: usize) -> Probe {
    let mut probe = Probe::default();
    let limits = Limits {
        stack: most + 1,
        marks: most + 1,
        memo: most + 1,
        digits: 100,
        ..Limits::default()
    };
    let mut machine = Machine::new(Rules::Classic, limits);
    let mut ops = Ops::starting_at(bytes, 0, Rules::Classic);
    while probe.opcodes < most && !probe.reaches_out {
        let step = match ops.next() {
            None => break,
            Some(Err(error)) => {
                probe.cut = matches!(error.kind(), ErrorKind::Truncated | ErrorKind::EndOfInput);
                break;
            }
            Some(Ok((start, op))) => machine.step(&mut probe, start as u64, op).map_err(|error| Failure {
                offset: start as u64,
                opcode: None,
                error,
            }),
        };
        match step {
            Ok(None) => probe.opcodes += 1,
            Ok(Some(_)) => {
                probe.opcodes += 1;
                probe.end = Some(ops.offset());
                break;
            }
            Err(_) => break,
        }
    }
    probe
}

/// Whether a module or an attribute could have this name. Lines of prose and of programs are no names.
fn is_name(text: &[u8]) -> bool {
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || *byte >= 0x80;
    let mut parts = text.split(|byte| *byte == b'.');
    parts.all(|part| !part.is_empty() && part.iter().all(letter))
}

impl Probe {
    fn import(&mut self, module: &[u8], name: &[u8]) {
        self.reaches_out |= is_name(module) && is_name(name);
    }
}

type Result<T> = std::result::Result<T, ErrorKind>;

impl<'a> Heap<'a> for Probe {
    type Value = Seen<'a>;
    type Error = ErrorKind;

    fn protocol(&mut self, _: u8) -> Result<()> {
        Ok(())
    }
    fn site(&mut self, _: u64) {}
    fn none(&mut self) -> Result<Seen<'a>> {
        Ok(Seen::Other)
    }
    fn bool(&mut self, _: bool) -> Result<Seen<'a>> {
        Ok(Seen::Other)
    }
    fn int(&mut self, _: i64) -> Result<Seen<'a>> {
        Ok(Seen::Other)
    }
    fn long(&mut self, _: Int) -> Result<Seen<'a>> {
        Ok(Seen::Other)
    }
    fn float(&mut self, _: f64) -> Result<Seen<'a>> {
        Ok(Seen::Other)
    }
    #[inline(always)]
    fn utf8(&mut self, value: &'a [u8]) -> Result<Seen<'a>> {
        self.str(Text::decode(value)?)
    }
    fn str(&mut self, value: Text<'a>) -> Result<Seen<'a>> {
        Ok(Seen::Text(value))
    }
    fn byte_string(&mut self, value: Cow<'a, [u8]>) -> Result<Seen<'a>> {
        Ok(Text::from_wtf8(value).map_or(Seen::Other, Seen::Text))
    }
    fn bytes(&mut self, _: &'a [u8]) -> Result<Seen<'a>> {
        Ok(Seen::Other)
    }
    fn bytearray(&mut self, _: &'a [u8]) -> Result<Seen<'a>> {
        Ok(Seen::Other)
    }
    fn list(&mut self) -> Result<Seen<'a>> {
        Ok(Seen::Other)
    }
    fn dict(&mut self) -> Result<Seen<'a>> {
        Ok(Seen::Other)
    }
    fn set(&mut self) -> Result<Seen<'a>> {
        Ok(Seen::Other)
    }
    fn tuple(&mut self, _: Drain<'_, Seen<'a>>) -> Result<Seen<'a>> {
        Ok(Seen::Other)
    }
    fn frozenset(&mut self, _: Drain<'_, Seen<'a>>) -> Result<Seen<'a>> {
        Ok(Seen::Other)
    }
    fn append(&mut self, _: &Seen<'a>, _: Drain<'_, Seen<'a>>) -> Result<()> {
        Ok(())
    }
    fn set_items(&mut self, _: &Seen<'a>, _: Drain<'_, Seen<'a>>) -> Result<()> {
        Ok(())
    }
    fn add_items(&mut self, _: &Seen<'a>, _: Drain<'_, Seen<'a>>) -> Result<()> {
        Ok(())
    }
    fn global(&mut self, module: &'a str, name: &'a str) -> Result<Seen<'a>> {
        self.import(module.as_bytes(), name.as_bytes());
        Ok(Seen::Other)
    }
    fn stack_global(&mut self, module: Seen<'a>, name: Seen<'a>) -> Result<Seen<'a>> {
        match (module, name) {
            (Seen::Text(module), Seen::Text(name)) => self.import(module.as_bytes(), name.as_bytes()),
            // An unpickler refuses names that are no text.
            _ => return Err(ErrorKind::BadLiteral),
        }
        Ok(Seen::Other)
    }
    fn extension(&mut self, _: i64) -> Result<Seen<'a>> {
        self.reaches_out = true;
        Ok(Seen::Other)
    }
    fn reduce(&mut self, _: Seen<'a>, _: Seen<'a>) -> Result<Seen<'a>> {
        Ok(Seen::Other)
    }
    fn new_object(&mut self, _: Seen<'a>, _: Seen<'a>) -> Result<Seen<'a>> {
        Ok(Seen::Other)
    }
    fn new_object_ex(&mut self, _: Seen<'a>, _: Seen<'a>, _: Seen<'a>) -> Result<Seen<'a>> {
        Ok(Seen::Other)
    }
    fn instance(&mut self, _: Seen<'a>, _: Drain<'_, Seen<'a>>) -> Result<Seen<'a>> {
        Ok(Seen::Other)
    }
    fn build(&mut self, _: &Seen<'a>, _: Seen<'a>) -> Result<()> {
        Ok(())
    }
    fn persistent_line(&mut self, id: &'a str) -> Result<Seen<'a>> {
        // The signature of PNG files is False and a line with a carriage return.
        self.reaches_out |= !id.contains(|char: char| char.is_control());
        Ok(Seen::Other)
    }
    fn persistent(&mut self, _: Seen<'a>) -> Result<Seen<'a>> {
        self.reaches_out = true;
        Ok(Seen::Other)
    }
    fn next_buffer(&mut self) -> Result<Seen<'a>> {
        Ok(Seen::Other)
    }
    fn readonly_buffer(&mut self, value: Seen<'a>) -> Result<Seen<'a>> {
        Ok(value)
    }
    fn memoized(&mut self, _: &Seen<'a>, _: bool) {}
    fn fetched(&mut self, _: &Seen<'a>) {}
    fn dropped(&mut self, _: Seen<'a>, _: Option<&Seen<'a>>) {}
}
