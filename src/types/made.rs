//! Which class an object is of, whichever way the protocol spells it.

use crate::{Call, Global, Items, Value};

/// Class and arguments of an object.
///
/// Below protocol 2 there is no NEWOBJ: `copyreg._reconstructor(class, base, state)` and `copyreg.__newobj__(class, …)`
/// make instances, and the class is an argument.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Made<'g> {
    /// What was called.
    pub(crate) class: Global<'g>,
    /// With what. For `_reconstructor`, the base class and its value.
    pub(crate) args: Items<'g>,
}

impl<'g> Made<'g> {
    /// `None` for what no call of an import made.
    pub(crate) fn of(value: Value<'g>) -> Option<Made<'g>> {
        let object = value.as_object()?;
        let (class, args) = (object.callable().as_global()?, object.args());
        let helper = object.call() == Call::Reduce
            && matches!(
                class.path(),
                Some(("copyreg" | "copy_reg", "_reconstructor" | "__newobj__"))
            );
        if helper {
            let class = args.get(0)?.as_global()?;
            return Some(Made {
                class,
                args: args.tail(1),
            });
        }
        Some(Made { class, args })
    }

    /// Module and name.
    pub(crate) fn path(&self) -> Option<(&'g str, &'g str)> {
        self.class.path()
    }
}
