//! The rules for arguments, as policies write them: `(str, 'latin1')`, `(class, builtins.object, None)`.

use super::{
    value::{Kind, Value},
    world::World,
};

/// What one argument may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pattern {
    /// Anything at all.
    Any,
    /// Anything but an import.
    Data,
    /// One of these kinds.
    Kinds(&'static [Kind]),
    /// An import of any name that the policy lists.
    Named,
    /// An import that may be instantiated without arguments.
    Class,
    /// An import that may be called without arguments.
    Factory,
    /// An object made by a call of any member of the policy.
    Made,
    /// An object made by this member. A dtype must have its state.
    MadeBy(String),
    /// A numpy dtype without objects in it.
    PlainDtype,
    /// An import of just this name.
    Name(String),
    /// Just this text.
    Text(String),
    /// Just these bytes.
    Bytes(Vec<u8>),
    /// Just this int.
    Int(i64),
    /// A tuple.
    Tuple(Args),
    /// One of several.
    Either(Vec<Pattern>),
}

/// What a tuple of arguments may be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Args {
    /// One after the other.
    items: Vec<Pattern>,
    /// How many of them must be there.
    needed: usize,
    /// What any number of further ones may be.
    rest: Option<Box<Pattern>>,
}

/// The words of the language that stand for kinds of plain objects.
const WORDS: &[(&str, &[Kind])] = &[
    ("None", &[Kind::None]),
    ("bool", &[Kind::False, Kind::True]),
    ("True", &[Kind::True]),
    ("False", &[Kind::False]),
    ("int", &[Kind::Int, Kind::BigInt]),
    ("float", &[Kind::Float]),
    ("number", &[Kind::Int, Kind::BigInt, Kind::Float]),
    ("str", &[Kind::Str, Kind::ByteString]),
    ("bytes", &[Kind::Bytes, Kind::ByteString]),
    ("bytearray", &[Kind::ByteArray]),
    ("buffer", &[Kind::Buffer, Kind::Bytes, Kind::ByteArray]),
    ("list", &[Kind::List]),
    ("dict", &[Kind::Dict]),
    ("set", &[Kind::Set]),
    ("frozenset", &[Kind::FrozenSet]),
    ("tuple", &[Kind::Tuple, Kind::LongTuple]),
    (
        "iterable",
        &[Kind::List, Kind::Tuple, Kind::LongTuple, Kind::Set, Kind::FrozenSet],
    ),
    ("persistent", &[Kind::Persistent]),
];

/// How deep tuples of tuples may be written.
const DEPTH: usize = 16;

impl Args {
    /// Any arguments.
    pub(super) fn any() -> Args {
        Args {
            rest: Some(Box::new(Pattern::Any)),
            ..Args::default()
        }
    }

    /// Reads `(…)`.
    pub(super) fn parse(text: &str) -> Result<Args, String> {
        let mut parser = Parser { text, rest: text };
        let args = parser.args(DEPTH)?;
        parser.end()?;
        Ok(args)
    }

    /// Whether it takes a call without arguments.
    pub(super) fn takes_none(&self) -> bool {
        self.needed == 0
    }

    pub(super) fn accepts(&self, world: &World<'_, '_>, values: &[Value]) -> bool {
        if values.len() < self.needed {
            return false;
        }
        let known = values.len().min(self.items.len());
        let (first, further) = values.split_at(known);
        let matching = (self.items.iter().zip(first)).all(|(pattern, value)| pattern.accepts(world, *value));
        matching
            && match &self.rest {
                Some(rest) => further.iter().all(|value| rest.accepts(world, *value)),
                None => further.is_empty(),
            }
    }
}

impl Pattern {
    /// Reads one pattern.
    pub(super) fn parse(text: &str) -> Result<Pattern, String> {
        let mut parser = Parser { text, rest: text };
        let pattern = parser.either(DEPTH)?;
        parser.end()?;
        Ok(pattern)
    }

    pub(super) fn accepts(&self, world: &World<'_, '_>, value: Value) -> bool {
        let kind = value.kind();
        match self {
            Pattern::Any => true,
            Pattern::Data => !matches!(kind, Kind::Global | Kind::Opaque),
            Pattern::Kinds(kinds) => kinds.contains(&kind),
            Pattern::Named => kind == Kind::Global && world.entry(value).is_some(),
            Pattern::Class => kind == Kind::Global && world.entry(value).is_some_and(|entry| entry.makes_plain()),
            Pattern::Factory => kind == Kind::Global && world.entry(value).is_some_and(|entry| entry.calls_plain()),
            Pattern::Made => kind == Kind::Made && world.entry(value).is_some(),
            Pattern::MadeBy(name) => kind == Kind::Made && world.is_named(value, name) && world.is_whole(value),
            Pattern::PlainDtype => world.is_plain_dtype(value),
            Pattern::Name(name) => kind == Kind::Global && world.is_named(value, name),
            Pattern::Text(text) => world.text(value).is_some_and(|found| found == *text),
            Pattern::Bytes(bytes) => world.bytes(value).is_some_and(|found| found == *bytes),
            Pattern::Int(int) => value.as_int() == Some(*int),
            Pattern::Tuple(args) => world.items(value).is_some_and(|items| args.accepts(world, items)),
            Pattern::Either(patterns) => patterns.iter().any(|pattern| pattern.accepts(world, value)),
        }
    }
}

