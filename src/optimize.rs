//! Dropping the memo entries that nobody reads, as Python's `pickletools.optimize` does.

use crate::{
    error::{ErrorKind, Result},
    opcode::Op,
    pickletools::{self, Key, KeyMap, MemoUse},
};

/// The first pickle of `input` without the memo entries that nobody reads: byte for byte what `pickletools.optimize` of
/// CPython 3.13 returns.
///
/// The entries that are left are numbered afresh, and from protocol 4 on all frames are made anew. Nothing else is
/// looked at or changed, so an argument that `pickletools` refuses to decode is no obstacle. What follows the pickle is
/// left out.
///
/// ```
/// let pickle = b"\x80\x02]q\0(K\x01K\x02e.";
/// assert_eq!(brinery::optimize(pickle)?, b"\x80\x02](K\x01K\x02e.");
/// # Ok::<(), brinery::Error>(())
/// ```
pub fn optimize(input: &[u8]) -> Result<Vec<u8>> {
    let Survey { fetched, protocol } = survey(input)?;
    let mut framer = Framer::new(input.len(), protocol >= 4);
    let mut written = Written::default();
    // Where the entries that stay are now.
    let mut numbers: KeyMap<u32> = KeyMap::new();
    let mut next = 0;
    let mut code = Vec::new();
    let mut start = 0;
    loop {
        let (op, end) = pickletools::parse(input, start)?;
        let image = &input[start..end];
        code.clear();
        match pickletools::memo_use(&op) {
            Err(error) => return Err(error.at(start as u64, Some(op.code()))),
            Ok(Some(MemoUse::Get(key))) => {
                let Some(number) = numbers.get(&key) else {
                    return Err(key.missing().at(start as u64, Some(op.code())));
                };
                write_get(number, protocol, &mut code);
                framer.write(&code);
            }
            Ok(Some(put)) => {
                let key = written.key(put);
                if fetched.get(&key).is_some() {
                    numbers.insert(key, next);
                    write_put(next, protocol, &mut code);
                    framer.write(&code);
                    next += 1;
                }
            }
            Ok(None) => match op {
                Op::Frame(_) => {}
                Op::Proto(_) if start == 0 => framer.out.extend_from_slice(image),
                _ => framer.write(image),
            },
        }
        if op == Op::Stop {
            return Ok(framer.finish());
        }
        start = end;
    }
}

/// What must be known before the first byte can be written.
struct Survey {
    /// The memo entries that are read somewhere.
    fetched: KeyMap<()>,
    /// The protocol to write: the highest one declared, or 1 if there is a binary GET.
    protocol: u8,
}

fn survey(input: &[u8]) -> Result<Survey> {
    let mut survey = Survey {
        fetched: KeyMap::new(),
        protocol: 0,
    };
    let mut start = 0;
    loop {
        let (op, end) = pickletools::parse(input, start)?;
        let fail = |error: ErrorKind| error.at(start as u64, Some(op.code()));
        match op {
            Op::Stop => return Ok(survey),
            Op::Proto(n) if n > 5 => return Err(fail(ErrorKind::UnsupportedProtocol(n))),
            Op::Proto(n) => survey.protocol = survey.protocol.max(n),
            _ => {
                if let Some(MemoUse::Get(key)) = pickletools::memo_use(&op).map_err(fail)? {
                    survey.protocol = survey.protocol.max(op.info().proto);
                    survey.fetched.insert(key, ());
                }
            }
        }
        start = end;
    }
}

/// The entries written so far: their number is what MEMOIZE goes by.
#[derive(Default)]
struct Written(KeyMap<()>);

impl Written {
    fn key(&mut self, memo_use: MemoUse) -> Key {
        let key = match memo_use {
            MemoUse::Put(key) | MemoUse::Get(key) => key,
            MemoUse::Memoize => Key::Small(self.0.len() as i64),
        };
        self.0.insert(key.clone(), ());
        key
    }
}

fn write_put(number: u32, protocol: u8, out: &mut Vec<u8>) {
    match (protocol, u8::try_from(number)) {
        (4.., _) => Op::Memoize.write(out),
        (0, _) => Op::Put(number.to_string().as_bytes()).write(out),
        (_, Ok(number)) => Op::BinPut(number).write(out),
        (_, Err(_)) => Op::LongBinPut(number).write(out),
    }
}

fn write_get(number: u32, protocol: u8, out: &mut Vec<u8>) {
    match (protocol, u8::try_from(number)) {
        (0, _) => Op::Get(number.to_string().as_bytes()).write(out),
        (_, Ok(number)) => Op::BinGet(number).write(out),
        (_, Err(_)) => Op::LongBinGet(number).write(out),
    }
}

/// Opcodes → frames, by the rules of Python's own pickler: a frame ends before the first opcode that finds it full, an
/// opcode larger than a whole frame stands outside of any, and the smallest frames are not worth their header.
struct Framer {
    out: Vec<u8>,
    /// The open frame; nothing if the protocol has none.
    frame: Option<Vec<u8>>,
}

/// A frame of so many bytes is full.
const FULL: usize = 64 * 1024;
/// Fewer bytes are written without a frame.
const WORTHWHILE: usize = 4;

impl Framer {
    fn new(size: usize, framed: bool) -> Self {
        Framer {
            out: Vec::with_capacity(size),
            frame: framed.then(Vec::new),
        }
    }

    /// Writes one opcode.
    fn write(&mut self, op: &[u8]) {
        let large = op.len() > FULL;
        match &mut self.frame {
            Some(frame) => {
                if large || frame.len() >= FULL {
                    close(frame, &mut self.out);
                }
                if large { &mut self.out } else { frame }.extend_from_slice(op);
            }
            None => self.out.extend_from_slice(op),
        }
    }

    fn finish(mut self) -> Vec<u8> {
        if let Some(frame) = &mut self.frame {
            close(frame, &mut self.out);
        }
        self.out
    }
}

/// Writes the frame and makes room for the next one.
fn close(frame: &mut Vec<u8>, out: &mut Vec<u8>) {
    if frame.len() >= WORTHWHILE {
        Op::Frame(frame.len() as u64).write(out);
    }
    out.append(frame);
}
