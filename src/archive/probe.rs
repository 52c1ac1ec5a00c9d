//! Whether bytes that say nothing of themselves are a pickle.
//!
//! Only PROTO opens a pickle with a byte of its own, and protocols 0 and 1 have no PROTO: any bytes may be one. So they are
//! run, without making anything, until it is clear what they are. Bytes may be called something else only when an
//! unpickler that got them would come to no import before it failed. A limit of ours is no such failure: whoever meets
//! one is not done. That goes for prose, too: `class Model:` and the line behind it are GLOBAL.

use super::sniff::Place;
use crate::{ErrorKind, Heap, Int, Limits, Machine, Ops, Rules, Text, ops::Failure};
use std::{borrow::Cow, vec::Drain};

/// What is known of a value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Seen {
    /// A text, which can be a name.
    Text,
    /// What a code of the extension registry stands for. CPython's registry is empty, and the load fails here; if the
    /// loading program has filled it, a use of what it has put there counts.
    Registered,
    Other,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Probe<'a> {
    bytes: &'a [u8],
    place: Place,
    /// The module and the name of a first import that two lines of a text are, neither of which is a name.
    pub(super) prose: Option<(&'a str, &'a str)>,
    /// Opcodes that went well.
    pub(super) opcodes: usize,
    /// Where the byte behind STOP is.
    pub(super) end: Option<usize>,
    /// An import. Where anything may stand, also a persistent id, or a use of what an extension code stands for.
    pub(super) reaches_out: bool,
    /// The input ended where there should be more.
    pub(super) cut: bool,
    /// A limit of ours was met, which says nothing of the bytes.
    pub(super) limited: bool,
}

/// Runs so many opcodes of the pickle at the start of `bytes` as it takes: until it reaches out, stops or fails, or has
/// gone on for long enough.
pub(super) fn probe(bytes: &[u8], most: usize, place: Place) -> Probe<'_> {
    let mut probe = Probe {
        bytes,
        place,
        prose: None,
        opcodes: 0,
        end: None,
        reaches_out: false,
        cut: false,
        limited: false,
    };
    // What the opcodes hold on to is bounded by how many there are.
    let mut machine = Machine::new(Rules::Classic, Limits::default());
    let mut ops = Ops::starting_at(bytes, 0, Rules::Classic);
    while !probe.reaches_out {
        if probe.opcodes >= most {
            probe.limited = true;
            break;
        }
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
            Err(failure) => {
                probe.limited = matches!(failure.error, ErrorKind::Limit { .. });
                break;
            }
        }
    }
    probe
}

/// Whether these are letters, lines and spaces alone; where the bytes are cut, a letter may be.
fn is_text(bytes: &[u8]) -> bool {
    let head = bytes.get(..super::sniff::HEAD).unwrap_or(bytes);
    let is_utf8 = match str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    is_utf8
        && !head
            .iter()
            .any(|byte| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c) || *byte == 0x7f)
}

/// Whether a module or an attribute of a program usually has such a name. Lines of prose and of programs have not.
fn is_name(text: &[u8]) -> bool {
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || *byte >= 0x80;
    let mut parts = text.split(|byte| *byte == b'.');
    parts.all(|part| !part.is_empty() && part.iter().all(letter))
}

impl<'a> Probe<'a> {
    /// An import counts whatever its names are: `my model.py` can be imported. In a text, two lines neither of which is a
    /// name are most likely lines of the text, which the report should say.
    fn import(&mut self, module: &'a str, name: &'a str) {
        let [module_name, name_name] = [module, name].map(|text| is_name(text.as_bytes()));
        if self.place == Place::Open && !module_name && !name_name && is_text(self.bytes) {
            self.prose.get_or_insert((module, name));
        } else {
            self.reaches_out = true;
        }
    }

    fn used(&mut self, value: &Seen) {
        self.reaches_out |= matches!(value, Seen::Registered);
    }
}

type Result<T> = std::result::Result<T, ErrorKind>;

