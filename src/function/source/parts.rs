//! What all that go through Python's syntax look at in the same way.

use ruff_python_ast::{Comprehension, Expr, Identifier, Pattern, visitor::Visitor};

/// The name that a pattern itself binds.
pub(super) fn captured(pattern: &Pattern) -> Option<&Identifier> {
    match pattern {
        Pattern::MatchAs(pattern) => pattern.name.as_ref(),
        Pattern::MatchStar(pattern) => pattern.name.as_ref(),
        Pattern::MatchMapping(pattern) => pattern.rest.as_ref(),
        _ => None,
    }
}

/// Visits what lies in the scope of a comprehension: all but its first iterable.
pub(super) fn visit_inside<'a, V: Visitor<'a>>(
    visitor: &mut V,
    elements: &[&'a Expr],
    generators: &'a [Comprehension],
) {
    for (i, generator) in generators.iter().enumerate() {
        visitor.visit_expr(&generator.target);
        if i > 0 {
            visitor.visit_expr(&generator.iter);
        }
        generator.ifs.iter().for_each(|test| visitor.visit_expr(test));
    }
    elements.iter().for_each(|element| visitor.visit_expr(element));
}
