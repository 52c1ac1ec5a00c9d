"""A checkpoint as torch.save writes it, without PyTorch: its pickle, and the zip archive with the tensors' bytes beside it."""

import collections
import io
import pickle
import sys
import types
import zipfile

torch = types.ModuleType("torch")
utils = types.ModuleType("torch._utils")


class FloatStorage:
    """Stands for the type that storages name."""


def _rebuild_tensor_v2(*arguments):
    raise NotImplementedError("this is a name to be pickled")


FloatStorage.__module__ = "torch"
torch.FloatStorage = FloatStorage
_rebuild_tensor_v2.__module__ = "torch._utils"
utils._rebuild_tensor_v2 = _rebuild_tensor_v2


class Storage:
    def __init__(self, key, count):
        self.key, self.count = key, count


class Tensor:
    def __init__(self, storage):
        self.storage = storage

    def __reduce__(self):
        count = self.storage.count
        return _rebuild_tensor_v2, (self.storage, 0, (count,), (1,), False, collections.OrderedDict())


class Pickler(pickle.Pickler):
    def persistent_id(self, obj):
        if isinstance(obj, Storage):
            return "storage", FloatStorage, obj.key, "cpu", obj.count
        return None


def data(tensors, size):
    """The pickle of a state dict of so many tensors, each of so many bytes."""
    state = collections.OrderedDict(
        ("layers.%d.%s" % (number // 2, ("weight", "bias")[number % 2]), Tensor(Storage(str(number), size // 4)))
        for number in range(tensors)
    )
    out = io.BytesIO()
    # The names of PyTorch's modules are there as long as they are pickled, and whoever has PyTorch has it again.
    before = {name: sys.modules.get(name) for name in ("torch", "torch._utils")}
    sys.modules.update({"torch": torch, "torch._utils": utils})
    try:
        Pickler(out, 2).dump(state)
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
    return out.getvalue()


def write(path, tensors, size):
    """The archive. The elements are zeros, which nobody looks at."""
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("archive/data.pkl", data(tensors, size))
        file.writestr("archive/byteorder", "little")
        file.writestr("archive/version", "3\n")
        for number in range(tensors):
            file.writestr("archive/data/%d" % number, bytes(size))
