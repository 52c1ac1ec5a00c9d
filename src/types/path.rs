//! `pathlib`: paths, which are text and not files.

use crate::{
    Value,
    error::{Error, Result},
    types::{
        Recipe,
        made::Made,
        scalar::{Scalar, misfit, text},
    },
};
use std::{fmt, str::FromStr};

/// A path of `pathlib`, in Python's normal form: `a//b/./c` is `a/b/c`.
///
/// Its text is the path for a `PosixPath`, and the class in front of it for all others: `PurePosixPath:a/b`.
///
/// ```
/// use brinery::types::{Path, PathKind};
/// let path = Path::new(PathKind::Posix, "/etc//./hosts");
/// assert_eq!(path.text, "/etc/hosts");
/// assert_eq!(path.parts(), ["/", "etc", "hosts"]);
/// assert_eq!("PureWindowsPath:C:/x".parse::<Path>()?, Path::new(PathKind::PureWindows, r"C:\x"));
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Path {
    /// The class.
    pub kind: PathKind,
    /// What `str` says in Python. The empty path is `.`.
    pub text: String,
}

/// The classes of `pathlib`. Only the first two can be made on every system; a `PosixPath` cannot be on Windows, nor a
/// `WindowsPath` elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PathKind {
    /// `pathlib.PurePosixPath`
    PurePosix,
    /// `pathlib.PureWindowsPath`
    PureWindows,
    /// `pathlib.PosixPath`
    Posix,
    /// `pathlib.WindowsPath`
    Windows,
}

impl PathKind {
    const ALL: [PathKind; 4] = [
        PathKind::PurePosix,
        PathKind::PureWindows,
        PathKind::Posix,
        PathKind::Windows,
    ];

    /// What `pathlib.Path` is on the system this runs on.
    pub const NATIVE: PathKind = if cfg!(windows) {
        PathKind::Windows
    } else {
        PathKind::Posix
    };

    /// The name of the class.
    pub fn class(self) -> &'static str {
        match self {
            PathKind::PurePosix => "PurePosixPath",
            PathKind::PureWindows => "PureWindowsPath",
            PathKind::Posix => "PosixPath",
            PathKind::Windows => "WindowsPath",
        }
    }

    fn is_windows(self) -> bool {
        matches!(self, PathKind::PureWindows | PathKind::Windows)
    }

    fn separator(self) -> char {
        if self.is_windows() { '\\' } else { '/' }
    }
}

impl Path {
    /// A path in normal form.
    pub fn new(kind: PathKind, text: &str) -> Path {
        let mut path = Path {
            kind,
            text: String::new(),
        };
        path.push(text);
        path.finish()
    }

    /// A path of `pathlib`. An error for anything else, and for names with lone surrogates in them, which stand for
    /// bytes that are not UTF-8.
    pub fn from_value(value: Value<'_>) -> Result<Path> {
        let wrong = || misfit("a path of pathlib", value);
        let made = Made::of(value).ok_or_else(wrong)?;
        let Some(("pathlib" | "pathlib._local", class)) = made.path() else {
            return Err(wrong());
        };
        let kind = PathKind::ALL.into_iter().find(|kind| kind.class() == class);
        let mut path = Path {
            kind: kind.ok_or_else(wrong)?,
            text: String::new(),
        };
        for part in made.args.iter() {
            path.push(text(part).ok_or_else(wrong)?);
        }
        Ok(path.finish())
    }

    /// Appends what is relative; anything else replaces what was there.
    fn push(&mut self, text: &str) {
        let windows = self.kind.is_windows();
        let text = if windows {
            text.replace('/', "\\")
        } else {
            text.to_owned()
        };
        let (anchor, rest) = self.split(&text);
        let (old, _) = self.split(&self.text);
        let drive = old.trim_end_matches('\\');
        if windows && anchor == "\\" {
            // The root of the drive it is on.
            self.text.truncate(drive.len());
            self.text += &text;
        } else if windows && anchor.ends_with(':') && anchor.eq_ignore_ascii_case(drive) {
            // Relative to where it is on that drive.
            self.text.replace_range(..anchor.len(), &anchor);
            self.append(rest);
        } else if anchor.is_empty() {
            self.append(&text);
        } else {
            self.text = text;
        }
    }

