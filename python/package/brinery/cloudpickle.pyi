from collections.abc import Callable, MutableMapping
from types import FunctionType, ModuleType
from typing import Any, Literal, Protocol

from pickle import PickleBuffer

from . import _brinery
from ._brinery import load as load, loads as loads

__version__: str
DEFAULT_PROTOCOL: int

class _Writable(Protocol):
    def write(self, data: bytes, /) -> object: ...

class Pickler(_brinery.Pickler):
    dispatch_table: MutableMapping[type, Callable[[Any], Any]]
    dispatch: MutableMapping[type, Callable[[Any], Any]]
    globals_ref: dict[int, dict[str, Any]]
    proto: int
    def __init__(
        self,
        file: _Writable,
        protocol: int | None = None,
        buffer_callback: Callable[[PickleBuffer], Any] | None = None,
        *,
        deterministic: bool = False,
    ) -> None: ...
    def reducer_override(self, obj: Any) -> Any: ...
    def _function_reduce(self, obj: FunctionType) -> Any: ...
    def _dynamic_function_reduce(self, func: FunctionType) -> tuple[Any, ...]: ...
    def _function_getnewargs(self, func: FunctionType) -> tuple[Any, ...]: ...

CloudPickler = Pickler

def dump(
    obj: Any,
    file: _Writable,
    protocol: int | None = None,
    buffer_callback: Callable[[PickleBuffer], Any] | None = None,
    *,
    deterministic: bool = False,
) -> None: ...
def dumps(
    obj: Any,
    protocol: int | None = None,
    buffer_callback: Callable[[PickleBuffer], Any] | None = None,
    *,
    wire: Literal["compat", "standalone", "portable"] = "compat",
    deterministic: bool = False,
) -> bytes: ...
def register_pickle_by_value(module: ModuleType) -> None: ...
def unregister_pickle_by_value(module: ModuleType) -> None: ...
def list_registry_pickle_by_value() -> set[str]: ...
def is_tornado_coroutine(func: Any) -> bool: ...
def subimport(name: str) -> ModuleType: ...
def dynamic_subimport(name: str, vars: dict[str, Any]) -> ModuleType: ...
def instance(cls: Callable[[], Any]) -> Any: ...
def __getattr__(name: str) -> Any: ...
