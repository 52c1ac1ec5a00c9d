//! What is allowed: a table of names, and what may be done with each.

use super::{
    checks::Check,
    pattern::{Args, Pattern},
    show, table,
    value::Kind,
};
use crate::error::Result;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::LazyLock,
};

/// What a scan takes for harmless: a table of (module, name) and of what may be done with each. Anything else is unknown,
/// or dangerous if it is known to be.
///
/// The built-in ones are readable files in `src/scan/policies`; [`from_toml`](Policy::from_toml) reads more in the same
/// format, which `docs/untrusted.md` explains.
///
/// ```
/// use brinery::scan::{Policy, Verdict, scan};
/// let order = b"\x80\x02cshop\nOrder\nq\0)\x81q\x01}q\x02X\x02\0\0\0idq\x03K\x07sb.";
/// assert_eq!(scan(order, &Policy::stdlib()).verdict, Verdict::Unknown);
/// let mine = Policy::from_toml(r#"allow.shop.Order = { new = "()", state = true }"#)?;
/// assert_eq!(scan(order, &Policy::stdlib().and(&mine)).verdict, Verdict::Safe);
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Policy {
    pub(super) name: String,
    /// By module and name.
    pub(super) allowed: HashMap<String, HashMap<String, Entry>>,
    /// What a user's file calls dangerous, with reasons. This goes before what is allowed.
    pub(super) dangerous: Dangers,
    /// What persistent ids may be.
    pub(super) persistent: Vec<Pattern>,
    /// Whether out-of-band buffers come with the pickle.
    pub(super) buffers: bool,
    /// Whether several pickles in a row are read.
    pub(super) stacked: bool,
}

/// Names known to be dangerous and why, by module. The name `*` is all of a module, and of the modules in it.
pub(super) type Dangers = BTreeMap<String, BTreeMap<String, Danger>>;

/// Why names are dangerous.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Danger {
    pub(super) reason: String,
    /// Modules and names that the same file allows one by one: `*`, or what a name lies in, does not mean them.
    pub(super) spares: BTreeSet<(String, String)>,
}

/// What may be done with a name that a policy lists. Being named is always allowed.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Entry {
    /// It may be called with such arguments.
    pub(super) call: Vec<Args>,
    /// `__new__` may be called with such arguments.
    pub(super) new: Vec<Args>,
    /// `__new__` may be given keyword arguments, too.
    pub(super) kwargs: bool,
    /// What BUILD may do with an instance.
    pub(super) state: State,
    /// APPEND and APPENDS may act on an instance.
    pub(super) append: bool,
    /// SETITEM and SETITEMS may.
    pub(super) setitem: bool,
    /// ADDITEMS may.
    pub(super) add: bool,
    /// It may be passed on as something that is called without arguments.
    pub(super) factory: bool,
    /// What a call gives.
    pub(super) makes: Makes,
    /// What else must be so.
    pub(super) check: Option<Check>,
}

/// What a call gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Makes {
    /// An instance that goes by the name of what was called.
    #[default]
    Own,
    /// An instance of the first argument.
    First,
    /// The name within the first argument that the second one says, which must be listed, too.
    Attribute,
    /// Plain data.
    Plain(Kind),
}

/// What states an instance may be given.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct State {
    /// A dict of attributes, or a pair of such a dict or None and a dict of slots; without special names.
    pub(super) attributes: bool,
    /// Whatever matches one of these, for classes with a `__setstate__` of their own.
    pub(super) shapes: Vec<Pattern>,
}

impl Entry {
    /// Whether it makes an instance without arguments.
    pub(super) fn makes_plain(&self) -> bool {
        self.new.iter().any(Args::takes_none)
    }

    /// Whether it may be passed on to be called without arguments.
    pub(super) fn calls_plain(&self) -> bool {
        self.factory
    }

    /// Adds what another entry allows.
    pub(super) fn merge(&mut self, other: &Entry) {
        self.call.extend_from_slice(&other.call);
        self.new.extend_from_slice(&other.new);
        self.kwargs |= other.kwargs;
        self.state.attributes |= other.state.attributes;
        self.state.shapes.extend_from_slice(&other.state.shapes);
        self.append |= other.append;
        self.setitem |= other.setitem;
        self.add |= other.add;
        self.factory |= other.factory;
        if self.makes == Makes::Own {
            self.makes = other.makes;
        }
        self.check = self.check.or(other.check);
    }
}

macro_rules! built_in {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        impl Policy {
            $(
                $(#[$doc])*
                pub fn $name() -> Policy {
                    static PARSED: LazyLock<Policy> = LazyLock::new(|| {
                        // A test reads each of these files. Should one be bad all the same, nothing is allowed.
                        Policy::from_toml(include_str!(concat!("policies/", stringify!($name), ".toml")))
                            .unwrap_or_default()
                    });
                    PARSED.clone()
                }
            )*

            /// The names of the built-in policies.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// The built-in policy with this name.
            ///
            /// ```
            /// use brinery::scan::Policy;
            /// assert!(Policy::NAMES.iter().all(|name| Policy::named(name).is_some()));
            /// assert_eq!(Policy::named("other"), None);
            /// ```
            pub fn named(name: &str) -> Option<Policy> {
                match name {
                    $(stringify!($name) => Some(Policy::$name()),)*
                    _ => None,
                }
            }
        }
    };
}

built_in! {
    /// Plain containers and what they are made of, in all protocols: nothing that has to be imported but `set`,
    /// `frozenset`, `bytes` and `bytearray`, which low protocols spell as calls.
    data;
    /// The data types of the standard library.
    stdlib;
    /// numpy's arrays, scalars and types.
    numpy;
    /// pandas' frames, series and indices.
    pandas;
    /// What `torch.load(weights_only=True)` takes: state dicts and tensors.
    torch;
    /// scikit-learn's estimators.
    sklearn;
}

