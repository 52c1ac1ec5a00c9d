//! Seeded chance, and what depends on nothing else.

use std::io::Read;

/// SplitMix64: small, and its sequence never changes with a dependency's version.
#[derive(Clone)]
pub struct Rng {
    state: u64,
    /// What is drawn first.
    fed: std::vec::IntoIter<u8>,
}

impl Rng {
    /// A generator for one purpose of a run.
    pub fn new(seed: u64, purpose: &str) -> Self {
        let mut rng = Rng {
            state: seed,
            fed: Vec::new().into_iter(),
        };
        for byte in purpose.bytes() {
            rng.state = rng.next() ^ u64::from(byte);
        }
        rng
    }

    /// One whose choices are these bytes for as long as there are any: what a fuzzer changes is then the choices of a
    /// generator, and not the bytes that it makes.
    pub fn fed(bytes: &[u8]) -> Self {
        Rng {
            state: 0,
            fed: Vec::from(bytes).into_iter(),
        }
    }

    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// A number below `end`, which must not be 0.
    pub fn below(&mut self, end: usize) -> usize {
        if end <= 256
            && let Some(byte) = self.fed.next()
        {
            return usize::from(byte) % end;
        }
        (self.next() % end as u64) as usize
    }

    /// True in one of `n` cases.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn byte(&mut self) -> u8 {
        self.fed.next().unwrap_or_else(|| self.next() as u8)
    }

    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}

/// A reader that hands out a slice in pieces of arbitrary sizes.
pub struct Chunks<'a> {
    rest: &'a [u8],
    largest: usize,
    rng: Rng,
}

impl<'a> Chunks<'a> {
    /// Pieces of 1 to `largest` bytes.
    pub fn new(bytes: &'a [u8], largest: usize, rng: Rng) -> Self {
        Chunks {
            rest: bytes,
            largest,
            rng,
        }
    }

    /// One byte at a time.
    pub fn bytewise(bytes: &'a [u8]) -> Self {
        Chunks::new(bytes, 1, Rng::fed(&[]))
    }
}

impl Read for Chunks<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let size = (1 + self.rng.below(self.largest))
            .min(buffer.len())
            .min(self.rest.len());
        let (now, later) = self.rest.split_at(size);
        buffer[..size].copy_from_slice(now);
        self.rest = later;
        Ok(size)
    }
}
