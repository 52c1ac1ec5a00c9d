//! Where the bytes go: frames of protocol 4 and 5, and large payloads outside them.

use crate::{error::ErrorKind, opcode::Op};
use std::io::Write;

/// A frame is closed when an object starts and this many bytes are in it; payloads of this size stay outside frames.
/// The size is PEP 3154's.
const FRAME_SIZE_TARGET: usize = 64 * 1024;

/// Frames shorter than this lose their header.
const FRAME_SIZE_MIN: usize = 4;

/// FRAME and its eight-byte length.
const FRAME_HEADER: usize = 9;

/// Bytes on their way out, in frames where the protocol has them.
///
/// A frame's header is reserved when the frame opens and filled in when it closes. There is always another byte to come
/// after a frame closes, so the next one opens at once.
pub(crate) struct Out<'w> {
    pub(crate) bytes: Vec<u8>,
    /// Where the payload of the open frame starts, after its header.
    frame: Option<usize>,
    sink: Option<&'w mut dyn Write>,
}

impl<'w> Out<'w> {
    /// Collects into memory, or hands over to a sink at each end of a frame.
    pub(crate) fn new(sink: Option<&'w mut dyn Write>) -> Self {
        Out {
            bytes: Vec::new(),
            frame: None,
            sink,
        }
    }

    #[inline(always)]
    pub(crate) fn op(&mut self, op: Op<'_>) {
        op.write(&mut self.bytes);
    }

    pub(crate) fn open_frame(&mut self) {
        self.bytes.extend_from_slice(&[0; FRAME_HEADER]);
        self.frame = Some(self.bytes.len());
    }

    /// An object starts: the place where a full frame may end.
    #[inline(always)]
    pub(crate) fn boundary(&mut self) -> Result<(), ErrorKind> {
        match self.frame {
            Some(start) if self.bytes.len() - start >= FRAME_SIZE_TARGET => {
                self.close_frame()?;
                self.open_frame();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Fills in the header of the open frame, or takes it away again if the frame is hardly larger.
    pub(crate) fn close_frame(&mut self) -> Result<(), ErrorKind> {
        let Some(start) = self.frame.take() else {
            return Ok(());
        };
        let length = self.bytes.len() - start;
        let header = start - FRAME_HEADER;
        if length < FRAME_SIZE_MIN {
            self.bytes.drain(header..start);
        } else {
            let mut image = Vec::with_capacity(FRAME_HEADER);
            Op::Frame(length as u64).write(&mut image);
            self.bytes[header..start].copy_from_slice(&image);
        }
        self.flush()
    }

    /// An opcode with its payload, outside frames if the payload is large.
    #[inline(always)]
    pub(crate) fn payload(&mut self, op: Op<'_>, length: usize) -> Result<(), ErrorKind> {
        if length < FRAME_SIZE_TARGET || self.frame.is_none() {
            self.op(op);
            return Ok(());
        }
        self.close_frame()?;
        self.op(op);
        self.flush()?;
        self.open_frame();
        Ok(())
    }

    /// Hands what is finished over to the sink, if there is one.
    pub(crate) fn flush(&mut self) -> Result<(), ErrorKind> {
        if let Some(sink) = &mut self.sink {
            sink.write_all(&self.bytes)?;
            self.bytes.clear();
        }
        Ok(())
    }
}