    fn append(&mut self, names: &str) {
        let separator = self.kind.separator();
        let drive_alone = self.kind.is_windows() && self.text.len() == 2 && self.text.ends_with(':');
        if !self.text.is_empty() && !self.text.ends_with(separator) && !drive_alone {
            self.text.push(separator);
        }
        self.text += names;
    }

    fn finish(mut self) -> Path {
        let (anchor, rest) = self.split(&self.text);
        let mut text = anchor;
        let start = text.len();
        let drive = text.ends_with(':');
        for name in rest
            .split(self.kind.separator())
            .filter(|name| !matches!(*name, "" | "."))
        {
            if text.len() > start || start > 0 && !drive && !text.ends_with(self.kind.separator()) {
                text.push(self.kind.separator());
            }
            text += name;
        }
        if text.is_empty() {
            text.push('.');
        }
        if start == 0 && !self.split(&text).0.is_empty() {
            // A name like a drive.
            text.insert_str(0, ".\\");
        }
        self.text = text;
        self
    }

    /// Drive and root in normal form, and the names behind them.
    fn split<'t>(&self, text: &'t str) -> (String, &'t str) {
        if !self.kind.is_windows() {
            let rest = text.trim_start_matches('/');
            // POSIX leaves it to the system what two slashes mean; three are one.
            let root = match text.len() - rest.len() {
                0 => "",
                2 => "//",
                _ => "/",
            };
            return (root.into(), rest);
        }
        if let Some(share) = text.strip_prefix("\\\\").filter(|share| !share.starts_with('\\')) {
            let mut names = share.splitn(3, '\\');
            if let (Some(server), Some(name)) = (names.next(), names.next().filter(|name| !name.is_empty())) {
                return (format!("\\\\{server}\\{name}\\"), names.next().unwrap_or_default());
            }
        }
        let drive = match text.as_bytes() {
            [letter, b':', ..] if letter.is_ascii() && *letter != b'\\' => 2,
            _ => 0,
        };
        let (drive, rest) = text.split_at(drive);
        match rest.strip_prefix('\\') {
            Some(names) => (format!("{drive}\\"), names),
            None => (drive.into(), rest),
        }
    }

    /// Root and names, as Python's `parts`.
    pub fn parts(&self) -> Vec<String> {
        let (anchor, rest) = self.split(&self.text);
        let mut names = rest
            .split(self.kind.separator())
            .filter(|name| !matches!(*name, "" | "."));
        let mut first = anchor;
        if first.is_empty() {
            first = names.next().unwrap_or_default().into();
            if !self.split(&first).0.is_empty() {
                // A name like a drive, which Python's own parts do not tell from one.
                first.insert_str(0, ".\\");
            }
        }
        let first = Some(first).filter(|first| !first.is_empty());
        first.into_iter().chain(names.map(str::to_owned)).collect()
    }
}

impl Scalar for Path {
    fn read(value: Value<'_>) -> Result<Self> {
        Path::from_value(value)
    }

    fn plain(&self) -> String {
        self.text.clone()
    }

    /// As CPython 3.8 to 3.12 write it: what 3.13 writes refers to a module that no other version has.
    fn recipe(&self, _: u8) -> Result<Recipe> {
        let parts: Vec<Recipe> = self.parts().into_iter().map(Recipe::Str).collect();
        Ok(Recipe::call(format!("pathlib:{}", self.kind.class()), parts))
    }
}

/// The class that a text names, and the rest.
fn named(text: &str) -> Option<(PathKind, &str)> {
    let (class, rest) = text.split_once(':')?;
    let kind = PathKind::ALL.into_iter().find(|kind| kind.class() == class)?;
    Some((kind, rest))
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind != PathKind::Posix || named(&self.text).is_some() {
            write!(f, "{}:", self.kind.class())?;
        }
        f.write_str(&self.text)
    }
}

impl FromStr for Path {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let (kind, text) = named(text).unwrap_or((PathKind::Posix, text));
        Ok(Path::new(kind, text))
    }
}

impl<'g> Value<'g> {
    /// A path of `pathlib`.
    pub fn as_path(self) -> Option<Path> {
        Path::from_value(self).ok()
    }
}
