//! What imports and calls mean when a pickle is read.

use crate::{
    Builder, Ref,
    error::{ErrorKind, Result},
    types,
};
use std::{collections::HashMap, fmt};

/// Makes another object of a call, or of a persistent id.
type Rewrite = Box<dyn Fn(Ref, &mut Builder<'_>) -> Result<Ref> + Send + Sync>;

/// Reads an object as plain data.
#[cfg(feature = "serde")]
type Read = Box<dyn Fn(crate::Value<'_>) -> Result<crate::Graph<'static>> + Send + Sync>;

/// What the imports of a name mean, and the calls of what is imported.
pub(crate) enum Entry {
    /// What it means by itself.
    Allow,
    /// An error.
    Refuse,
    /// Nothing that is well known.
    Plain,
    /// Another import.
    Rename(String, String),
    /// The call is another object.
    Rewrite(Rewrite),
    /// The call is this plain data for a Rust type.
    #[cfg(feature = "serde")]
    Value(Read),
}

/// Says what imports and calls mean when a pickle is read, by module and name. Names are Python 3's.
///
/// What it says goes before what this crate knows of itself: the classes of [`types`](crate::types) are entries, too, that
/// it begins with. Nothing is executed whatever it says; a registry decides what your program sees.
///
/// ```
/// use brinery::{Options, hooks::Registry};
/// let registry = Registry::new()
///     .refuse("os", "*")
///     .rename("shop", "Order", "shop.models", "Order")
///     .rewrite("shop.models", "Order", |order, build| {
///         let state = build.value(order).as_object().and_then(|order| order.state()).map(|state| state.id());
///         Ok(state.unwrap_or(order))
///     });
/// let options = Options::new().registry(registry);
///
/// // [shop.Order() | {'id': 7}]
/// let orders = options.read(b"\x80\x02]q\0cshop\nOrder\nq\x01)\x81q\x02}q\x03X\x02\0\0\0idq\x04K\x07sba.")?;
/// assert_eq!(orders.root().to_string(), "[{'id': 7}]");
///
/// let error = options.read(b"cos\nsystem\n(S'echo'\ntR.").unwrap_err();
/// assert_eq!(error.to_string(), "GLOBAL at byte 0: the import os.system is refused");
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Default)]
pub struct Registry {
    modules: HashMap<String, HashMap<String, Entry>>,
    persistent: Option<Rewrite>,
    /// Whether imports without an entry are refused.
    closed: bool,
    /// Whether anything is rewritten.
    rewrites: bool,
}

impl Registry {
    /// The well-known types.
    pub fn new() -> Self {
        Registry::default()
    }

    fn with(mut self, module: &str, name: &str, entry: Entry) -> Self {
        self.modules
            .entry(module.into())
            .or_default()
            .insert(name.into(), entry);
        self
    }

    /// An import of this name is an error, and so are names within it, such as `Order.load` for `Order`. `*` is all names
    /// of a module, and of the modules in it, that have no entry of their own.
    pub fn refuse(self, module: &str, name: &str) -> Self {
        self.with(module, name, Entry::Refuse)
    }

    /// An import of this name is no error, whatever [`refuse`](Self::refuse) says of its module. `*` as there.
    pub fn allow(self, module: &str, name: &str) -> Self {
        self.with(module, name, Entry::Allow)
    }

    /// Each import without an entry is an error. The well-known types have entries, and so have the functions by which
    /// pickles of low protocols spell built-in objects; but `getattr` has none.
    ///
    /// ```
    /// use brinery::{Options, hooks::Registry};
    /// let options = Options::new().registry(Registry::new().allow("shop", "Order").refuse_others());
    /// assert!(options.read(b"cshop\nOrder\n.").is_ok());
    /// assert!(options.read(b"cdecimal\nDecimal\n.").is_ok());
    /// assert!(options.read(b"cshop\nOrder.load\n.").is_err());
    /// assert!(options.read(b"cshop\nstop\n.").is_err());
    /// ```
    pub fn refuse_others(mut self) -> Self {
        self.closed = true;
        self
    }

    /// Objects of this class mean nothing but what their pickle says, even if the class is well known.
    pub fn plain(self, module: &str, name: &str) -> Self {
        self.with(module, name, Entry::Plain)
    }

    /// An import of this name is that of another, as after a class has moved. What the new name means is looked up too.
    pub fn rename(self, module: &str, name: &str, to_module: &str, to_name: &str) -> Self {
        self.with(module, name, Entry::Rename(to_module.into(), to_name.into()))
    }

