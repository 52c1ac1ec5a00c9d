//! From the calls that make tensors in Python to tensors.

use super::{
    Checkpoint, Dtype, Tensor, brief,
    storage::{Storage, StorageId, malformed},
    tensor::Flags,
};
use crate::{
    Global, Items, Value,
    error::{Error, ErrorKind, Result},
    graph::Kind,
};

/// How many functions may wrap each other around a tensor: parameter, subclass, device and tensor make four.
const WRAPPERS: usize = 8;
/// How many dimensions a tensor may have: torch's own operations take up to 64.
const DIMENSIONS: usize = 64;

/// What rebuilds a tensor.
#[derive(Clone, Copy)]
enum Function {
    /// `(storage, offset, size, stride[, requires_grad, hooks[, metadata]])`
    Plain,
    /// The same with the type before the metadata.
    Typed,
    /// `(tensor, requires_grad, …)`
    Parameter,
    /// `(tensor, dtype, device, requires_grad)`
    OnDevice,
    /// `(function, class, arguments, state)`
    Subclass,
    /// `(dtype, size, stride, requires_grad)`
    Meta,
    /// No arguments; the state is `(storage, offset, size, stride)`.
    State,
    /// What has no plain elements.
    Refused(&'static str),
}

impl Function {
    fn of(global: Global<'_>) -> Option<Self> {
        let (module, name) = (global.module.to_str()?, global.name.to_str()?);
        Some(match (module, name) {
            ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => Function::Plain,
            ("torch._utils", "_rebuild_tensor_v3") => Function::Typed,
            ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state")
            | ("torch.nn.parameter", "Parameter") => Function::Parameter,
            ("torch._utils", "_rebuild_device_tensor_from_cpu_tensor") => Function::OnDevice,
            ("torch._utils", "_rebuild_meta_tensor_no_storage") => Function::Meta,
            // `torch.tensor` is what the module was called in torch 1.7 and 1.8.
            ("torch._tensor" | "torch.tensor", "_rebuild_from_type" | "_rebuild_from_type_v2") => Function::Subclass,
            ("torch._utils", "_rebuild_qtensor") => Function::Refused("a quantised tensor"),
            ("torch._utils", "_rebuild_sparse_tensor" | "_rebuild_sparse_csr_tensor") => {
                Function::Refused("a sparse tensor")
            }
            ("torch._utils", "_rebuild_nested_tensor") => Function::Refused("a nested tensor"),
            ("torch._utils", "_rebuild_wrapper_subclass") => Function::Refused("a tensor of a class that wraps others"),
            ("torch._utils", "_rebuild_device_tensor_from_numpy" | "_rebuild_xla_tensor") => {
                Function::Refused("a tensor kept as a numpy array")
            }
            ("torch" | "torch.cuda", name) if name.len() > 6 && name.ends_with("Tensor") => Function::State,
            _ => return None,
        })
    }
}

/// Whether a value is a tensor, or wraps one. Looks no deeper than it must.
pub(super) fn is_tensor(value: Value<'_>) -> bool {
    value
        .as_object()
        .and_then(|object| object.callable().as_global())
        .is_some_and(|global| Function::of(global).is_some())
}

/// The storage that a value is, if it is one.
pub(super) fn storage<'c>(checkpoint: &'c Checkpoint<'_>, value: Value<'c>) -> Result<Option<Storage<'c>>> {
    let Kind::Persistent(id) = value.kind() else {
        return Ok(None);
    };
    let Some(id) = StorageId::parse(id)? else {
        return Ok(None);
    };
    id.find(&checkpoint.storages, &checkpoint.bytes).map(Some)
}

