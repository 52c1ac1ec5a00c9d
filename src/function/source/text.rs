//! Cutting source text: headers, indentation, lines.

use super::malformed;
use crate::error::ErrorKind;
use ruff_python_ast::{
    Parameters,
    token::{TokenKind, Tokens},
};
use ruff_python_parser::parse_module;
use ruff_text_size::{Ranged, TextRange, TextSize};
use std::borrow::Cow;

/// Bytes of stack for each byte of text: each may be one level deeper, as in `-----1`, and is walked by a few functions.
const STACK: usize = 2048;

/// Texts up to this long are read on the stack that is there.
const SHORT: usize = 256;

/// Runs something on a stack that is large enough for a text of this length.
pub(super) fn on_large_stack<T: Send>(length: usize, run: impl FnOnce() -> T + Send) -> Result<T, ErrorKind> {
    if length <= SHORT {
        return Ok(run());
    }
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size((1 << 20) + length * STACK);
        let thread = builder.spawn_scoped(scope, run).map_err(ErrorKind::Io)?;
        thread
            .join()
            .map_err(|_| malformed("the parser of Python source has failed"))
    })
}

/// The number of the line that a place is on, from 1 on.
pub(super) fn line_of(text: &str, at: TextSize) -> usize {
    let before = text.as_bytes().get(..at.to_usize()).unwrap_or_default();
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}

/// Line and column of a place, from 1 on.
pub(super) fn place_of(text: &str, at: TextSize) -> (usize, usize) {
    let before = text.get(..at.to_usize()).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    (line_of(text, at), 1 + line.chars().count())
}

/// Moves places in a dedented text to where they are in the original.
pub(super) fn indent(original: &str, dedented: &str, places: &mut [(usize, usize)]) {
    if original.len() == dedented.len() {
        return;
    }
    let lines: Vec<usize> = original
        .split('\n')
        .zip(dedented.split('\n'))
        .map(|(original, dedented)| original.len().saturating_sub(dedented.len()))
        .collect();
    for (line, column) in places {
        *column += lines.get(line.saturating_sub(1)).copied().unwrap_or(0);
    }
}

/// From `def`, `async` or `lambda` to behind the colon.
pub(super) struct Header {
    pub(super) start: TextSize,
    pub(super) colon: TextSize,
}

impl Header {
    /// As many line breaks as the header has, so that lines stay where they are.
    pub(super) fn breaks(&self, text: &str) -> String {
        let range = self.start.to_usize()..self.colon.to_usize();
        let breaks = text
            .get(range)
            .unwrap_or_default()
            .bytes()
            .filter(|byte| *byte == b'\n')
            .count();
        "\n".repeat(breaks)
    }
}

/// Where the header of a function starts, from its name.
pub(super) fn keyword(tokens: &Tokens, name: TextSize, is_async: bool) -> TextSize {
    let wanted = if is_async { TokenKind::Async } else { TokenKind::Def };
    let before = tokens.before(name);
    before
        .iter()
        .rev()
        .find(|token| token.kind() == wanted)
        .map_or(name, |token| token.start())
}

/// How deep brackets and indentation get in a part of the text.
pub(super) fn depth(tokens: &Tokens, part: TextRange) -> (usize, usize) {
    let (mut brackets, mut indents) = ((0, 0), (0, 0));
    let step = |(now, most): &mut (usize, usize), deeper: bool| {
        *now = if deeper { *now + 1 } else { now.saturating_sub(1) };
        *most = (*most).max(*now);
    };
    for token in tokens.iter().filter(|token| part.contains_range(token.range())) {
        match token.kind() {
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => step(&mut brackets, true),
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => step(&mut brackets, false),
            TokenKind::Indent => step(&mut indents, true),
            TokenKind::Dedent => step(&mut indents, false),
            _ => {}
        }
    }
    (brackets.1, indents.1)
}

/// Behind the first colon from here on.
pub(super) fn colon(tokens: &Tokens, from: TextSize) -> TextSize {
    tokens
        .after(from)
        .iter()
        .find(|token| token.kind() == TokenKind::Colon)
        .map_or(from, |token| token.end())
}

/// Parameters by their names alone.
pub(super) fn bare(parameters: &Parameters) -> String {
    let mut parts: Vec<String> = Vec::new();
    let name = |name: &str| name.to_owned();
    parts.extend(parameters.posonlyargs.iter().map(|one| name(one.name())));
    if !parts.is_empty() {
        parts.push("/".to_owned());
    }
    parts.extend(parameters.args.iter().map(|one| name(one.name())));
    match &parameters.vararg {
        Some(vararg) => parts.push(format!("*{}", vararg.name())),
        None if !parameters.kwonlyargs.is_empty() => parts.push("*".to_owned()),
        None => {}
    }
    parts.extend(parameters.kwonlyargs.iter().map(|one| name(one.name())));
    parts.extend(parameters.kwarg.iter().map(|one| format!("**{}", one.name())));
    parts.join(", ")
}

/// The text with what its first line is indented by taken from every line, but for lines inside of strings.
pub(super) fn dedented(text: &str) -> Result<Cow<'_, str>, ErrorKind> {
    let first = text.lines().find(|line| {
        let line = line.trim_start();
        !line.is_empty() && !line.starts_with('#')
    });
    let first = first.unwrap_or_default();
    let indent = &first[..first.len() - first.trim_start_matches([' ', '\t']).len()];
    if indent.is_empty() {
        return Ok(Cow::Borrowed(text));
    }
    // Under an `if` the text is what it would be in its class; only then is it known what is a string.
    let head = "if 1:\n";
    let whole = format!("{head}{text}\n");
    let parsed = parse_module(&whole).map_err(|error| {
        let line = line_of(&whole, error.location.start()).saturating_sub(1);
        malformed(format!("line {line} of the source: {}", error.error))
    })?;
    let strings: Vec<TextRange> = parsed
        .tokens()
        .iter()
        .filter(|token| is_string(token.kind()))
        .map(Ranged::range)
        .collect();
    let mut out = String::with_capacity(text.len());
    let mut at = head.len();
    for line in text.split_inclusive('\n') {
        // The string that ends last before or at the start of the line, or goes over it.
        let next = strings.partition_point(|range| range.end().to_usize() <= at);
        let inside = strings.get(next).is_some_and(|range| range.start().to_usize() < at);
        out.push_str(if inside {
            line
        } else {
            line.strip_prefix(indent).unwrap_or(line)
        });
        at += line.len();
    }
    Ok(Cow::Owned(out))
}

fn is_string(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::String | TokenKind::FStringMiddle | TokenKind::TStringMiddle
    )
}
