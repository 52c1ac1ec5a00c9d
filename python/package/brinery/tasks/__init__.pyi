from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import BaseContext
from typing import Any, Literal, TypeVar, overload

from _typeshed import ReadableBuffer

_R = TypeVar("_R")
_Progress = bool | str | Callable[[int, int | None], Any]

class RemoteError(Exception):
    kind: str
    message: str
    traceback: str
    reason: str | None
    def __init__(self, kind: str, message: str, traceback: str, reason: str | None = None) -> None: ...

class RemoteTraceback(Exception): ...

class WorkerDied(BrokenProcessPool):
    items: list[int]
    exitcode: int | None
    def __init__(self, items: list[int], exitcode: int | None) -> None: ...

class Explanation:
    path: str
    culprit: Any
    error: Exception
    def __init__(self, path: str, culprit: Any, error: Exception) -> None: ...

class FunctionRegistry:
    def add(self, fn: Callable[..., Any]) -> str: ...
    def add_pickle(self, pickle: ReadableBuffer) -> str: ...
    def pack(self, id: str, args: Iterable[Any] = (), kwargs: Mapping[str, Any] | None = None) -> bytes: ...
    def remove(self, id: str) -> None: ...
    def __contains__(self, id: object) -> bool: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[str]: ...

def pack_task(
    fn: Callable[..., Any],
    args: Iterable[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    *,
    protocol: int | None = None,
) -> bytes: ...
def execute_task(payload: ReadableBuffer, *, protocol: int | None = None) -> bytes: ...
def pack_result(result: Any, *, protocol: int | None = None) -> bytes: ...
def pack_error(error: BaseException, *, protocol: int | None = None, skip: int = 0, more: str = "") -> bytes: ...
def unpack_result(payload: ReadableBuffer) -> Any: ...
@overload
def parallel_map(
    fn: Callable[..., _R],
    *iterables: Iterable[Any],
    workers: int | None = None,
    ordered: Literal[True] = True,
    timeout: float | None = None,
    chunksize: int | None = None,
    progress: _Progress = False,
    context: str | BaseContext | None = None,
    executor: ProcessPoolExecutor | None = None,
) -> list[_R]: ...
@overload
def parallel_map(
    fn: Callable[..., _R],
    *iterables: Iterable[Any],
    workers: int | None = None,
    ordered: Literal[False],
    timeout: float | None = None,
    chunksize: int | None = None,
    progress: _Progress = False,
    context: str | BaseContext | None = None,
    executor: ProcessPoolExecutor | None = None,
) -> Iterator[_R]: ...
@overload
def parallel_starmap(
    fn: Callable[..., _R],
    iterable: Iterable[Sequence[Any]],
    *,
    workers: int | None = None,
    ordered: Literal[True] = True,
    timeout: float | None = None,
    chunksize: int | None = None,
    progress: _Progress = False,
    context: str | BaseContext | None = None,
    executor: ProcessPoolExecutor | None = None,
) -> list[_R]: ...
@overload
def parallel_starmap(
    fn: Callable[..., _R],
    iterable: Iterable[Sequence[Any]],
    *,
    workers: int | None = None,
    ordered: Literal[False],
    timeout: float | None = None,
    chunksize: int | None = None,
    progress: _Progress = False,
    context: str | BaseContext | None = None,
    executor: ProcessPoolExecutor | None = None,
) -> Iterator[_R]: ...
def can_serialize(obj: Any) -> bool: ...
def serialization_size(obj: Any, *, protocol: int | None = None) -> int: ...
def explain(obj: Any, name: str = "obj") -> Explanation | None: ...
