//! What the scheduler asks of a function before it takes it: nothing of it is loaded for that.
//!
//! It keeps mistakes out, and those who keep to the rules. It is no fence against malice: bytecode can reach any module by
//! ways that no reader of names sees. Those who may submit functions may run anything on the workers.

use brinery::{DeedKind, Graph, function::Functions};
use std::collections::BTreeSet;

/// What is allowed.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The most bytes that a function may have.
    pub size: usize,
    /// Modules that may not be imported, nor those in them.
    pub forbidden: BTreeSet<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            size: 1 << 20,
            forbidden: ["ctypes", "subprocess", "multiprocessing"].map(Into::into).into(),
        }
    }
}

impl Policy {
    /// What is known of a function's pickle, as a line of text; or why it is refused.
    pub fn judge(&self, pickle: &[u8], minor: u8) -> Result<String, String> {
        if pickle.len() > self.size {
            return Err(format!("it has {} bytes, more than {}", pickle.len(), self.size));
        }
        let unread = |error: brinery::Error| format!("it cannot be read: {error}");
        let graph = Graph::from_slice(pickle).map_err(unread)?;
        let functions = Functions::of(&graph).map_err(unread)?;
        let mut imports = BTreeSet::new();
        // What loading it imports,
        for deed in graph.deeds().filter(|deed| deed.kind == DeedKind::Import) {
            if let Some(global) = deed.value.as_global() {
                imports.insert(global.module.to_string());
            }
        }
        imports.extend(functions.modules().filter_map(|name| name.as_str()).map(str::to_owned));
        // and what the functions in it do, as far as their bytecode says it. Of those that come as source, their globals do.
        let mut sources = 0;
        for function in functions.functions() {
            if function.code().map_err(unread)?.is_none() {
                sources += 1;
                continue;
            }
            let found = function.imports().map_err(unread)?;
            imports.extend(found.iter().map(|import| import.module.to_string()));
            let python = function.python().map_err(unread)?;
            if !python.is_empty() && !python.contains(minor) {
                return Err(format!(
                    "its bytecode is of CPython {python}, the workers are 3.{minor}"
                ));
            }
        }
        let forbidden = |module: &&String| {
            let mut ends = module.match_indices('.').map(|(at, _)| at).chain([module.len()]);
            ends.any(|end| self.forbidden.contains(&module[..end]))
        };
        if let Some(module) = imports.iter().find(forbidden) {
            return Err(format!("it imports {module}"));
        }
        let imports: Vec<String> = imports.into_iter().collect();
        let count = functions.functions().count();
        Ok(format!(
            "{} bytes, {count} functions by value ({sources} of them as source), imports {}",
            pickle.len(),
            imports.join(", ")
        ))
    }
}
