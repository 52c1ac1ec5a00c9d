//! Elements of tensors as Rust numbers.

use super::Dtype;
use half::{bf16, f16};

/// A Rust type that a tensor's elements can be read as.
///
/// Conversions never lose anything: `f32` reads the floats of up to 32 bits, `f64` all floats and the ints of up to 32
/// bits, `i64` all ints but `uint64`, the other ints themselves and what is narrower; `bool`, `f16` and `bf16` themselves
/// alone; `[f16; 2]`, `[f32; 2]` and `[f64; 2]` complex numbers of their own width and narrower ones, as real and imaginary
/// part.
pub trait Element: Copy {
    /// The type that is exactly this one, which is also how it is written.
    const DTYPE: Dtype;

    /// How to read an element of this type from its bytes, in little-endian order; `None` if it does not fit.
    fn decoder(dtype: Dtype) -> Option<fn(&[u8]) -> Self>;

    /// All elements of a run of bytes; `None` if they do not fit. What [`decoder`](Self::decoder) does one by one, at the
    /// speed of memory where nothing is to be converted.
    fn decode_all(dtype: Dtype, bytes: &[u8]) -> Option<Vec<Self>> {
        Some(bytes.chunks_exact(dtype.size()).map(Self::decoder(dtype)?).collect())
    }

    /// Appends the bytes of an element, in little-endian order.
    fn encode(self, bytes: &mut Vec<u8>);

    /// The element with its imaginary part negated; the same for what has none.
    fn conjugate(self) -> Self {
        self
    }

    /// The element negated; the same for what has no sign.
    fn negate(self) -> Self {
        self
    }
}

/// The first bytes of a slice as an array. The callers cut the slice to the size of the type that they decode.
fn first<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.first_chunk().copied().unwrap_or([0; N])
}

macro_rules! from_bytes {
    ($bytes:ident, bool) => {
        $bytes.first().is_some_and(|byte| *byte != 0)
    };
    ($bytes:ident, $wire:ty) => {
        <$wire>::from_le_bytes(first($bytes))
    };
}

/// An element type: what is read by widening, each with its type in the file, and how it is negated.
macro_rules! element {
    ($ty:ty, $own:ident, [$($dtype:ident $wire:tt)*], $this:ident $negated:expr) => {
        impl Element for $ty {
            const DTYPE: Dtype = Dtype::$own;
            fn decoder(dtype: Dtype) -> Option<fn(&[u8]) -> Self> {
                Some(match dtype {
                    $(Dtype::$dtype => |bytes| <$ty>::from(from_bytes!(bytes, $wire)),)*
                    _ => return Self::small(dtype),
                })
            }
            fn decode_all(dtype: Dtype, bytes: &[u8]) -> Option<Vec<Self>> {
                let chunks = bytes.chunks_exact(dtype.size());
                if dtype == Self::DTYPE {
                    return Some(chunks.map(|bytes| <$ty>::from_le_bytes(first(bytes))).collect());
                }
                Some(chunks.map(Self::decoder(dtype)?).collect())
            }
            fn encode(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }
            fn negate(self) -> Self {
                let $this = self;
                $negated
            }
        }
    };
}

/// Types that have no 8-bit floats among them.
macro_rules! no_small {
    ($($ty:ty),*) => { $(
        impl Small for $ty {}
    )* };
}

/// Reading 8-bit floats, which have no Rust type of their own.
trait Small: Sized {
    fn small(_: Dtype) -> Option<fn(&[u8]) -> Self> {
        None
    }
}
no_small!(u8, u16, u32, u64, i8, i16, i32, i64, f16, bf16);

impl Small for f32 {
    fn small(dtype: Dtype) -> Option<fn(&[u8]) -> Self> {
        Some(match dtype {
            Dtype::F8E4M3 => |bytes| float8(bytes, 3, 7, Specials::LastIsNan),
            Dtype::F8E5M2 => |bytes| float8(bytes, 2, 15, Specials::Ieee),
            Dtype::F8E4M3Fnuz => |bytes| float8(bytes, 3, 8, Specials::NegativeZeroIsNan),
            Dtype::F8E5M2Fnuz => |bytes| float8(bytes, 2, 16, Specials::NegativeZeroIsNan),
            Dtype::F8E8M0 => power_of_two,
            _ => return None,
        })
    }
}

impl Small for f64 {
    fn small(dtype: Dtype) -> Option<fn(&[u8]) -> Self> {
        Some(match dtype {
            Dtype::F8E4M3 => |bytes| float8(bytes, 3, 7, Specials::LastIsNan).into(),
            Dtype::F8E5M2 => |bytes| float8(bytes, 2, 15, Specials::Ieee).into(),
            Dtype::F8E4M3Fnuz => |bytes| float8(bytes, 3, 8, Specials::NegativeZeroIsNan).into(),
            Dtype::F8E5M2Fnuz => |bytes| float8(bytes, 2, 16, Specials::NegativeZeroIsNan).into(),
            Dtype::F8E8M0 => |bytes| power_of_two(bytes).into(),
            _ => return None,
        })
    }
}

