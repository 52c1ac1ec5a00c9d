"""PyTorch's side of tests/torch.rs.

    torch_cases.py write DIRECTORY    writes files, and beside each NAME.json what is in it
    torch_cases.py read FILE...       loads files with weights_only=True, as they are and memory-mapped, and prints what
                                      is in them, a line of JSON for each
    torch_cases.py large FILE         writes a state dict of 512 MB
"""

import collections
import io
import json
import os
import struct
import sys
import tarfile
import warnings
import zipfile

import torch
from torch import nn

warnings.filterwarnings("ignore")
torch.manual_seed(7)

DTYPES = """float64 float32 float16 bfloat16 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz uint8 uint16 uint32
uint64 int8 int16 int32 int64 bool complex32 complex64 complex128""".split()


def raw(tensor):
    """The bytes of the elements in row-major order."""
    plain = tensor.detach().resolve_conj().resolve_neg()
    plain = torch.empty(plain.shape, dtype=plain.dtype).copy_(plain)
    return bytes(plain.reshape(-1).view(torch.uint8).tolist()) if plain.numel() else b""


def describe(name, tensor):
    meta = tensor.device.type == "meta"
    return {
        "name": name,
        "dtype": str(tensor.dtype).removeprefix("torch."),
        "shape": list(tensor.shape),
        "strides": list(tensor.stride()),
        "offset": 0 if meta else tensor.storage_offset(),
        "device": str(tensor.device),
        "requires_grad": tensor.requires_grad,
        "parameter": isinstance(tensor, nn.Parameter),
        "bytes": None if meta else raw(tensor).hex(),
        "floats": floats(tensor),
    }


def floats(tensor):
    """The elements as floats, for types that Rust has no other word for."""
    if tensor.dtype in (torch.float16, torch.bfloat16) or "float8" in str(tensor.dtype):
        return [repr(x) for x in tensor.detach().to(torch.float64).reshape(-1).tolist()]
    return None


