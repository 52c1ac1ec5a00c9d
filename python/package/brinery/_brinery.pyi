from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, final

from _typeshed import ReadableBuffer

from pickle import PickleBuffer

class _Writable(Protocol):
    def write(self, data: bytes, /) -> object: ...

class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...
    def readline(self) -> bytes: ...

_BufferCallback = Callable[[PickleBuffer], Any] | None
_Reduced = (
    str
    | tuple[Callable[..., Any], tuple[Any, ...]]
    | tuple[Callable[..., Any], tuple[Any, ...], Any]
    | tuple[Callable[..., Any], tuple[Any, ...], Any, Any]
    | tuple[Callable[..., Any], tuple[Any, ...], Any, Any, Any]
    | tuple[Callable[..., Any], tuple[Any, ...], Any, Any, Any, Any]
)

class PicklerMemoProxy:
    def clear(self) -> None: ...
    def copy(self) -> dict[int, tuple[int, Any]]: ...

class UnpicklerMemoProxy:
    def clear(self) -> None: ...
    def copy(self) -> dict[int, Any]: ...

class Pickler:
    bin: int
    fast: int
    dispatch_table: Mapping[type, Callable[[Any], _Reduced]]
    def __init__(
        self,
        file: _Writable,
        protocol: int | None = None,
        fix_imports: bool = True,
        buffer_callback: _BufferCallback = None,
        *,
        deterministic: bool = False,
    ) -> None: ...
    @property
    def memo(self) -> PicklerMemoProxy: ...
    @memo.setter
    def memo(self, value: PicklerMemoProxy | dict[int, tuple[int, Any]]) -> None: ...
    def dump(self, obj: Any) -> None: ...
    def clear_memo(self) -> None: ...
    def persistent_id(self, obj: Any) -> Any: ...
    # A subclass may have it.
    def reducer_override(self, obj: Any) -> Any: ...

class Unpickler:
    def __init__(
        self,
        file: _Readable,
        *,
        fix_imports: bool = True,
        encoding: str = "ASCII",
        errors: str = "strict",
        buffers: Iterable[Any] | None = None,
    ) -> None: ...
    @property
    def memo(self) -> UnpicklerMemoProxy: ...
    @memo.setter
    def memo(self, value: UnpicklerMemoProxy | dict[int, Any]) -> None: ...
    def load(self) -> Any: ...
    def find_class(self, module_name: str, global_name: str, /) -> Any: ...
    def persistent_load(self, pid: Any) -> Any: ...

def dump(
    obj: Any,
    file: _Writable,
    protocol: int | None = None,
    *,
    fix_imports: bool = True,
    buffer_callback: _BufferCallback = None,
    deterministic: bool = False,
) -> None: ...
def dumps(
    obj: Any,
    protocol: int | None = None,
    *,
    fix_imports: bool = True,
    buffer_callback: _BufferCallback = None,
    deterministic: bool = False,
) -> bytes: ...
def load(
    file: _Readable,
    *,
    fix_imports: bool = True,
    encoding: str = "ASCII",
    errors: str = "strict",
    buffers: Iterable[Any] | None = None,
) -> Any: ...
def loads(
    data: ReadableBuffer,
    /,
    *,
    fix_imports: bool = True,
    encoding: str = "ASCII",
    errors: str = "strict",
    buffers: Iterable[Any] | None = None,
) -> Any: ...

# Those of the package itself: pickle's and cloudpickle's in one.

def either_dump(
    obj: Any,
    file: _Writable,
    protocol: int | None = None,
    buffer_callback: _BufferCallback = None,
    *,
    fix_imports: bool = True,
    deterministic: bool = False,
) -> None: ...
def either_dumps(
    obj: Any,
    protocol: int | None = None,
    buffer_callback: _BufferCallback = None,
    *,
    fix_imports: bool = True,
    deterministic: bool = False,
) -> bytes: ...

# What only this package has.

def explain(obj: Any, protocol: int | None = None, *, by_value: bool = True) -> tuple[str, Exception, Any] | None: ...

_Policy = str | Iterable[str]

def dis(data: ReadableBuffer, *, annotate: int = 0, indentlevel: int = 4) -> str: ...
def optimize(data: ReadableBuffer) -> bytes: ...
def inspect_function(data: ReadableBuffer, *, disassembly: bool = False) -> dict[str, Any]: ...
def scan(data: ReadableBuffer, policy: _Policy = "stdlib") -> dict[str, Any]: ...
def safe_loads(data: ReadableBuffer, allow: _Policy = "data") -> Any: ...

@final
class PreparedFunction:
    def __new__(cls, pickle: bytes) -> PreparedFunction: ...
    def pack(self, args: bytes, kwargs: bytes) -> bytes: ...
    @property
    def size(self) -> int: ...