/// Reads patterns.
struct Parser<'t> {
    text: &'t str,
    rest: &'t str,
}

impl Parser<'_> {
    fn error<T>(&self, expected: &str) -> Result<T, String> {
        let at = self.text.len() - self.rest.len();
        Err(format!("expected {expected} at character {at} of `{}`", self.text))
    }

    /// Goes on behind a sign, if it stands here.
    fn eat(&mut self, sign: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn end(&mut self) -> Result<(), String> {
        self.rest = self.rest.trim_start();
        if self.rest.is_empty() {
            Ok(())
        } else {
            self.error("the end")
        }
    }

    fn args(&mut self, depth: usize) -> Result<Args, String> {
        if !self.eat("(") {
            return self.error("`(`");
        }
        let mut args = Args::default();
        let mut optional = false;
        while !self.eat(")") {
            if args.rest.is_some() {
                return self.error("`)`, since nothing comes behind `...`");
            }
            let pattern = self.either(depth)?;
            if self.eat("...") {
                args.rest = Some(Box::new(pattern));
            } else {
                optional |= self.eat("?");
                args.items.push(pattern);
                args.needed += usize::from(!optional);
            }
            if !self.eat(",") {
                if self.eat(")") {
                    break;
                }
                return self.error("`,` or `)`");
            }
        }
        Ok(args)
    }

    fn either(&mut self, depth: usize) -> Result<Pattern, String> {
        let first = self.single(depth)?;
        if !self.eat("|") {
            return Ok(first);
        }
        let mut patterns = vec![first, self.single(depth)?];
        while self.eat("|") {
            patterns.push(self.single(depth)?);
        }
        Ok(Pattern::Either(patterns))
    }

    fn single(&mut self, depth: usize) -> Result<Pattern, String> {
        self.rest = self.rest.trim_start();
        if self.rest.starts_with('(') {
            let Some(depth) = depth.checked_sub(1) else {
                return self.error("fewer parentheses");
            };
            return Ok(Pattern::Tuple(self.args(depth)?));
        }
        if self.eat("b'") {
            return Ok(Pattern::Bytes(self.quoted()?.into_bytes()));
        }
        if self.eat("'") {
            return Ok(Pattern::Text(self.quoted()?));
        }
        if self.eat("<") {
            let name = self.word();
            if !self.eat(">") {
                return self.error("`>`");
            }
            return Ok(Pattern::MadeBy(name));
        }
        let word = self.word();
        if let Ok(int) = word.parse() {
            return Ok(Pattern::Int(int));
        }
        if let Some((_, kinds)) = WORDS.iter().find(|(known, _)| *known == word) {
            return Ok(Pattern::Kinds(kinds));
        }
        match word.as_str() {
            "any" => Ok(Pattern::Any),
            "data" => Ok(Pattern::Data),
            "named" => Ok(Pattern::Named),
            "class" => Ok(Pattern::Class),
            "factory" => Ok(Pattern::Factory),
            "made" => Ok(Pattern::Made),
            "plain_dtype" => Ok(Pattern::PlainDtype),
            _ if word.contains('.') => Ok(Pattern::Name(word)),
            _ => self.error("a word such as `str`, `int` or `any`, a literal, `module.name` or `<module.name>`"),
        }
    }

    /// A word, a number or a dotted name. Three dots are no part of it.
    fn word(&mut self) -> String {
        let rest = self.rest.trim_start();
        let mut end = 0;
        for (at, c) in rest.char_indices() {
            let part = c.is_alphanumeric() || matches!(c, '_' | '-') || c == '.' && !rest[at..].starts_with("..");
            if !part {
                break;
            }
            end = at + c.len_utf8();
        }
        let (word, rest) = rest.split_at(end);
        if !word.is_empty() {
            self.rest = rest;
        }
        word.to_owned()
    }

    /// What stands up to the next quote. There are no escapes.
    fn quoted(&mut self) -> Result<String, String> {
        match self.rest.split_once('\'') {
            Some((text, rest)) => {
                self.rest = rest;
                Ok(text.to_owned())
            }
            None => self.error("a closing quote"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_for_arguments_are_read() {
        let args = Args::parse("(str, 'latin1' | None, (int...), <numpy.dtype>?, builtins.object?)").unwrap();
        assert_eq!((args.items.len(), args.needed), (5, 3));
        assert_eq!(args.items[3], Pattern::MadeBy("numpy.dtype".into()));
        assert_eq!(args.items[4], Pattern::Name("builtins.object".into()));
        assert!(Args::parse("()").unwrap().takes_none());
        assert_eq!(Args::parse("(any...)").unwrap(), Args::any());
        assert_eq!(
            Args::parse("(-1, b'b',)").unwrap().items[..],
            [Pattern::Int(-1), Pattern::Bytes(b"b".to_vec())]
        );
    }

    #[test]
    fn what_is_no_rule_is_refused_with_its_place() {
        for bad in [
            "",
            "(",
            "str",
            "(str",
            "(str int)",
            "(any..., int)",
            "(strange)",
            "('a)",
            "(<numpy.dtype)",
            "() x",
        ] {
            assert!(Args::parse(bad).is_err(), "{bad}");
        }
        assert!(Args::parse(&"(".repeat(100_000)).is_err());
        let error = Args::parse("(str, strange)").unwrap_err();
        assert!(error.contains("at character 13"), "{error}");
    }
}
