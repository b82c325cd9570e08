"""How the kernels are compiled: each access to an array checked against its bounds, without the interpreter's lock.

Numba is loaded once something is to be compiled that no earlier run has kept.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from forensics.formats import _machine_code

if TYPE_CHECKING:
    from forensics.formats.source import Source

Function = TypeVar("Function", bound=Callable[..., Any])
OPTIONS: dict[str, Any] = {
    "nogil": True, "boundscheck": True, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True,
}  # fmt: skip
_CALLED = ("llvm.", "NRT_MemInfo_call_dtor", "memcpy", "memmove", "memset", "memcmp", "bcmp")
"""What kept code may call that is not in it: LLVM's own, which become instructions, and what every process has."""


class Compiled:
    """A function that others are compiled with; Numba asks for what it needs to know by the names that it uses."""

    def __init__(self, function: Callable[..., Any], options: dict[str, Any]) -> None:
        self._options = options
        self.py_func, self.__doc__ = function, function.__doc__

    @functools.cached_property
    def dispatcher(self) -> Any:
        """What Numba compiles the function with."""
        from numba import njit

        return njit(**self._options)(self.py_func)

    @property
    def targetoptions(self) -> Any:
        """The options that Numba was told."""
        return self.dispatcher.targetoptions

    @property
    def _numba_type_(self) -> Any:
        return self.dispatcher._numba_type_


class Kept(Compiled):
    """A function that is compiled for the types it is called with, and kept on disk where there is a folder for it."""

    def __init__(self, function: Callable[..., Any], files: tuple[str, ...]) -> None:
        super().__init__(function, OPTIONS)
        own = (__file__, str(Path(__file__).with_name("_instructions.py")))
        self._shelf = _machine_code.Shelf(self.py_func, (*own, *files))
        self._known: dict[str, Callable[..., Any]] = {}

    def __call__(self, *arguments: Any) -> Any:
        """Call what is compiled.

        Raises:
            IndexError: an access was outside its array.
        """
        types = _machine_code.types_of(arguments)
        call = self._known.get(types)
        if call is None:
            call = self._known[types] = self._shelf.find(arguments) or self._compiled(arguments)
        return call(*arguments)

    def is_kept(self) -> bool:
        """Whether it was compiled before, so that it need only be loaded."""
        return self._shelf.holds_any()

    def _compiled(self, arguments: tuple[Any, ...]) -> Callable[..., Any]:
        from numba import typeof

        types = tuple(map(typeof, arguments))
        self.dispatcher.compile(types)
        made = self.dispatcher.overloads[types]
        symbol, returns, library = made.fndesc.llvm_func_name, _returned(made.fndesc.restype), made.library
        address = library.get_pointer_to_function(symbol)
        called = (function.name for function in library._final_module.functions if function.is_declaration)
        if all(name.startswith(_CALLED) for name in called):
            self._shelf.keep(arguments, symbol, returns, library._get_compiled_object())
        return _machine_code.Native(address, returns, arguments)


def _returned(found: Any) -> _machine_code.Returned:
    from numba import types

    if isinstance(found, types.BaseTuple):
        return [cast("str", _returned(part)) for part in found]  # type: ignore[attr-defined]
    if isinstance(found, types.NoneType):
        return ""
    if isinstance(found, types.Boolean):
        return "b1"
    if isinstance(found, types.Integer):
        return str(found.cast_python_value(0).dtype.str[1:])
    raise TypeError(f"compiled code that returns {found} cannot be called: give numbers, flags, or a tuple of them")


def kept(function: Function) -> Function:
    """Compile a function that calls compiled ones of its own file alone, and keep the result on disk.

    What was kept is stale where that file was changed.
    """
    return cast("Function", Kept(function, ()))


def is_kept(function: Any) -> bool:
    """Whether a function of `kept` was compiled before, so that it need only be loaded."""
    return cast("Kept", function).is_kept()


def is_worth_it(source: Source, size: int, kept_size: int, function: Callable[[], Any]) -> bool:
    """Whether a piece is read by compiled code: from `kept_size` bytes on where `function` gives one that is kept.

    From `size` bytes on it is worth to be compiled, once per installation; without the extra `fast` nothing is.
    """
    if not source.holds(min(size, kept_size)) or importlib.util.find_spec("numba") is None:
        return False
    return is_kept(function()) or source.holds(size)


def kept_with(*files: str) -> Callable[[Function], Function]:
    """As `kept`, for a function that calls compiled ones of other files too: a change to them makes what is kept stale.

    Constants that come from files that are not named are thought not to change.
    """

    def decorate(function: Function) -> Function:
        return cast("Function", Kept(function, files))

    return decorate


def compiled(function: Function) -> Function:
    """Compile a function as part of the one that calls it."""
    return cast("Function", Compiled(function, OPTIONS))


def inlined(function: Function) -> Function:
    """As `compiled`, for a few steps that are to stand in the machine code of the function that calls it."""
    return cast("Function", Compiled(function, {**OPTIONS, "forceinline": True}))


def copied_in(function: Function) -> Function:
    """As `compiled`, for a few steps that are handed arrays, to which every call of a function counts references."""
    return cast("Function", Compiled(function, {"inline": "always"}))


class Instructions:
    """Instructions that stand in the code of a function that calls this: what a function of `_instructions` makes."""

    def __init__(self, name: str, *said: Any, **more: Any) -> None:
        self._name, self._said, self._more = name, said, more

    @functools.cached_property
    def _numba_type_(self) -> Any:
        from numba.core.registry import cpu_target

        from forensics.formats import _instructions

        made = getattr(_instructions, self._name)(*self._said, **self._more)
        cpu_target.typing_context.refresh()  # a function is being compiled: what was registered before that is known
        return cpu_target.typing_context.resolve_value_type(made)


def load(bits: int) -> Callable[[int], int]:
    """An unchecked load of a number of so many bits from an address; for functions that check the place first."""
    return cast("Callable[[int], int]", Instructions("load", bits))


def store() -> Callable[[int, int], int]:
    """An unchecked store of a number of 64 bits to an address; for functions that check the place first."""
    return cast("Callable[[int, int], int]", Instructions("store"))


def fetch() -> Callable[[int], int]:
    """A hint that the bytes at an address are wanted soon; it gives the address, and none is wrong."""
    return cast("Callable[[int], int]", Instructions("fetch"))


def trailing_zeros() -> Callable[[Any], Any]:
    """How many zero bits are below the lowest one of a number of 64 bits that is not 0."""
    return cast("Callable[[Any], Any]", Instructions("trailing_zeros"))


def marks(first: int, last: int, size: int) -> Callable[[Any], Any]:
    """An unchecked look at `size` bytes from an address on: the bits of those outside `first` to `last`.

    For functions that check the place first.
    """
    return cast("Callable[[Any], Any]", Instructions("marks", first, last, size))


def equals(size: int) -> Callable[[Any, Any], Any]:
    """An unchecked look at `size` bytes from an address on: the bits of those that are the given one.

    For functions that check the place first.
    """
    return cast("Callable[[Any, Any], Any]", Instructions("equals", size))


def first_bytes(*, small: bool) -> Callable[[Any, Any], Any]:
    """An unchecked load of the first 32 bytes of a text of so many, zeros past its end, as four numbers.

    `small` gives capital letters as small ones. For functions that check the place first.
    """
    return cast("Callable[[Any, Any], Any]", Instructions("first_bytes", small=small))
