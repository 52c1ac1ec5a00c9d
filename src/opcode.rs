//! The opcode table: one row per opcode. Nobody else knows a byte.
//!
//! A row gives the byte, the variant of [`Op`], the name, the argument (Rust type and encoding, see `arg`), the first
//! protocol that has it, the stack effect and the meaning, with the words of Python's `pickletools` so that a
//! disassembly reads the same. From the row
//!
//! ```text
//! b'M' BinInt2 "BININT2" (u16: uint2) 1 [-> int] "Push a two-byte unsigned integer.";
//! ```
//!
//! the macro below writes
//!
//! ```text
//! enum Op<'a> { …, /** Push a two-byte unsigned integer. */ BinInt2(u16), … }
//! Op::parse:  b'M' => map(arg::uint2::parse(rest), Op::BinInt2),
//! Op::write:  Op::BinInt2(v) => arg::uint2::write(b'M', v, out),
//! Op::code:   Op::BinInt2(_) => b'M',
//! INFO:       Info { code: b'M', name: "BININT2", arg: Some("uint2"), proto: 1, before: &[], after: &["int"], … }
//! ```
//!
//! A test holds all 68 rows against `pickletools.opcodes` of a real interpreter.

use crate::arg::{self, Parsed};

/// What the table says of one opcode: `OpcodeInfo` in Python's `pickletools`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Info {
    /// The byte in the stream.
    pub code: u8,
    /// The field's name for it, such as `SHORT_BINUNICODE`.
    pub name: &'static str,
    /// The encoding of its argument, such as `unicodestring1`.
    pub arg: Option<&'static str>,
    /// The first protocol that has it.
    pub proto: u8,
    /// What it takes from the stack, top last; `mark` and `stackslice` stand for a mark and all above it.
    pub before: &'static [&'static str],
    /// What it leaves there instead.
    pub after: &'static [&'static str],
    /// What it does, in a sentence.
    pub doc: &'static str,
}

/// A row of the table as a type.
pub(crate) trait Row {
    /// The byte in the stream.
    const CODE: u8;
    /// The argument, borrowed from the stream.
    type Arg<'a>: Copy;

    /// Reads the argument, behind the byte.
    fn parse(i: &[u8]) -> Parsed<'_, Self::Arg<'_>>;
}

macro_rules! opcodes {
    ($($byte:literal $variant:ident $name:literal $(($ty:ty: $arg:ident))? $proto:literal
       [$($before:ident)* -> $($after:ident)*] $doc:literal;)*) => {
        /// One opcode with its argument, borrowed from the stream.
        ///
        /// ```
        /// use brinery::Op;
        /// assert_eq!(Op::BinInt2(513).to_vec(), b"M\x01\x02");
        /// assert_eq!(Op::BinInt2(513).info().name, "BININT2");
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub enum Op<'a> {
            $(#[doc = $doc] $variant $(($ty))?,)*
        }

        impl<'a> Op<'a> {
            /// Reads one opcode and its argument.
            #[inline(always)]
            pub(crate) fn parse(i: &'a [u8]) -> Parsed<'a, Op<'a>> {
                let (i, byte) = arg::uint1::parse(i)?;
                match byte {
                    $($byte => opcodes!(@parse i $variant $($arg)?),)*
                    _ => Err(nom::Err::Error(())),
                }
            }

            /// Appends the opcode and its argument to `out`: the inverse of parsing.
            #[inline(always)]
            pub fn write(self, out: &mut Vec<u8>) {
                match self {
                    $(opcodes!(@value v $variant $($arg)?) => opcodes!(@write $byte v out $($arg)?),)*
                }
            }

            /// The byte in the stream.
            #[inline(always)]
            pub const fn code(&self) -> u8 {
                match self { $(opcodes!(@any $variant $($arg)?) => $byte,)* }
            }
        }

        /// The rows as types, for code that knows its opcode when it is compiled.
        #[allow(dead_code)] // Some are only known when it runs.
        pub(crate) mod rows {
            use super::*;
            $(
                pub(crate) struct $variant;

                impl Row for $variant {
                    const CODE: u8 = $byte;
                    type Arg<'a> = opcodes!(@type $($ty)?);

                    #[inline(always)]
                    fn parse(i: &[u8]) -> Parsed<'_, Self::Arg<'_>> {
                        opcodes!(@argument i $($arg)?)
                    }
                }
            )*
        }

        impl Info {
            /// All 68 rows, in the order of the table.
            pub const ALL: &'static [Info] = &[$(Info {
                code: $byte,
                name: $name,
                arg: opcodes!(@name $($arg)?),
                proto: $proto,
                before: &[$(stringify!($before)),*],
                after: &[$(stringify!($after)),*],
                doc: $doc,
            },)*];
        }
    };
    (@type) => { () };
    (@type $ty:ty) => { $ty };
    (@argument $i:ident) => { Ok(($i, ())) };
    (@argument $i:ident $arg:ident) => { arg::$arg::parse($i) };
    (@parse $i:ident $variant:ident) => { Ok(($i, Op::$variant)) };
    (@parse $i:ident $variant:ident $arg:ident) => { arg::$arg::parse($i).map(|(i, v)| (i, Op::$variant(v))) };
    (@write $byte:literal $v:ident $out:ident) => { $out.push($byte) };
    (@write $byte:literal $v:ident $out:ident $arg:ident) => { arg::$arg::write($byte, $v, $out) };
    (@value $v:ident $variant:ident) => { Op::$variant };
    (@value $v:ident $variant:ident $arg:ident) => { Op::$variant($v) };
    (@any $variant:ident) => { Op::$variant };
    (@any $variant:ident $arg:ident) => { Op::$variant(_) };
    (@name) => { None };
    (@name $arg:ident) => { Some(stringify!($arg)) };
}

