//! The frames between a client and the scheduler: a kind, a number and a size (one byte, eight and eight, most significant
//! first), and so many bytes.

use std::io::{self, Read, Write};

/// The most bytes that a frame from a client may have.
const LIMIT: u64 = 64 << 20;

/// What a client asks for.
pub mod asked {
    /// Takes a function, a pickle: answered by its id or by why it is refused.
    pub const FUNCTION: u8 = b'F';
    /// Calls a function: its id, the size of the arguments' pickle in eight bytes, that, and that of the keywords.
    pub const TASK: u8 = b'T';
    /// Calls a function with each number of a range: its id, and the first and the last but one in eight bytes each. The
    /// arguments are made here. The answers have the frame's number and those that follow it.
    pub const RANGE: u8 = b'R';
    /// The same, and nothing comes back but the sum of the results, which is made here.
    pub const SUM: u8 = b'S';
    /// The process ids of the workers.
    pub const WORKERS: u8 = b'W';
    /// What the scheduler takes of memory, in KiB.
    pub const MEMORY: u8 = b'M';
}

/// What a client is answered.
pub mod answer {
    /// A function's id.
    pub const FUNCTION: u8 = b'f';
    /// What was asked for is refused, and why.
    pub const REFUSED: u8 = b'x';
    /// What a task ended with, as the worker has written it.
    pub const RESULT: u8 = b'r';
    /// The workers that began the task died.
    pub const LOST: u8 = b'l';
    /// A text.
    pub const TEXT: u8 = b't';
}

/// A frame.
pub struct Frame {
    /// One of those above.
    pub kind: u8,
    /// Which question it is, or to which it is the answer.
    pub number: u64,
    /// The rest.
    pub body: Vec<u8>,
}

/// The next frame; `None` if there are no more.
pub fn read(from: &mut impl Read) -> io::Result<Option<Frame>> {
    let mut kind = [0];
    if from.read(&mut kind)? == 0 {
        return Ok(None);
    }
    let (mut number, mut size) = ([0; 8], [0; 8]);
    from.read_exact(&mut number)?;
    from.read_exact(&mut size)?;
    let size = u64::from_be_bytes(size);
    if size > LIMIT {
        return Err(io::Error::other("a frame of more than 64 MiB"));
    }
    let mut body = Vec::new();
    from.take(size).read_to_end(&mut body)?;
    if body.len() as u64 != size {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(Frame {
        kind: kind[0],
        number: u64::from_be_bytes(number),
        body,
    }))
}

/// Writes a frame.
pub fn write(to: &mut impl Write, kind: u8, number: u64, body: &[u8]) -> io::Result<()> {
    let mut frame = Vec::with_capacity(17 + body.len());
    frame.push(kind);
    frame.extend(number.to_be_bytes());
    frame.extend((body.len() as u64).to_be_bytes());
    frame.extend(body);
    to.write_all(&frame)?;
    to.flush()
}
