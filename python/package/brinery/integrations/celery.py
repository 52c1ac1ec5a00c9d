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
