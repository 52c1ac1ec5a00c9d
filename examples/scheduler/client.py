"""A client of the scheduler: functions by value, calls, results.

    with Client(port) as client:
        square = client.function(lambda x: x * x)       # Refused, if the scheduler's policy forbids it
        client.submit(square, 7).result()               # 49: a `concurrent.futures.Future`
        for number, result in client.over(square, 0, 1000):
            ...                                         # arguments made in Rust, results as they come
        client.total(square, 0, 1000)                   # results read in Rust

Payloads are pickles: the scheduler and its workers must be trusted, and they trust the client.
"""

import queue
import socket
import struct
import threading
from concurrent.futures import Future

from brinery import cloudpickle, tasks

HEAD = struct.Struct(">cQQ")


class Refused(Exception):
    """The scheduler does not do what it was asked for, and says why."""


class Lost(Exception):
    """Each worker that began the task died."""


class Client:
    def __init__(self, port, host="127.0.0.1"):
        self._socket = socket.create_connection((host, port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._frames = self._socket.makefile("rb")
        self._lock = threading.Lock()
        self._next = 0
        # What is done with an answer, by its number; ranges of numbers, with what is done with theirs.
        self._single, self._ranges = {}, []
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()

    def function(self, fn):
        """Sends a function, once, and gives the id that stands for it."""
        return self._ask(b"F", cloudpickle.dumps(fn)).result()

    def submit(self, function, *args, **kwargs):
        """Has a function called, by its id or itself: a future."""
        if not isinstance(function, bytes):
            function = self.function(function)
        args, kwargs = cloudpickle.dumps(args), cloudpickle.dumps(kwargs)
        return self._ask(b"T", function + struct.pack(">Q", len(args)) + args + kwargs)

    def over(self, function, start, stop):
        """The numbers of a range with what a function gives for each, as they come."""
        answers = queue.Queue(10_000)
        count = max(0, stop - start)
        with self._lock:
            first, self._next = self._next, self._next + count
            self._ranges.append((first, first + count, answers))
            self._send(b"R", first, function + struct.pack(">qq", start, stop))
        try:
            for _ in range(count):
                number, kind, body = answers.get()
                yield number - first + start, _value(kind, body)
        finally:
            with self._lock:
                self._ranges.remove((first, first + count, answers))

    def total(self, function, start, stop):
        """The sum of what a function gives for each number of a range."""
        return int(self._ask(b"S", function + struct.pack(">qq", start, stop)).result())

    def workers(self):
        """The process ids of the workers."""
        return [int(pid) for pid in self._ask(b"W", b"").result().split()]

    def memory(self):
        """What the scheduler takes of memory in KiB: now, and at most."""
        return [int(size) for size in self._ask(b"M", b"").result().split()]

    def _ask(self, kind, body):
        future = Future()
        with self._lock:
            number, self._next = self._next, self._next + 1
            self._single[number] = future
            self._send(kind, number, body)
        return future

    def _send(self, kind, number, body):
        self._socket.sendall(HEAD.pack(kind, number, len(body)) + body)

    def _read(self):
        try:
            while True:
                head = self._frames.read(HEAD.size)
                if len(head) < HEAD.size:
                    break
                kind, number, size = HEAD.unpack(head)
                self._take(number, kind, self._frames.read(size))
        except (OSError, ValueError):
            pass
        for future in list(self._single.values()):
            future.set_exception(ConnectionError("the scheduler is gone"))
        for first, _, answers in list(self._ranges):
            answers.put((first, b"x", b"the scheduler is gone"))

    def _take(self, number, kind, body):
        future = self._single.pop(number, None)
        if future is None:
            for first, end, answers in self._ranges:
                if first <= number < end:
                    answers.put((number, kind, body))
            return
        try:
            future.set_result(_value(kind, body))
        except BaseException as error:
            future.set_exception(error)


def _value(kind, body):
    if kind == b"r":
        return tasks.unpack_result(body)
    if kind == b"x":
        raise Refused(body.decode())
    if kind == b"l":
        raise Lost("each worker that began the task died")
    return body if kind == b"f" else body.decode()
