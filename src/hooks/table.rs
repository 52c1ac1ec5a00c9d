//! A reducer that is put together from closures.

use super::{Answer, Reducer};
use crate::{Builder, Ref, Value, error::Result, types::class_path};
use std::{collections::HashMap, fmt};

/// Asks about one object.
type Ask<'h, T> = Box<dyn FnMut(Ref, &mut Builder<'_>) -> Result<T> + 'h>;

/// A [`Reducer`] that is put together from closures, as a Python pickler from `persistent_id`, `reducer_override` and
/// `dispatch_table`. They are asked in this order.
///
/// ```
/// use brinery::{Graph, Options, hooks::{Hooks, Reduce}};
/// // [class Order, {'id': 7}], in which 7 is known as 'seven'
/// let bytes = b"\x80\x02]q\0cshop\nOrder\nq\x01)\x81q\x02}q\x03X\x02\0\0\0idq\x04K\x07sba.";
/// let mut hooks = Hooks::new()
///     .persistent_id(|object, build| {
///         let is_seven = build.value(object).as_i64() == Some(7);
///         Ok(is_seven.then(|| build.interned("seven")))
///     })
///     .class("shop", "Order", |order, build| {
///         let (callable, args) = (build.import("shop:load"), build.tuple([]));
///         let state = build.value(order).as_object().and_then(|order| order.state()).map(|state| state.id());
///         Ok(Reduce { state, ..Reduce::new(callable, args) }.into())
///     });
/// let graph = Graph::from_slice(bytes)?;
/// let written = Options::new().protocol(2).write_with(&graph, &mut hooks)?;
/// let again = Graph::from_slice(&written)?;
/// assert_eq!(again.root().to_string(), "[shop.load() | {'id': <persistent id 'seven'>}]");
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Default)]
pub struct Hooks<'h> {
    persistent_id: Option<Ask<'h, Option<Ref>>>,
    reducer: Option<Ask<'h, Answer>>,
    /// By module and name.
    classes: HashMap<String, HashMap<String, Ask<'h, Answer>>>,
}

impl<'h> Hooks<'h> {
    /// None.
    pub fn new() -> Self {
        Hooks::default()
    }

    /// Says what has a persistent id, and which. See [`Reducer::persistent_id`].
    pub fn persistent_id(mut self, ask: impl FnMut(Ref, &mut Builder<'_>) -> Result<Option<Ref>> + 'h) -> Self {
        self.persistent_id = Some(Box::new(ask));
        self
    }

    /// Is asked about each import and each object. See [`Reducer::reduce`].
    pub fn reducer(mut self, ask: impl FnMut(Ref, &mut Builder<'_>) -> Result<Answer> + 'h) -> Self {
        self.reducer = Some(Box::new(ask));
        self
    }

    /// Is asked about the objects of a class that the reducer declined: an entry of the dispatch table. The class is the
    /// one whose instance the object is, whichever way its protocol spells that, or the function that made it. Imports
    /// have no class that a pickle tells.
    pub fn class(
        mut self,
        module: &str,
        name: &str,
        ask: impl FnMut(Ref, &mut Builder<'_>) -> Result<Answer> + 'h,
    ) -> Self {
        let names = self.classes.entry(module.into()).or_default();
        names.insert(name.into(), Box::new(ask));
        self
    }

    fn of_class(&mut self, object: Value<'_>) -> Option<&mut Ask<'h, Answer>> {
        if self.classes.is_empty() {
            return None;
        }
        let path = class_path(object)?;
        let (module, name) = path.split_once(':')?;
        self.classes.get_mut(module)?.get_mut(name)
    }
}

/// `module:qualname` of the class that an object is an instance of, whichever way its protocol spells that (in protocols 0
/// to 3 the class is an argument of `copyreg._reconstructor` or `functools.partial`), or of the function that made it.
/// `None` for what no call made.
///
/// ```
/// use brinery::{Graph, hooks::class_of};
/// let graph = Graph::from_slice(b"ccopy_reg\n_reconstructor\n(cshop\nOrder\nc__builtin__\nobject\nNtR.")?;
/// assert_eq!(class_of(graph.root()).as_deref(), Some("shop:Order"));
/// # Ok::<(), brinery::Error>(())
/// ```
pub fn class_of(object: Value<'_>) -> Option<String> {
    class_path(object)
}

impl Reducer for Hooks<'_> {
    fn persistent_id(&mut self, object: Ref, build: &mut Builder<'_>) -> Result<Option<Ref>> {
        match &mut self.persistent_id {
            Some(ask) => ask(object, build),
            None => Ok(None),
        }
    }

    fn reduce(&mut self, object: Ref, build: &mut Builder<'_>) -> Result<Answer> {
        if let Some(ask) = &mut self.reducer {
            let answer = ask(object, build)?;
            if answer != Answer::Default {
                return Ok(answer);
            }
        }
        match self.of_class(build.value(object)) {
            Some(ask) => ask(object, build),
            None => Ok(Answer::Default),
        }
    }
}

impl fmt::Debug for Hooks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paths = |(module, names): (&String, &HashMap<String, _>)| {
            let paths = names.keys().map(|name| format!("{module}:{name}"));
            paths.collect::<Vec<_>>()
        };
        let mut classes: Vec<String> = self.classes.iter().flat_map(paths).collect();
        classes.sort();
        f.debug_struct("Hooks")
            .field("persistent_id", &self.persistent_id.is_some())
            .field("reducer", &self.reducer.is_some())
            .field("classes", &classes)
            .finish()
    }
}
