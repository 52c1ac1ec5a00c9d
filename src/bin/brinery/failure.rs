//! What can go wrong in a command, and its exit code.

use brinery::{Error, ErrorKind};
use std::{fmt::Display, io, process::ExitCode};

pub(crate) enum Failure {
    /// A pickle cannot be read or written: where, and why.
    Bad(String, Error),
    /// A pickle cannot be written as it was asked for.
    Unfit(String),
    /// A file cannot be read or written.
    File(String, io::Error),
    /// The command line makes no sense.
    Usage(String),
}

impl Failure {
    /// Says what is wrong, unless nobody listens any more.
    pub(crate) fn report(self) -> ExitCode {
        match self {
            Failure::File(_, error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Failure::File(name, error) => complain(format!("{name}: {error}"), 2),
            Failure::Unfit(message) => complain(message, 1),
            Failure::Usage(message) => complain(message, 2),
            Failure::Bad(name, error) => match error.kind() {
                ErrorKind::Io(io) if io.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
                ErrorKind::Io(_) => complain(format!("{name}: {error}"), 2),
                ErrorKind::BadText("ASCII") => complain(
                    format!("{name}: {error} (of Python 2? try --encoding latin1 or bytes)"),
                    1,
                ),
                ErrorKind::MissingMemo(_) => complain(
                    format!("{name}: {error} (dumped with others by one Pickler? try --shared-memo)"),
                    1,
                ),
                _ => complain(format!("{name}: {error}"), 1),
            },
        }
    }
}

fn complain(message: impl Display, code: u8) -> ExitCode {
    use io::Write;
    // Unlike eprintln, this does not panic when nobody listens there either.
    let _ = writeln!(io::stderr(), "brinery: {message}");
    ExitCode::from(code)
}

/// Puts a name to the errors of a pickle.
pub(crate) fn bad(name: &str) -> impl Fn(Error) -> Failure {
    let name = name.to_owned();
    move |error| Failure::Bad(name.clone(), error)
}

/// Puts a name to the errors of a file.
pub(crate) fn file(name: &str) -> impl Fn(io::Error) -> Failure {
    let name = name.to_owned();
    move |error| Failure::File(name.clone(), error)
}
