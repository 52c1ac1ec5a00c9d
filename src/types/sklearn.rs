//! scikit-learn's estimators as named trees.

use super::{joblib::Joblib, made::Made, numpy::NdArray};
use crate::{Call, Entries, Error, ErrorKind, Items, Kind, Ref, Result, Value, types::numpy::Data};
use std::{
    collections::HashSet,
    fmt::{self, Display, Formatter, Write},
};

/// An estimator of scikit-learn, or any other instance of a class that is part of one: its class, its parameters, what it
/// learned, and the estimators in it.
///
/// ```
/// use brinery::{Builder, types::sklearn::Estimator};
/// // LogisticRegression(C=0.5), fitted.
/// let mut build = Builder::new();
/// let class = build.global("sklearn.linear_model._logistic", "LogisticRegression");
/// let root = build.new_object(class, [])?;
/// let state = [("C", build.add(0.5)), ("n_iter_", build.add(7)), ("_sklearn_version", build.add("1.7.2"))];
/// let state = state.map(|(name, value)| (build.add(name), value));
/// let state = build.dict(state)?;
/// build.set_state(root, state)?;
/// let graph = build.finish(root);
///
/// let estimator = Estimator::from_value(graph.root())?;
/// assert_eq!((estimator.class(), estimator.version()), ("LogisticRegression", Some("1.7.2")));
/// assert_eq!(estimator.param("C").and_then(|c| c.as_f64()), Some(0.5));
/// assert_eq!(estimator.fitted().map(|(name, _)| name).collect::<Vec<_>>(), ["n_iter_"]);
/// assert_eq!(
///     estimator.to_string(),
///     "sklearn.linear_model._logistic.LogisticRegression (scikit-learn 1.7.2)\n    C = 0.5\n    learned: n_iter_\n",
/// );
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Estimator<'g> {
    value: Value<'g>,
    module: &'g str,
    class: &'g str,
    state: Option<Value<'g>>,
    opaque: bool,
    joblib: Option<&'g Joblib<'g>>,
}

/// How deep lists, tuples and dicts of estimators may lie in each other inside of one attribute.
const NESTED: usize = 4;
/// Levels of the printed tree.
const LEVELS: usize = 32;
/// Estimators that are printed.
const PRINTED: usize = 1000;
/// Estimators of one attribute that are printed, such as the trees of a forest.
const ALIKE: usize = 3;
/// Bytes of a printed value.
const WIDTH: usize = 100;

/// Packages whose objects are data and not parts of an estimator. scikit-learn's own are told by the module's name.
const DATA: [&str; 8] = [
    "numpy",
    "pandas",
    "scipy",
    "joblib",
    "builtins",
    "collections",
    "datetime",
    "decimal",
];

impl<'g> Estimator<'g> {
    /// The estimator that a value of a pickle is. An error if it is no instance of a class.
    ///
    /// Instances of other classes are taken, too: a transformer of one's own has all that is asked here. For files of joblib
    /// there is [`Joblib::estimator`].
    pub fn from_value(value: Value<'g>) -> Result<Self> {
        Estimator::find(value, None)
    }

    fn find(value: Value<'g>, joblib: Option<&'g Joblib<'g>>) -> Result<Self> {
        let found = || -> Error {
            ErrorKind::BadOperand {
                needs: "an instance of a class",
                found: value.type_name(),
            }
            .into()
        };
        let made = Made::of(value).ok_or_else(found)?;
        let (mut module, mut class) = made.path().ok_or_else(found)?;
        // Cython's classes are made by functions that are given the class.
        let by_function = made.object.call() == Call::Reduce && !made.is_new;
        if by_function && (class == "newObj" || class.starts_with("__pyx_unpickle")) {
            let given = made.args.get(0).and_then(|class| class.as_global()?.path());
            (module, class) = given.ok_or_else(found)?;
        }
        let third = || made.args.get(2).filter(|state| !state.is_none());
        Ok(Estimator {
            value,
            module,
            class,
            state: value.last_state().or_else(|| third().filter(|_| by_function)),
            opaque: by_function,
            joblib,
        })
    }

