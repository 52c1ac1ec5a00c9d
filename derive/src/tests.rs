//! What the macro says to what it cannot do, and the class paths it writes.

use super::expand;
use syn::{DeriveInput, parse_quote};

fn complaint(input: DeriveInput) -> String {
    match expand(&input) {
        Err(error) => error.to_string(),
        Ok(tokens) => panic!("the macro takes this: {tokens}"),
    }
}

/// What it writes, without spaces.
fn written(input: DeriveInput) -> String {
    match expand(&input) {
        Ok(tokens) => tokens.to_string().replace([' ', '\n'], ""),
        Err(error) => panic!("the macro refuses this: {error}"),
    }
}

fn class(input: DeriveInput) -> String {
    let text = written(input);
    let (_, rest) = text.split_once("rename=\"").expect("the copy has a name");
    rest.split('"').next().expect("split gives one part").to_owned()
}

#[test]
fn missing_module() {
    let input = parse_quote!(
        struct A {
            x: u8,
        }
    );
    assert_eq!(
        complaint(input),
        "the class needs a module: `#[pickle(module = \"shop.models\")]`"
    );
}

#[test]
fn unknown_words() {
    let input = parse_quote!(
        #[pickle(module = "m", modul = "n")]
        struct A;
    );
    assert!(complaint(input).starts_with("unknown attribute, use `module`"));
    let input = parse_quote!(
        #[pickle(module = "m", shape = "dickt")]
        struct A;
    );
    assert_eq!(
        complaint(input),
        "unknown shape, use one of \"dict\", \"slots\", \"list\", \"new\", \"namedtuple\", \"call\", \"kwargs\""
    );
    let input = parse_quote!(
        #[pickle(module = "m", module = "n")]
        struct A;
    );
    assert_eq!(complaint(input), "said twice");
    let input = parse_quote!(
        #[pickle(module = "m")]
        struct A {
            #[pickle(rename = "y")]
            x: u8,
        }
    );
    assert!(complaint(input).starts_with("a field takes serde's attributes"));
}

#[test]
fn names_that_python_cannot_import() {
    for name in ["", "shop..models", "shop models", "shop:models", "a(call)", "a\nb", "*"] {
        let input = parse_quote!(
            #[pickle(module = #name)]
            struct A;
        );
        assert!(complaint(input).starts_with("not a dotted Python name"), "{name:?}");
    }
}