/// What is known to be dangerous, whatever the policy.
static DANGEROUS: LazyLock<Dangers> = LazyLock::new(|| {
    Policy::from_toml(include_str!("policies/dangerous.toml"))
        .unwrap_or_default()
        .dangerous
});

impl Policy {
    /// Reads a policy from TOML. An error says what is wrong where.
    ///
    /// ```
    /// use brinery::scan::Policy;
    /// let policy = Policy::from_toml(r#"
    ///     include = ["stdlib"]
    ///     [allow."shop.models"]
    ///     Order = { new = "()", state = true }
    ///     [dangerous.shop]
    ///     run = "runs a job"
    /// "#)?;
    /// assert!(policy.allows("shop.models", "Order") && !policy.allows("shop", "run"));
    /// let error = Policy::from_toml(r#"allow.shop.Order = { call = "(int" }"#).unwrap_err();
    /// assert_eq!(error.to_string(), "allow.shop.Order: expected `,` or `)` at character 4 of `(int`");
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn from_toml(text: &str) -> Result<Policy> {
        table::parse(text)
    }

    /// Its name: that of the built-in one, or what the file says; of several with ` and ` between.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether a name of Python 3 is listed.
    pub fn allows(&self, module: &str, name: &str) -> bool {
        self.entry(module, name).is_some()
    }

    /// What either allows. What one of them calls dangerous and neither allows is dangerous.
    #[must_use]
    pub fn and(&self, other: &Policy) -> Policy {
        let mut both = self.clone();
        both.merge(other);
        if both.name.is_empty() {
            both.name.clone_from(&other.name);
        } else if !other.name.is_empty() {
            both.name = format!("{} and {}", both.name, other.name);
        }
        both
    }

    /// Adds what another policy says, but for its name.
    pub(super) fn merge(&mut self, other: &Policy) {
        for (module, names) in &other.allowed {
            let known = self.allowed.entry(module.clone()).or_default();
            for (name, entry) in names {
                known.entry(name.clone()).or_default().merge(entry);
            }
        }
        for (module, names) in &other.dangerous {
            let known = self.dangerous.entry(module.clone()).or_default();
            for (name, danger) in names {
                // What one of them means is dangerous, though the other spares it.
                let both = known.entry(name.clone()).or_insert_with(|| danger.clone());
                both.reason.clone_from(&danger.reason);
                both.spares.retain(|spared| danger.spares.contains(spared));
            }
        }
        self.persistent.extend_from_slice(&other.persistent);
        self.buffers |= other.buffers;
        self.stacked |= other.stacked;
    }

    /// What may be done with a name, if it is listed and not called dangerous by the same policy.
    pub(super) fn entry(&self, module: &str, name: &str) -> Option<&Entry> {
        let entry = self.allowed.get(module)?.get(name)?;
        danger(&self.dangerous, module, name).is_none().then_some(entry)
    }

    /// Why a name that is not listed is dangerous, if it is known to be.
    pub(super) fn danger(&self, module: &str, name: &str) -> Option<String> {
        let known = |module: &str, name: &str| {
            let reason = danger(&self.dangerous, module, name).or_else(|| danger(&DANGEROUS, module, name))?;
            Some(reason.to_owned())
        };
        if let Some(reason) = known(module, name) {
            return Some(reason);
        }
        // A walk by way of attributes: whatever module or class it passes through may be the dangerous one.
        let path: Vec<&str> = name.split('.').collect();
        if path.len() > MAX_WALK {
            return Some("walks through a long chain of attributes".to_owned());
        }
        if let Some(part) = path.iter().find(|part| WALKS.contains(part)) {
            return Some(format!("walks out of its module by way of `{part}`"));
        }
        for start in 0..path.len() {
            for end in start + 1..path.len() {
                let module = path[start..end].join(".");
                let name = path[end..].join(".");
                // `_os` in another module is `os`.
                if let Some(reason) = known(module.trim_start_matches('_'), &name).or_else(|| known(&module, &name)) {
                    return Some(format!(
                        "walks out of its module to {}, which {reason}",
                        show::escaped(&format!("{module}.{name}"))
                    ));
                }
            }
        }
        None
    }
}

/// Longer chains of attributes have no honest use.
const MAX_WALK: usize = 12;

/// Attributes that lead from any object to everything else.
const WALKS: [&str; 12] = [
    "__globals__",
    "__builtins__",
    "__class__",
    "__base__",
    "__bases__",
    "__mro__",
    "__subclasses__",
    "__dict__",
    "__getattribute__",
    "__code__",
    "__loader__",
    "__import__",
];

/// The reason of the nearest entry: the name, what it lies in, the module, what that lies in.
fn danger<'d>(dangers: &'d Dangers, module: &str, name: &str) -> Option<&'d str> {
    let means =
        |danger: &&Danger| danger.spares.is_empty() || !danger.spares.contains(&(module.to_owned(), name.to_owned()));
    if let Some(names) = dangers.get(module) {
        let outer = name.match_indices('.').rev().map(|(at, _)| &name[..at]);
        if let Some(danger) = std::iter::once(name)
            .chain(outer)
            .find_map(|name| names.get(name).filter(means))
        {
            return Some(&danger.reason);
        }
    }
    let outer = module.match_indices('.').rev().map(|(at, _)| &module[..at]);
    let mut modules = std::iter::once(module).chain(outer);
    modules.find_map(|module| Some(dangers.get(module)?.get("*").filter(means)?.reason.as_str()))
}