    /// The object in the pickle.
    pub fn value(&self) -> Value<'g> {
        self.value
    }

    /// Its class, without the module: `LogisticRegression`.
    pub fn class(&self) -> &'g str {
        self.class
    }

    /// The module of its class: `sklearn.linear_model._logistic`.
    pub fn module(&self) -> &'g str {
        self.module
    }

    /// The version of scikit-learn that wrote it. Only scikit-learn's own estimators say it.
    pub fn version(&self) -> Option<&'g str> {
        self.attribute("_sklearn_version")?.as_str()
    }

    /// Whether its class is written in C, so that its state is known to that alone: trees, loss functions. Such an object
    /// has a [`state`](Self::state), and no parameters.
    pub fn is_opaque(&self) -> bool {
        self.opaque
    }

    /// All it was given when it was unpickled: a dict of attributes, or what its class makes of it.
    pub fn state(&self) -> Option<Value<'g>> {
        self.state
    }

    /// An attribute, whatever its name.
    pub fn attribute(&self, name: &str) -> Option<Value<'g>> {
        self.attributes()?.get(name)
    }

    fn attributes(&self) -> Option<Entries<'g>> {
        self.state.filter(|_| !self.opaque)?.as_dict()
    }

    fn named(&self) -> impl Iterator<Item = (&'g str, Value<'g>)> + use<'g> {
        let entries = self.attributes().into_iter().flat_map(|entries| entries.iter());
        entries.filter_map(|(name, value)| Some((name.as_str()?, value)))
    }

    /// What it was made with, in order: the attributes whose names neither begin nor end with an underscore.
    ///
    /// These are all that `get_params(deep=False)` names, and with some classes a few more (`estimator_params` of forests):
    /// which of them the constructor takes only the class knows.
    pub fn params(&self) -> impl Iterator<Item = (&'g str, Value<'g>)> + use<'g> {
        self.named()
            .filter(|(name, _)| !name.starts_with('_') && !name.ends_with('_'))
    }

    /// A parameter by its name.
    pub fn param(&self, name: &str) -> Option<Value<'g>> {
        self.params().find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    /// What it learned, in order: the attributes whose names end with an underscore, `coef_`, and do not begin with one.
    pub fn fitted(&self) -> impl Iterator<Item = (&'g str, Value<'g>)> + use<'g> {
        self.named()
            .filter(|(name, _)| !name.starts_with('_') && name.ends_with('_'))
    }

    /// The estimators and other instances among its attributes, with their names: an attribute itself (`best_estimator_`), by
    /// the name of a step (`steps.scale`), by index (`estimators_.0`) or by key. Private attributes are left out.
    ///
    /// In an honest pickle these are a tree; a hostile one can have an estimator in itself.
    pub fn children(&self) -> Vec<(String, Estimator<'g>)> {
        let mut search = Search {
            joblib: self.joblib,
            seen: HashSet::new(),
            found: Vec::new(),
        };
        for (name, value) in self.named().filter(|(name, _)| !name.starts_with('_')) {
            search.look(name.to_owned(), value, 0);
        }
        search.found
    }
}

/// A search for instances in an attribute. Each container is looked into once.
struct Search<'g> {
    joblib: Option<&'g Joblib<'g>>,
    seen: HashSet<Ref>,
    found: Vec<(String, Estimator<'g>)>,
}

impl<'g> Search<'g> {
    fn look(&mut self, name: String, value: Value<'g>, depth: usize) {
        if depth > NESTED {
            return;
        }
        if let Some(part) = self.part(value) {
            self.found.push((name, part));
            return;
        }
        let items = match value.kind() {
            Kind::List(items) | Kind::Tuple(items) => Some(items),
            Kind::Object(_) => self.objects(value),
            _ => None,
        };
        let entries = value.as_dict();
        if (items.is_none() && entries.is_none()) || !self.seen.insert(value.id()) {
            return;
        }
        for (index, item) in items.into_iter().flatten().enumerate() {
            // A step: a name, an estimator, and with columns or weights a third.
            match (item.get(0).and_then(|step| step.as_str()), item.get(1)) {
                (Some(step), Some(inner)) if self.part(inner).is_some() => {
                    self.look(format!("{name}.{step}"), inner, depth + 1);
                }
                _ => self.look(format!("{name}.{index}"), item, depth + 1),
            }
        }
        for (key, item) in entries.into_iter().flat_map(|entries| entries.iter()) {
            if let Some(key) = key.as_str() {
                self.look(format!("{name}.{key}"), item, depth + 1);
            }
        }
    }

