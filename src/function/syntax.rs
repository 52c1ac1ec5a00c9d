//! Which version of Python the syntax of a text came with, as far as its words and marks tell. What reads pickles needs no
//! more of the language than that; functions made from source know it exactly.

use super::code::Versions;

/// What source is compiled by.
const OLDEST: u8 = 8;
const NEWEST: u8 = 13;

/// The parser of 3.8 takes no more brackets in each other.
const BRACKETS_3_8: usize = 80;

/// The versions of CPython that have all the syntax of a text.
pub(super) fn versions(text: &str) -> Versions {
    let mut tokens = Tokens::new(text);
    let mut found = Finder::default();
    while let Some(token) = tokens.next() {
        found.take(token);
    }
    found.line_ends();
    Versions::from_iter(found.minimum.max(tokens.minimum)..=NEWEST)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'t> {
    Word(&'t str),
    Mark(&'t str),
    /// A string without fields, a number.
    Literal,
    /// The end of a logical line, or of a statement before `;`.
    Line,
}

/// Marks of several characters that mean something else than their first one.
const MARKS: [&str; 6] = [":=", "**", "==", "!=", "<=", ">="];

/// A string with fields that is under way: its quotes, and the brackets that were open before its field.
struct Formatted<'t> {
    quotes: &'t str,
    raw: bool,
    /// How many brackets are open in the field; none between fields.
    field: Option<usize>,
    /// How many fields are around, each in the spec of the next.
    specs: usize,
}

struct Tokens<'t> {
    rest: &'t str,
    brackets: usize,
    strings: Vec<Formatted<'t>>,
    minimum: u8,
}

impl<'t> Tokens<'t> {
    fn new(text: &'t str) -> Self {
        Tokens {
            rest: text,
            brackets: 0,
            strings: Vec::new(),
            minimum: OLDEST,
        }
    }

    fn skip(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn need(&mut self, minor: u8) {
        self.minimum = self.minimum.max(minor);
    }

    /// The quotes at the start, one or three.
    fn quotes(&self) -> Option<&'t str> {
        ["'''", "\"\"\"", "'", "\""]
            .into_iter()
            .find(|quotes| self.rest.starts_with(quotes))
    }

    /// A string that starts here, behind its prefix.
    fn string(&mut self, prefix: &str) {
        let Some(quotes) = self.quotes() else { return };
        self.skip(quotes.len());
        // Before 3.12 a string in a field was part of the string around it.
        if self
            .strings
            .iter()
            .any(|outer| outer.quotes == quotes || outer.quotes.starts_with(quotes) && outer.quotes.len() == 1)
        {
            self.need(12);
        }
        if prefix.contains(['f', 'F', 't', 'T']) {
            self.strings.push(Formatted {
                quotes,
                raw: prefix.contains(['r', 'R']),
                field: None,
                specs: 0,
            });
            return self.between();
        }
        while let Some(char) = self.rest.chars().next() {
            if self.rest.starts_with(quotes) {
                self.skip(quotes.len());
                return;
            }
            self.skip(char.len_utf8());
            if char == '\\' {
                if !self.strings.is_empty() {
                    self.need(12);
                }
                let next = self.rest.chars().next().map_or(0, char::len_utf8);
                self.skip(next);
            }
        }
    }

    /// The text of a string up to its next field or its end.
    fn between(&mut self) {
        loop {
            let Some(string) = self.strings.last_mut() else { return };
            let Some(char) = self.rest.chars().next() else {
                self.strings.clear();
                return;
            };
            let (quotes, raw, in_spec) = (string.quotes, string.raw, string.specs > 0);
            if self.rest.starts_with(quotes) {
                self.strings.pop();
                self.skip(quotes.len());
                return;
            }
            if char == '{' && (in_spec || !self.rest.starts_with("{{")) {
                string.field = Some(self.brackets);
                if string.specs > 1 {
                    self.need(12);
                }
                self.skip(1);
                return;
            }
            if char == '}' && in_spec {
                // The spec of a field ends with the field.
                string.specs -= 1;
                self.skip(1);
                continue;
            }
            let doubled = self.rest.starts_with("{{") || self.rest.starts_with("}}");
            let named = !raw && self.rest.starts_with("\\N{");
            let bytes = match char {
                _ if doubled => 2,
                '\\' if named => self.rest.find('}').map_or(self.rest.len(), |end| end + 1),
                '\\' if raw => 1,
                '\\' if self.rest[1..].starts_with(['{', '}']) => 1,
                '\\' => 1 + self.rest[1..].chars().next().map_or(0, char::len_utf8),
                _ => char.len_utf8(),
            };
            self.skip(bytes);
        }
    }