def pattern(dtype, *shape):
    """Elements with all kinds of bytes, no two neighbours the same."""
    dtype = getattr(torch, dtype)
    count = 1
    for size in shape:
        count *= size
    if dtype == torch.bool:
        return (torch.arange(count) % 3 == 0).reshape(shape)
    size = torch.empty(0, dtype=dtype).element_size()
    data = bytes((i * 37 + i // 256 * 11 + 5) % 256 for i in range(count * size))
    return torch.frombuffer(bytearray(data), dtype=dtype).reshape(shape) if count else torch.empty(shape, dtype=dtype)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.BatchNorm1d(3))
        self.head = nn.Linear(3, 4, bias=False)
        self.tied = self.body[0]
        self.register_buffer("scale", torch.arange(3.0))
        self.register_buffer("scratch", torch.zeros(2), persistent=False)
        self.register_parameter("absent", None)
        self.note = "not a tensor"
        self.loose = torch.ones(5)

    def forward(self, x):
        return self.head(self.body(x)) * self.scale.sum()


class Tagged(torch.Tensor):
    pass


class Old:
    """Pickles as tensors and parameters did before torch 0.4."""

    def __init__(self, tensor, wrapped=False):
        self.tensor = tensor
        self.wrapped = wrapped

    def __reduce_ex__(self, protocol):
        t = self.tensor
        if self.wrapped:
            return nn.Parameter, (t.detach(),), (False, False, collections.OrderedDict())
        return torch.FloatTensor, (), (t.storage(), t.storage_offset(), tuple(t.size()), t.stride())


def views():
    base = pattern("float32", 6, 8)
    cube = pattern("int16", 2, 3, 4)
    return collections.OrderedDict(
        whole=base,
        row=base[3],
        column=base[:, 5],
        corner=base[2:5, 1:7],
        every_other=base[::2, 1::3],
        transposed=base.t(),
        corner_of_transposed=base.t()[1:4, 2:],
        diagonal=base.diagonal(),
        scalar=base[1, 1],
        permuted=cube.permute(2, 0, 1),
        flipped_axes=cube.transpose(0, 2)[1:, :, :1],
        expanded=base[0].expand(5, 8),
        expanded_scalar=torch.tensor(2.5).expand(3, 4),
        empty=torch.empty(0),
        empty_slice=base[6:],
        no_rows=torch.empty(3, 0, 2),
        one=torch.ones(1, 1, 1),
        odd_ones=base[:, :1].unsqueeze(1),
        overlapping=torch.arange(10.0).as_strided((4, 3), (2, 1), 1),
        windows=torch.arange(9, dtype=torch.uint8).unfold(0, 4, 2),
        channels_last=pattern("float32", 2, 3, 4, 5).contiguous(memory_format=torch.channels_last),
    )


def cases():
    """Name, object, named tensors, and what is to be refused (name → part of the message)."""
    for dtype in DTYPES:
        state = collections.OrderedDict(matrix=pattern(dtype, 3, 5), scalar=pattern(dtype), many=pattern(dtype, 300))
        yield f"dtype_{dtype}", state, state, {}
    yield "views", views(), views(), {}

    shared = pattern("float32", 4, 4)
    tied = {"encoder.weight": shared, "decoder.weight": shared, "part": shared[1:3], "flat": shared.view(-1)}
    yield "shared", tied, tied, {}

    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
    net(torch.randn(6, 4)).sum().backward()
    optimizer.step()
    training = {
        "epoch": 3,
        "args": {"lr": 0.1, "name": "run é", "layers": [1, 2], "flag": True, "none": None},
        "model": net.state_dict(),
        "optimizer": optimizer.state_dict(),
        "history": [(1, pattern("float64", 2)), (2, pattern("int64", 3))],
        "size": torch.Size([2, 3]),
        "counter": collections.Counter("abca"),
    }
    named = {f"model.{k}": v for k, v in training["model"].items()}
    for key, state in training["optimizer"]["state"].items():
        named.update({f"optimizer.state.{key}.{k}": v for k, v in state.items()})
    named.update({f"history.{i}.1": t for i, (_, t) in enumerate(training["history"])})
    yield "training", training, named, {}

    inside = net.state_dict(keep_vars=True)
    yield "module", net, inside, {}
    twice = {f"{where}.{k}": v for where in ("0", "1.ema") for k, v in inside.items()}
    yield "module_in_list", [net, {"ema": net}], twice, {}
    yield "parameters", dict(net.named_parameters()), dict(net.named_parameters()), {}

    noted = nn.Parameter(pattern("float32", 3), requires_grad=False)
    noted.note = {"why": "kept"}
    tagged = pattern("float32", 2, 2).as_subclass(Tagged)
    tagged.tag = 7
    yield "subclasses", {"noted": noted, "tagged": tagged}, {"noted": noted, "tagged": tagged}, {}
    grad = {"wanted": torch.ones(2, requires_grad=True), "not": torch.ones(2)}
    yield "grad", grad, grad, {}
    meta = {"meta": torch.empty(3, 4, device="meta"), "real": torch.ones(2)}
    yield "meta", meta, meta, {}

    z = pattern("complex64", 3, 2)
    lazy = {
        "conj": z.conj(),
        "negated": pattern("complex64", 4).conj().imag,
        "conj_transposed": z.mH,
        "wide": pattern("complex128", 3).conj(),
    }
    yield "lazy", lazy, lazy, {}

    yield "single", pattern("float32", 2, 3), {"": pattern("float32", 2, 3)}, {}
    yield "nothing", {"a": 1, "b": [None, "text"]}, {}, {}

    plain = torch.arange(4.0)
    refused = {
        "before": plain,
        "quantised": torch.quantize_per_tensor(plain, 0.1, 3, torch.qint8),
        "quantised32": torch.quantize_per_tensor(plain, 0.1, 3, torch.qint32),
        "quantised_rows": torch._empty_per_channel_affine_quantized(
            (2, 2), scales=torch.ones(2), zero_points=torch.zeros(2, dtype=torch.long), axis=0, dtype=torch.quint8
        ),
        "sparse": torch.eye(3).to_sparse(),
        "sparse_rows": torch.eye(3).to_sparse_csr(),
        "after": plain[1:],
    }
    kinds = {name: name.split("_")[0].rstrip("32") for name in refused if name not in ("before", "after")}
    yield "refused", refused, {"before": plain, "after": plain[1:]}, kinds

    old = {"tensor": Old(pattern("float32", 3, 4).t()), "parameter": Old(pattern("float32", 2), wrapped=True)}
    loaded = {"tensor": pattern("float32", 3, 4).t(), "parameter": nn.Parameter(pattern("float32", 2), requires_grad=False)}
    yield "old_classes", old, loaded, {}


def turn(data, dtype):
    """Bytes in the other byte order."""
    size = dtype.itemsize // (2 if dtype.is_complex else 1)
    return b"".join(data[i : i + size][::-1] for i in range(0, len(data), size))


def big_endian(directory):
    """A file as a big-endian machine writes it. That torch reads it so is checked here."""
    state = {"weight": pattern("float32", 3, 4), "flags": pattern("bool", 5), "z": pattern("complex64", 2, 2).t()}
    buffer = io.BytesIO()
    torch.save(state, buffer)
    types = {"0": torch.float32, "1": torch.bool, "2": torch.complex64}
    path = os.path.join(directory, "big_endian.pt")
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(path, "w") as target:
        for entry in source.infolist():
            data = source.read(entry)
            name = entry.filename.split("/", 1)[1]
            if name == "byteorder":
                data = b"big"
            elif name.startswith("data/"):
                data = turn(data, types[name[5:]])
            target.writestr(entry.filename, data)
    loaded = torch.load(path, weights_only=True)
    assert all(torch.equal(loaded[name], state[name]) for name in state)
    expect(directory, "big_endian", loaded, {}, "zip")


def script(directory):
    class Scripted(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(2, 3)
            self.second = nn.Sequential(nn.Linear(3, 1))
            self.register_buffer("steps", torch.tensor(5))

        def forward(self, x):
            return self.second(self.first(x)) * self.steps

    net = Scripted()
    torch.jit.save(torch.jit.script(net), os.path.join(directory, "script.pt"))
    expect(directory, "script", net.state_dict(keep_vars=True), {}, "script")


def expect(directory, name, tensors, refused, layout):
    with open(os.path.join(directory, name + ".json"), "w") as file:
        json.dump(
            {"format": layout, "tensors": [describe(n, t) for n, t in tensors.items()], "refused": refused}, file
        )


def write(directory):
    for name, value, tensors, refused in cases():
        for suffix, options in {
            "": {},
            "_legacy": {"_use_new_zipfile_serialization": False},
            "_p4": {"pickle_protocol": 4},
            "_legacy_p3": {"_use_new_zipfile_serialization": False, "pickle_protocol": 3},
        }.items():
            path = os.path.join(directory, name + suffix + ".pt")
            torch.save(value, path, **options)
            expect(directory, name + suffix, tensors, refused, "legacy" if "legacy" in suffix else "zip")
    # What is loaded from the two old forms is what they say.
    loaded = torch.load(os.path.join(directory, "old_classes.pt"), weights_only=False)
    assert torch.equal(loaded["tensor"], pattern("float32", 3, 4).t()), loaded
    big_endian(directory)
    script(directory)

    storage = {"untyped": torch.arange(3, dtype=torch.int16).untyped_storage(), "typed": torch.arange(2.0).storage()}
    torch.save(storage, os.path.join(directory, "storages.bin"))

    # Not for loading: a compressed copy, and an archive as torch wrote before 0.1.10.
    with zipfile.ZipFile(os.path.join(directory, "shared.pt")) as source:
        with zipfile.ZipFile(os.path.join(directory, "compressed.bin"), "w", zipfile.ZIP_DEFLATED) as target:
            for entry in source.infolist():
                method = zipfile.ZIP_DEFLATED if "/data/" in entry.filename else zipfile.ZIP_STORED
                target.writestr(entry.filename, source.read(entry), method)
    with tarfile.open(os.path.join(directory, "tar.bin"), "w:", format=tarfile.PAX_FORMAT) as tar:
        for name in ("sys_info", "pickle", "tensors", "storages"):
            info = tarfile.TarInfo(name)
            info.size = 4
            tar.addfile(info, io.BytesIO(struct.pack("<i", 0)))
    # To compare our pickle with: torch's own of plain tensors.
    plain = collections.OrderedDict((f"t.{d}", pattern(d, 2, 3)) for d in DTYPES)
    plain["scalar"] = pattern("float32")
    plain["empty"] = torch.empty(2, 0, 3)
    torch.save(plain, os.path.join(directory, "plain.bin"))
    expect(directory, "plain", plain, {}, "zip")


def read(paths):
    for path in paths:
        plain = torch.load(path, weights_only=True)
        mapped = torch.load(path, weights_only=True, mmap=True)
        assert type(plain) is collections.OrderedDict, type(plain)
        assert list(plain) == list(mapped)
        for name in plain:
            a, b = plain[name], mapped[name]
            assert (a.shape, a.stride(), a.dtype) == (b.shape, b.stride(), b.dtype)
            assert raw(a) == raw(b), name
            assert a.numel() == 0 or b.data_ptr() % 64 == 0, f"{name} is not aligned"
        print(json.dumps([describe(name, tensor) for name, tensor in plain.items()]))


def large(path):
    state = collections.OrderedDict()
    for layer in range(64):
        state[f"layers.{layer}.weight"] = torch.full((1024, 2048), float(layer))
        state[f"layers.{layer}.bias"] = torch.arange(1024.0)
    torch.save(state, path)


if __name__ == "__main__":
    {"write": lambda: write(sys.argv[2]), "read": lambda: read(sys.argv[2:]), "large": lambda: large(sys.argv[2])}[sys.argv[1]]()
