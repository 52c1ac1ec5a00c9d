"""Dask and distributed: all that they write with cloudpickle, in client, scheduler and workers.

    brinery.install("dask")             # before the workers are started, or BRINERY_INSTALL=dask in their environment

Besides, a serialization family for whole objects: `Client(…, serializers=["brinery", "dask", "pickle"])`.
"""

from .. import _places

TESTED = {"dask": ("2024.8", "2025", "2026"), "distributed": ("2024.8", "2025", "2026")}


def install():
    _places.alias("cloudpickle", within=("dask", "distributed"))
    _places.after("distributed.protocol.serialize", register)


def register(serialize=None):
    """Makes the family known to distributed."""
    if serialize is None:
        from distributed.protocol import serialize
    serialize.register_serialization_family("brinery", _dumps, _loads)


def _dumps(obj, context=None):
    from .. import cloudpickle

    buffers = []
    head = cloudpickle.dumps(obj, protocol=5, buffer_callback=buffers.append)
    buffers = [buffer.raw() for buffer in buffers]
    return {"serializer": "brinery", "writeable": tuple(not buffer.readonly for buffer in buffers)}, [head, *buffers]


def _loads(header, frames):
    from .. import cloudpickle

    buffers = []
    for frame, writeable in zip(frames[1:], header["writeable"]):
        # What could be written to before can be afterwards.
        buffers.append(bytearray(frame) if writeable and memoryview(frame).readonly else frame)
    return cloudpickle.loads(frames[0], buffers=buffers)
