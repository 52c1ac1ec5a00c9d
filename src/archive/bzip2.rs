//! bzip2, unpacked.
//!
//! Of the crates that do it, one is not kept, one is C, and one ends the process on bytes that are no bzip2 wherever
//! overflow is checked. The format is small.

use std::io::{self, Read};

/// Bits of a block's code for its symbols at most.
const LONGEST: usize = 20;
/// Symbols after which the table of codes can change.
const GROUP: usize = 50;
const BLOCK: u64 = 0x3141_5926_5359;
const END: u64 = 0x1772_4538_5090;

/// Takes bits off a reader, the highest first, and no byte more than it needs.
struct Bits<R> {
    source: R,
    buffer: Vec<u8>,
    at: usize,
    bits: u64,
    count: u32,
    /// Bytes that were taken.
    used: usize,
}

impl<R: Read> Bits<R> {
    fn byte(&mut self) -> io::Result<u8> {
        if self.at == self.buffer.len() {
            self.buffer.clear();
            self.at = 0;
            (&mut self.source).take(1 << 13).read_to_end(&mut self.buffer)?;
        }
        let byte = self.buffer.get(self.at).copied().ok_or(io::ErrorKind::UnexpectedEof)?;
        self.at += 1;
        self.used += 1;
        Ok(byte)
    }

    /// So many bits, 32 at most.
    fn take(&mut self, count: u32) -> io::Result<u32> {
        while self.count < count {
            self.bits = self.bits << 8 | u64::from(self.byte()?);
            self.count += 8;
        }
        self.count -= count;
        Ok((self.bits >> self.count & ((1 << count) - 1)) as u32)
    }

    fn bit(&mut self) -> io::Result<bool> {
        Ok(self.take(1)? == 1)
    }
}

/// A stream of bzip2.
pub(super) struct Bzip2<R> {
    bits: Bits<R>,
    /// Bytes of a block at most; 0 before the stream has begun.
    most: usize,
    /// A block: bytes in the low eight bits, above them where each one's successor is.
    chain: Vec<u32>,
    /// Bytes of the block that are still to come, and where the next one is.
    left: usize,
    next: u32,
    /// How often the last byte came in a row, and how often it is to be given again.
    last: u8,
    row: u8,
    again: u8,
    crc: u32,
    block_crc: u32,
    stream_crc: u32,
    ended: bool,
}

fn bad(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// The checksum of bzip2: that of zip with its bits in the other order.
fn crc(crc: u32, byte: u8) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut index = 0;
        while index < 256 {
            let mut value = (index as u32) << 24;
            let mut bit = 0;
            while bit < 8 {
                value = value << 1 ^ if value >> 31 == 1 { 0x04c1_1db7 } else { 0 };
                bit += 1;
            }
            table[index] = value;
            index += 1;
        }
        table
    };
    crc << 8 ^ TABLE[usize::from((crc >> 24) as u8 ^ byte)]
}

impl<R: Read> Bzip2<R> {
    pub(super) fn new(source: R) -> Self {
        Bzip2 {
            bits: Bits {
                source,
                buffer: Vec::new(),
                at: 0,
                bits: 0,
                count: 0,
                used: 0,
            },
            most: 0,
            chain: Vec::new(),
            left: 0,
            next: 0,
            last: 0,
            row: 0,
            again: 0,
            crc: u32::MAX,
            block_crc: 0,
            stream_crc: 0,
            ended: false,
        }
    }

    /// Bytes that were taken from the source: all of the stream, once it has ended.
    pub(super) fn used(&self) -> usize {
        self.bits.used
    }

    /// Goes on to the next block; false at the end of the stream.
    fn advance(&mut self) -> io::Result<bool> {
        if self.most == 0 {
            let head = self.bits.take(32)?;
            self.most = match head {
                0x425a_6831..=0x425a_6839 => (head & 15) as usize * 100_000,
                _ => return Err(bad("no bzip2")),
            };
        } else {
            self.end_block()?;
        }
        let magic = u64::from(self.bits.take(24)?) << 24 | u64::from(self.bits.take(24)?);
        let crc = self.bits.take(32)?;
        match magic {
            BLOCK => {
                self.block_crc = crc;
                self.block()?;
                Ok(true)
            }
            END if crc == self.stream_crc => Ok(false),
            END => Err(bad("the checksum of the stream is wrong")),
            _ => Err(bad("neither a block nor the end")),
        }
    }

