//! The scan as a heap: what the machine does, noted.

use super::{
    checks::Check,
    judge::How,
    report::{Rule, Verdict},
    value::{Kind, Value},
    world::World,
};
use crate::{error::ErrorKind, heap::Heap, limits, names, number::Parsed as Int, text::Text};
use std::{borrow::Cow, vec::Drain};

impl<'a> Heap<'a> for World<'a, '_> {
    type Value = Value;
    type Error = ErrorKind;

    fn protocol(&mut self, protocol: u8) -> Result<(), ErrorKind> {
        self.protocol = protocol;
        Ok(())
    }

    /// The driver says it before every opcode.
    fn site(&mut self, _: u64) {}

    #[inline(always)]
    fn none(&mut self) -> Result<Value, ErrorKind> {
        Ok(Value::NONE)
    }

    #[inline(always)]
    fn bool(&mut self, value: bool) -> Result<Value, ErrorKind> {
        Ok(Value::of(if value { Kind::True } else { Kind::False }))
    }

    #[inline(always)]
    fn int(&mut self, value: i64) -> Result<Value, ErrorKind> {
        Ok(Value::int(value, self.offset))
    }

    fn long(&mut self, value: Int) -> Result<Value, ErrorKind> {
        match value {
            Int::Small(value) => Ok(Value::int(value, self.offset)),
            Int::Bool(value) => self.bool(value),
            Int::Big(_) => Ok(Value::new(Kind::BigInt, self.offset)),
        }
    }

    #[inline(always)]
    fn float(&mut self, _: f64) -> Result<Value, ErrorKind> {
        Ok(Value::new(Kind::Float, self.offset))
    }

    #[inline(always)]
    fn utf8(&mut self, value: &'a [u8]) -> Result<Value, ErrorKind> {
        self.str(Text::decode(value)?)
    }

    #[inline(always)]
    fn str(&mut self, value: Text<'a>) -> Result<Value, ErrorKind> {
        let text = value.as_bytes();
        if self.nested.suspects_text(text) {
            self.note_nested(text, true);
        }
        Ok(Value::text(Kind::Str, self.offset, text))
    }

    fn byte_string(&mut self, value: Cow<'a, [u8]>) -> Result<Value, ErrorKind> {
        if !value.is_ascii() {
            let reason = "a str of Python 2 that is not ASCII, which Python 3 refuses or decodes as it is told";
            self.find(Verdict::Unknown, Rule::R1, None, String::new(), reason);
        }
        if self.nested.suspects_bytes(&value) {
            self.note_nested(&value, false);
        }
        Ok(Value::text(Kind::ByteString, self.offset, &value))
    }

    #[inline(always)]
    fn bytes(&mut self, value: &'a [u8]) -> Result<Value, ErrorKind> {
        if self.nested.suspects_bytes(value) {
            self.note_nested(value, false);
        }
        Ok(Value::new(Kind::Bytes, self.offset))
    }

    fn bytearray(&mut self, value: &'a [u8]) -> Result<Value, ErrorKind> {
        if self.nested.suspects_bytes(value) {
            self.note_nested(value, false);
        }
        Ok(Value::of(Kind::ByteArray))
    }

    #[inline(always)]
    fn list(&mut self) -> Result<Value, ErrorKind> {
        Ok(Value::of(Kind::List))
    }

    #[inline(always)]
    fn dict(&mut self) -> Result<Value, ErrorKind> {
        Ok(Value::new(Kind::Dict, self.offset))
    }

    fn set(&mut self) -> Result<Value, ErrorKind> {
        Ok(Value::of(Kind::Set))
    }

    #[inline(always)]
    fn tuple(&mut self, items: Drain<'_, Value>) -> Result<Value, ErrorKind> {
        Ok(self.keep(items.as_slice()))
    }

    fn frozenset(&mut self, items: Drain<'_, Value>) -> Result<Value, ErrorKind> {
        self.judge_keys(items.as_slice().iter());
        Ok(Value::of(Kind::FrozenSet))
    }

    #[inline(always)]
    fn append(&mut self, target: &Value, items: Drain<'_, Value>) -> Result<(), ErrorKind> {
        if target.kind() != Kind::List {
            self.judge_append(*target, items.as_slice());
        }
        Ok(())
    }

    #[inline(always)]
    fn set_items(&mut self, target: &Value, items: Drain<'_, Value>) -> Result<(), ErrorKind> {
        if target.kind() == Kind::Dict {
            let keys = items.as_slice().iter().step_by(2);
            if keys.clone().any(|key| key.is_odd_name()) {
                self.odd_dict(*target);
            }
            self.judge_keys(keys);
            if !self.known.is_empty() || self.generators.is_some() {
                self.keep_fields(*target, items.as_slice());
            }
        } else {
            self.judge_set_items(*target, items.as_slice());
        }
        Ok(())
    }

    fn add_items(&mut self, target: &Value, items: Drain<'_, Value>) -> Result<(), ErrorKind> {
        if target.kind() == Kind::Set {
            self.judge_keys(items.as_slice().iter());
        } else {
            self.judge_add(*target, items.as_slice());
        }
        Ok(())
    }

    fn global(&mut self, module: &'a str, name: &'a str) -> Result<Value, ErrorKind> {
        Ok(self.import(module, name))
    }

