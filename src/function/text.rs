//! The head of a function's source: its name and parameters. Only as much of the language as that takes.

use super::{
    ParameterKind,
    syntax::tokens::{Token, Tokens, quotes},
};
use crate::error::{ErrorKind, Result};

/// What the text of a `def` or `lambda` says before its body.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Head<'t> {
    /// `<lambda>`, or the name behind `def`.
    pub(super) name: &'t str,
    /// `async def`
    pub(super) is_async: bool,
    /// In the order of the text.
    pub(super) parameters: Vec<HeadParameter<'t>>,
    /// What follows: of a `def`, from behind the parenthesis on; of a lambda, its expression.
    pub(super) rest: &'t str,
}

/// A parameter by its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HeadParameter<'t> {
    pub(super) name: &'t str,
    pub(super) kind: ParameterKind,
    pub(super) has_default: bool,
}

impl<'t> Head<'t> {
    /// How many parameters that can be given by position have defaults.
    pub(super) fn defaults(&self) -> usize {
        let by_position = |one: &&HeadParameter<'_>| one.has_default && one.kind != ParameterKind::KeywordOnly;
        self.parameters.iter().filter(by_position).count()
    }

    /// The parameters that must be given by name and have defaults.
    pub(super) fn kwdefaults(&self) -> impl Iterator<Item = &'t str> {
        let by_name = |one: &&HeadParameter<'t>| one.has_default && one.kind == ParameterKind::KeywordOnly;
        self.parameters.iter().filter(by_name).map(|one| one.name)
    }
}

/// Behind blanks and comments.
fn statement(mut text: &str) -> &str {
    loop {
        text = text.trim_start_matches(|char: char| char.is_whitespace() || char == '\\');
        match text.strip_prefix('#') {
            Some(comment) => text = comment.find('\n').map_or("", |end| &comment[end..]),
            None => return text,
        }
    }
}

impl<'t> Head<'t> {
    /// The docstring of a `def`, where it is one literal that says no more and no less than what is between its quotes: not
    /// if there are escapes in it, or if it is put together from several.
    pub(super) fn doc(&self) -> Option<&'t str> {
        if self.name == "<lambda>" {
            return None;
        }
        let mut tokens = Tokens::new(self.rest);
        let mut depth = 0_usize;
        // The annotation of what it returns comes before the colon.
        loop {
            match tokens.next()? {
                Token::Mark(":") if depth == 0 => break,
                Token::Mark("(" | "[" | "{") => depth += 1,
                Token::Mark(")" | "]" | "}") => depth = depth.saturating_sub(1),
                Token::Word("lambda") => return None,
                _ => {}
            }
        }
        let first = statement(tokens.rest());
        let (literal, raw) = match first.strip_prefix(['r', 'R']) {
            Some(literal) => (literal, true),
            None => (first.strip_prefix(['u', 'U']).unwrap_or(first), false),
        };
        let quotes = quotes(literal)?;
        let mut tokens = Tokens::new(literal);
        tokens.next()?;
        let quoted = &literal[..literal.len() - tokens.rest().len()];
        let doc = quoted.strip_prefix(quotes)?.strip_suffix(quotes)?;
        // The statement must end with its line.
        let behind = tokens.rest().trim_start_matches([' ', '\t', '\x0c']);
        let ends = behind.is_empty() || behind.starts_with(['\n', '\r', ';', '#']);
        (ends && (raw || !doc.contains('\\')) && !doc.contains('\r')).then_some(doc)
    }
}

/// The head of the text of one function.
pub(super) fn head(text: &str) -> Result<Head<'_>> {
    let bad = |why: &str| ErrorKind::Malformed(format!("the text of a function {why}").into());
    let mut tokens = Tokens::new(text);
    let mut head = Head::default();
    let mut first = tokens.find(|token| *token != Token::Line);
    // Decorators are expressions on lines of their own.
    while first == Some(Token::Mark("@")) {
        tokens.find(|token| *token == Token::Line);
        first = tokens.find(|token| *token != Token::Line);
    }
    let is_lambda = match first {
        Some(Token::Word("lambda")) => true,
        Some(Token::Word("def")) => false,
        Some(Token::Word("async")) if tokens.next() == Some(Token::Word("def")) => {
            head.is_async = true;
            false
        }
        _ => return Err(bad("is neither a `def` nor a `lambda`").into()),
    };
    if is_lambda {
        head.name = "<lambda>";
    } else {
        let Some(Token::Word(name)) = tokens.next() else {
            return Err(bad("has no name").into());
        };
        head.name = name;
        let mut depth = 0_usize;
        // Type parameters come before the parenthesis.
        loop {
            match tokens.next() {
                Some(Token::Mark("(")) if depth == 0 => break,
                Some(Token::Mark("(" | "[")) => depth += 1,
                Some(Token::Mark(")" | "]")) => depth = depth.saturating_sub(1),
                Some(_) => {}
                None => return Err(bad("has no parameters").into()),
            }
        }
    }
    // A parameter at a time: its name is the first word, and its default follows a `=` outside of all brackets.
    let (mut depth, mut name, mut by_name, mut given, mut lambdas) = (0_usize, None, false, false, 0_usize);
    let (mut stars, mut slash, mut slashed) = (0_usize, false, false);
    loop {
        let Some(token) = tokens.next() else {
            return Err(bad("ends within its parameters").into());
        };
        let outside = depth == 0 && lambdas == 0;
        let ends = outside && (token == Token::Mark(",") || token == Token::Mark(if is_lambda { ":" } else { ")" }));
        match token {
            _ if ends => {
                let kind = match stars {
                    0 if by_name => ParameterKind::KeywordOnly,
                    0 => ParameterKind::PositionalOrKeyword,
                    1 => ParameterKind::VarPositional,
                    _ => ParameterKind::VarKeyword,
                };
                // `*` alone, `*args` and `**kwargs` all come before what must be given by name.
                by_name |= stars > 0;
                // There is one at most.
                if std::mem::take(&mut slash) && !std::mem::replace(&mut slashed, true) {
                    let before = head.parameters.iter_mut();
                    before.for_each(|one| one.kind = ParameterKind::PositionalOnly);
                }
                head.parameters.extend(name.take().map(|name| HeadParameter {
                    name,
                    kind,
                    has_default: given,
                }));
                (given, stars) = (false, 0);
                if token != Token::Mark(",") {
                    head.rest = tokens.rest();
                    return Ok(head);
                }
            }
            Token::Mark(mark @ ("*" | "**")) if outside && name.is_none() => stars += mark.len(),
            Token::Mark("/") if outside && name.is_none() => slash = true,
            Token::Word("lambda") => lambdas += 1,
            Token::Mark(":") if depth == 0 && lambdas > 0 => lambdas -= 1,
            Token::Mark("(" | "[" | "{") => depth += 1,
            Token::Mark(")" | "]" | "}") => depth = depth.saturating_sub(1),
            Token::Mark("=") if outside => given = true,
            Token::Word(word) if outside && name.is_none() => name = Some(word),
            _ => {}
        }
    }
}

