//! Which version of Python the syntax of a text came with, as far as its words and marks tell. What reads pickles needs no
//! more of the language than that; functions made from source know it exactly.

pub(super) mod tokens;

use super::code::Versions;
use tokens::{Token, Tokens};

/// What source is compiled by.
const OLDEST: u8 = 8;
const NEWEST: u8 = 13;

/// The versions of CPython that have all the syntax of a text.
pub(super) fn versions(text: &str) -> Versions {
    let mut tokens = Tokens::new(text);
    let mut found = Finder::default();
    for token in tokens.by_ref() {
        found.take(token);
    }
    found.line_ends();
    Versions::from_iter(found.minimum.max(tokens.minimum)..=NEWEST)
}

/// A bracket that is open.
#[derive(Clone, Copy, PartialEq)]
enum Bracket {
    Round,
    /// Of the items that a `with` statement has in parentheses, perhaps.
    With,
    /// Behind something that is indexed.
    Index,
    /// Of type parameters.
    Types,
    /// Of a list.
    Square,
    Curly,
}

/// Where in a logical line a token stands, and what was found.
#[derive(Default)]
struct Finder<'t> {
    /// The first tokens of the line.
    line: Vec<Token<'t>>,
    last: Option<Token<'t>>,
    brackets: Vec<Bracket>,
    /// Whether the line before could be a `match` statement.
    matched: bool,
    minimum: u8,
}

/// Words that something to be indexed cannot be.
const KEYWORDS: &str = " and as assert async await case del elif else except finally for from if import in is lambda not or \
                        raise return while with yield print match ";

impl<'t> Finder<'t> {
    fn need(&mut self, minor: u8) {
        self.minimum = self.minimum.max(minor);
    }

    fn take(&mut self, token: Token<'t>) {
        if token == Token::Line {
            return self.line_ends();
        }
        let first = self.line.first().copied();
        // What follows the word tells it from a name.
        if self.matched && self.line[..] == [Token::Word("case")] {
            self.need(10);
        }
        match (self.last, token) {
            (_, Token::Mark("(")) => {
                let is_with = self.line.last() == Some(&Token::Word("with")) && self.last == Some(Token::Word("with"));
                self.brackets.push(if is_with { Bracket::With } else { Bracket::Round });
            }
            (last, Token::Mark("[")) => {
                let types = matches!(
                    self.line[..],
                    [Token::Word("def" | "class" | "type"), Token::Word(_)]
                        | [Token::Word("async"), Token::Word("def"), Token::Word(_)]
                );
                let indexed = match last {
                    Some(Token::Word(word)) => !KEYWORDS.contains(&format!(" {word} ")),
                    Some(Token::Mark(mark)) => matches!(mark, ")" | "]" | "}"),
                    Some(Token::Literal) => true,
                    _ => false,
                };
                self.brackets.push(match (types, indexed) {
                    (true, _) => Bracket::Types,
                    (_, true) => Bracket::Index,
                    _ => Bracket::Square,
                });
                if types {
                    self.need(12);
                }
            }
            (_, Token::Mark("{")) => self.brackets.push(Bracket::Curly),
            (_, Token::Mark(")" | "]" | "}")) => drop(self.brackets.pop()),
            (_, Token::Mark("=")) if self.brackets == [Bracket::Types] => self.need(13),
            (_, Token::Mark(":=")) if matches!(self.brackets.last(), Some(Bracket::Index | Bracket::Curly)) => {
                self.need(10)
            }
            (Some(Token::Word("except")), Token::Mark("*")) => self.need(11),
            // `*args: *Ts`
            (Some(Token::Mark(":")), Token::Mark("*")) if self.brackets.last() == Some(&Bracket::Round) => {
                self.need(11)
            }
            (Some(Token::Mark("[" | ",")), Token::Mark("*")) if self.brackets.last() == Some(&Bracket::Index) => {
                self.need(11)
            }
            (Some(Token::Word("in")), Token::Mark("*")) => self.need(9),
            (_, Token::Word("as")) if self.brackets == [Bracket::With] => self.need(9),
            // `type X = …`
            (Some(Token::Word(_)), Token::Mark("="))
                if matches!(self.line[..], [Token::Word("type"), Token::Word(_)]) =>
            {
                self.need(12)
            }
            _ => {}
        }
        if first == Some(Token::Mark("@")) {
            self.decorator(token);
        }
        // As many as a header needs to be known.
        if self.line.len() < 4 {
            self.line.push(token);
        }
        self.last = Some(token);
    }

