//! Exceptions.

use super::{
    Ignored,
    made::{Called, path_of},
};
use crate::Value;

/// An exception: its class, what it was made from, and what was added to it.
///
/// A class of Python 2 has its name of Python 3. `A` is often a tuple, `S` a struct or map of attributes, of which an
/// exception has few: `__notes__`, the `name` of an `ImportError`, what a program sets by itself. Cause, context and
/// traceback are in no pickle of Python 3.
///
/// In other formats a struct of `class`, `args` and, if there is one, `state`.
///
/// ```
/// use brinery::Graph;
/// let graph = Graph::from_slice(b"\x80\x02cexceptions\nIOError\nK\x02X\x07\0\0\0No suchX\x05\0\0\0f.txt\x87R.")?;
/// let error = graph.root().as_exception().expect("an exception");
/// assert_eq!(error.class, "builtins:OSError");
/// assert_eq!(error.args[2].as_str(), Some("f.txt"));
/// # Ok::<(), brinery::Error>(())
/// ```
///
/// With serde, both ways:
///
/// ```
/// # #[cfg(feature = "serde")] {
/// use brinery::types::Exception;
/// let error: Exception<(String, u8)> = Exception::new("builtins:ValueError", ("bad".into(), 3));
/// let bytes = brinery::to_vec(&error)?;
/// assert_eq!(brinery::Graph::from_slice(&bytes)?.root().to_string(), "builtins.ValueError('bad', 3)");
/// assert_eq!(brinery::from_slice::<Exception<(String, u8)>>(&bytes)?, error);
/// # }
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Exception<A, S = Ignored> {
    /// Its class, such as `builtins:ValueError`.
    pub class: String,
    /// Its arguments.
    pub args: A,
    /// Its attributes.
    pub state: Option<S>,
}

impl<A, S> Exception<A, S> {
    /// An exception without attributes.
    pub fn new(class: impl Into<String>, args: A) -> Self {
        Exception {
            class: class.into(),
            args,
            state: None,
        }
    }

    /// Whether its class is one of Python's own.
    pub fn is_builtin(&self) -> bool {
        self.class.strip_prefix("builtins:").is_some_and(is_exception)
    }
}

/// Classes of Python 2 that in Python 3 are all one.
const ALIASES: [&str; 3] = ["EnvironmentError", "IOError", "WindowsError"];

/// Whether it is the name of an exception, if it is that of something in `builtins`.
fn is_exception(name: &str) -> bool {
    // These are all there is from Python 2.7 to 3.13, and nothing else ends so.
    const ENDS: [&str; 7] = [
        "Error",
        "Warning",
        "Exception",
        "ExceptionGroup",
        "Exit",
        "Interrupt",
        "Iteration",
    ];
    ENDS.iter().any(|end| name.ends_with(end))
}

impl<'g> Value<'g> {
    /// What an exception is written as: its class called with its arguments, and perhaps given a state.
    ///
    /// Of classes outside `builtins` only the class itself could tell whether they are exceptions: any that is called is
    /// taken for one here, and [`Exception::is_builtin`] tells what is certain.
    pub fn as_exception(self) -> Option<Exception<Vec<Value<'g>>, Value<'g>>> {
        let called = Called::of(self).filter(|called| !called.is_new)?;
        let mut class = path_of(called.class)?;
        let builtin = class.strip_prefix("builtins:");
        if builtin.is_some_and(|name| ALIASES.contains(&name)) {
            class = "builtins:OSError".into();
        }
        let exception = Exception {
            args: called.args.iter().collect(),
            state: called.object.state(),
            class,
        };
        (exception.is_builtin() || !exception.class.starts_with("builtins:")).then_some(exception)
    }
}
