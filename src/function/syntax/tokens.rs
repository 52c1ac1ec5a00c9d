//! Words and marks of Python text, with those in the fields of strings.

use super::OLDEST;

/// The parser of 3.8 takes no more brackets in each other.
const BRACKETS_3_8: usize = 80;

/// So many strings with fields may be in each other (`MAXFSTRINGLEVEL`).
const STRINGS: usize = 150;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::function) enum Token<'t> {
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

pub(in crate::function) struct Tokens<'t> {
    rest: &'t str,
    brackets: usize,
    strings: Vec<Formatted<'t>>,
    /// The oldest version that has what it went over.
    pub(super) minimum: u8,
}

/// The quotes at the start of a text, one or three.
pub(in crate::function) fn quotes(text: &str) -> Option<&'static str> {
    ["'''", "\"\"\"", "'", "\""]
        .into_iter()
        .find(|quotes| text.starts_with(quotes))
}

impl<'t> Tokens<'t> {
    pub(in crate::function) fn new(text: &'t str) -> Self {
        Tokens {
            rest: text,
            brackets: 0,
            strings: Vec::new(),
            minimum: OLDEST,
        }
    }

    /// What it has not gone over.
    pub(in crate::function) fn rest(&self) -> &'t str {
        self.rest
    }

    fn skip(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn need(&mut self, minor: u8) {
        self.minimum = self.minimum.max(minor);
    }

    /// A string that starts here, behind its prefix.
    fn string(&mut self, prefix: &str) {
        let Some(quotes) = quotes(self.rest) else { return };
        // No Python takes more, and each is looked at for every string in it.
        if self.strings.len() > STRINGS {
            self.rest = "";
            return;
        }
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
                    if word.len() <= 2 && quotes(self.rest).is_some() && word.chars().all(|c| "rRbBuUfFtT".contains(c))
                    {
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
