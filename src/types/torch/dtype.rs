//! Element types: one table.

use crate::{
    Global, Str,
    error::{ErrorKind, Result},
};
use std::fmt;

/// One row per type: variant, torch's name, its class of storages (none for newer types, which are kept in untyped ones),
/// bytes of an element, meaning.
macro_rules! dtypes {
    ($($variant:ident $name:literal ($($storage:ident)?) $size:literal $doc:literal)*) => {
        /// The type of a tensor's elements.
        ///
        /// ```
        /// use brinery::types::torch::Dtype;
        /// assert_eq!(Dtype::from_name("bfloat16"), Some(Dtype::BF16));
        /// assert_eq!((Dtype::BF16.size(), Dtype::BF16.to_string()), (2, "torch.bfloat16".into()));
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Dtype {
            $(#[doc = $doc] $variant,)*
        }

        impl Dtype {
            /// All there are.
            pub const ALL: &'static [Dtype] = &[$(Dtype::$variant),*];

            /// Torch's name for it, without the module: `float32`.
            pub fn name(self) -> &'static str {
                match self { $(Dtype::$variant => $name,)* }
            }

            /// The type of this name, as in [`name`](Self::name).
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Dtype::$variant),)* _ => None }
            }

            /// Bytes of an element.
            pub fn size(self) -> usize {
                match self { $(Dtype::$variant => $size,)* }
            }

            /// The class of storages of this type, in the module `torch`; `None` for types that came after storages had
            /// lost their types.
            pub(super) fn storage(self) -> Option<&'static str> {
                match self { $(Dtype::$variant => [$(stringify!($storage))?].first().copied(),)* }
            }

            fn from_storage(name: &str) -> Option<Self> {
                match name { $($(stringify!($storage) => Some(Dtype::$variant),)?)* _ => None }
            }
        }
    };
}

dtypes! {
    F64 "float64" (DoubleStorage) 8 "64-bit float."
    F32 "float32" (FloatStorage) 4 "32-bit float."
    F16 "float16" (HalfStorage) 2 "16-bit float, IEEE 754's half."
    BF16 "bfloat16" (BFloat16Storage) 2 "16-bit float with the exponent of a 32-bit one."
    F8E4M3 "float8_e4m3fn" () 1 "8-bit float: 4 bits of exponent, 3 of fraction; NaN but no infinity."
    F8E5M2 "float8_e5m2" () 1 "8-bit float: 5 bits of exponent, 2 of fraction; with NaN and infinity."
    F8E4M3Fnuz "float8_e4m3fnuz" () 1 "As `F8E4M3` with another bias, one NaN and no negative zero."
    F8E5M2Fnuz "float8_e5m2fnuz" () 1 "As `F8E5M2` with another bias, one NaN, no infinity and no negative zero."
    F8E8M0 "float8_e8m0fnu" () 1 "8 bits of exponent: a power of two, or NaN."
    U8 "uint8" (ByteStorage) 1 "8-bit unsigned int."
    U16 "uint16" () 2 "16-bit unsigned int."
    U32 "uint32" () 4 "32-bit unsigned int."
    U64 "uint64" () 8 "64-bit unsigned int."
    I8 "int8" (CharStorage) 1 "8-bit int."
    I16 "int16" (ShortStorage) 2 "16-bit int."
    I32 "int32" (IntStorage) 4 "32-bit int."
    I64 "int64" (LongStorage) 8 "64-bit int."
    Bool "bool" (BoolStorage) 1 "A byte, 0 for false."
    C32 "complex32" () 4 "Two 16-bit floats, real and imaginary."
    C64 "complex64" (ComplexFloatStorage) 8 "Two 32-bit floats, real and imaginary."
    C128 "complex128" (ComplexDoubleStorage) 16 "Two 64-bit floats, real and imaginary."
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "torch.{}", self.name())
    }
}

impl Dtype {
    /// Bytes of the pieces that change their order on a machine of the other byte order: half of a complex element.
    pub(super) fn word(self) -> usize {
        match self {
            Dtype::C32 | Dtype::C64 | Dtype::C128 => self.size() / 2,
            _ => self.size(),
        }
    }

    /// From an import such as `torch.float32`.
    pub(super) fn from_global(global: Global<'_>) -> Result<Self> {
        let name = global.name.to_str().unwrap_or_default();
        match Dtype::from_name(name) {
            Some(dtype) if global.is("torch", name) => Ok(dtype),
            _ => Err(unknown("dtype", global)),
        }
    }
}

/// What a class of storages says about the elements.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum StorageClass {
    Typed(Dtype),
    /// Counts bytes; tensors know their types.
    Untyped,
    /// Elements of so many bytes, which mean nothing without a scale.
    Quantised(usize),
}

impl StorageClass {
    /// From an import such as `torch.FloatStorage`.
    pub(super) fn from_global(class: Global<'_>) -> Result<Self> {
        let text = |text: Str<'_>| text.to_str().unwrap_or_default().to_owned();
        // Files of old versions name the class of the device the tensor was on.
        match (text(class.module).as_str(), text(class.name).as_str()) {
            ("torch" | "torch.storage", "UntypedStorage" | "_UntypedStorage") => Ok(StorageClass::Untyped),
            ("torch", "QInt8Storage" | "QUInt8Storage" | "QUInt4x2Storage" | "QUInt2x4Storage") => {
                Ok(StorageClass::Quantised(1))
            }
            ("torch", "QInt32Storage") => Ok(StorageClass::Quantised(4)),
            ("torch" | "torch.cuda", name) => Dtype::from_storage(name)
                .map(StorageClass::Typed)
                .ok_or_else(|| unknown("class of storages", class)),
            _ => Err(unknown("class of storages", class)),
        }
    }

    /// Bytes of an element.
    pub(super) fn size(self) -> usize {
        match self {
            StorageClass::Typed(dtype) => dtype.size(),
            StorageClass::Untyped => 1,
            StorageClass::Quantised(size) => size,
        }
    }
}

fn unknown(what: &str, global: Global<'_>) -> crate::Error {
    ErrorKind::Unsupported(format!("the {what} {}", super::brief(global)).into()).into()
}
