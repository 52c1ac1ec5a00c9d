"""Safe files of PyTorch, of the version at hand."""

import collections
import io

import torch
from common import write

N = "torch" + "".join(torch.__version__.split("+")[0].split(".")[:2])
torch.manual_seed(7)
net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
optimizer = torch.optim.Adam(net.parameters())
net(torch.ones(4, 3)).sum().backward()
optimizer.step()
shared = torch.arange(6.0)
KINDS = {
    "state_dict": net.state_dict(),
    "checkpoint": {
        "epoch": 3,
        "model": net.state_dict(),
        "optimizer": optimizer.state_dict(),
        "best": 0.5,
        "name": "net",
    },
    "tensors": [
        torch.zeros(2, 3),
        torch.tensor(1),
        torch.ones(2, dtype=torch.float16),
        torch.ones(2, dtype=torch.bfloat16),
        torch.tensor([True]),
        torch.arange(3, dtype=torch.uint8),
        torch.tensor([1 + 2j]),
        torch.zeros(0),
    ],
    "views": {"all": shared, "half": shared[::2], "turned": shared.reshape(2, 3).t()},
    "parameter": {
        "p": torch.nn.Parameter(torch.ones(2)),
        "size": torch.Size([1, 2]),
        "dtype": torch.float32,
        "device": torch.device("cpu"),
    },
    "ordered": collections.OrderedDict([("w", torch.ones(1))]),
    "sparse": torch.eye(2).to_sparse(),
}


def saved(value, **options):
    file = io.BytesIO()
    torch.save(value, file, **options)
    return file.getvalue()


for kind, value in KINDS.items():
    # Sparse tensors check their indices only when PyTorch's own loader tells them to: no built-in policy has them.
    policy = "other" if kind == "sparse" else "torch"
    write("%s_%s.pt" % (N, kind), policy, kind + " in torch's zip", saved(value))
for kind in ("state_dict", "checkpoint", "views"):
    write(
        "%s_legacy_%s.pth" % (N, kind),
        "torch",
        kind + " in torch's second format",
        saved(KINDS[kind], _use_new_zipfile_serialization=False),
    )
write(N + "_protocol4.pt", "torch", "a state dict in protocol 4", saved(KINDS["state_dict"], pickle_protocol=4))
