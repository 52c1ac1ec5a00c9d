//! Instances of Python classes, by structs whose name is a class path: `shop.models:Order`.

use super::{
    compound::{After, Compound, Kind},
    push::Push,
};
use crate::{
    error::{Error, ErrorKind},
    opcode::Op,
};
use std::{borrow::Cow, io::Write};

/// A class that is named by a struct.
#[derive(Debug, Clone)]
pub(super) struct Class {
    path: Cow<'static, str>,
    shape: Option<Shape>,
    pub(super) memo: Option<u32>,
}

/// How Python makes an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// `cls.__new__(cls)`, and a state of the attributes.
    Dict,
    /// The same with a state as that of `__slots__`.
    Slots,
    /// The same with a list of the attributes' values as the state.
    List,
    /// `cls.__new__(cls, *fields)`, of a subclass of `tuple`: below protocol 2 Python makes those in a way of their own.
    New,
    /// The same of any class.
    NewObj,
    /// `cls(*fields)`.
    Call,
    /// `cls.__new__(cls, **fields)`.
    Kwargs,
}

/// Whether a name is a class path.
#[inline(always)]
pub(super) fn is_path(name: &str) -> bool {
    name.as_bytes().contains(&b':')
}

/// The path, and the shape in brackets behind it.
fn parse(path: &'static str) -> Result<(&'static str, Option<Shape>), Error> {
    let Some((path, shape)) = path.strip_suffix(')').and_then(|path| path.split_once('(')) else {
        return Ok((path, None));
    };
    Ok((
        path,
        Some(match shape {
            "dict" => Shape::Dict,
            "slots" => Shape::Slots,
            "list" => Shape::List,
            "new" => Shape::New,
            "newobj" => Shape::NewObj,
            "call" => Shape::Call,
            "kwargs" => Shape::Kwargs,
            _ => {
                let why =
                    "a class path ends in an unknown shape: dict, slots, list, new, newobj, call and kwargs are known";
                return Err(ErrorKind::Unwritable(why).into());
            }
        }),
    ))
}

/// What an instance's contents are written into.
pub(super) struct Opened {
    pub(super) kind: Kind,
    pub(super) after: After,
    /// Whether the instance is a key; its contents are none.
    pub(super) key: bool,
}

impl<W: Write> Push<W> {
    /// The class that a struct's name stands for.
    pub(super) fn class_of(&mut self, name: &'static str) -> Result<usize, Error> {
        if let Some(at) = self.class_at.get(name, None) {
            return Ok(at as usize);
        }
        let (path, shape) = parse(name)?;
        Ok(self.add_class(name, None, path.into(), shape))
    }

    /// The class that a variant of an enum stands for: one of the enum's module, or what comes of the enum's name with the
    /// variant in place of a `*`.
    pub(super) fn class_of_variant(&mut self, name: &'static str, variant: &'static str) -> Result<usize, Error> {
        if let Some(at) = self.class_at.get(name, Some(variant)) {
            return Ok(at as usize);
        }
        let (of_all, shape_of_all) = parse(name)?;
        let (path, shape) = parse(variant)?;
        let path = match (of_all.split_once('*'), of_all.split_once(':')) {
            _ if is_path(path) => path.into(),
            (Some((before, after)), _) => format!("{before}{path}{after}").into(),
            (None, Some((module, _))) => format!("{module}:{path}").into(),
            (None, None) => path.into(),
        };
        Ok(self.add_class(name, Some(variant), path, shape.or(shape_of_all)))
    }

    #[cold]
    fn add_class(
        &mut self,
        name: &'static str,
        variant: Option<&'static str>,
        path: Cow<'static, str>,
        shape: Option<Shape>,
    ) -> usize {
        let at = self.classes.len();
        self.classes.push(Class {
            path,
            shape,
            memo: None,
        });
        self.class_at.put(name, variant, at as u32);
        at
    }

    fn class(&mut self, at: usize) -> Result<(), Error> {
        let class = &self.classes[at];
        if let Some(index) = class.memo {
            self.boundary()?;
            self.get(index);
            return Ok(());
        }
        let path = class.path.clone();
        self.import(&path)?;
        self.classes[at].memo = self.last;
        Ok(())
    }

    /// How a variant without names is made: that of a pattern may be of any class.
    pub(super) fn default_of_variant(name: &str) -> Shape {
        if name.contains('*') { Shape::NewObj } else { Shape::New }
    }

    pub(super) fn shape_of(&self, at: usize, default: Shape) -> Shape {
        self.classes[at].shape.unwrap_or(default)
    }

