"""casty: a `Serializer` for `ClusteredActorSystem(serializer=…)`, up to casty 0.21; later ones send no pickles.

    from brinery.integrations.casty import BrinerySerializer
    ClusteredActorSystem(…, serializer=BrinerySerializer())

`brinery.install("casty")` makes casty's own `CloudPickleSerializer` use this package.
"""

from .. import _places

TESTED = {"casty": ("0.21",)}


def install():
    # It imports cloudpickle when it is used, and loads with pickle.
    _places.alias("cloudpickle", within=("casty",))


class BrinerySerializer:
    """Messages with functions and classes by value; references to actors find their way back."""

    def serialize(self, obj):
        from .. import cloudpickle

        return cloudpickle.dumps(obj, protocol=5)

    def deserialize(self, data, *, ref_factory=None):
        from casty.core.address import ActorAddress
        from casty.remote.ref import thread_local

        from .. import cloudpickle

        if ref_factory is None:
            return cloudpickle.loads(data)
        before = getattr(thread_local, "ref_restore_hook", None)
        thread_local.ref_restore_hook = lambda uri: ref_factory(ActorAddress.from_uri(uri))
        try:
            return cloudpickle.loads(data)
        finally:
            thread_local.ref_restore_hook = before
