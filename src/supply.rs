//! Where a stream's bytes come from.

use std::io::{self, Read};

/// What [`Input`](crate::Input) reads from: every [`Read`], or something that knows lines and can look ahead.
///
/// A Python file is asked for a whole line in one call, not for its bytes one by one, and one that can be peeked at hands
/// out more than is needed, which is given back at the end of a pickle.
///
/// ```
/// use brinery::Supply;
/// let mut taken = Vec::new();
/// let mut reader: &[u8] = b"I5\n.";
/// reader.line(&mut taken)?;
/// assert_eq!((taken.as_slice(), reader), (&b"I5\n"[..], &b"."[..]));
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait Supply {
    /// Appends `wanted` bytes, or fewer if there are no more. It may append more of them if [`settle`](Self::settle) takes
    /// them back. It should not allocate much more than there is, whatever is wanted.
    fn fill(&mut self, wanted: u64, into: &mut Vec<u8>) -> io::Result<()>;

    /// Appends the rest of a line with its `\n`, or what there is if there is none. The same holds for what comes behind.
    fn line(&mut self, into: &mut Vec<u8>) -> io::Result<()> {
        loop {
            let before = into.len();
            self.fill(1, into)?;
            if into.len() == before || into[before..].contains(&b'\n') {
                return Ok(());
            }
        }
    }

    /// A pickle has ended, and `unused` of the bytes that were appended lie behind it. Answers how many of them, at the
    /// end, are taken back and will be appended again.
    fn settle(&mut self, _unused: usize) -> io::Result<usize> {
        Ok(0)
    }
}

impl<R: Read> Supply for R {
    fn fill(&mut self, wanted: u64, into: &mut Vec<u8>) -> io::Result<()> {
        // `take` reads in growing steps: a false length allocates no more than twice what is there.
        self.by_ref().take(wanted).read_to_end(into).map(|_| ())
    }
}
