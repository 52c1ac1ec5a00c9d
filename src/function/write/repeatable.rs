//! Whether the `__init__` or `__new__` of an enum can be run once more, when its members are complete.
//!
//! A pickle has the values of members and not their attributes, so what set them is run again. That is right only for what
//! would do the same again and nothing else: set attributes of the member to what is made of its arguments. Whatever
//! calls something, looks at a global, at the class or at what only existed then, is not run: the attributes are lost
//! rather than wrong.

use crate::{
    Str,
    function::{ArgValue, Code, Instruction},
};

/// Opcodes that work on the stack and on local variables, and those whose names begin so.
const PLAIN: [&str; 27] = [
    "BUILD_CONST_KEY_MAP",
    "BUILD_LIST",
    "BUILD_MAP",
    "BUILD_STRING",
    "BUILD_TUPLE",
    "CACHE",
    "COMPARE_OP",
    "CONTAINS_OP",
    "CONVERT_VALUE",
    "COPY",
    "DUP_TOP",
    "EXTENDED_ARG",
    "FORMAT_SIMPLE",
    "FORMAT_VALUE",
    "FORMAT_WITH_SPEC",
    "IS_OP",
    "JUMP_FORWARD",
    "LOAD_CONST",
    "NOP",
    "POP_TOP",
    "RESUME",
    "RETURN_CONST",
    "RETURN_VALUE",
    "ROT_THREE",
    "ROT_TWO",
    "SWAP",
    "TO_BOOL",
];
const PLAIN_STARTS: [&str; 4] = ["UNARY_", "BINARY_", "POP_JUMP_", "JUMP_IF_"];

/// From here on the arguments of BINARY_OP are those that change their left side in place.
const IN_PLACE: u32 = 13;

/// Types whose `__new__` makes a member's bare object.
pub(super) const MAKERS: [&str; 6] = ["object", "int", "str", "float", "bytes", "complex"];

/// What a member has before its `__init__` is called.
const OF_ENUM: [&str; 4] = ["name", "value", "_name_", "_value_"];

/// Which of the two it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Maker {
    New,
    Init,
}

/// Whether the code of CPython 3.`minor` can be run again. `set` are the attributes that were set before it, to which its
/// own are added.
pub(super) fn is_repeatable(code: &Code<'_>, minor: u8, maker: Maker, set: &mut Vec<String>) -> bool {
    let names: Vec<&str> = code.varnames().filter_map(Str::to_str).collect();
    let flags = code.flags();
    let given = code.argcount() + code.kwonlyargcount();
    let parameters = given + usize::from(flags.has_varargs()) + usize::from(flags.has_varkeywords());
    // The first parameter of `__init__`; in `__new__` any other variable, which only a constructor can have filled.
    let is_member = |name: &str| {
        let place = names.iter().position(|known| *known == name);
        place.is_some_and(|place| match maker {
            Maker::Init => place == 0,
            Maker::New => place >= parameters,
        })
    };
    let Ok(steps) = code.instructions(minor) else {
        return false;
    };
    let (mut last, mut calls) = (None, 0);
    for step in steps {
        let Ok(step) = step else { return false };
        let on_member = last.take().is_some_and(is_member);
        let (stored, loaded) = locals(&step);
        if maker == Maker::Init && stored.iter().flatten().any(|name| is_member(name)) {
            return false;
        }
        last = loaded;
        let name = match step.argval {
            ArgValue::Name(name) | ArgValue::NameAnd(name, ..) => name.to_str().unwrap_or_default(),
            _ => "",
        };
        let fits = match step.name {
            _ if loaded.is_some() || stored[0].is_some() => true,
            "STORE_ATTR" => {
                set.push(name.to_owned());
                let special = name.starts_with('_') && name.ends_with('_');
                on_member
                    && match maker {
                        Maker::Init => !special && !OF_ENUM.contains(&name),
                        Maker::New => !special || name == "_value_",
                    }
            }
            "LOAD_ATTR" if on_member => {
                set.iter().any(|known| known == name) || maker == Maker::Init && OF_ENUM.contains(&name)
            }
            _ if maker == Maker::New && makes(&step, name) => {
                calls += usize::from(matches!(step.name, "CALL" | "CALL_FUNCTION" | "CALL_METHOD"));
                true
            }
            _ => is_plain(&step),
        };
        // One is `super()`.
        if !fits || calls > 2 {
            return false;
        }
    }
    true
}

/// The local variables that an instruction sets, and the one that it leaves on top of the stack.
fn locals<'g>(step: &Instruction<'g>) -> ([Option<&'g str>; 2], Option<&'g str>) {
    match (step.name, step.argval) {
        ("LOAD_FAST" | "LOAD_FAST_CHECK", ArgValue::Local(name)) => ([None; 2], name.to_str()),
        ("LOAD_FAST_LOAD_FAST", ArgValue::Locals(_, name)) => ([None; 2], name.to_str()),
        ("STORE_FAST", ArgValue::Local(name)) => ([name.to_str(), None], None),
        ("STORE_FAST_LOAD_FAST", ArgValue::Locals(one, two)) => ([one.to_str(), None], two.to_str()),
        ("STORE_FAST_STORE_FAST", ArgValue::Locals(one, two)) => ([one.to_str(), two.to_str()], None),
        _ => ([None; 2], None),
    }
}

/// Whether an instruction is a part of `object.__new__(cls)` or `super().__new__(cls)`.
fn makes(step: &Instruction<'_>, name: &str) -> bool {
    match step.name {
        "LOAD_GLOBAL" => name == "super" || MAKERS.contains(&name),
        "LOAD_ATTR" | "LOAD_METHOD" | "LOAD_SUPER_ATTR" => name == "__new__",
        "LOAD_DEREF" => matches!(step.argval, ArgValue::Free(name) if name.to_str() == Some("__class__")),
        "CALL" | "CALL_FUNCTION" | "CALL_METHOD" | "PRECALL" | "PUSH_NULL" | "COPY_FREE_VARS" => true,
        _ => false,
    }
}

fn is_plain(step: &Instruction<'_>) -> bool {
    let forward = !matches!(step.argval, ArgValue::Jump(target) if target <= step.offset);
    let in_place = step.name == "BINARY_OP" && step.arg.is_none_or(|arg| arg >= IN_PLACE);
    let known = PLAIN.contains(&step.name) || PLAIN_STARTS.iter().any(|start| step.name.starts_with(start));
    known && forward && !in_place
}