element!(f64, F64, [F64 f64 F32 f32 F16 f16 BF16 bf16 U8 u8 U16 u16 U32 u32 I8 i8 I16 i16 I32 i32], x -x);
element!(f32, F32, [F32 f32 F16 f16 BF16 bf16], x -x);
element!(f16, F16, [F16 f16], x -x);
element!(bf16, BF16, [BF16 bf16], x -x);
element!(u8, U8, [U8 u8 Bool bool], x x);
element!(u16, U16, [U16 u16 U8 u8 Bool bool], x x);
element!(u32, U32, [U32 u32 U16 u16 U8 u8 Bool bool], x x);
element!(u64, U64, [U64 u64 U32 u32 U16 u16 U8 u8 Bool bool], x x);
element!(i8, I8, [I8 i8 Bool bool], x x.wrapping_neg());
element!(i16, I16, [I16 i16 I8 i8 U8 u8 Bool bool], x x.wrapping_neg());
element!(i32, I32, [I32 i32 I16 i16 I8 i8 U16 u16 U8 u8 Bool bool], x x.wrapping_neg());
element!(i64, I64, [I64 i64 I32 i32 I16 i16 I8 i8 U32 u32 U16 u16 U8 u8 Bool bool], x x.wrapping_neg());

impl Element for bool {
    const DTYPE: Dtype = Dtype::Bool;
    fn decoder(dtype: Dtype) -> Option<fn(&[u8]) -> Self> {
        (dtype == Dtype::Bool).then_some(|bytes| from_bytes!(bytes, bool))
    }
    fn encode(self, bytes: &mut Vec<u8>) {
        bytes.push(self.into());
    }
}

/// Complex numbers: the type of a part, its own dtype, and what is read by widening with the type of its parts.
macro_rules! complex {
    ($ty:ty, $own:ident, [$($dtype:ident $wire:ty)*]) => {
        impl Element for [$ty; 2] {
            const DTYPE: Dtype = Dtype::$own;
            fn decoder(dtype: Dtype) -> Option<fn(&[u8]) -> Self> {
                Some(match dtype {
                    $(Dtype::$dtype => |bytes| {
                        let (re, im) = bytes.split_at_checked(size_of::<$wire>()).unwrap_or_default();
                        [re, im].map(|part| <$ty>::from(<$wire>::from_le_bytes(first(part))))
                    },)*
                    _ => return None,
                })
            }
            fn encode(self, bytes: &mut Vec<u8>) {
                bytes.extend(self.iter().flat_map(|part| part.to_le_bytes()));
            }
            fn conjugate(self) -> Self {
                [self[0], -self[1]]
            }
            fn negate(self) -> Self {
                [-self[0], -self[1]]
            }
        }
    };
}

complex!(f16, C32, [C32 f16]);
complex!(f32, C64, [C64 f32 C32 f16]);
complex!(f64, C128, [C128 f64 C64 f32 C32 f16]);

/// A byte that is the exponent of a 32-bit float, with all bits set for NaN.
fn power_of_two(bytes: &[u8]) -> f32 {
    match bytes.first().copied().unwrap_or_default() {
        0xff => f32::NAN,
        // 2⁻¹²⁷, which has no leading one.
        0 => f32::from_bits(1 << 22),
        exponent => f32::from_bits(u32::from(exponent) << 23),
    }
}

/// Which patterns of an 8-bit float are not numbers.
#[derive(Clone, Copy, PartialEq)]
enum Specials {
    /// The highest exponent: infinity with fraction 0, else NaN.
    Ieee,
    /// All ones below the sign is NaN; there is no infinity.
    LastIsNan,
    /// What would be negative zero is NaN; there is no infinity.
    NegativeZeroIsNan,
}

/// An 8-bit float with so many bits of fraction and this bias of the exponent.
fn float8(bytes: &[u8], fraction_bits: u32, bias: i32, specials: Specials) -> f32 {
    let byte = bytes.first().copied().unwrap_or_default();
    let below_sign = u32::from(byte & 0x7f);
    let (exponent, fraction) = (below_sign >> fraction_bits, below_sign & ((1 << fraction_bits) - 1));
    let highest = 0x7f >> fraction_bits;
    let magnitude = match specials {
        Specials::Ieee if exponent == highest && fraction == 0 => f32::INFINITY,
        Specials::Ieee if exponent == highest => return f32::NAN,
        Specials::LastIsNan if below_sign == 0x7f => return f32::NAN,
        Specials::NegativeZeroIsNan if byte == 0x80 => return f32::NAN,
        // Subnormal: no leading one, and the exponent of the smallest normal number.
        _ if exponent == 0 => fraction as f32 * 2f32.powi(1 - bias - fraction_bits as i32),
        _ => {
            let whole = (fraction | 1 << fraction_bits) as f32;
            whole * 2f32.powi(exponent as i32 - bias - fraction_bits as i32)
        }
    };
    if byte & 0x80 != 0 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values are those of the specification of microscaling formats.
    #[test]
    fn powers_of_two() {
        let read = f64::decoder(Dtype::F8E8M0).expect("a float");
        for (byte, wanted) in [(0, -127), (1, -126), (126, -1), (127, 0), (128, 1), (254, 127)] {
            assert_eq!(read(&[byte]), 2_f64.powi(wanted), "{byte}");
        }
        assert!(read(&[255]).is_nan());
        assert_eq!(f32::decoder(Dtype::F8E8M0).expect("a float")(&[130]), 8.0);
    }
}