    fn end_block(&mut self) -> io::Result<()> {
        if !self.crc != self.block_crc {
            return Err(bad("the checksum of a block is wrong"));
        }
        self.stream_crc = self.stream_crc.rotate_left(1) ^ self.block_crc;
        Ok(())
    }

    fn block(&mut self) -> io::Result<()> {
        let bits = &mut self.bits;
        if bits.bit()? {
            return Err(bad("a block with random bytes, as no program writes since 1996"));
        }
        let origin = bits.take(24)? as usize;
        let mut front = Vec::with_capacity(256);
        let rows = bits.take(16)?;
        for row in 0..16u8 {
            if rows >> (15 - row) & 1 == 1 {
                let columns = bits.take(16)?;
                front.extend(
                    (0..16u8)
                        .filter(|column| columns >> (15 - column) & 1 == 1)
                        .map(|column| row * 16 + column),
                );
            }
        }
        if front.is_empty() {
            return Err(bad("a block without bytes"));
        }
        let codes = codes(bits, front.len() + 2)?;
        self.chain.clear();
        self.symbols(&codes, &mut front)?;
        self.untangle(origin)?;
        (self.crc, self.row, self.again) = (u32::MAX, 0, 0);
        Ok(())
    }

    /// Reads the bytes of a block, in the order in which they are packed.
    fn symbols(&mut self, codes: &Codes, front: &mut [u8]) -> io::Result<()> {
        let end = front.len() + 1;
        let (mut run, mut weight) = (0usize, 1usize);
        let mut selectors = codes.selectors.iter();
        let mut code = None;
        let mut in_group = 0;
        loop {
            if in_group == 0 {
                code = selectors
                    .next()
                    .and_then(|selector| codes.tables.get(usize::from(*selector)));
                in_group = GROUP;
            }
            in_group -= 1;
            let code = code.ok_or_else(|| bad("a block without an end"))?;
            let symbol = code.read(&mut self.bits)?;
            // The first two are digits of how often the front byte comes.
            if symbol < 2 {
                if weight > self.most {
                    return Err(bad("a block that is too long"));
                }
                run += weight << symbol;
                weight *= 2;
                continue;
            }
            if run > 0 {
                if run > self.most - self.chain.len() {
                    return Err(bad("a block that is too long"));
                }
                let byte = front.first().copied().unwrap_or(0);
                self.chain.resize(self.chain.len() + run, byte.into());
                (run, weight) = (0, 1);
            }
            if symbol == end {
                return Ok(());
            }
            if self.chain.len() == self.most {
                return Err(bad("a block that is too long"));
            }
            let place = symbol - 1;
            let (Some(byte), Some(moved)) = (front.get(place).copied(), front.get_mut(..=place)) else {
                return Err(bad("a byte that the block does not have"));
            };
            moved.rotate_right(1);
            self.chain.push(byte.into());
        }
    }

    /// Puts the order of the text back: links each byte of the block to the one behind it.
    fn untangle(&mut self, origin: usize) -> io::Result<()> {
        let mut starts = [0u32; 256];
        for entry in &self.chain {
            starts[usize::from(*entry as u8)] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += std::mem::replace(start, sum);
        }
        for index in 0..self.chain.len() {
            let byte = self.chain[index] as u8;
            let place = &mut starts[usize::from(byte)];
            // Each byte has a place of its own, so this is inside.
            if let Some(entry) = self.chain.get_mut(*place as usize) {
                *entry |= (index as u32) << 8;
            }
            *place += 1;
        }
        let first = self
            .chain
            .get(origin)
            .ok_or_else(|| bad("a block that starts outside of itself"))?;
        (self.left, self.next) = (self.chain.len(), *first >> 8);
        Ok(())
    }