    fn part(&self, value: Value<'g>) -> Option<Estimator<'g>> {
        let part = Estimator::find(value, self.joblib).ok()?;
        let package = part.module.split('.').next().unwrap_or_default();
        let is_part = package == "sklearn" || (!part.opaque && !DATA.contains(&package));
        is_part.then_some(part)
    }

    /// The items of an array of objects.
    fn objects(&self, value: Value<'g>) -> Option<Items<'g>> {
        let array = match self.joblib {
            Some(joblib) => joblib.array(value),
            None => NdArray::from_value(value),
        };
        match array.ok()?.data() {
            Data::Objects(items) => Some(*items),
            Data::Bytes(_) => None,
        }
    }
}

impl<'a> Joblib<'a> {
    /// The estimator that was dumped. An error if it was something else; see [`Estimator::from_value`].
    pub fn estimator(&self) -> Result<Estimator<'_>> {
        Estimator::find(self.root(), Some(self))
    }
}

/// The tree: each estimator with its parameters and the names of what it learned, then those in it, indented. Long values
/// and long lists of estimators are cut.
impl Display for Estimator<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.print(f, 0, &mut HashSet::new())
    }
}

impl fmt::Debug for Estimator<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let parts = (self.module, self.class, self.version());
        f.debug_tuple("Estimator").field(&parts).finish()
    }
}

impl<'g> Estimator<'g> {
    fn print(&self, f: &mut Formatter<'_>, level: usize, seen: &mut HashSet<Ref>) -> fmt::Result {
        write!(f, "{}.{}", self.module, self.class)?;
        if !seen.insert(self.value.id()) {
            return f.write_str(" (as above)\n");
        }
        // What is inside of scikit-learn's own is of its version.
        if let Some(version) = self.version().filter(|_| level == 0) {
            write!(f, " (scikit-learn {})", Short::of(version))?;
        }
        f.write_char('\n')?;
        let margin = 4 * (level + 1);
        if level >= LEVELS || seen.len() > PRINTED {
            return writeln!(f, "{:margin$}...", "");
        }
        let children = self.children();
        let attribute = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
        let holders: HashSet<String> = children.iter().map(|(name, _)| attribute(name)).collect();
        for (name, value) in self.params().filter(|(name, _)| !holders.contains(*name)) {
            writeln!(f, "{:margin$}{} = {}", "", Short::of(name), self.shown(value))?;
        }
        let learned = self
            .fitted()
            .map(|(name, _)| name)
            .filter(|name| !holders.contains(*name));
        let learned = learned.collect::<Vec<_>>().join(", ");
        if !learned.is_empty() {
            writeln!(f, "{:margin$}learned: {}", "", Short::of(&learned))?;
        }
        let mut rest = children.as_slice();
        while let Some((first, _)) = rest.first() {
            let holder = attribute(first);
            let count = rest.iter().take_while(|(name, _)| attribute(name) == holder).count();
            let (alike, others) = rest.split_at_checked(count).unwrap_or((rest, &[]));
            // The steps of a pipeline are all told.
            let most = if holder.ends_with('_') { ALIKE } else { usize::MAX };
            for (name, child) in alike.iter().take(most) {
                write!(f, "{:margin$}{}: ", "", Short::of(name))?;
                child.print(f, level + 1, seen)?;
            }
            if let Some(more @ 1..) = count.checked_sub(most) {
                writeln!(f, "{:margin$}{holder}: {more} more", "")?;
            }
            rest = others;
        }
        Ok(())
    }

    fn shown(&self, value: Value<'g>) -> Short {
        let array = match self.joblib {
            Some(joblib) if joblib.is_array(value) => joblib.array(value).ok(),
            _ => value.as_ndarray().filter(|array| !array.is_scalar()),
        };
        match array {
            Some(array) => Short::of(format_args!("array of shape {:?}, {}", array.shape(), array.dtype())),
            None => Short::of(value.repr().max_depth(NESTED).max_items(8)),
        }
    }
}

/// The beginning of a text. What is cut off is not even made.
struct Short(String);

impl Short {
    fn of(long: impl Display) -> Self {
        let mut short = Short(String::new());
        if write!(short, "{long}").is_err() {
            short.0.push_str("...");
        }
        short
    }
}

impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = WIDTH.saturating_sub(self.0.len());
        if text.len() <= room {
            self.0.push_str(text);
            return Ok(());
        }
        let fits = text
            .char_indices()
            .map(|(at, _)| at)
            .take_while(|at| *at <= room)
            .last();
        self.0.push_str(text.get(..fits.unwrap_or(0)).unwrap_or_default());
        Err(fmt::Error)
    }
}

impl Display for Short {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
