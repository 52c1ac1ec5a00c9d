//! Imports: by extension code, by names on the stack, or as text, nested names included.

use super::{Emitter, Nested, Source, Task, writer::Writer};
use crate::{error::ErrorKind, names, opcode::Op, settings::Python};
use std::io::Write;

impl<S: Source> Emitter<'_, S> {
    pub(super) fn global(&mut self, id: S::Id, module: S::Id, name: S::Id) -> Result<(), S::Error> {
        let protocol = self.w.settings.protocol;
        if protocol >= 2
            && let Some(code) = self.source.extension(&module, &name)?
        {
            self.w.extension(code);
            return match self.source.changes(&id) {
                Some(_) => self.memoize(&id),
                None => Ok(()),
            };
        }
        if protocol >= 4 {
            self.tasks.push(Task::Memoize(id));
            self.tasks.push(Task::Op(&Op::StackGlobal));
            self.tasks.push(Task::Save(name));
            self.tasks.push(Task::Save(module));
            return Ok(());
        }
        let unwritable = |_| ErrorKind::Unwritable("a global's name has lone surrogates");
        let module_text = String::from_utf8(self.source.text(&module)?.into_owned()).map_err(unwritable)?;
        let name_text = String::from_utf8(self.source.text(&name)?.into_owned()).map_err(unwritable)?;
        let Some((first, _)) = name_text.split_once('.') else {
            self.w.global(&module_text, &name_text)?;
            return self.memoize(&id);
        };
        if self.w.settings.python < Python::FLAT_NESTED_NAMES {
            let reduce = self.source.nested_call(&id, &module, &name)?;
            return self.reduce(id, reduce);
        }
        // getattr(getattr(first, part), part) with nothing memoized but the parts and the result.
        let Nested { getattr, parts } = self.source.nested(&id, &name)?;
        let (module_text, first) = self.w.global_names(&module_text, first)?;
        let count = parts.len();
        self.tasks.push(Task::Memoize(id));
        for part in parts.into_iter().rev() {
            self.tasks.push(Task::Op(&Op::Reduce));
            self.tasks
                .push(Task::Op(if protocol >= 2 { &Op::Tuple2 } else { &Op::Tuple }));
            self.tasks.push(Task::Save(part));
        }
        self.tasks
            .push(Task::Global(Box::new((module_text.into_bytes(), first.into_bytes()))));
        for _ in 0..count {
            if protocol < 2 {
                self.tasks.push(Task::Op(&Op::Mark));
            }
            self.tasks.push(Task::Save(getattr.clone()));
        }
        Ok(())
    }
}

impl<W: Write> Writer<W> {
    /// Module and name as the protocol's GLOBAL has them.
    pub(crate) fn global_names(&self, module: &str, name: &str) -> Result<(String, String), ErrorKind> {
        let (module, name) = if self.settings.protocol < 3 && self.settings.fix_imports {
            names::to_python2(module, name)
        } else {
            (module, name)
        };
        if self.settings.protocol < 3 && !(module.is_ascii() && name.is_ascii()) {
            return Err(ErrorKind::Unwritable("a global's name must be ASCII below protocol 3"));
        }
        if [module, name].iter().any(|line| line.is_empty() || line.contains('\n')) {
            let why = "a global's name must be one line and not empty below protocol 4";
            return Err(ErrorKind::Unwritable(why));
        }
        Ok((module.into(), name.into()))
    }

    /// A GLOBAL.
    pub(crate) fn global(&mut self, module: &str, name: &str) -> Result<(), ErrorKind> {
        let (module, name) = self.global_names(module, name)?;
        self.out.op(Op::Global((module.as_bytes(), name.as_bytes())));
        Ok(())
    }
}