/// The tensor that a value is, if it is one.
pub(super) fn tensor<'c>(checkpoint: &'c Checkpoint<'_>, value: Value<'c>) -> Result<Option<Tensor<'c>>> {
    if !is_tensor(value) {
        return Ok(None);
    }
    let mut requires_grad = None;
    let mut parameter = false;
    let mut device = None;
    let mut at = value;
    for _ in 0..WRAPPERS {
        let object = at.as_object().ok_or_else(|| bad(at))?;
        let mut callable = object.callable();
        let mut args = object.args();
        let mut function = function(callable)?;
        // A subclass names the function that is to be called, with its arguments.
        for _ in 0..WRAPPERS {
            let Function::Subclass = function else { break };
            let (inner, with) = (args.get(0), args.get(2).and_then(|args| args.as_items()));
            (callable, args) = inner.zip(with).ok_or_else(|| bad(at))?;
            function = self::function(callable)?;
        }
        let arg = |index| args.get(index).ok_or_else(|| bad(at));
        match function {
            Function::Parameter => {
                // Before 0.4 the state says whether a gradient is wanted.
                let wanted = match at.last_state() {
                    Some(state) if args.len() == 1 => state.get(0),
                    _ => args.get(1),
                };
                requires_grad = requires_grad.or(Some(wanted.and_then(|flag| flag.as_bool()).unwrap_or(true)));
                parameter = true;
                at = arg(0)?;
            }
            Function::OnDevice => {
                device = Some(arg(2)?.as_str().ok_or_else(|| bad(at))?);
                requires_grad = requires_grad.or(arg(3)?.as_bool());
                at = arg(0)?;
            }
            Function::Meta => {
                let flags = Flags {
                    requires_grad: requires_grad.unwrap_or(arg(3)?.as_bool().unwrap_or_default()),
                    parameter,
                    ..Flags::default()
                };
                let (shape, strides) = (numbers(arg(1)?)?, numbers(arg(2)?)?);
                return Tensor::new(
                    dtype(arg(0)?)?,
                    None,
                    (0, shape, strides),
                    device.unwrap_or("meta"),
                    flags,
                )
                .map(Some);
            }
            Function::Plain | Function::Typed | Function::State => {
                let args = match (function, at.last_state()) {
                    (Function::State, Some(state)) => state.as_items().ok_or_else(|| bad(at))?,
                    _ => args,
                };
                let typed = matches!(function, Function::Typed);
                let arg = |index| args.get(index).ok_or_else(|| bad(at));
                let storage = storage(checkpoint, arg(0)?)?.ok_or_else(|| bad(at))?;
                let dtype = match storage.dtype {
                    _ if typed => dtype(arg(6)?)?,
                    Some(dtype) => dtype,
                    None => Dtype::U8,
                };
                let offset = number(arg(1)?).ok_or_else(|| bad(at))?;
                let own = args.get(4).and_then(|flag| flag.as_bool()).unwrap_or_default();
                let flags = Flags {
                    requires_grad: requires_grad.unwrap_or(own),
                    parameter,
                    ..metadata(&args, if typed { 7 } else { 6 })
                };
                let place = (offset, numbers(arg(2)?)?, numbers(arg(3)?)?);
                return Tensor::new(dtype, Some(storage), place, device.unwrap_or(storage.device), flags).map(Some);
            }
            Function::Refused(what) => return Err(ErrorKind::Unsupported(what.into()).into()),
            Function::Subclass => return Err(bad(at)),
        }
    }
    Err(malformed("a tensor is wrapped too often"))
}

fn function(callable: Value<'_>) -> Result<Function> {
    let global = callable.as_global();
    global.and_then(Function::of).ok_or_else(|| match global {
        Some(global) => ErrorKind::Unsupported(format!("a tensor made by {}", brief(global)).into()).into(),
        None => bad(callable),
    })
}

fn bad(value: Value<'_>) -> Error {
    malformed(format!(
        "what makes a tensor is not as torch writes it: {}",
        value.type_name()
    ))
}

fn dtype(value: Value<'_>) -> Result<Dtype> {
    Dtype::from_global(value.as_global().ok_or_else(|| bad(value))?)
}

fn number(value: Value<'_>) -> Option<usize> {
    value.as_u64()?.try_into().ok()
}

/// A size or stride: a tuple, or a `torch.Size` of one.
fn numbers(value: Value<'_>) -> Result<Vec<usize>> {
    let plain = match value.as_object() {
        Some(size)
            if size
                .callable()
                .as_global()
                .is_some_and(|class| class.is("torch", "Size")) =>
        {
            size.args().get(0)
        }
        _ => Some(value),
    };
    let items = plain.and_then(|value| value.as_items()).ok_or_else(|| bad(value))?;
    if items.len() > DIMENSIONS {
        let what = format!("a tensor of {} dimensions; up to {DIMENSIONS} are read", items.len());
        return Err(ErrorKind::Unsupported(what.into()).into());
    }
    let whole = |item: Value<'_>| number(item).ok_or_else(|| malformed("a size or stride of a tensor is no length"));
    items.iter().map(whole).collect()
}

/// `{'conj': True}`: what is still to be done to the elements.
fn metadata(args: &Items<'_>, index: usize) -> Flags {
    let metadata = args
        .get(index)
        .filter(|metadata| metadata.len().is_some_and(|len| len <= DIMENSIONS));
    let flag = |name: &str| {
        metadata
            .and_then(|metadata| metadata.get(name)?.as_bool())
            .unwrap_or_default()
    };
    Flags {
        conjugated: flag("conj"),
        negated: flag("neg"),
        ..Flags::default()
    }
}
