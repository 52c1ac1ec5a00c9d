"""Parsl: its registry of serializers. A message names the class that reads it, so a worker needs only this package.

    brinery.install("parsl")            # for results, too: the workers inherit BRINERY_INSTALL

Without the variable, workers read what they are sent, and write results with dill.
"""

from .. import _places

TESTED = {"parsl": ("2026",)}


def install():
    _places.after("parsl.serialize.facade", _register)


def _register(facade):
    register(facade)
    for methods in (facade.methods_for_code, facade.methods_for_data):
        _places.on_undo(lambda methods=methods: methods.pop(BrinerySerializer.identifier, None))


def register(facade=None):
    """Puts this package in the place of dill, for functions and for data."""
    if facade is None:
        from parsl.serialize import facade
    serializer = BrinerySerializer()
    for methods in (facade.methods_for_code, facade.methods_for_data):
        # The first that does not fail is used.
        others = dict(methods)
        methods.clear()
        methods[serializer.identifier] = serializer
        methods.update(others)


class BrinerySerializer:
    """Functions and data by value."""

    identifier = b"%s BrinerySerializer" % __name__.encode()

    def serialize(self, data):
        from .. import cloudpickle

        return cloudpickle.dumps(data)

    def deserialize(self, body):
        from .. import cloudpickle

        return cloudpickle.loads(body)