    /// The next byte of the block.
    fn byte(&mut self) -> Option<u8> {
        loop {
            if self.again > 0 {
                self.again -= 1;
                return Some(self.last);
            }
            self.left = self.left.checked_sub(1)?;
            let entry = self.chain.get(self.next as usize)?;
            let byte = *entry as u8;
            self.next = entry >> 8;
            // Behind four of a kind stands how many more there are.
            if self.row == 4 {
                (self.row, self.again) = (0, byte);
                continue;
            }
            self.row = if self.row > 0 && byte == self.last {
                self.row + 1
            } else {
                1
            };
            self.last = byte;
            return Some(byte);
        }
    }
}

impl<R: Read> Read for Bzip2<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(place) = out.get_mut(filled) {
            match self.byte() {
                Some(byte) => {
                    self.crc = crc(self.crc, byte);
                    *place = byte;
                    filled += 1;
                }
                None if filled > 0 || self.ended => break,
                None => {
                    if !self.advance()? {
                        self.ended = true;
                        break;
                    }
                }
            }
        }
        Ok(filled)
    }
}

/// The codes of a block's symbols.
struct Codes {
    tables: Vec<Code>,
    /// Which table each group of symbols is in.
    selectors: Vec<u8>,
}

fn codes<R: Read>(bits: &mut Bits<R>, symbols: usize) -> io::Result<Codes> {
    let groups = bits.take(3)?;
    if !(2..=6).contains(&groups) {
        return Err(bad("a number of tables that there cannot be"));
    }
    let count = bits.take(15)?;
    let mut order: Vec<u8> = (0..groups as u8).collect();
    let mut selectors = Vec::new();
    for _ in 0..count {
        let mut place = 0;
        while bits.bit()? {
            place += 1;
            if place >= order.len() {
                return Err(bad("a table that there is not"));
            }
        }
        order[..=place].rotate_right(1);
        selectors.push(order[0]);
    }
    let mut tables = Vec::new();
    for _ in 0..groups {
        let mut length = bits.take(5)? as usize;
        let mut lengths = Vec::with_capacity(symbols);
        for _ in 0..symbols {
            loop {
                if !(1..=LONGEST).contains(&length) {
                    return Err(bad("a code of a length that there cannot be"));
                }
                if !bits.bit()? {
                    break;
                }
                length = if bits.bit()? { length - 1 } else { length + 1 };
            }
            lengths.push(length);
        }
        tables.push(Code::new(&lengths));
    }
    Ok(Codes { tables, selectors })
}

/// A canonical code: the symbols in order of their codes, and for each length its last code and the first symbol.
struct Code {
    symbols: Vec<u16>,
    /// For each length: the first code of that length, how many there are, and where their symbols start.
    lengths: [(u32, u32, u32); LONGEST + 1],
}

impl Code {
    fn new(lengths: &[usize]) -> Self {
        let mut code = Code {
            symbols: Vec::with_capacity(lengths.len()),
            lengths: [(0, 0, 0); LONGEST + 1],
        };
        let mut first = 0u32;
        for length in 1..=LONGEST {
            let start = code.symbols.len() as u32;
            code.symbols.extend(
                (0..)
                    .zip(lengths)
                    .filter(|(_, other)| **other == length)
                    .map(|(symbol, _)| symbol),
            );
            let count = code.symbols.len() as u32 - start;
            code.lengths[length] = (first, count, start);
            // Codes that are too many are never met.
            first = (first + count).saturating_mul(2);
        }
        code
    }

    fn read<R: Read>(&self, bits: &mut Bits<R>) -> io::Result<usize> {
        let mut value = 0;
        for (first, count, start) in self.lengths.iter().skip(1) {
            value = value << 1 | u32::from(bits.bit()?);
            if let Some(index) = value.checked_sub(*first).filter(|index| index < count) {
                let symbol = self.symbols.get((start + index) as usize);
                return symbol
                    .map(|symbol| usize::from(*symbol))
                    .ok_or_else(|| bad("no code of the table"));
            }
        }
        Err(bad("no code of the table"))
    }
}
