//! A heap that accepts everything and writes down what it was asked.

use brinery::{ErrorKind, Heap, Int, Text};
use std::{borrow::Cow, fmt::Debug, vec::Drain};

/// Values are their numbers.
#[derive(Default)]
pub struct Recorder {
    pub calls: Vec<String>,
    made: u32,
}

impl Recorder {
    fn made(&mut self, call: &str, argument: impl Debug) -> Result<u32, ErrorKind> {
        self.made += 1;
        self.told(call, argument)?;
        Ok(self.made)
    }

    fn told(&mut self, call: &str, argument: impl Debug) -> Result<(), ErrorKind> {
        self.calls.push(format!("{call} {argument:?}"));
        Ok(())
    }
}

type Made = Result<u32, ErrorKind>;
type Told = Result<(), ErrorKind>;

impl<'a> Heap<'a> for Recorder {
    type Value = u32;
    type Error = ErrorKind;

    fn protocol(&mut self, protocol: u8) -> Told {
        self.told("protocol", protocol)
    }
    fn site(&mut self, offset: u64) {
        self.calls.push(format!("site {offset}"));
    }
    fn none(&mut self) -> Made {
        self.made("none", ())
    }
    fn bool(&mut self, value: bool) -> Made {
        self.made("bool", value)
    }
    fn int(&mut self, value: i64) -> Made {
        self.made("int", value)
    }
    fn long(&mut self, value: Int) -> Made {
        self.made("long", value)
    }
    fn float(&mut self, value: f64) -> Made {
        self.made("float", value.to_bits())
    }
    fn utf8(&mut self, value: &'a [u8]) -> Made {
        self.str(Text::decode(value)?)
    }
    fn str(&mut self, value: Text<'a>) -> Made {
        self.made("str", value)
    }
    fn byte_string(&mut self, value: Cow<'a, [u8]>) -> Made {
        self.made("byte_string", value)
    }
    fn bytes(&mut self, value: &'a [u8]) -> Made {
        self.made("bytes", value)
    }
    fn bytearray(&mut self, value: &'a [u8]) -> Made {
        self.made("bytearray", value)
    }
    fn list(&mut self) -> Made {
        self.made("list", ())
    }
    fn dict(&mut self) -> Made {
        self.made("dict", ())
    }
    fn set(&mut self) -> Made {
        self.made("set", ())
    }
    fn tuple(&mut self, items: Drain<'_, u32>) -> Made {
        self.made("tuple", items.as_slice())
    }
    fn frozenset(&mut self, items: Drain<'_, u32>) -> Made {
        self.made("frozenset", items.as_slice())
    }
    fn append(&mut self, target: &u32, items: Drain<'_, u32>) -> Told {
        self.told("append", (target, items.as_slice()))
    }
    fn set_items(&mut self, target: &u32, items: Drain<'_, u32>) -> Told {
        self.told("set_items", (target, items.as_slice()))
    }
    fn add_items(&mut self, target: &u32, items: Drain<'_, u32>) -> Told {
        self.told("add_items", (target, items.as_slice()))
    }
    fn global(&mut self, module: &'a str, name: &'a str) -> Made {
        self.made("global", (module, name))
    }
    fn stack_global(&mut self, module: u32, name: u32) -> Made {
        self.made("stack_global", (module, name))
    }
    fn extension(&mut self, code: i64) -> Made {
        self.made("extension", code)
    }
    fn reduce(&mut self, callable: u32, args: u32) -> Made {
        self.made("reduce", (callable, args))
    }
    fn new_object(&mut self, class: u32, args: u32) -> Made {
        self.made("new_object", (class, args))
    }
    fn new_object_ex(&mut self, class: u32, args: u32, kwargs: u32) -> Made {
        self.made("new_object_ex", (class, args, kwargs))
    }
    fn instance(&mut self, class: u32, args: Drain<'_, u32>) -> Made {
        self.made("instance", (class, args.as_slice()))
    }
    fn build(&mut self, target: &u32, state: u32) -> Told {
        self.told("build", (target, state))
    }
    fn persistent_line(&mut self, id: &'a str) -> Made {
        self.made("persistent_line", id)
    }
    fn persistent(&mut self, id: u32) -> Made {
        self.made("persistent", id)
    }
    fn next_buffer(&mut self) -> Made {
        self.made("next_buffer", ())
    }
    fn readonly_buffer(&mut self, buffer: u32) -> Made {
        self.made("readonly_buffer", buffer)
    }
    fn memoized(&mut self, value: &u32, binary: bool) {
        self.calls.push(format!("memoized {value} {binary}"));
    }
    fn fetched(&mut self, value: &u32) {
        self.calls.push(format!("fetched {value}"));
    }
    fn dropped(&mut self, value: u32, top: Option<&u32>) {
        self.calls.push(format!("dropped {value} {top:?}"));
    }
}