impl<'a> Heap<'a> for Probe<'a> {
    type Value = Seen;
    type Error = ErrorKind;

    fn protocol(&mut self, _: u8) -> Result<()> {
        Ok(())
    }
    fn site(&mut self, _: u64) {}
    fn none(&mut self) -> Result<Seen> {
        Ok(Seen::Other)
    }
    fn bool(&mut self, _: bool) -> Result<Seen> {
        Ok(Seen::Other)
    }
    fn int(&mut self, _: i64) -> Result<Seen> {
        Ok(Seen::Other)
    }
    fn long(&mut self, _: Int) -> Result<Seen> {
        Ok(Seen::Other)
    }
    fn float(&mut self, _: f64) -> Result<Seen> {
        Ok(Seen::Other)
    }
    #[inline(always)]
    fn utf8(&mut self, value: &'a [u8]) -> Result<Seen> {
        self.str(Text::decode(value)?)
    }
    fn str(&mut self, _: Text<'a>) -> Result<Seen> {
        Ok(Seen::Text)
    }
    fn byte_string(&mut self, _: Cow<'a, [u8]>) -> Result<Seen> {
        // What is no UTF-8 is a text if the loading program says so, and which one does not matter.
        Ok(Seen::Text)
    }
    fn bytes(&mut self, _: &'a [u8]) -> Result<Seen> {
        Ok(Seen::Other)
    }
    fn bytearray(&mut self, _: &'a [u8]) -> Result<Seen> {
        Ok(Seen::Other)
    }
    fn list(&mut self) -> Result<Seen> {
        Ok(Seen::Other)
    }
    fn dict(&mut self) -> Result<Seen> {
        Ok(Seen::Other)
    }
    fn set(&mut self) -> Result<Seen> {
        Ok(Seen::Other)
    }
    fn tuple(&mut self, _: Drain<'_, Seen>) -> Result<Seen> {
        Ok(Seen::Other)
    }
    fn frozenset(&mut self, _: Drain<'_, Seen>) -> Result<Seen> {
        Ok(Seen::Other)
    }
    fn append(&mut self, target: &Seen, _: Drain<'_, Seen>) -> Result<()> {
        self.used(target);
        Ok(())
    }
    fn set_items(&mut self, target: &Seen, _: Drain<'_, Seen>) -> Result<()> {
        self.used(target);
        Ok(())
    }
    fn add_items(&mut self, target: &Seen, _: Drain<'_, Seen>) -> Result<()> {
        self.used(target);
        Ok(())
    }
    fn global(&mut self, module: &'a str, name: &'a str) -> Result<Seen> {
        self.import(module, name);
        Ok(Seen::Other)
    }
    fn stack_global(&mut self, module: Seen, name: Seen) -> Result<Seen> {
        match (module, name) {
            (Seen::Text, Seen::Text) => self.reaches_out = true,
            // An unpickler refuses names that are no text.
            _ => return Err(ErrorKind::BadLiteral),
        }
        Ok(Seen::Other)
    }
    fn extension(&mut self, code: i64) -> Result<Seen> {
        // No registry has such a code; and nobody gives numbers to an unpickler, with or without a registry.
        if code <= 0 || self.place == Place::Numbers {
            return Err(ErrorKind::UnknownExtension(code));
        }
        Ok(Seen::Registered)
    }
    fn reduce(&mut self, callable: Seen, _: Seen) -> Result<Seen> {
        self.used(&callable);
        Ok(Seen::Other)
    }
    fn new_object(&mut self, class: Seen, _: Seen) -> Result<Seen> {
        self.used(&class);
        Ok(Seen::Other)
    }
    fn new_object_ex(&mut self, class: Seen, _: Seen, _: Seen) -> Result<Seen> {
        self.used(&class);
        Ok(Seen::Other)
    }
    fn instance(&mut self, class: Seen, _: Drain<'_, Seen>) -> Result<Seen> {
        self.used(&class);
        Ok(Seen::Other)
    }
    fn build(&mut self, target: &Seen, _: Seen) -> Result<()> {
        self.used(target);
        Ok(())
    }
    fn persistent_line(&mut self, id: &'a str) -> Result<Seen> {
        // The signature of PNG files is False and a line with a carriage return.
        self.reaches_out |= self.place == Place::Open && !id.contains(|char: char| char.is_control());
        Ok(Seen::Other)
    }
    fn persistent(&mut self, _: Seen) -> Result<Seen> {
        self.reaches_out |= self.place == Place::Open;
        Ok(Seen::Other)
    }
    fn next_buffer(&mut self) -> Result<Seen> {
        Ok(Seen::Other)
    }
    fn readonly_buffer(&mut self, value: Seen) -> Result<Seen> {
        Ok(value)
    }
    fn memoized(&mut self, _: &Seen, _: bool) {}
    fn fetched(&mut self, _: &Seen) {}
    fn dropped(&mut self, _: Seen, _: Option<&Seen>) {}
}
