//! Trees as text.

use std::fmt;

/// A line and what belongs to it.
#[derive(Debug, Clone, Default)]
pub(super) struct Tree {
    /// What kind of line it is; aligned with those beside it.
    pub(super) label: &'static str,
    pub(super) text: String,
    pub(super) inner: Vec<Tree>,
}

impl Tree {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Tree {
            label: "",
            text: text.into(),
            inner: Vec::new(),
        }
    }

    pub(super) fn labelled(label: &'static str, text: impl Into<String>) -> Self {
        Tree {
            label,
            ..Tree::new(text)
        }
    }

    /// The tree's lines behind a prefix. As deep as the tree, which is built only so deep.
    fn write(&self, prefix: &mut String, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.inner.iter().map(|tree| tree.label.len()).max().unwrap_or(0);
        let last = self.inner.len().saturating_sub(1);
        for (at, tree) in self.inner.iter().enumerate() {
            let (branch, below) = if at == last {
                ("└─ ", "   ")
            } else {
                ("├─ ", "│  ")
            };
            write!(f, "{prefix}{branch}")?;
            match (tree.label, &*tree.text) {
                ("", text) => writeln!(f, "{text}")?,
                (label, "") => writeln!(f, "{label}")?,
                (label, text) => writeln!(f, "{label:width$}  {text}")?,
            }
            let len = prefix.len();
            prefix.push_str(below);
            tree.write(prefix, f)?;
            prefix.truncate(len);
        }
        Ok(())
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.write(&mut String::new(), f)
    }
}
