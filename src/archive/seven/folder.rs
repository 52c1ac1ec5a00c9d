//! A folder of a 7z archive: bytes that were packed as one, by one coder after the other.

use super::{super::bzip2::Bzip2, header::Sub};
use lzma_rust2::{Lzma2Reader, LzmaReader, filter::bcj::BcjReader, filter::delta::DeltaReader};
use std::{io::Read, ops::Range};

#[derive(Debug)]
struct Coder {
    method: u64,
    properties: Vec<u8>,
    simple: bool,
    /// Bytes that come out of it.
    size: u64,
}

/// Bytes that were packed as one.
#[derive(Debug, Default)]
pub(super) struct Folder {
    coders: Vec<Coder>,
    /// Which input takes which output.
    pub(super) pairs: Vec<(usize, usize)>,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    /// Where what is packed lies in the file.
    pub(super) packed: Range<usize>,
    /// Bytes of all files in it.
    pub(super) size: u64,
    pub(super) crc: Option<u32>,
    pub(super) subs: Vec<Sub>,
}

impl Folder {
    pub(super) fn add(&mut self, method: u64, properties: Vec<u8>, inputs: usize, outputs: usize) {
        self.coders.push(Coder {
            method,
            properties,
            simple: inputs == 1 && outputs == 1,
            size: 0,
        });
        self.inputs += inputs;
        self.outputs += outputs;
    }

    /// The sizes of the outputs. That of the one which goes nowhere is the folder's.
    pub(super) fn take_sizes(&mut self, sizes: Vec<u64>) -> Option<()> {
        let last = (0..sizes.len()).find(|output| self.pairs.iter().all(|(_, from)| from != output))?;
        self.size = *sizes.get(last)?;
        // With other than simple coders outputs are not coders, and nothing is unpacked.
        self.coders
            .iter_mut()
            .zip(sizes)
            .for_each(|(coder, size)| coder.size = size);
        Some(())
    }

    /// One file is all of it.
    pub(super) fn whole(&mut self) {
        self.subs = vec![Sub {
            size: self.size,
            crc: self.crc,
        }];
    }

    /// What it unpacks to, or why it is not unpacked.
    pub(super) fn open<'f>(&self, file: &'f [u8]) -> Result<Box<dyn Read + 'f>, String> {
        let packed = file.get(self.packed.clone()).ok_or("it lies outside of the archive")?;
        if self.coders.iter().any(|coder| !coder.simple) {
            return Err("packed by methods with several streams, which are not read".to_owned());
        }
        // The coder whose input is no other's output takes what is packed; its output goes where a pair says.
        let count = self.coders.len();
        let mut at = (0..count)
            .find(|coder| self.pairs.iter().all(|(input, _)| input != coder))
            .ok_or("its coders go round in circles")?;
        let mut source: Box<dyn Read + 'f> = Box::new(packed);
        for _ in 0..count {
            let coder = self.coders.get(at).ok_or("a coder that is not there")?;
            source = coder.open(source)?;
            match self.pairs.iter().find(|(_, output)| *output == at) {
                Some((input, _)) => at = *input,
                None => return Ok(source),
            }
        }
        Err("its coders go round in circles".to_owned())
    }
}

impl Coder {
    fn open<'f>(&self, source: Box<dyn Read + 'f>) -> Result<Box<dyn Read + 'f>, String> {
        let odd = || "it has odd properties".to_owned();
        Ok(match self.method {
            0 => source,
            // Its window grows with what comes out.
            0x21 => {
                let [bits @ 0..=40] = self.properties[..] else {
                    return Err(odd());
                };
                let dictionary = match bits {
                    40 => u32::MAX,
                    bits => (2 | u32::from(bits & 1)) << (bits / 2 + 11),
                };
                Box::new(Lzma2Reader::new(source, dictionary, None))
            }
            0x03_01_01 => {
                let [properties, dictionary @ ..] = &self.properties[..] else {
                    return Err(odd());
                };
                let dictionary = u32::from_le_bytes(dictionary.try_into().map_err(|_| odd())?);
                let dictionary = dictionary.min(lzma_rust2::DICT_SIZE_MAX);
                let reader = LzmaReader::new_with_props(source, self.size, *properties, dictionary, None);
                Box::new(reader.map_err(|error| error.to_string())?)
            }
            0x03 => {
                let [distance] = self.properties[..] else {
                    return Err(odd());
                };
                Box::new(DeltaReader::new(source, usize::from(distance) + 1))
            }
            0x04 | 0x03_03_01_03 => Box::new(BcjReader::new_x86(source, 0)),
            0x05 | 0x03_03_02_05 => Box::new(BcjReader::new_ppc(source, 0)),
            0x07 | 0x03_03_05_01 => Box::new(BcjReader::new_arm(source, 0)),
            0x08 | 0x03_03_07_01 => Box::new(BcjReader::new_arm_thumb(source, 0)),
            0x09 | 0x03_03_08_05 => Box::new(BcjReader::new_sparc(source, 0)),
            0x0a => Box::new(BcjReader::new_arm64(source, 0)),
            0x04_01_08 => Box::new(flate2::read::DeflateDecoder::new(source)),
            0x04_02_02 => Box::new(Bzip2::new(source)),
            0x06_f1_07_01 => return Err("encrypted".to_owned()),
            method => return Err(format!("packed by method {method:x}, which is not known")),
        })
    }
}
