//! The argument encodings of the opcodes: one module per `pickletools` descriptor, each a `parse` and its inverse
//! `write`, which puts the opcode's byte in front so that both go out in one piece.
//!
//! The only file that imports nom and byteorder. Parsers are `streaming`: for a slice `Incomplete` means truncated, for
//! a reader it means "refill by that much". The error type is `()`, so that a failed parse costs nothing; whoever
//! drives the parser knows the offset and the opcode.
//!
//! Text arguments are handed on as raw bytes. What they mean differs between Python versions and is the business of
//! `text` and `number`; keeping them raw also makes `parse(write(op)) == op` hold for every stream.

use byteorder::{BE, ByteOrder, LE};
use nom::{
    IResult, Parser,
    bytes::streaming::{tag, take, take_until},
    combinator::{map, verify},
    multi::length_data,
    number::streaming as number,
    sequence::terminated,
};

/// The outcome of a parse: the unread rest and the value.
pub(crate) type Parsed<'a, T> = IResult<&'a [u8], T, ()>;
pub(crate) use nom::Needed;
/// Why a parse gave no value: bytes are missing, or what is there is wrong.
pub(crate) type ParseError = nom::Err<()>;

/// `uint1`: one unsigned byte.
pub(crate) mod uint1 {
    #[inline(always)]
    pub(crate) fn parse(i: &[u8]) -> super::Parsed<'_, u8> {
        super::number::u8(i)
    }
    #[inline(always)]
    pub(crate) fn write(code: u8, v: u8, out: &mut Vec<u8>) {
        out.extend_from_slice(&[code, v]);
    }
}

/// Numbers of a fixed width: `name: type = size, reader, writer`.
macro_rules! fixed_width {
    ($($(#[$doc:meta])* $name:ident: $ty:ty = $size:literal, $read:expr, $write:expr;)*) => { $(
        $(#[$doc])*
        pub(crate) mod $name {
            use super::*;
            #[inline(always)]
            pub(crate) fn parse(i: &[u8]) -> Parsed<'_, $ty> {
                // nom's own numbers go byte by byte.
                map(take($size as usize), $read).parse(i)
            }
            #[inline(always)]
            pub(crate) fn write(code: u8, v: $ty, out: &mut Vec<u8>) {
                let mut image = [code; 1 + $size];
                $write(&mut image[1..], v);
                out.extend_from_slice(&image);
            }
        }
    )* };
}
fixed_width! {
    /// `uint2`: two bytes, little-endian.
    uint2: u16 = 2, LE::read_u16, LE::write_u16;
    /// `uint4`: four bytes, little-endian.
    uint4: u32 = 4, LE::read_u32, LE::write_u32;
    /// `uint8`: eight bytes, little-endian.
    uint8: u64 = 8, LE::read_u64, LE::write_u64;
    /// `int4`: four bytes, little-endian, signed.
    int4: i32 = 4, LE::read_i32, LE::write_i32;
    /// `float8`: an IEEE 754 double, **big**-endian.
    float8: f64 = 8, BE::read_f64, BE::write_f64;
}

/// Bytes behind a length: `name: length type = length parser, length writer`.
macro_rules! counted {
    ($($(#[$doc:meta])* $name:ident: $len:ty = $parse:expr, $write:path;)*) => { $(
        $(#[$doc])*
        pub(crate) mod $name {
            use super::*;
            #[inline(always)]
            pub(crate) fn parse(i: &[u8]) -> Parsed<'_, &[u8]> {
                length_data($parse).parse(i)
            }
            #[inline(always)]
            pub(crate) fn write(code: u8, v: &[u8], out: &mut Vec<u8>) {
                debug_assert!(<$len>::try_from(v.len()).is_ok(), "the writer picks the width");
                $write(code, v.len() as $len, out);
                out.extend_from_slice(v);
            }
        }
    )* };
}

/// A length that CPython reads as signed and refuses below zero (as every version from 3.13.5 on does).
fn length4(i: &[u8]) -> Parsed<'_, u32> {
    verify(uint4::parse, |n| *n <= i32::MAX as u32).parse(i)
}

/// Opcode and length in one piece: a push for each asks twice for room, which counts where strings are short.
#[inline(always)]
fn length1(code: u8, length: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(&[code, length]);
}

counted! {
    /// `string1`: a Python 2 `str` of up to 255 bytes.
    string1: u8 = uint1::parse, length1;
    /// `string4`: a Python 2 `str` of up to 2 GiB.
    string4: u32 = length4, uint4::write;
    /// `bytes1`: up to 255 bytes.
    bytes1: u8 = uint1::parse, length1;
    /// `bytes4`: up to 4 GiB.
    bytes4: u32 = uint4::parse, uint4::write;
    /// `bytes8`: more than 4 GiB.
    bytes8: u64 = uint8::parse, uint8::write;
    /// `bytearray8`: always an eight-byte length.
    bytearray8: u64 = uint8::parse, uint8::write;
    /// `unicodestring1`: up to 255 bytes of UTF-8, lone surrogates passed.
    unicodestring1: u8 = uint1::parse, length1;
    /// `unicodestring4`: up to 4 GiB of UTF-8, lone surrogates passed.
    unicodestring4: u32 = uint4::parse, uint4::write;
    /// `unicodestring8`: more than 4 GiB of UTF-8, lone surrogates passed.
    unicodestring8: u64 = uint8::parse, uint8::write;
    /// `long1`: two's complement, little-endian, up to 255 bytes.
    long1: u8 = uint1::parse, length1;
    /// `long4`: two's complement, little-endian, up to 2 GiB.
    long4: u32 = length4, uint4::write;
}

/// One line, without its newline. Only protocol 0 has these: kept out of the hot loop.
#[cold]
fn line(i: &[u8]) -> Parsed<'_, &[u8]> {
    terminated(take_until("\n"), tag("\n")).parse(i)
}

/// Text up to a newline: all of these share their shape and differ only in what the text means.
macro_rules! lines {
    ($($(#[$doc:meta])* $name:ident;)*) => { $(
        $(#[$doc])*
        pub(crate) mod $name {
            use super::*;
            #[inline(always)]
            pub(crate) fn parse(i: &[u8]) -> Parsed<'_, &[u8]> {
                line(i)
            }
            #[cold]
            pub(crate) fn write(code: u8, v: &[u8], out: &mut Vec<u8>) {
                out.push(code);
                out.extend_from_slice(v);
                out.push(b'\n');
            }
        }
    )* };
}
lines! {
    /// `decimalnl_short`: a decimal literal; `00` and `01` are bools.
    decimalnl_short;
    /// `decimalnl_long`: a decimal literal, usually with a trailing `L`.
    decimalnl_long;
    /// `floatnl`: a float literal.
    floatnl;
    /// `stringnl`: a quoted Python 2 `str` literal.
    stringnl;
    /// `stringnl_noescape`: text as it is.
    stringnl_noescape;
    /// `unicodestringnl`: raw-unicode-escape text.
    unicodestringnl;
}

/// `stringnl_noescape_pair`: two lines, a module and a name.
pub(crate) mod stringnl_noescape_pair {
    use super::*;
    #[inline(always)]
    pub(crate) fn parse(i: &[u8]) -> Parsed<'_, (&[u8], &[u8])> {
        (line, line).parse(i)
    }
    #[cold]
    pub(crate) fn write(code: u8, (module, name): (&[u8], &[u8]), out: &mut Vec<u8>) {
        stringnl_noescape::write(code, module, out);
        out.extend_from_slice(name);
        out.push(b'\n');
    }
}