/// Whether a name occurs in the text of a function as a word of its own.
pub(super) fn mentions(text: &str, name: &str) -> bool {
    // An f-string has names inside; what it says is only for Python to know.
    let braces = text.contains('{') && text.contains(name);
    braces || Tokens::new(text).any(|token| token == Token::Word(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads() {
        let read = |text: &str| {
            let head = head(text).expect(text);
            let kwdefaults: Vec<&str> = head.kwdefaults().collect();
            (head.name.to_owned(), head.defaults(), kwdefaults.join(" "))
        };
        let is = |name: &str, defaults, kwdefaults: &str| (name.to_owned(), defaults, kwdefaults.to_owned());
        assert_eq!(read("lambda: 0"), is("<lambda>", 0, ""));
        assert_eq!(read("lambda x, y={1: 2}, *, z='a,b': x"), is("<lambda>", 1, "z"));
        assert_eq!(read("lambda f=lambda a, b=1: a, g=2: f"), is("<lambda>", 2, ""));
        assert_eq!(read("def f(): pass"), is("f", 0, ""));
        assert_eq!(
            read("async def f(a, /, b: dict[str, int] = {}, *args, c=3, d, **kw) -> int: pass"),
            is("f", 1, "c")
        );
        assert_eq!(
            read("@deco(1,\n  '(')\n@other\ndef g[T: (int, str)](x: T = (1, 2), # y=3\n y=\"\\\")\"): pass"),
            is("g", 2, "")
        );
        for bad in [
            "",
            "x = 1",
            "def",
            "def f",
            "def f(a",
            "class A: pass",
            "lambda x",
            "lambda x='",
        ] {
            assert!(head(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn docs() {
        let doc = |text| head(text).expect("a function").doc();
        assert_eq!(doc("def f(x): 'one'"), Some("one"));
        assert_eq!(
            doc("def f(x) -> dict[str, {1: 2}]:  # why\n    \"\"\"A\n    b 'c'.\"\"\"\n    return x"),
            Some("A\n    b 'c'.")
        );
        assert_eq!(doc("async def f(x=lambda: 0):\n  r'\\d' # \n  pass"), Some("\\d"));
        assert_eq!(doc("def f(): u''; return 1"), Some(""));
        for none in [
            "lambda: 'no'",
            "def f(): pass",
            "def f(): return 'no'",
            "def f(): 'a' 'b'",
            "def f():\n  'a' + b",
            "def f(): 'a\\n'",
            "def f(): b'a'",
            "def f(): f'a'",
            "def f(): 'a",
            "def f(): '",
            "def f(): \"\"\"a\"\"",
            "def f()",
        ] {
            assert_eq!(doc(none), None, "{none}");
        }
    }

    #[test]
    fn kinds() {
        use ParameterKind::*;
        let kinds = |text| -> Vec<(&str, ParameterKind)> {
            let head = head(text).expect("a function");
            head.parameters.iter().map(|one| (one.name, one.kind)).collect()
        };
        assert_eq!(kinds("lambda: x"), []);
        assert_eq!(
            kinds("async def f(a, b=1, /, c: int = (2, 3), *d: x, e, f={}, **g) -> h: pass"),
            [
                ("a", PositionalOnly),
                ("b", PositionalOnly),
                ("c", PositionalOrKeyword),
                ("d", VarPositional),
                ("e", KeywordOnly),
                ("f", KeywordOnly),
                ("g", VarKeyword),
            ]
        );
        assert_eq!(
            kinds("lambda a, *, b: 0"),
            [("a", PositionalOrKeyword), ("b", KeywordOnly)]
        );
    }

    #[test]
    fn words() {
        assert!(mentions("lambda x: x * k", "k"));
        assert!(!mentions("lambda x: x * kk + 'k' # k", "k"));
        assert!(mentions("lambda x: f'{k}'", "k"));
    }
}