#[rustfmt::skip] // One row, one line: it is a table.
opcodes! {
    b'I' Int             "INT"              (&'a [u8]: decimalnl_short)                    0 [-> int_or_bool]                     "Push an integer or bool.";
    b'L' Long            "LONG"             (&'a [u8]: decimalnl_long)                     0 [-> int]                             "Push a long integer.";
    b'S' String          "STRING"           (&'a [u8]: stringnl)                           0 [-> bytes_or_str]                    "Push a Python string object.";
    b'N' None            "NONE"                                                            0 [-> None]                            "Push None on the stack.";
    b'V' Unicode         "UNICODE"          (&'a [u8]: unicodestringnl)                    0 [-> str]                             "Push a Python Unicode string object.";
    b'F' Float           "FLOAT"            (&'a [u8]: floatnl)                            0 [-> float]                           "Newline-terminated decimal float literal.";
    b'a' Append          "APPEND"                                                          0 [list any -> list]                   "Append an object to a list.";
    b'l' List            "LIST"                                                            0 [mark stackslice -> list]            "Build a list out of the topmost stack slice, after markobject.";
    b't' Tuple           "TUPLE"                                                           0 [mark stackslice -> tuple]           "Build a tuple out of the topmost stack slice, after markobject.";
    b'd' Dict            "DICT"                                                            0 [mark stackslice -> dict]            "Build a dict out of the topmost stack slice, after markobject.";
    b's' SetItem         "SETITEM"                                                         0 [dict any any -> dict]               "Add a key+value pair to an existing dict.";
    b'0' Pop             "POP"                                                             0 [any ->]                             "Discard the top stack item, shrinking the stack by one item.";
    b'2' Dup             "DUP"                                                             0 [any -> any any]                     "Push the top stack item onto the stack again, duplicating it.";
    b'(' Mark            "MARK"                                                            0 [-> mark]                            "Push markobject onto the stack.";
    b'g' Get             "GET"              (&'a [u8]: decimalnl_short)                    0 [-> any]                             "Read an object from the memo and push it on the stack.";
    b'p' Put             "PUT"              (&'a [u8]: decimalnl_short)                    0 [->]                                 "Store the stack top into the memo.  The stack is not popped.";
    b'c' Global          "GLOBAL"           ((&'a [u8], &'a [u8]): stringnl_noescape_pair) 0 [-> any]                             "Push a global object (module.attr) on the stack.";
    b'R' Reduce          "REDUCE"                                                          0 [any any -> any]                     "Push an object built from a callable and an argument tuple.";
    b'b' Build           "BUILD"                                                           0 [any any -> any]                     "Finish building an object, via __setstate__ or dict update.";
    b'i' Inst            "INST"             ((&'a [u8], &'a [u8]): stringnl_noescape_pair) 0 [mark stackslice -> any]             "Build a class instance.";
    b'.' Stop            "STOP"                                                            0 [any ->]                             "Stop the unpickling machine.";
    b'P' PersId          "PERSID"           (&'a [u8]: stringnl_noescape)                  0 [-> any]                             "Push an object identified by a persistent ID.";
    b'J' BinInt          "BININT"           (i32: int4)                                    1 [-> int]                             "Push a four-byte signed integer.";
    b'K' BinInt1         "BININT1"          (u8: uint1)                                    1 [-> int]                             "Push a one-byte unsigned integer.";
    b'M' BinInt2         "BININT2"          (u16: uint2)                                   1 [-> int]                             "Push a two-byte unsigned integer.";
    b'T' BinString       "BINSTRING"        (&'a [u8]: string4)                            1 [-> bytes_or_str]                    "Push a Python string object.";
    b'U' ShortBinString  "SHORT_BINSTRING"  (&'a [u8]: string1)                            1 [-> bytes_or_str]                    "Push a Python string object.";
    b'X' BinUnicode      "BINUNICODE"       (&'a [u8]: unicodestring4)                     1 [-> str]                             "Push a Python Unicode string object.";
    b'G' BinFloat        "BINFLOAT"         (f64: float8)                                  1 [-> float]                           "Float stored in binary form, with 8 bytes of data.";
    b']' EmptyList       "EMPTY_LIST"                                                      1 [-> list]                            "Push an empty list.";
    b'e' Appends         "APPENDS"                                                         1 [list mark stackslice -> list]       "Extend a list by a slice of stack objects.";
    b')' EmptyTuple      "EMPTY_TUPLE"                                                     1 [-> tuple]                           "Push an empty tuple.";
    b'}' EmptyDict       "EMPTY_DICT"                                                      1 [-> dict]                            "Push an empty dict.";
    b'u' SetItems        "SETITEMS"                                                        1 [dict mark stackslice -> dict]       "Add an arbitrary number of key+value pairs to an existing dict.";
    b'1' PopMark         "POP_MARK"                                                        1 [mark stackslice ->]                 "Pop all the stack objects at and above the topmost markobject.";
    b'h' BinGet          "BINGET"           (u8: uint1)                                    1 [-> any]                             "Read an object from the memo and push it on the stack.";
    b'j' LongBinGet      "LONG_BINGET"      (u32: uint4)                                   1 [-> any]                             "Read an object from the memo and push it on the stack.";
    b'q' BinPut          "BINPUT"           (u8: uint1)                                    1 [->]                                 "Store the stack top into the memo.  The stack is not popped.";
    b'r' LongBinPut      "LONG_BINPUT"      (u32: uint4)                                   1 [->]                                 "Store the stack top into the memo.  The stack is not popped.";
    b'o' Obj             "OBJ"                                                             1 [mark any stackslice -> any]         "Build a class instance.";
    b'Q' BinPersId       "BINPERSID"                                                       1 [any -> any]                         "Push an object identified by a persistent ID.";
    0x8a Long1           "LONG1"            (&'a [u8]: long1)                              2 [-> int]                             "Long integer using one-byte length.";
    0x8b Long4           "LONG4"            (&'a [u8]: long4)                              2 [-> int]                             "Long integer using four-byte length.";
    0x88 NewTrue         "NEWTRUE"                                                         2 [-> bool]                            "Push True onto the stack.";
    0x89 NewFalse        "NEWFALSE"                                                        2 [-> bool]                            "Push False onto the stack.";
    0x85 Tuple1          "TUPLE1"                                                          2 [any -> tuple]                       "Build a one-tuple out of the topmost item on the stack.";
    0x86 Tuple2          "TUPLE2"                                                          2 [any any -> tuple]                   "Build a two-tuple out of the top two items on the stack.";
    0x87 Tuple3          "TUPLE3"                                                          2 [any any any -> tuple]               "Build a three-tuple out of the top three items on the stack.";
    0x82 Ext1            "EXT1"             (u8: uint1)                                    2 [-> any]                             "Extension code.";
    0x83 Ext2            "EXT2"             (u16: uint2)                                   2 [-> any]                             "Extension code.";
    0x84 Ext4            "EXT4"             (i32: int4)                                    2 [-> any]                             "Extension code.";
    0x81 NewObj          "NEWOBJ"                                                          2 [any any -> any]                     "Build an object instance.";
    0x80 Proto           "PROTO"            (u8: uint1)                                    2 [->]                                 "Protocol version indicator.";
    b'B' BinBytes        "BINBYTES"         (&'a [u8]: bytes4)                             3 [-> bytes]                           "Push a Python bytes object.";
    b'C' ShortBinBytes   "SHORT_BINBYTES"   (&'a [u8]: bytes1)                             3 [-> bytes]                           "Push a Python bytes object.";
    0x8e BinBytes8       "BINBYTES8"        (&'a [u8]: bytes8)                             4 [-> bytes]                           "Push a Python bytes object.";
    0x8c ShortBinUnicode "SHORT_BINUNICODE" (&'a [u8]: unicodestring1)                     4 [-> str]                             "Push a Python Unicode string object.";
    0x8d BinUnicode8     "BINUNICODE8"      (&'a [u8]: unicodestring8)                     4 [-> str]                             "Push a Python Unicode string object.";
    0x8f EmptySet        "EMPTY_SET"                                                       4 [-> set]                             "Push an empty set.";
    0x90 AddItems        "ADDITEMS"                                                        4 [set mark stackslice -> set]         "Add an arbitrary number of items to an existing set.";
    0x91 FrozenSet       "FROZENSET"                                                       4 [mark stackslice -> frozenset]       "Build a frozenset out of the topmost slice, after markobject.";
    0x94 Memoize         "MEMOIZE"                                                         4 [any -> any]                         "Store the stack top into the memo.  The stack is not popped.";
    0x93 StackGlobal     "STACK_GLOBAL"                                                    4 [str str -> any]                     "Push a global object (module.attr) on the stack.";
    0x92 NewObjEx        "NEWOBJ_EX"                                                       4 [any any any -> any]                 "Build an object instance.";
    0x95 Frame           "FRAME"            (u64: uint8)                                   4 [->]                                 "Indicate the beginning of a new frame.";
    0x96 ByteArray8      "BYTEARRAY8"       (&'a [u8]: bytearray8)                         5 [-> bytearray]                       "Push a Python bytearray object.";
    0x97 NextBuffer      "NEXT_BUFFER"                                                     5 [-> buffer]                          "Push an out-of-band buffer object.";
    0x98 ReadonlyBuffer  "READONLY_BUFFER"                                                 5 [buffer -> buffer]                   "Make an out-of-band buffer object read-only.";
}

/// Where the row of each byte stands in [`Info::ALL`], or 255.
static ROWS: [u8; 256] = {
    let mut rows = [u8::MAX; 256];
    let mut i = 0;
    while i < Info::ALL.len() {
        rows[Info::ALL[i].code as usize] = i as u8;
        i += 1;
    }
    rows
};

impl Info {
    /// The row of a byte, if there is such an opcode.
    ///
    /// ```
    /// assert_eq!(brinery::Info::of(b'M').unwrap().name, "BININT2");
    /// assert_eq!(brinery::Info::of(0xff), None);
    /// ```
    pub fn of(code: u8) -> Option<&'static Info> {
        Info::ALL.get(ROWS[code as usize] as usize)
    }
}

impl<'a> Op<'a> {
    /// Appends the opcode and its length to `out`, if its payload is one that can be large, and gives the payload; else
    /// appends all of it.
    pub(crate) fn head(self, out: &mut Vec<u8>) -> &'a [u8] {
        match self {
            Op::BinUnicode(payload) | Op::BinBytes(payload) if u32::try_from(payload.len()).is_ok() => {
                out.push(self.code());
                out.extend_from_slice(&(payload.len() as u32).to_le_bytes());
                payload
            }
            Op::BinUnicode8(payload) | Op::BinBytes8(payload) | Op::ByteArray8(payload) => {
                out.push(self.code());
                out.extend_from_slice(&(payload.len() as u64).to_le_bytes());
                payload
            }
            op => {
                op.write(out);
                &[]
            }
        }
    }
}

impl Op<'_> {
    /// The opcode's row in the table.
    pub fn info(&self) -> &'static Info {
        &Info::ALL[ROWS[self.code() as usize] as usize]
    }

    /// The bytes of the opcode and its argument.
    pub fn to_vec(self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }
}