#[test]
fn what_has_no_class() {
    let input = parse_quote!(#[pickle(module = "m")] union A { x: u8 });
    assert!(complaint(input).starts_with("a union cannot be pickled"));
    let input = parse_quote!(
        #[pickle(module = "m")]
        enum A {}
    );
    assert!(complaint(input).starts_with("an enum without variants"));
    let input = parse_quote!(
        #[pickle(module = "m", slots)]
        struct A(u8);
    );
    assert!(complaint(input).starts_with("the fields of a tuple struct have no names for the shape \"slots\""));
    let input = parse_quote!(
        #[pickle(module = "m")]
        #[serde(transparent)]
        struct A {
            x: u8,
        }
    );
    assert!(complaint(input).starts_with("what is transparent has no class"));
    let input = parse_quote!(
        #[pickle(module = "m")]
        #[serde(tag = "type")]
        enum A {
            B { x: u8 },
        }
    );
    assert!(complaint(input).starts_with("an instance is told apart by its class"));
    let input = parse_quote!(
        #[pickle(module = "m")]
        #[serde(rename = "B")]
        struct A {
            x: u8,
        }
    );
    assert!(complaint(input).starts_with("the class is named by"));
}

#[test]
fn flattening() {
    let input = parse_quote!(
        #[pickle(module = "m", call)]
        struct A {
            #[serde(flatten)]
            x: B,
        }
    );
    assert!(complaint(input).starts_with("only the attributes of one class can be flattened"));
    let input = parse_quote!(
        #[pickle(module = "m")]
        enum A {
            B {
                #[serde(flatten)]
                x: C,
            },
        }
    );
    assert!(complaint(input).starts_with("only the attributes of one class can be flattened"));
    let text = written(parse_quote!(
        #[pickle(module = "m", slots)]
        struct A {
            #[serde(flatten)]
            x: B,
        }
    ));
    assert!(
        text.contains("::brinery::__private::write_flat(\"m:A(slots)\",self,__serializer)"),
        "{text}"
    );
}

#[test]
fn members() {
    let input = parse_quote!(
        #[pickle(module = "m", slots)]
        enum A {
            B,
        }
    );
    assert!(complaint(input).starts_with("the members of an `Enum` have no shape"));
    let input = parse_quote!(
        #[pickle(module = "m")]
        enum A {
            #[serde(rename = "b")]
            B,
        }
    );
    assert!(complaint(input).starts_with("the members of an `Enum` take"));
    let input = parse_quote!(
        #[pickle(module = "m")]
        enum A {
            B = 2,
            #[pickle(value = 2)]
            C,
        }
    );
    assert!(complaint(input).starts_with("another member has this value"));
    let input = parse_quote!(
        #[pickle(module = "m")]
        enum A {
            #[pickle(value = "b")]
            B,
            C,
        }
    );
    assert!(complaint(input).starts_with("after a str there is no next value"));
    let input = parse_quote!(
        #[pickle(module = "m")]
        enum A {
            #[pickle(value = 1.5)]
            B,
        }
    );
    assert_eq!(complaint(input), "the value of a member is an int or a str");
    let input = parse_quote!(
        #[pickle(module = "m")]
        enum A {
            B(u8),
            #[pickle(value = 1)]
            C,
        }
    );
    assert!(complaint(input).starts_with("this enum's variants are classes"));
    let text = written(parse_quote!(
        #[pickle(module = "m")]
        enum A {
            B,
            C = -7,
            D,
            E = 1 << 4,
            F,
        }
    ));
    for (name, value) in [
        ("B", "1i64"),
        ("C", "-7i64"),
        ("D", "-6i64"),
        ("E", "A::Easi64"),
        ("F", "A::Fasi64"),
    ] {
        assert!(
            text.contains(&format!(
                "\"{name}\",::core::option::Option::None,::brinery::__private::MemberValue::Int({value})"
            )),
            "{name} in {text}"
        );
    }
}

#[test]
fn class_paths() {
    assert_eq!(
        class(parse_quote!(
            #[pickle(module = "m")]
            struct A {
                x: u8,
            }
        )),
        "m:A(dict)"
    );
    assert_eq!(
        class(parse_quote!(
            #[pickle(module = "m.n", name = "B.C", slots)]
            struct A {
                x: u8,
            }
        )),
        "m.n:B.C(slots)"
    );
    assert_eq!(
        class(parse_quote!(
            #[pickle(module = "m", shape = "kwargs")]
            struct A {
                x: u8,
            }
        )),
        "m:A(kwargs)"
    );
    assert_eq!(
        class(parse_quote!(
            #[pickle(module = "m")]
            struct A(u8, u8);
        )),
        "m:A(new)"
    );
    assert_eq!(
        class(parse_quote!(
            #[pickle(module = "m")]
            struct A;
        )),
        "m:A(dict)"
    );
    assert_eq!(
        class(parse_quote!(
            #[pickle(module = "m", call)]
            struct r#type(u8);
        )),
        "m:type(call)"
    );
    assert_eq!(
        class(parse_quote!(
            #[pickle(module = "m")]
            enum A {
                B(u8),
                C,
            }
        )),
        "m:*"
    );
    assert_eq!(
        class(parse_quote!(
            #[pickle(module = "m", name = "A", slots)]
            enum A {
                B { x: u8 },
            }
        )),
        "m:A.*(slots)"
    );
}

#[test]
fn bounds_are_those_serde_would_find() {
    let text = written(parse_quote!(
        #[pickle(module = "m")]
        struct A<'a, T, U, V, I: Iterator> {
            t: Vec<T>,
            #[serde(skip)]
            u: U,
            v: PhantomData<V>,
            item: I::Item,
            text: Option<&'a str>,
        }
    ));
    assert!(text.contains("bound(serialize=\"T:::brinery::__private::serde::Serialize,I::Item:::brinery::__private::serde::Serialize\")"), "{text}");
    assert!(text.contains("U:::core::default::Default"), "{text}");
    assert!(text.contains("impl<'de:'a,'a,T,U,V,I:Iterator>"), "{text}");
    assert!(!text.contains("V:::"), "{text}");
}

#[test]
fn own_type_in_fields() {
    let text = written(parse_quote!(
        #[pickle(module = "m")]
        struct Tree<T> {
            nodes: Vec<Self>,
            value: T,
        }
    ));
    assert!(
        text.contains("struct__TreeDef<T>{nodes:Vec<Tree<T>>,value:T,}"),
        "{text}"
    );
}
