//! `array.array`.

use super::{
    Recipe, Shape,
    made::{Made, int},
};
use crate::{Kind, Value};

/// A Python `array.array`, by its type code.
///
/// In other formats a sequence of numbers, or text.
///
/// ```
/// use brinery::{Builder, types::Array};
/// let mut build = Builder::new();
/// let root = build.recipe(Array::I32(vec![1, -2]).recipe(5))?;
/// let graph = build.finish(root);
/// assert_eq!(graph.root().to_string(), r"array._array_reconstructor(array.array, 'i', 8, b'\x01\x00\x00\x00\xfe\xff\xff\xff')");
/// assert_eq!(graph.root().as_array(), Some(Array::I32(vec![1, -2])));
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Array {
    /// `b`
    I8(Vec<i8>),
    /// `B`, and `c` of Python 2, which Python 3 has not.
    U8(Vec<u8>),
    /// `h`
    I16(Vec<i16>),
    /// `H`
    U16(Vec<u16>),
    /// `i`
    I32(Vec<i32>),
    /// `I`
    U32(Vec<u32>),
    /// `l`, which Python on Windows keeps in 32 bits.
    Long(Vec<i64>),
    /// `L`, which Python on Windows keeps in 32 bits.
    ULong(Vec<u64>),
    /// `q`
    I64(Vec<i64>),
    /// `Q`
    U64(Vec<u64>),
    /// `f`
    F32(Vec<f32>),
    /// `d`
    F64(Vec<f64>),
    /// `u`
    Text(String),
    /// `w`, from CPython 3.13 on.
    Ucs4(String),
}

/// How the second of two forms writes numbers: the number by which `_array_reconstructor` knows it, for little-endian
/// bytes. That of big-endian ones is the next, but for single bytes, which have one number only.
const U8: u8 = 0;
const I8: u8 = 1;
const U16: u8 = 2;
const I16: u8 = 4;
const U32: u8 = 6;
const I32: u8 = 8;
const U64: u8 = 10;
const I64: u8 = 12;
const F32: u8 = 14;
const F64: u8 = 16;
const UTF16: u8 = 18;
const UTF32: u8 = 20;

/// Does the same for each type of number.
macro_rules! each {
    ($array:expr, $items:ident => $numbers:expr, $text:ident => $chars:expr) => {
        match $array {
            Array::I8($items) => $numbers,
            Array::U8($items) => $numbers,
            Array::I16($items) => $numbers,
            Array::U16($items) => $numbers,
            Array::I32($items) => $numbers,
            Array::U32($items) => $numbers,
            Array::Long($items) | Array::I64($items) => $numbers,
            Array::ULong($items) | Array::U64($items) => $numbers,
            Array::F32($items) => $numbers,
            Array::F64($items) => $numbers,
            Array::Text($text) | Array::Ucs4($text) => $chars,
        }
    };
}
#[cfg(feature = "serde")]
pub(super) use each;

impl Array {
    /// An array without items of a type code; `None` if there is no such code.
    pub fn empty(typecode: char) -> Option<Array> {
        Some(match typecode {
            'b' => Array::I8(Vec::new()),
            'B' | 'c' => Array::U8(Vec::new()),
            'h' => Array::I16(Vec::new()),
            'H' => Array::U16(Vec::new()),
            'i' => Array::I32(Vec::new()),
            'I' => Array::U32(Vec::new()),
            'l' => Array::Long(Vec::new()),
            'L' => Array::ULong(Vec::new()),
            'q' => Array::I64(Vec::new()),
            'Q' => Array::U64(Vec::new()),
            'f' => Array::F32(Vec::new()),
            'd' => Array::F64(Vec::new()),
            'u' => Array::Text(String::new()),
            'w' => Array::Ucs4(String::new()),
            _ => return None,
        })
    }

    /// Its type code in Python 3.
    pub fn typecode(&self) -> char {
        match self {
            Array::I8(_) => 'b',
            Array::U8(_) => 'B',
            Array::I16(_) => 'h',
            Array::U16(_) => 'H',
            Array::I32(_) => 'i',
            Array::U32(_) => 'I',
            Array::Long(_) => 'l',
            Array::ULong(_) => 'L',
            Array::I64(_) => 'q',
            Array::U64(_) => 'Q',
            Array::F32(_) => 'f',
            Array::F64(_) => 'd',
            Array::Text(_) => 'u',
            Array::Ucs4(_) => 'w',
        }
    }

