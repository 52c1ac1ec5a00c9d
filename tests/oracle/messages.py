"""The other side of the examples: real Celery, Django and ZODB, and Carbon's way to read Graphite's pickles.

    messages.py celery-send DIR        publishes a task with kombu's filesystem transport
    messages.py celery-work DIR        a worker executes the task that lies in DIR; prints what it was called with
    messages.py graphite-receive       reads batches from standard input as Carbon does, prints them
    messages.py graphite-send          writes two batches as Graphite's documentation has it
    messages.py django-encode          prints a session that Django's database backend encoded
    messages.py django-decode          prints what that backend decodes from standard input
    messages.py zodb-make FILE         makes a FileStorage and prints its objects
    messages.py zodb-record            stores the record on standard input, opens the object and prints it
"""

import io
import pickle
import struct
import sys
import time

SECRET = "a secret of Django's"


def celery_app(folder):
    from celery import Celery

    app = Celery("shop", broker="filesystem://")
    app.conf.update(
        broker_transport_options={
            "data_folder_in": folder,
            "data_folder_out": folder,
            "control_folder": folder + "/control",
            "processed_folder": folder,
        },
        task_serializer="pickle",
        accept_content=["pickle"],
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=False,
    )
    return app


def celery_send(folder):
    import datetime

    app = celery_app(folder)
    app.send_task(
        "pictures.resize",
        args=("lamp.png", 0.5),
        kwargs={"width": 640, "name": None},
        task_id="id-from-python",
        expires=datetime.datetime(2100, 1, 1, tzinfo=datetime.timezone.utc),
    )


def celery_work(folder):
    from celery.contrib.testing.worker import start_worker

    app = celery_app(folder)
    calls = []

    @app.task(name="pictures.resize", bind=True, ignore_result=True)
    def resize(self, *args, **kwargs):
        calls.append((self.request.id, args, kwargs))

    with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=30):
        end = time.monotonic() + 60
        while not calls and time.monotonic() < end:
            time.sleep(0.05)
    print(ascii(calls))


class SafeUnpickler(pickle.Unpickler):
    """As Carbon's: a batch needs no class, so none is to be had."""

    def find_class(self, module, name):
        raise pickle.UnpicklingError("Attempting to unpickle unsafe class %s.%s" % (module, name))


def graphite_receive():
    data = sys.stdin.buffer.read()
    while data:
        (length,) = struct.unpack("!I", data[:4])
        batch = SafeUnpickler(io.BytesIO(data[4 : 4 + length])).load()
        data = data[4 + length :]
        for metric, datapoint in batch:
            print(metric, float(datapoint[0]), float(datapoint[1]))


def graphite_send():
    for batch in ([("a.b", (1700000000, 1)), ("a.c", (1700000060, 2.5))], [("a.d", (1700000120, -1.0))]):
        payload = pickle.dumps(batch, protocol=2)
        sys.stdout.buffer.write(struct.pack("!L", len(payload)) + payload)


class PickleSerializer:
    """What Django had up to 4.2, and projects that need it define themselves since."""

    def dumps(self, obj):
        return pickle.dumps(obj, pickle.HIGHEST_PROTOCOL)

    def loads(self, data):
        return pickle.loads(data)


def django_store():
    from django.conf import settings

    settings.configure(SECRET_KEY=SECRET, SESSION_SERIALIZER="__main__.PickleSerializer")
    import django
    from django.contrib.sessions.backends import base

    django.setup()
    # The database backend's class needs a model. What it adds is where its name puts it in the salt.
    backend = type("SessionStore", (base.SessionBase,), {})
    assert backend().key_salt == "django.contrib.sessions.SessionStore"
    return backend()


def django_encode():
    session = {"_auth_user_id": "7", "_auth_user_backend": "b" * 200, "basket": {1001: 2}}
    print(django_store().encode(session))


def django_decode():
    print(ascii(django_store().decode(sys.stdin.read().strip())))


def zodb_make(path):
    import transaction
    import ZODB
    from BTrees.OOBTree import OOBTree
    from persistent.mapping import PersistentMapping

    database = ZODB.DB(path)
    with database.transaction() as connection:
        root = connection.root()
        root["people"] = OOBTree({"ann": PersistentMapping({"age": 7})})
        root["self"] = root
        root["text"] = "x" * 10
    with database.transaction() as connection:
        # A newer record of one object.
        connection.root()["text"] = "y"
    connection = database.open()
    storage = connection._storage
    for number in range(3):
        oid = number.to_bytes(8, "big")
        data, _ = storage.load(oid)
        thing = connection.get(oid)
        print(type(thing).__module__ + "." + type(thing).__name__, data.hex())
    transaction.abort()
    connection.close()
    database.close()


def zodb_record():
    import transaction
    import ZODB
    from ZODB.MappingStorage import MappingStorage
    from ZODB.Connection import TransactionMetaData

    data = sys.stdin.buffer.read()
    storage = MappingStorage()
    database = ZODB.DB(storage)
    metadata = TransactionMetaData()
    storage.tpc_begin(metadata)
    storage.store((7).to_bytes(8, "big"), b"\0" * 8, data, "", metadata)
    storage.tpc_vote(metadata)
    storage.tpc_finish(metadata)
    connection = database.open()
    thing = connection.get((7).to_bytes(8, "big"))
    root = connection.root()
    print(type(thing).__name__, sorted(thing), thing["answer"], thing["root"] is root, type(thing["root"]).__name__)
    transaction.abort()
    connection.close()


if __name__ == "__main__":
    globals()[sys.argv[1].replace("-", "_")](*sys.argv[2:])
