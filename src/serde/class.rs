//! The derive macro's description.

/// A Rust struct as an instance of a Python class, both ways: brings `serde::Serialize` *and* `serde::Deserialize`, so the
/// item must not derive those as well (the compiler would report conflicting implementations).
///
/// ```
/// use brinery::PyClass;
///
/// #[derive(PyClass, Debug, PartialEq)]
/// #[pickle(module = "shop.models")]
/// struct Order {
///     id: u64,
///     #[serde(rename = "total")]
///     sum: f64,
///     #[serde(default)]
///     tags: Vec<String>,
/// }
///
/// let order = Order { id: 7, sum: 9.5, tags: vec![] };
/// let bytes = brinery::to_vec(&order)?;
/// assert_eq!(
///     brinery::Graph::from_slice(&bytes)?.root().to_string(),
///     "shop.models.Order() | {'id': 7, 'total': 9.5, 'tags': []}",
/// );
/// assert_eq!(brinery::from_slice::<Order>(&bytes)?, order);
/// # Ok::<(), brinery::Error>(())
/// ```
///
/// All attributes of serde that describe fields keep their meaning, and the same types go through JSON and other formats as
/// if serde's own traits had been derived; only enums without data are written there, too, by the value they have in Python. Reading does not insist on the class's name: an instance of a renamed class, or
/// a plain dict with the same keys, is read as well.
///
/// # Attributes of structs
///
/// In `#[pickle(…)]`:
///
/// - `module = "shop.models"`: the class's module. It must be there.
/// - `name = "Order"`: the class's name in it; that of a nested class has dots (`"Outer.Inner"`). Default: the Rust name.
/// - `shape = "…"`, or just the shape's name: how Python makes such an instance. Default: `new` for tuple structs,
///   `dict` for all others.
/// - `crate = "…"`: where brinery is, if it was renamed.
///
/// | shape | for | what is pickled |
/// |---|---|---|
/// | `dict`, `dataclass` | plain classes and dataclasses | `__new__()`, then the fields as its `__dict__` |
/// | `slots` | classes with `__slots__` | `__new__()`, then the fields as its slots |
/// | `list` | dataclasses that are frozen and have slots, from Python 3.10 on | `__new__()`, then a list of the fields as its state |
/// | `new` | subclasses of `int`, `str` … with one field; `__getnewargs__` | `__new__(*fields)` |
/// | `namedtuple` | namedtuples | the same, and below protocol 2 as Python has it for tuples alone |
/// | `call` | exceptions; a `__reduce__` of class and arguments | the class called with the fields |
/// | `kwargs` | `__getnewargs_ex__` with keyword arguments | `__new__(**fields)` |
///
/// ```
/// # use brinery::PyClass;
/// #[derive(PyClass)]
/// #[pickle(module = "shop.geometry", name = "Point", namedtuple)]
/// struct Point {
///     x: f64,
///     y: f64,
/// }
///
/// #[derive(PyClass)]
/// #[pickle(module = "builtins", call)]
/// struct KeyError(&'static str);
///
/// let bytes = brinery::to_vec(&(Point { x: 1.5, y: 2.0 }, KeyError("lamp")))?;
/// assert_eq!(
///     brinery::Graph::from_slice(&bytes)?.root().to_string(),
///     "(shop.geometry.Point(1.5, 2.0), builtins.KeyError('lamp'))",
/// );
/// # Ok::<(), brinery::Error>(())
/// ```
///
/// # Enums without data
///
/// They are members of a Python `Enum` and are written by their value, each one object however often it is met. The value is
/// the discriminant or `#[pickle(value = …)]`, an int or a str; else, as by Python's `auto()`, one more than that before,
/// from 1. They are read from members, from plain values, and from members' names: the Rust name, the same in capitals
/// (`DARK_RED`), or else `#[pickle(name = "…")]`.
///
/// ```
/// # use brinery::PyClass;
/// #[derive(PyClass, Debug, PartialEq)]
/// #[pickle(module = "shop.models")]
/// enum Color {
///     Red = 1,
///     #[pickle(value = "green")]
///     Green,
/// }
///
/// let bytes = brinery::to_vec(&[Color::Red, Color::Green])?;
/// assert_eq!(
///     brinery::Graph::from_slice(&bytes)?.root().to_string(),
///     "(shop.models.Color(1), shop.models.Color('green'))",
/// );
/// assert_eq!(brinery::from_slice::<[Color; 2]>(&bytes)?, [Color::Red, Color::Green]);
/// assert_eq!(serde_json::to_string(&Color::Green).unwrap(), r#""green""#);
/// # Ok::<(), brinery::Error>(())
/// ```
///
/// # Enums with data
///
/// Each variant is a class of its own, of the variant's name (or that of `#[pickle(name = "…")]` on it), and an object is read
/// as the variant of its class. `name` on the enum is the class in which those classes are nested. The shape is that of all
/// variants; by default each has that of a struct like it.
///
/// ```
/// # use brinery::PyClass;
/// #[derive(PyClass, Debug, PartialEq)]
/// #[pickle(module = "shop.shapes")]
/// enum Shape {
///     Circle { radius: f64 },
///     Square { side: f64 },
/// }
///
/// let shapes = vec![Shape::Circle { radius: 1.0 }, Shape::Square { side: 2.5 }];
/// let bytes = brinery::to_vec(&shapes)?;
/// assert_eq!(
///     brinery::Graph::from_slice(&bytes)?.root().to_string(),
///     "[shop.shapes.Circle() | {'radius': 1.0}, shop.shapes.Square() | {'side': 2.5}]",
/// );
/// assert_eq!(brinery::from_slice::<Vec<Shape>>(&bytes)?, shapes);
/// # Ok::<(), brinery::Error>(())
/// ```
pub use brinery_derive::PyClass;
