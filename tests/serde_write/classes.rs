//! Instances of Python classes of every shape.

use super::{oracle::Cases, values::*};

pub fn classes_of_all_shapes(cases: &mut Cases) {
    let order = |id: u64| Order {
        id,
        note: format!("note {id}"),
    };
    cases.add("dict", order(1), "make(Order, id=1, note=F('note 1'))");
    cases.add(
        "dicts",
        vec![order(1), order(2)],
        "[make(Order, id=1, note=F('note 1')), make(Order, id=2, note=F('note 2'))]",
    );
    cases.add("empty", vec![EmptyOrder; 2], "[make(Order), make(Order)]");
    let inner = Other {
        id: 2,
        inner: Box::new(None),
    };
    cases.add(
        "two classes of one module",
        (
            order(1),
            Other {
                id: 1,
                inner: Box::new(Some(inner)),
            },
        ),
        "(make(Order, id=1, note=F('note 1')), make(Other, id=1, inner=make(Other, id=2, inner=None)))",
    );
    cases.add(
        "nested class",
        (Deep { a: 1 }, Inner { a: 2 }, Deep { a: 3 }),
        "(make(Outer.Inner.Deep, a=1), make(Outer.Inner, a=2), make(Outer.Inner.Deep, a=3))",
    );
    cases.add(
        "nested class before",
        (Inner { a: 2 }, Deep { a: 1 }),
        "(make(Outer.Inner, a=2), make(Outer.Inner.Deep, a=1))",
    );
    cases.add(
        "slots",
        vec![Slotted { x: 1, y: vec![2] }, Slotted { x: 3, y: vec![] }],
        "[make(Slotted, x=1, y=[2]), make(Slotted, x=3, y=[])]",
    );
    cases.add(
        "namedtuple",
        vec![Point { x: 1.0, y: 2.0 }, Point { x: 3.0, y: 4.0 }],
        "[Point(1.0, 2.0), Point(3.0, 4.0)]",
    );
    cases.add(
        "namedtuple of four",
        Four(1, 2, 3, "four".into()),
        "Four(1, 2, 3, F('four'))",
    );
    cases.add("namedtuple of one", One { a: 5 }, "One(5)");
    cases.add(
        "call",
        vec![
            Money {
                amount: 5,
                currency: "EUR".into(),
            },
            Money {
                amount: 6,
                currency: "USD".into(),
            },
        ],
        "[Money(5, F('EUR')), Money(6, F('USD'))]",
    );
    cases
        .add(
            "kwargs",
            vec![
                Server {
                    host: "h1".into(),
                    port: 80,
                },
                Server {
                    host: "h2".into(),
                    port: 81,
                },
            ],
            "[Server(host=F('h1'), port=80), Server(host=F('h2'), port=81)]",
        )
        .only(2..=5);
    cases
        .add(
            "list",
            vec![Listed {
                key: "key".into(),
                size: 3,
            }],
            "[make(Listed, key=F('key'), size=3)]",
        )
        .only(2..=5);
    cases.add(
        "members",
        vec![
            Color::Red,
            Color::Green,
            Color::Red,
            Color::Green,
            Color::Big,
            Color::Big,
        ],
        "[Color.RED, Color.GREEN, Color.RED, Color.GREEN, Color.BIG, Color.BIG]",
    );
    cases.add(
        "variants",
        vec![
            Figure::Circle { radius: 1 },
            Figure::Square {
                side: 2,
                color: Color::Red,
            },
            Figure::Circle { radius: 3 },
        ],
        "[make(Circle, radius=1), make(Square, side=2, color=Color.RED), make(Circle, radius=3)]",
    );
    cases.add(
        "class as a value",
        (
            Named("$brinery::global", "typed_classes:Order"),
            order(1),
            Named("$brinery::global", "typed_classes:Order"),
        ),
        "(Order, make(Order, id=1, note=F('note 1')), Order)",
    );
}

#[test]
fn classes() {
    let mut cases = Cases::default();
    classes_of_all_shapes(&mut cases);
    cases.compare(false);
    cases.loads(|options| options);
}

/// What the names of classes share with each other and with data.
#[test]
fn names_of_classes() {
    let mut cases = Cases::default();
    let global = |path: &'static str| Named("$brinery::global", path);
    let modules = "collections:deque collections:defaultdict collections:OrderedDict datetime:date \
        datetime:datetime array:array decimal:Decimal functools:partial builtins:set builtins:dict builtins:getattr \
        uuid:UUID typed_classes:Order typed_classes:Outer.Inner";
    let modules: Vec<&'static str> = modules.split(' ').collect();
    let expression: Vec<_> = modules
        .iter()
        .map(|path| {
            path.replace("builtins:", "")
                .replace("typed_classes:", "")
                .replace(':', ".")
        })
        .collect();
    cases
        .add(
            "all",
            modules.iter().map(|path| global(path)).collect::<Vec<_>>(),
            format!("[{}]", expression.join(", ")),
        )
        .since(9);
    cases
        .add(
            "twice",
            modules
                .iter()
                .chain(&modules)
                .map(|path| global(path))
                .collect::<Vec<_>>(),
            format!("[{0}, {0}]", expression.join(", ")),
        )
        .since(9);
    #[derive(serde::Serialize)]
    #[allow(non_snake_case)]
    struct Keys {
        datetime: u8,
        Order: u8,
        typed_classes: u8,
        latin1: u8,
        OrderedDict: u8,
    }
    let keys = Keys {
        datetime: 1,
        Order: 2,
        typed_classes: 3,
        latin1: 4,
        OrderedDict: 5,
    };
    cases.add("names that are keys", (keys, global("datetime:datetime"), global("typed_classes:Order"), global("collections:OrderedDict"), Bytes(b"\xff\xfe".into())),
        "({'datetime': 1, 'Order': 2, 'typed_classes': 3, 'latin1': 4, 'OrderedDict': 5}, datetime.datetime, Order, collections.OrderedDict, F(b'\\xff\\xfe'))");
    cases.compare(false);
}
