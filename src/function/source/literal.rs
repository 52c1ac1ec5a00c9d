//! Literals in source, made objects of a graph; and the names of built-ins.

use super::{malformed, text};
use crate::{Builder, Ref, Result, function::builtins::is_builtin};
use num_bigint::BigInt;
use ruff_python_ast::{Expr, Int, Number, Operator, UnaryOp};
use ruff_python_parser::parse_expression;
use ruff_text_size::Ranged;

/// What is deeper is no literal that anyone writes by hand.
const MAX_DEPTH: usize = 100;

/// The object that an expression stands for, whatever is bound where: a literal, or a literal of literals. `None` if it
/// takes a Python to know. `names` lets a built-in stand for itself, as in an annotation.
pub(in crate::function) fn value(build: &mut Builder<'static>, source: &str, names: bool) -> Result<Option<Ref>> {
    // In parentheses it may go over several lines, as it does among parameters.
    let source = format!("({source}\n)");
    let parsed = text::on_large_stack(source.len(), || {
        let parsed = parse_expression(&source).map_err(|error| malformed(error.error.to_string()))?;
        let mut literal = Literal {
            build,
            source: &source,
            names,
        };
        literal.of(parsed.expr(), 0)
    });
    parsed?
}

struct Literal<'b> {
    build: &'b mut Builder<'static>,
    source: &'b str,
    names: bool,
}

impl Literal<'_> {
    fn all<'e>(&mut self, items: impl IntoIterator<Item = &'e Expr>, depth: usize) -> LiteralResult<Vec<Ref>> {
        let mut out = Vec::new();
        for item in items {
            match self.of(item, depth)? {
                Some(item) => out.push(item),
                None => return Ok(None),
            }
        }
        Ok(Some(out))
    }

    fn of(&mut self, expr: &Expr, depth: usize) -> LiteralResult<Ref> {
        if depth > MAX_DEPTH {
            return Ok(None);
        }
        let deeper = depth + 1;
        Ok(Some(match expr {
            Expr::NoneLiteral(_) => self.build.add(()),
            Expr::BooleanLiteral(literal) => self.build.add(literal.value),
            Expr::EllipsisLiteral(_) => self.build.global("builtins", "Ellipsis"),
            Expr::StringLiteral(literal) => {
                let value = literal.value.to_str();
                let written = self.source.get(literal.range().to_std_range()).unwrap_or_default();
                // Half of a surrogate pair is nothing that the parser can answer.
                if value.contains('\u{fffd}') && !written.contains('\u{fffd}') {
                    return Ok(None);
                }
                self.build.add(value)
            }
            Expr::BytesLiteral(literal) => {
                let bytes: Vec<u8> = literal.value.bytes().collect();
                self.build.add(&bytes[..])
            }
            Expr::NumberLiteral(literal) => return self.number(&literal.value, false),
            Expr::UnaryOp(unary) => match (unary.op, &*unary.operand) {
                (UnaryOp::USub, Expr::NumberLiteral(literal)) => return self.number(&literal.value, true),
                (UnaryOp::UAdd, Expr::NumberLiteral(literal)) => return self.number(&literal.value, false),
                _ => return Ok(None),
            },
            // 1 + 2j
            Expr::BinOp(sum) => {
                let (Some(real), Expr::NumberLiteral(imag)) = (real(&sum.left), &*sum.right) else {
                    return Ok(None);
                };
                let Number::Complex { imag, .. } = imag.value else {
                    return Ok(None);
                };
                match sum.op {
                    Operator::Add => self.complex(real, imag)?,
                    Operator::Sub => self.complex(real, -imag)?,
                    _ => return Ok(None),
                }
            }
            Expr::Tuple(tuple) => match self.all(&tuple.elts, deeper)? {
                Some(items) => self.build.tuple(items),
                None => return Ok(None),
            },
            Expr::List(list) => match self.all(&list.elts, deeper)? {
                Some(items) => self.build.list(items),
                None => return Ok(None),
            },
            Expr::Set(set) => match self.all(&set.elts, deeper)? {
                Some(items) => self.build.set(items)?,
                None => return Ok(None),
            },
            Expr::Dict(dict) => {
                let mut entries = Vec::new();
                for item in &dict.items {
                    let Some(key) = &item.key else { return Ok(None) };
                    match (self.of(key, deeper)?, self.of(&item.value, deeper)?) {
                        (Some(key), Some(value)) => entries.push((key, value)),
                        _ => return Ok(None),
                    }
                }
                self.build.dict(entries)?
            }
            Expr::Name(name) if self.names && is_builtin(&name.id) => self.build.global("builtins", &name.id),
            _ => return Ok(None),
        }))
    }

    fn number(&mut self, number: &Number, negative: bool) -> LiteralResult<Ref> {
        Ok(Some(match number {
            Number::Int(int) => match whole(int) {
                Some(int) if negative => self.build.add(-int),
                Some(int) => self.build.add(int),
                None => return Ok(None),
            },
            Number::Float(float) => self.build.add(if negative { -float } else { *float }),
            // Python negates both parts.
            Number::Complex { real, imag } if negative => self.complex(-real, -imag)?,
            Number::Complex { real, imag } => self.complex(*real, *imag)?,
        }))
    }

    fn complex(&mut self, real: f64, imag: f64) -> Result<Ref> {
        let complex = self.build.global("builtins", "complex");
        let parts = [self.build.add(real), self.build.add(imag)];
        self.build.call(complex, parts)
    }
}

type LiteralResult<T> = Result<Option<T>>;

fn real(expr: &Expr) -> Option<f64> {
    let (number, sign) = match expr {
        Expr::NumberLiteral(literal) => (&literal.value, 1.0),
        Expr::UnaryOp(unary) if unary.op == UnaryOp::USub => match &*unary.operand {
            Expr::NumberLiteral(literal) => (&literal.value, -1.0),
            _ => return None,
        },
        _ => return None,
    };
    match number {
        Number::Float(float) => Some(sign * float),
        Number::Int(int) => Some(sign * int.as_u64().filter(|int| *int < 1 << 53)? as f64),
        Number::Complex { .. } => None,
    }
}

/// The parser keeps numbers beyond 64 bits as they are written.
fn whole(int: &Int) -> Option<BigInt> {
    if let Some(int) = int.as_u64() {
        return Some(int.into());
    }
    let text = int.to_string().to_ascii_lowercase().replace('_', "");
    let (digits, radix) = match text.get(..2) {
        Some("0x") => (&text[2..], 16),
        Some("0o") => (&text[2..], 8),
        Some("0b") => (&text[2..], 2),
        _ => (&*text, 10),
    };
    BigInt::parse_bytes(digits.as_bytes(), radix)
}