    /// Whether a mark ends the field of a string, or what is formatted in it.
    fn ends_field(&mut self, mark: char) -> bool {
        let brackets = self.brackets;
        let rest = self.rest;
        let Some(string) = self.strings.last_mut() else {
            return false;
        };
        if string.field != Some(brackets) {
            return false;
        }
        match mark {
            '}' => string.field = None,
            // Also of `:=`, which is an assignment only within brackets.
            ':' => {
                string.field = None;
                string.specs += 1;
            }
            '!' if !rest.starts_with("!=") => {
                if rest[1..].chars().nth(1).is_some_and(char::is_whitespace) {
                    self.need(12);
                }
                return false;
            }
            _ => return false,
        }
        self.skip(1);
        true
    }
}

impl<'t> Iterator for Tokens<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        loop {
            let char = self.rest.chars().next()?;
            let in_field = !self.strings.is_empty();
            match char {
                '#' => {
                    if in_field {
                        self.need(12);
                    }
                    self.skip(self.rest.find('\n').unwrap_or(self.rest.len()));
                }
                '\n' if self.brackets == 0 && !in_field => {
                    self.skip(1);
                    return Some(Token::Line);
                }
                '\n' => {
                    // A string in one line had its fields there, too.
                    if self.strings.iter().any(|string| string.quotes.len() == 1) {
                        self.need(12);
                    }
                    self.skip(1);
                }
                ';' => {
                    self.skip(1);
                    return Some(Token::Line);
                }
                '\\' => {
                    if in_field {
                        self.need(12);
                    }
                    self.skip(1);
                    let next = self.rest.chars().next().map_or(0, char::len_utf8);
                    self.skip(next);
                }
                '\'' | '"' => {
                    self.string("");
                    return Some(Token::Literal);
                }
                '}' | ':' | '!' if self.ends_field(char) => self.between(),
                _ if char.is_whitespace() => {
                    self.skip(char.len_utf8());
                }
                _ if char.is_alphabetic() || char == '_' || !char.is_ascii() => {
                    let end = self
                        .rest
                        .find(|c: char| c.is_ascii() && !(c.is_ascii_alphanumeric() || c == '_'));
                    let word = self.skip(end.unwrap_or(self.rest.len()));
                    // The letters before a string belong to it.
                    if word.len() <= 2 && self.quotes().is_some() && word.chars().all(|c| "rRbBuUfFtT".contains(c)) {
                        self.string(word);
                        return Some(Token::Literal);
                    }
                    return Some(Token::Word(word));
                }
                _ if char.is_ascii_digit() => {
                    let end = self
                        .rest
                        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'));
                    self.skip(end.unwrap_or(self.rest.len()));
                    return Some(Token::Literal);
                }
                _ => {
                    let length = MARKS
                        .iter()
                        .find(|mark| self.rest.starts_with(**mark))
                        .map_or(1, |mark| mark.len());
                    match char {
                        '(' | '[' | '{' => self.brackets += 1,
                        ')' | ']' | '}' => self.brackets = self.brackets.saturating_sub(1),
                        _ => {}
                    }
                    if self.brackets >= BRACKETS_3_8 {
                        self.need(9);
                    }
                    return Some(Token::Mark(self.skip(length)));
                }
            }
        }
    }
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
                let types = match self.line[..] {
                    [Token::Word("def" | "class" | "type"), Token::Word(_)]
                    | [Token::Word("async"), Token::Word("def"), Token::Word(_)] => true,
                    _ => false,
                };
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
}