    /// An object of this class (or one that a call of this function makes) is replaced by what is answered, wherever it is
    /// referred to. The object is whole when the function sees it, with items and state, and what is in it is replaced
    /// already, unless it refers back to the object. It may be part of what is answered.
    ///
    /// [`Graph::deeds`](crate::Graph::deeds) tells what the pickle does all the same.
    pub fn rewrite(
        mut self,
        module: &str,
        name: &str,
        rewrite: impl Fn(Ref, &mut Builder<'_>) -> Result<Ref> + Send + Sync + 'static,
    ) -> Self {
        self.rewrites = true;
        self.with(module, name, Entry::Rewrite(Box::new(rewrite)))
    }

    /// What a persistent id stands for is replaced by what is answered for the id: Python's `persistent_load`. Each
    /// reference is asked about.
    ///
    /// ```
    /// use brinery::{Options, hooks::Registry};
    /// let registry = Registry::new().persistent(|id, build| {
    ///     let text = format!("loaded {}", build.value(id));
    ///     Ok(build.add(text))
    /// });
    /// let graph = Options::new().registry(registry).read(b"\x80\x02]q\0K\x05Qa.")?;
    /// assert_eq!(graph.root().to_string(), "['loaded 5']");
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn persistent(mut self, load: impl Fn(Ref, &mut Builder<'_>) -> Result<Ref> + Send + Sync + 'static) -> Self {
        self.rewrites = true;
        self.persistent = Some(Box::new(load));
        self
    }

    /// For Rust types, an object of this class (or one that a call of this function makes) is what is answered, which can
    /// be anything that serde writes: a number, a text, a struct with the fields that are asked for.
    ///
    /// ```
    /// use brinery::{Options, hooks::Registry};
    /// // shop.Money(990, 'EUR')
    /// let bytes = b"\x80\x02cshop\nMoney\nM\xde\x03X\x03\0\0\0EUR\x86R.";
    /// let registry = Registry::new().value("shop", "Money", |money| {
    ///     let cents = money.as_object().and_then(|money| money.args().get(0)?.as_i64());
    ///     Ok(cents.unwrap_or_default() as f64 / 100.0)
    /// });
    /// let options = Options::new().registry(registry);
    /// assert_eq!(options.from_slice::<f64>(bytes)?, 9.9);
    /// # Ok::<(), brinery::Error>(())
    /// ```
    #[cfg(feature = "serde")]
    pub fn value<T: serde::Serialize>(
        self,
        module: &str,
        name: &str,
        read: impl Fn(crate::Value<'_>) -> Result<T> + Send + Sync + 'static,
    ) -> Self {
        let read: Read = Box::new(move |value| crate::to_graph(&read(value)?));
        self.with(module, name, Entry::Value(read))
    }

    /// Whether this name has a meaning here: by an entry, or because it is well known.
    pub fn knows(&self, module: &str, name: &str) -> bool {
        match self.entry(module, name) {
            Some(entry) => !matches!(entry, Entry::Refuse | Entry::Plain),
            None => types::known(module, name).is_some(),
        }
    }

    /// The entry of just this name.
    pub(crate) fn entry(&self, module: &str, name: &str) -> Option<&Entry> {
        self.modules.get(module)?.get(name)
    }

    pub(crate) fn rewrites(&self) -> bool {
        self.rewrites
    }

    pub(crate) fn persistent_load(&self) -> Option<&Rewrite> {
        self.persistent.as_ref()
    }

    /// What an import means: another, itself (`None`) or an error.
    pub(crate) fn import<'r>(
        &'r self,
        mut module: &'r str,
        mut name: &'r str,
    ) -> Result<Option<(&'r str, &'r str)>, ErrorKind> {
        let mut renamed = None;
        // A name that is renamed in a circle is whatever it is then.
        for _ in 0..=self.modules.len() {
            let Some(Entry::Rename(to_module, to_name)) = self.entry(module, name) else {
                break;
            };
            (module, name) = (to_module, to_name);
            renamed = Some((module, name));
        }
        if self.refuses(module, name) {
            return Err(ErrorKind::Refused(format!("{module}.{name}").into()));
        }
        Ok(renamed)
    }

    fn refuses(&self, module: &str, name: &str) -> bool {
        // The name, what it lies in, the module, what that lies in.
        if let Some(entry) = self.entry(module, name) {
            return matches!(entry, Entry::Refuse);
        }
        let outer = prefixes(name).filter_map(|outer| self.entry(module, outer));
        if outer.into_iter().any(|entry| matches!(entry, Entry::Refuse)) {
            return true;
        }
        let modules = std::iter::once(module).chain(prefixes(module));
        if let Some(entry) = modules.into_iter().find_map(|module| self.entry(module, "*")) {
            return matches!(entry, Entry::Refuse);
        }
        self.closed && !is_spelling(module, name) && types::known(module, name).is_none()
    }
}

/// What a dotted name lies in, the nearest first.
fn prefixes(name: &str) -> impl Iterator<Item = &str> {
    name.rmatch_indices('.').map(|(at, _)| &name[..at])
}

/// Whether it is by this name that a pickler spells built-in objects and instances of any class.
fn is_spelling(module: &str, name: &str) -> bool {
    match module {
        "builtins" => matches!(
            name,
            "object"
                | "tuple"
                | "list"
                | "dict"
                | "set"
                | "frozenset"
                | "bytes"
                | "bytearray"
                | "int"
                | "float"
                | "str"
        ),
        "copyreg" => matches!(name, "_reconstructor" | "__newobj__" | "__newobj_ex__"),
        "_codecs" => name == "encode",
        _ => false,
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut entries = Vec::new();
        for (module, names) in &self.modules {
            for (name, entry) in names {
                let what = match entry {
                    Entry::Allow => "allow",
                    Entry::Refuse => "refuse",
                    Entry::Plain => "plain",
                    Entry::Rename(..) => "rename",
                    Entry::Rewrite(_) => "rewrite",
                    #[cfg(feature = "serde")]
                    Entry::Value(_) => "value",
                };
                entries.push(format!("{what} {module}:{name}"));
            }
        }
        entries.sort();
        f.debug_struct("Registry")
            .field("entries", &entries)
            .field("persistent", &self.persistent.is_some())
            .field("refuse_others", &self.closed)
            .finish()
    }
}