    /// How many items it has.
    pub fn len(&self) -> usize {
        each!(self, items => items.len(), text => text.chars().count())
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How CPython writes it on a 64-bit little-endian Unix: as bytes from protocol 3 on, and below as a list.
    pub fn recipe(&self, protocol: u8) -> Recipe {
        let code = Recipe::Str(self.typecode().into());
        if protocol < 3 {
            return Recipe::call("array:array", [code, Recipe::List(self.items())]);
        }
        let (format, bytes) = self.to_bytes();
        let class = Recipe::Global("array:array".into());
        Recipe::call(
            "array:_array_reconstructor",
            [class, code, Recipe::Int(format.into()), Recipe::Bytes(bytes)],
        )
    }

    fn items(&self) -> Vec<Recipe> {
        match self {
            Array::F32(items) => items.iter().map(|item| Recipe::Float((*item).into())).collect(),
            Array::F64(items) => items.iter().map(|item| Recipe::Float(*item)).collect(),
            Array::Text(text) | Array::Ucs4(text) => text.chars().map(|char| Recipe::Str(char.into())).collect(),
            Array::I8(items) => ints(items),
            Array::U8(items) => ints(items),
            Array::I16(items) => ints(items),
            Array::U16(items) => ints(items),
            Array::I32(items) => ints(items),
            Array::U32(items) => ints(items),
            Array::Long(items) | Array::I64(items) => ints(items),
            Array::ULong(items) | Array::U64(items) => ints(items),
        }
    }

    /// The format's number and the bytes.
    pub(super) fn to_bytes(&self) -> (u8, Vec<u8>) {
        let format = match self {
            Array::I8(_) => I8,
            Array::U8(_) => U8,
            Array::I16(_) => I16,
            Array::U16(_) => U16,
            Array::I32(_) => I32,
            Array::U32(_) => U32,
            Array::Long(_) | Array::I64(_) => I64,
            Array::ULong(_) | Array::U64(_) => U64,
            Array::F32(_) => F32,
            Array::F64(_) => F64,
            Array::Text(_) | Array::Ucs4(_) => UTF32,
        };
        let bytes = each!(self,
            items => items.iter().flat_map(|item| item.to_le_bytes()).collect(),
            text => text.chars().flat_map(|char| u32::from(char).to_le_bytes()).collect());
        (format, bytes)
    }

    /// Appends what Python would append; `false` if it would not.
    fn push(&mut self, item: Item) -> bool {
        fn int<T: TryFrom<i128>>(items: &mut Vec<T>, item: Item) -> bool {
            let Item::Int(item) = item else { return false };
            T::try_from(item).map(|item| items.push(item)).is_ok()
        }
        match (self, item) {
            (Array::F32(items), Item::Float(item)) => items.push(item as f32),
            (Array::F32(items), Item::Int(item)) => items.push(item as f32),
            (Array::F64(items), Item::Float(item)) => items.push(item),
            (Array::F64(items), Item::Int(item)) => items.push(item as f64),
            (Array::Text(text) | Array::Ucs4(text), Item::Char(char)) => text.push(char),
            (Array::I8(items), item) => return int(items, item),
            (Array::U8(items), Item::Char(char)) => return u8::try_from(char).map(|char| items.push(char)).is_ok(),
            (Array::U8(items), item) => return int(items, item),
            (Array::I16(items), item) => return int(items, item),
            (Array::U16(items), item) => return int(items, item),
            (Array::I32(items), item) => return int(items, item),
            (Array::U32(items), item) => return int(items, item),
            (Array::Long(items) | Array::I64(items), item) => return int(items, item),
            (Array::ULong(items) | Array::U64(items), item) => return int(items, item),
            _ => return false,
        }
        true
    }
}

fn ints<T: Copy + Into<i128>>(items: &[T]) -> Vec<Recipe> {
    let int = |item: &T| {
        let item: i128 = (*item).into();
        i64::try_from(item).map_or_else(|_| Recipe::BigInt(item.into()), Recipe::Int)
    };
    items.iter().map(int).collect()
}

/// One item on its way into an array.
enum Item {
    Int(i128),
    Float(f64),
    Char(char),
}

impl Item {
    fn of(value: Value<'_>) -> Option<Item> {
        Some(match value.kind() {
            Kind::Float(value) => Item::Float(value),
            Kind::Str(text) => {
                let mut chars = text.to_str()?.chars();
                match (chars.next(), chars.next()) {
                    (Some(char), None) => Item::Char(char),
                    _ => return None,
                }
            }
            // The items of a `c` array whose pickle was read with its strings as bytes.
            Kind::Bytes([byte]) => Item::Char((*byte).into()),
            _ => Item::Int(int(value)?),
        })
    }
}

impl<'g> Value<'g> {
    /// An `array.array`, from the list of its items that Python 2 and protocols below 3 write, and from bytes in the order
    /// and sizes of whichever machine wrote them.
    ///
    /// `None` also for what `array` would refuse: items out of range, bytes that end inside an item. Text with lone
    /// surrogates is not in it.
    ///
    /// ```
    /// use brinery::{Graph, types::Array};
    /// let graph = Graph::from_slice(b"\x80\x02carray\narray\nX\x01\0\0\0h](K\x01M\xe8\x03e\x86R.")?;
    /// assert_eq!(graph.root().as_array(), Some(Array::I16(vec![1, 1000])));
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn as_array(self) -> Option<Array> {
        let made = Made::of(self).filter(|made| made.class.module.as_bytes() == b"array" && made.is_bare())?;
        let arg = |at| made.args.get(at);
        let code = |at| arg(at)?.as_str().and_then(|code| code.parse().ok());
        match (made.class.name.as_bytes(), made.args.len()) {
            (b"array", 1) => Array::empty(code(0)?),
            (b"array", 2) => {
                let Kind::List(items) = arg(1)?.kind() else {
                    return None;
                };
                collect(code(0)?, items.iter().map(Item::of))
            }
            (b"_array_reconstructor", 4) => {
                arg(0)?.as_global().filter(|class| class.is("array", "array"))?;
                let Kind::Bytes(bytes) = arg(3)?.kind() else {
                    return None;
                };
                from_bytes(code(1)?, u8::try_from(int(arg(2)?)?).ok()?, bytes)
            }
            _ => None,
        }
    }
}

fn collect(typecode: char, items: impl Iterator<Item = Option<Item>>) -> Option<Array> {
    let mut array = Array::empty(typecode)?;
    for item in items {
        if !array.push(item?) {
            return None;
        }
    }
    Some(array)
}

/// Decodes the bytes of `_array_reconstructor`.
pub(super) fn from_bytes(typecode: char, format: u8, bytes: &[u8]) -> Option<Array> {
    let (kind, big) = match format {
        U8 | I8 => (format, false),
        _ => (format & !1, format & 1 == 1),
    };
    let size = match kind {
        U8 | I8 => 1,
        U16 | I16 | UTF16 => 2,
        U32 | I32 | F32 | UTF32 => 4,
        U64 | I64 | F64 => 8,
        _ => return None,
    };
    if !bytes.len().is_multiple_of(size) {
        return None;
    }
    // All sizes as one: the item's bytes as a little-endian number.
    let words = bytes.chunks_exact(size).map(|item| {
        let mut word = [0; 8];
        word[..size].copy_from_slice(item);
        if big {
            word[..size].reverse();
        }
        u64::from_le_bytes(word)
    });
    let shift = 64 - 8 * size as u32;
    match kind {
        U8 | U16 | U32 | U64 => collect(typecode, words.map(|word| Some(Item::Int(word.into())))),
        I8 | I16 | I32 | I64 => collect(
            typecode,
            words.map(|word| Some(Item::Int(((word << shift) as i64 >> shift).into()))),
        ),
        F32 => collect(
            typecode,
            words.map(|word| Some(Item::Float(f32::from_bits(word as u32).into()))),
        ),
        F64 => collect(typecode, words.map(|word| Some(Item::Float(f64::from_bits(word))))),
        UTF16 => {
            let chars = char::decode_utf16(words.map(|word| word as u16));
            collect(typecode, chars.map(|char| char.ok().map(Item::Char)))
        }
        UTF32 => collect(typecode, words.map(|word| char::from_u32(word as u32).map(Item::Char))),
        _ => None,
    }
}

/// A sequence of numbers, or text.
pub(super) fn shape(value: Value<'_>) -> Option<Shape<'_>> {
    let floats = |items: Vec<f64>| Some(Shape::Floats(items));
    match value.as_array()? {
        Array::F32(items) => floats(items.into_iter().map(f64::from).collect()),
        Array::F64(items) => floats(items),
        Array::Text(text) | Array::Ucs4(text) => Some(Shape::Text(text)),
        Array::I8(items) => whole(items),
        Array::U8(items) => whole(items),
        Array::I16(items) => whole(items),
        Array::U16(items) => whole(items),
        Array::I32(items) => whole(items),
        Array::U32(items) => whole(items),
        Array::Long(items) | Array::I64(items) => whole(items),
        Array::ULong(items) | Array::U64(items) => whole(items),
    }
}

fn whole<'g, T: Into<i128>>(items: Vec<T>) -> Option<Shape<'g>> {
    Some(Shape::Ints(items.into_iter().map(Into::into).collect()))
}