    fn stack_global(&mut self, module: Value, name: Value) -> Result<Value, ErrorKind> {
        for operand in [module, name] {
            match operand.kind() {
                Kind::Str => {}
                Kind::ByteString => self.find(
                    Verdict::Unknown,
                    Rule::R3,
                    None,
                    self.show(operand),
                    "the name of an import is a str of Python 2, which may be read as bytes",
                ),
                // In a joblib file, where an array of objects counts on a memo of its own.
                Kind::Made if self.is_instance(operand) => {
                    return Err(ErrorKind::BadOperand {
                        needs: "two str",
                        found: "an instance",
                    });
                }
                Kind::Made | Kind::Persistent | Kind::Buffer | Kind::Opaque => {
                    // No pickler computes names: this hides one.
                    self.find(
                        Verdict::Dangerous,
                        Rule::R3,
                        None,
                        self.show_all(&[module, name]),
                        "the name of an import is made by a call and cannot be known",
                    );
                    return Ok(Value::OPAQUE);
                }
                _ => {
                    return Err(ErrorKind::BadOperand {
                        needs: "two str",
                        found: "something else",
                    });
                }
            }
        }
        match (self.text(module), self.text(name)) {
            (Some(module), Some(name)) => Ok(self.import(&module, &name)),
            _ if self.is_exhausted() => Ok(Value::OPAQUE),
            _ => Err(ErrorKind::BadText("ASCII")),
        }
    }

    fn extension(&mut self, code: i64) -> Result<Value, ErrorKind> {
        if code <= 0 {
            return Err(ErrorKind::UnknownExtension(code));
        }
        self.find(
            Verdict::Dangerous,
            Rule::R4,
            None,
            format!("({code})"),
            "an extension code stands for whatever the loading program has registered, and no policy can say what",
        );
        Ok(Value::OPAQUE)
    }

    fn reduce(&mut self, callable: Value, args: Value) -> Result<Value, ErrorKind> {
        Ok(self.judge_call(How::Call, callable, args, None))
    }

    fn new_object(&mut self, class: Value, args: Value) -> Result<Value, ErrorKind> {
        Ok(self.judge_call(How::New, class, args, None))
    }

    fn new_object_ex(&mut self, class: Value, args: Value, kwargs: Value) -> Result<Value, ErrorKind> {
        Ok(self.judge_call(How::New, class, args, Some(kwargs)))
    }

    fn instance(&mut self, class: Value, args: Drain<'_, Value>) -> Result<Value, ErrorKind> {
        // Without arguments it is `class.__new__(class)`, unless the class has `__getinitargs__`: then it is called.
        let how = if args.as_slice().is_empty() {
            How::Bare
        } else {
            How::Call
        };
        let args = self.keep(args.as_slice());
        Ok(self.judge_call(how, class, args, None))
    }

    fn build(&mut self, target: &Value, state: Value) -> Result<(), ErrorKind> {
        self.judge_build(*target, state);
        Ok(())
    }

    fn persistent_line(&mut self, id: &'a str) -> Result<Value, ErrorKind> {
        let id = Value::text(Kind::Str, self.offset, id.as_bytes());
        Ok(self.judge_persistent(id))
    }

    fn persistent(&mut self, id: Value) -> Result<Value, ErrorKind> {
        Ok(self.judge_persistent(id))
    }

    fn next_buffer(&mut self) -> Result<Value, ErrorKind> {
        let limit = self.options.limits.buffers;
        if self.buffers >= limit {
            return Err(limits::reached("buffers", limit as u64));
        }
        self.buffers += 1;
        if !self.policy.buffers {
            self.find(
                Verdict::Unknown,
                Rule::R7,
                None,
                String::new(),
                "an out-of-band buffer is asked for, which is no part of the file",
            );
        }
        Ok(Value::of(Kind::Buffer))
    }

    fn readonly_buffer(&mut self, buffer: Value) -> Result<Value, ErrorKind> {
        match buffer.kind() {
            Kind::Buffer => Ok(buffer),
            Kind::Bytes => Ok(Value::of(Kind::Buffer)),
            _ => {
                self.find(
                    Verdict::Unknown,
                    Rule::R7,
                    None,
                    self.show(buffer),
                    "something that is no out-of-band buffer is made read-only",
                );
                Ok(Value::OPAQUE)
            }
        }
    }

    #[inline(always)]
    fn memoized(&mut self, _: &Value, _: bool) {}

    #[inline(always)]
    fn fetched(&mut self, value: &Value) {
        if value.kind() == Kind::Dict {
            self.fetched_dicts.insert(value.payload() as u64);
        } else if value.kind() == Kind::Made {
            self.was_fresh(*value);
        }
    }

    fn dropped(&mut self, _: Value, _: Option<&Value>) {}
}

impl World<'_, '_> {
    /// An import, by the names in the stream.
    pub(super) fn import(&mut self, module: &str, name: &str) -> Value {
        let (module, name) = if self.protocol < 3 {
            names::to_python3(module, name)
        } else {
            (module, name)
        };
        let known = self.names.len();
        let index = self.name(module, name);
        self.record_import(index);
        let import = Value::new(Kind::Global, index.into());
        if self.generators.is_none()
            && self
                .entry(import)
                .is_some_and(|entry| entry.check == Some(Check::Generator))
        {
            self.generators = Some(self.offset);
        }
        // Of the imports of one name, the first is reported.
        if index as usize >= known {
            self.judge_import(import);
        }
        import
    }
}
