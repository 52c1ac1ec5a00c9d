//! What objects mean for Rust types.

use brinery::{ErrorKind, Options, hooks::Registry, types::Decimal};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// `{'price': shop.Money(990, 'EUR'), 'n': 1}`
const SOLD: &[u8] = b"\x80\x02}q\0(X\x05\0\0\0priceq\x01cshop\nMoney\nq\x02M\xde\x03X\x03\0\0\0EURq\x03\x86q\x04Rq\x05X\x01\0\0\0nK\x01u.";

#[derive(Deserialize, Debug, PartialEq)]
struct Sold<T> {
    price: T,
    n: u8,
}

#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
struct Money {
    cents: i64,
    currency: String,
}

fn money(value: brinery::Value<'_>) -> brinery::Result<Money> {
    let parts = value.as_object().map(|money| money.args());
    let cents = parts.and_then(|parts| parts.get(0)?.as_i64());
    let currency = parts.and_then(|parts| parts.get(1)?.as_str());
    match (cents, currency) {
        (Some(cents), Some(currency)) => Ok(Money {
            cents,
            currency: currency.into(),
        }),
        _ => Err(ErrorKind::Custom("no money".into()).into()),
    }
}

#[test]
fn values() {
    let options = Options::new().registry(Registry::new().value("shop", "Money", money));
    let wanted = Money {
        cents: 990,
        currency: "EUR".into(),
    };
    let sold: Sold<Money> = options.from_slice(SOLD).expect("it fits");
    assert_eq!(
        sold,
        Sold {
            price: wanted.clone(),
            n: 1
        }
    );
    let sold: Sold<Option<Money>> = options.from_reader(SOLD).expect("it fits");
    assert_eq!(sold.price.as_ref(), Some(&wanted));
    let graph = options.read(SOLD).expect("it is read");
    let sold: Sold<Money> = options.from_graph(&graph).expect("it fits");
    assert_eq!(sold.price, wanted);
    let mut stream = options.deserializer(SOLD);
    assert_eq!(Sold::<Money>::deserialize(&mut stream).expect("it fits").price, wanted);

    let text = Options::new().registry(Registry::new().value("shop", "Money", |value| {
        let money = money(value)?;
        Ok(format!("{}.{:02}", money.cents / 100, money.cents % 100))
    }));
    assert_eq!(text.from_slice::<Sold<String>>(SOLD).expect("it fits").price, "9.90");
    assert_eq!(
        text.from_slice::<Sold<Decimal>>(SOLD).expect("it fits").price,
        "9.90".parse().expect("a number")
    );
    // Without the registry it is what the pickle says.
    let sold: Sold<(i64, String)> = brinery::from_slice(SOLD).expect("it fits");
    assert_eq!(sold.price, (990, "EUR".into()));
}

#[test]
fn errors_name_the_object() {
    let options = Options::new().registry(Registry::new().value("shop", "Money", |_| Ok(5)));
    let error = options.from_slice::<Sold<String>>(SOLD).expect_err("a number");
    assert_eq!(
        error.to_string(),
        ".price at byte 48: expected a string, found the int 5"
    );
    let options = Options::new().registry(Registry::new().value("shop", "Money", |_| {
        Err::<(), _>(ErrorKind::Custom("no money".into()).into())
    }));
    let error = options
        .from_slice::<Sold<String>>(SOLD)
        .expect_err("the function says so");
    assert_eq!(
        error.to_string(),
        ".price at byte 48: no money, found an object made by shop.Money"
    );
    let options = Options::new().registry(Registry::new().refuse("shop", "*"));
    let error = options.from_slice::<Sold<String>>(SOLD).expect_err("refused");
    assert_eq!(error.to_string(), "GLOBAL at byte 18: the import shop.Money is refused");
}

/// A value that is itself an object of the class is not asked about again.
#[test]
fn values_of_their_own_class() {
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    #[serde(rename = "shop:Money")]
    struct Own {
        cents: i64,
    }
    let options = Options::new().registry(Registry::new().value("shop", "Money", |value| {
        Ok(Own {
            cents: money(value)?.cents,
        })
    }));
    let sold: Sold<Own> = options.from_slice(SOLD).expect("it fits");
    assert_eq!(sold.price, Own { cents: 990 });
}

/// Nothing is asked deeper than types are read.
#[test]
fn depth_is_bounded() {
    #[derive(Serialize)]
    struct Nest(Option<Box<Nest>>);
    let nest = |depth| (0..depth).fold(None, |inner, _| Some(Box::new(Nest(inner))));
    let registry = Registry::new().value("shop", "Money", move |_| {
        let items: Vec<Vec<Vec<u8>>> = vec![vec![vec![1]]];
        Ok((items, nest(3)))
    });
    let options = Options::new().registry(registry);
    let limited = options.clone().limits(brinery::Limits {
        depth: 4,
        ..Default::default()
    });
    type Found = Sold<(Vec<Vec<Vec<u8>>>, Option<()>)>;
    let error = limited.from_slice::<Found>(SOLD).expect_err("too deep");
    assert!(error.to_string().contains("the limit `depth` of 4"), "{error}");
}

#[test]
fn well_known_types_can_be_forgotten() {
    // {'at': datetime.date(b'\x07\xea\x01\x02')}
    let bytes = b"\x80\x03}q\0X\x02\0\0\0atq\x01cdatetime\ndate\nq\x02C\x04\x07\xea\x01\x02q\x03\x85q\x04Rq\x05s.";
    let plain: HashMap<String, String> = brinery::from_slice(bytes).expect("it fits");
    assert_eq!(plain["at"], "2026-01-02");
    let options = Options::new().registry(Registry::new().plain("datetime", "date"));
    let parts: HashMap<String, (Vec<u8>,)> = options.from_slice(bytes).expect("it fits");
    assert_eq!(parts["at"].0, [7, 234, 1, 2]);
    let options = Options::new().registry(Registry::new().value("datetime", "date", |_| Ok("some day")));
    let text: HashMap<String, String> = options.from_slice(bytes).expect("it fits");
    assert_eq!(text["at"], "some day");
}
