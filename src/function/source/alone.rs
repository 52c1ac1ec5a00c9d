//! Whether a function is all that a text has: what stands beside it would be lost.

use super::{malformed, text};
use crate::error::ErrorKind;
use ruff_python_ast::{ExceptHandler, Stmt};
use ruff_text_size::{Ranged, TextSize};

/// An error if there is another statement than that of the function at this place.
pub(super) fn check(source: &str, body: &[Stmt], function: TextSize) -> Result<(), ErrorKind> {
    let mut block = body;
    loop {
        let other = match block {
            [Stmt::FunctionDef(_)] => return Ok(()),
            [stmt] => match blocks(stmt) {
                // A lambda in a statement without others.
                None => return Ok(()),
                // A function in an `if`, say.
                Some(inner) => match &inner[..] {
                    [only] if only.iter().any(|stmt| stmt.range().contains(function)) => {
                        block = only;
                        continue;
                    }
                    _ => stmt.start(),
                },
            },
            several => {
                let other = several.iter().find(|stmt| !stmt.range().contains(function));
                other.map_or(TextSize::default(), Ranged::start)
            }
        };
        let line = text::line_of(source, other);
        return Err(malformed(format!(
            "line {line} of the source: there is a statement beside the function"
        )));
    }
}

/// The blocks of statements in a statement that has any.
fn blocks(stmt: &Stmt) -> Option<Vec<&[Stmt]>> {
    let mut blocks: Vec<&[Stmt]> = Vec::new();
    match stmt {
        Stmt::ClassDef(class) => blocks.push(&class.body),
        Stmt::For(repeat) => blocks.extend([&repeat.body[..], &repeat.orelse]),
        Stmt::While(repeat) => blocks.extend([&repeat.body[..], &repeat.orelse]),
        Stmt::With(with) => blocks.push(&with.body),
        Stmt::If(test) => {
            blocks.push(&test.body);
            blocks.extend(test.elif_else_clauses.iter().map(|clause| &clause.body[..]));
        }
        Stmt::Match(subject) => blocks.extend(subject.cases.iter().map(|case| &case.body[..])),
        Stmt::Try(tried) => {
            blocks.push(&tried.body);
            let handlers = tried.handlers.iter();
            blocks.extend(handlers.map(|ExceptHandler::ExceptHandler(handler)| &handler.body[..]));
            blocks.extend([&tried.orelse[..], &tried.finalbody]);
        }
        _ => return None,
    }
    blocks.retain(|block| !block.is_empty());
    Some(blocks)
}