    /// Up to 3.8 a decorator was a dotted name with one call at most.
    fn decorator(&mut self, token: Token<'t>) {
        let after_call = self.last == Some(Token::Mark(")"));
        let plain = match token {
            Token::Word(word) => !after_call && !KEYWORDS.contains(&format!(" {word} ")),
            Token::Mark(mark) => matches!(mark, "." | "(") && !after_call || mark == ")",
            _ => false,
        };
        if self.brackets.is_empty() && !plain
            || self.brackets.len() == 1 && token == Token::Mark("(") && self.last == Some(Token::Mark("@"))
        {
            self.need(9);
        }
    }

    fn line_ends(&mut self) {
        if self.line.is_empty() {
            return;
        }
        let is_header = self.last == Some(Token::Mark(":"));
        self.matched = is_header && self.line.first() == Some(&Token::Word("match"));
        self.line.clear();
        self.brackets.clear();
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::text::head;

    #[test]
    fn oldest() {
        let oldest = |text: &str| versions(text).iter().next();
        for (text, minor) in [
            ("lambda x, /: (y := x)", 8),
            ("def f(match, case):\n  match[case]: int\n  return match(case)", 8),
            ("def f(x):\n  match x:\n    case 1: pass", 10),
            ("def f(x):\n  match (x):\n    # one\n\n    case 1: pass", 10),
            ("def f(x):\n  with (x as y, x): pass", 9),
            ("def f(x):\n  with (x): pass\n  with x as (y): pass", 8),
            ("def f(x):\n  for y in *x, 1: pass", 9),
            ("def f(x):\n  try: pass\n  except *E: pass", 11),
            ("def f(x): return x[*x], [*x], [*x][1]", 11),
            ("def f(x): return [*x]", 8),
            ("def f(x):\n  def g(*a: *x): pass", 11),
            ("def f(x):\n  def g[T](a): pass", 12),
            ("def f(x):\n  def g[T = int](a): pass", 13),
            ("def f(x):\n  type X = int", 12),
            ("def f(type, x):\n  type = x\n  type[x] = x\n  return type(x)", 8),
            ("def f(x):\n  @x.y(1)\n  def g(): pass", 8),
            ("def f(x):\n  @x[0].y\n  def g(): pass", 9),
            ("lambda x: f'{x!r:>{x}} {x[\"a\"]}{{'", 8),
            ("lambda x: f'{x['a']}'", 12),
            ("lambda x: f'{f\"{x}\"}'", 8),
            ("lambda x: f'{f'{x}'}'", 12),
            ("lambda x: f'{\"\\n\".join(x)}'", 12),
            ("lambda x: f'\\n{x}\\t' 'a' \"it's\"", 8),
            ("lambda x: f'''{\nx}'''", 8),
            ("lambda x: f'{\nx}'", 12),
            ("lambda x: f'{x:{x:{x}}}'", 12),
        ] {
            assert_eq!(oldest(text), Some(minor), "{text}");
        }
    }

    /// Whatever it is, in time that grows with it.
    #[test]
    fn hostile() {
        let texts = [
            "lambda: ".to_owned() + &"f'{".repeat(300_000),
            "lambda: ".to_owned() + &"f'{\"".repeat(300_000),
            "lambda: ".to_owned() + &"[{(".repeat(300_000),
            "f'\\N{".repeat(200_000),
            "'''".repeat(200_001),
            "f'{x!".repeat(100_000),
            "f'{é:\\é{é".repeat(100_000),
            "match case[\\".repeat(100_000),
        ];
        for text in texts {
            let _ = versions(&text);
            let _ = head(&text);
        }
        let _ = head(&format!("def f({}): pass", "a, /, ".repeat(200_000)));
        let text = "def f[T = 1](*a: *b):\n match é:\n  case {1:=f'{x!r :>{'\\N{é}'}}'}: @x[*y] # é\n\\\n";
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let _ = (versions(&text[..end]), versions(&text[end..]));
        }
    }
}