    /// An instance without state, as `object.__reduce_ex__` has it, on the stack and in the memo.
    pub(super) fn bare_instance(&mut self, class: usize) -> Result<(), Error> {
        self.boundary()?;
        if self.w.settings.protocol >= 2 {
            self.class(class)?;
            self.boundary()?;
            self.w.empty_tuple();
            self.w.out.op(Op::NewObj);
        } else {
            self.import("copyreg:_reconstructor")?;
            self.w.out.op(Op::Mark);
            self.class(class)?;
            self.import("builtins:object")?;
            self.w.out.op(Op::None);
            self.w.out.op(Op::Tuple);
            self.memoize()?;
            self.w.out.op(Op::Reduce);
        }
        self.memoize()
    }

    /// Whether the protocol has instances of this shape.
    pub(super) fn can_have(&self, shape: Shape) -> Result<(), ErrorKind> {
        match shape {
            Shape::Slots if self.w.settings.protocol < 2 => Err(ErrorKind::Unwritable(
                "an instance with __slots__ needs protocol 2, as in Python",
            )),
            _ => Ok(()),
        }
    }

    /// Opens an instance of `len` fields.
    pub(super) fn instance(&mut self, class: usize, default: Shape, len: usize) -> Result<Opened, Error> {
        let key = std::mem::take(&mut self.key);
        let (kind, after) = self.contents(class, default, len)?;
        Ok(Opened { kind, after, key })
    }

    fn contents(&mut self, class: usize, default: Shape, len: usize) -> Result<(Kind, After), Error> {
        let shape = self.shape_of(class, default);
        let protocol = self.w.settings.protocol;
        match shape {
            Shape::Dict | Shape::Slots | Shape::List => {
                self.can_have(shape)?;
                self.bare_instance(class)?;
                let object = self.last;
                let kind = Kind::State { shape, len };
                Ok((kind, After::State { object }))
            }
            Shape::NewObj if protocol < 2 => {
                self.boundary()?;
                self.import("copyreg:__newobj__")?;
                self.w.out.op(Op::Mark);
                self.class(class)?;
                Ok((Kind::args_after_class(), After::Call(Op::Reduce)))
            }
            Shape::New if protocol < 2 => {
                self.boundary()?;
                self.import("copyreg:_reconstructor")?;
                self.w.out.op(Op::Mark);
                self.class(class)?;
                self.import("builtins:tuple")?;
                Ok((self.open_tuple(Some(len))?, After::Reconstruct))
            }
            Shape::New | Shape::NewObj | Shape::Call => {
                self.boundary()?;
                self.class(class)?;
                let op = if shape == Shape::Call { Op::Reduce } else { Op::NewObj };
                Ok((self.open_tuple(Some(len))?, After::Call(op)))
            }
            Shape::Kwargs => self.keyword_instance(class, len),
        }
    }

    /// An instance made by `cls.__new__(cls, **fields)`: an opcode from protocol 4 on, before that the call of a partial
    /// function, and before protocol 2 something that Python itself does not write, because it drops the arguments.
    fn keyword_instance(&mut self, class: usize, len: usize) -> Result<(Kind, After), Error> {
        self.boundary()?;
        let protocol = self.w.settings.protocol;
        let mut after = After::Call(Op::NewObjEx);
        if len == 0 && protocol >= 2 {
            self.class(class)?;
            let kind = self.open_tuple(Some(0))?;
            let after = After::Call(Op::NewObj);
            return Ok((kind, after));
        }
        if protocol >= 4 {
            self.class(class)?;
            self.boundary()?;
            self.w.empty_tuple();
        } else if protocol >= 2 {
            let function = self.classes[class].path.clone() + ".__new__";
            self.boundary()?;
            self.import("functools:partial")?;
            self.import(&function)?;
            self.small_tuple(1)?;
            self.w.out.op(Op::Reduce);
            self.memoize()?;
            self.w.out.op(Op::Mark);
            self.import(&function)?;
            self.class(class)?;
            self.small_tuple(1)?;
            after = After::Partial;
        } else {
            self.import("copyreg:__newobj_ex__")?;
            self.w.out.op(Op::Mark);
            self.class(class)?;
            self.w.empty_tuple();
            after = After::Reconstruct;
        }
        let kind = self.open_dict(Some(len))?;
        Ok((kind, after))
    }

    /// The state's first field comes.
    pub(super) fn open_state(&mut self, shape: Shape, len: usize) -> Result<Kind, Error> {
        match shape {
            Shape::List => self.open_list(Some(len)),
            Shape::Slots => {
                self.boundary()?;
                self.boundary()?;
                self.w.out.op(Op::None);
                self.open_dict(Some(len))
            }
            _ => self.open_dict(Some(len)),
        }
    }

    /// An instance without fields.
    pub(super) fn unit_instance(&mut self, class: usize, default: Shape) -> Result<(), Error> {
        let opened = self.instance(class, default, 0)?;
        Compound::of_object(self, opened).finish()
    }
}
