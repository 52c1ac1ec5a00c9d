"""Functions by value sent to other processes, for those who have no engine.

    from brinery import tasks
    tasks.parallel_map(lambda x: x * x, range(100))

    payload = tasks.pack_task(lambda x: x + 1, (2,))        # bytes, for any transport
    answer = tasks.execute_task(payload)                    # in the worker: bytes again
    assert tasks.unpack_result(answer) == 3                 # or the task's exception is raised here

Payloads are pickles: load only those of processes that you trust.
"""

from ._explain import Explanation, can_serialize, explain, serialization_size
from ._map import WorkerDied, parallel_map, parallel_starmap
from ._pack import RemoteError, RemoteTraceback, execute_task, pack_error, pack_result, pack_task, unpack_result
from ._registry import FunctionRegistry

__all__ = [
    "Explanation",
    "FunctionRegistry",
    "RemoteError",
    "RemoteTraceback",
    "WorkerDied",
    "can_serialize",
    "execute_task",
    "explain",
    "pack_error",
    "pack_result",
    "pack_task",
    "parallel_map",
    "parallel_starmap",
    "serialization_size",
    "unpack_result",
]
