//! Who wrote a pickle, as far as its imports tell.

use crate::{
    Graph, Ref, Value,
    function::read::{Package, package_of},
    graph::Node,
};
use std::{collections::HashSet, fmt};

/// The package that wrote a pickle of functions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writer {
    /// The package: `cloudpickle`, one that has a copy of it such as `ray.cloudpickle`, `dill`, or `brinery`.
    pub package: String,
    /// The versions of cloudpickle that write so, in words: `3.0 or later`. The encoding, if it is one of this library's:
    /// `standalone`, `portable`.
    pub versions: Option<&'static str>,
}

impl Writer {
    /// By what a graph imports. `None` if that is nothing of a package that is known to write functions.
    pub fn of(graph: &Graph<'_>) -> Option<Writer> {
        let mut names = HashSet::new();
        let mut package = None;
        let (mut guarded, mut evaluated) = (false, false);
        for index in 0..graph.nodes.len() as u32 {
            let Node::Global { module, .. } = graph.node(index) else {
                continue;
            };
            // None of them has a long name, which any number of imports may share.
            if graph.node(*module).text().is_none_or(|text| text.len() > 1000) {
                continue;
            }
            let Some((module, name)) = graph
                .value(Ref::node(index))
                .as_global()
                .and_then(|global| global.path())
            else {
                continue;
            };
            match package_of(module) {
                Some(Package::Cloudpickle) => {
                    let (before, file) = module.rsplit_once('.').unwrap_or(("", module));
                    let whole = match before.rsplit('.').next() {
                        Some("cloudpickle") => before,
                        _ => module,
                    };
                    package.get_or_insert_with(|| whole.to_owned());
                    names.insert((file == "cloudpickle_fast", name));
                }
                Some(Package::Builtins) if name == "eval" => evaluated = true,
                Some(Package::Dill) if package.is_none() => {
                    return Some(Writer {
                        package: "dill".into(),
                        versions: None,
                    });
                }
                None if (module, name) == ("sys", "implementation.cache_tag") => guarded = true,
                _ => {}
            }
        }
        if package.is_none() && guarded {
            return Some(Writer {
                package: "brinery".into(),
                versions: Some(if evaluated { "portable" } else { "standalone" }),
            });
        }
        let versions = versions(graph, &names);
        package.map(|package| Writer { package, versions })
    }
}

impl Writer {
    /// Whether it may be a cloudpickle before 2.0, which has no other table of lines than `co_lnotab`.
    pub(in crate::function) fn may_know_only_lnotab(&self) -> bool {
        let newer = matches!(
            self.versions,
            Some("3.0 or later" | "2.1 to 2.2" | "standalone" | "portable")
        );
        !newer && self.package != "dill"
    }
}

/// Which versions import these names; those of `cloudpickle_fast` are marked.
fn versions(graph: &Graph<'_>, names: &HashSet<(bool, &str)>) -> Option<&'static str> {
    let has = |fast: bool, name: &'static str| names.contains(&(fast, name));
    let setter = |fast| has(fast, "_function_setstate") || has(fast, "_class_setstate");
    Some(if setter(false) {
        "3.0 or later"
    } else if setter(true) {
        match (has(false, "_make_function"), has(true, "_function_setstate")) {
            (true, _) => "2.1 to 2.2",
            (_, true) => "1.2 to 2.0",
            _ => "1.2 to 2.2",
        }
    } else if has(false, "_fill_function") {
        let mut oldest = "0.4.2 to 2.0";
        for index in 0..graph.nodes.len() as u32 {
            let Some(object) = graph.value(Ref::node(index)).as_object() else {
                continue;
            };
            if object
                .callable()
                .as_global()
                .is_some_and(|global| global.name.as_bytes() == b"_fill_function")
            {
                oldest = filled_by(object.args().iter().collect());
                break;
            }
        }
        oldest
    } else if has(false, "_rehydrate_skeleton_class") {
        match has(false, "_make_skeleton_class") || has(false, "_make_skeleton_enum") {
            true => "1.1 to 2.0",
            false => "0.4 to 1.0",
        }
    } else {
        return None;
    })
}

/// Which versions call `_fill_function` with these arguments. From 1.2 on it is only that for Python below 3.8.
fn filled_by(args: Vec<Value<'_>>) -> &'static str {
    match *args {
        [_, _, _, _] => "0.1 to 0.2",
        [_, _, _, _, _] => "0.3 to 0.4.0",
        [_, _, _, _, _, _] => "0.4.1",
        [_, state] => {
            let has = |name: &str| state.get(name).is_some();
            match (has("_cloudpickle_submodules"), has("kwdefaults"), has("doc")) {
                (true, _, _) => "1.2 to 2.0",
                (_, true, _) => "1.0 to 1.1",
                (_, _, true) => "0.5.4 to 0.8",
                _ => "0.4.2 to 0.5.3",
            }
        }
        _ => "0.4.2 to 2.0",
    }
}

/// `cloudpickle 3.0 or later`; for a copy in another package, `ray.cloudpickle (cloudpickle 3.0 or later)`.
impl fmt::Display for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.package)?;
        match self.versions {
            Some(versions) if matches!(&*self.package, "cloudpickle" | "brinery") => write!(f, " {versions}"),
            Some(versions) => write!(f, " (cloudpickle {versions})"),
            None => Ok(()),
        }
    }
}
