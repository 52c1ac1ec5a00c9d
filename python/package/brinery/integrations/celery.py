"""Celery and kombu: a serializer by the name of "brinery".

    from brinery.integrations import celery as brinery_celery
    app = Celery("shop", …)
    brinery_celery.configure(app)       # tasks and results by brinery, and nothing else accepted

Whoever can send a message to such a worker can have it run anything, as with Celery's own "pickle".
"""

from .. import _places

TESTED = {"celery": ("5.5", "5.6", "5.7")}

NAME = "brinery"
CONTENT_TYPE = "application/x-brinery"


def install():
    _places.after("kombu.serialization", register)


def register(serialization=None):
    """Makes the serializer known to kombu. It is used and accepted by those that name it."""
    if serialization is None:
        from kombu import serialization
    serialization.register(NAME, _dumps, _loads, content_type=CONTENT_TYPE, content_encoding="binary")
    # Known, but no consumer takes it that does not name it.
    serialization.registry.disable(NAME)
    _places.after("celery.utils.serialization", _exceptions)
    _places.after("celery.backends.base", _results)


def _exceptions(module):
    """Celery asks whether an exception can be pickled, and sends what is left of it if not."""
    from .. import cloudpickle

    _places.replace(vars(module), "pickle", cloudpickle)


def _results(module):
    """With these serializers an exception is sent as itself."""
    _places.replace(vars(module), "EXCEPTION_ABLE_CODECS", module.EXCEPTION_ABLE_CODECS | {NAME})


def configure(app):
    """Has an app write tasks and results with it, and accept nothing else."""
    register()
    app.conf.update(task_serializer=NAME, result_serializer=NAME, accept_content=[NAME], result_accept_content=[NAME])


def _dumps(obj):
    from .. import cloudpickle

    return cloudpickle.dumps(obj)


def _loads(data):
    from .. import cloudpickle

    return cloudpickle.loads(data)
