"""Machine code of an earlier run: found, loaded and called without Numba, which takes ten times as long to load.

A file holds what Numba made of one function for arguments of certain types, and of all that it calls. Its name says
what the source files held, and for which processor, Numba and Python it was made: what was made of anything else is
not found.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import hashlib
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

_NUMBERS = {
    "i1": ctypes.c_int8, "i2": ctypes.c_int16, "i4": ctypes.c_int32, "i8": ctypes.c_int64, "u1": ctypes.c_uint8,
    "u2": ctypes.c_uint16, "u4": ctypes.c_uint32, "u8": ctypes.c_uint64, "b1": ctypes.c_uint8,
}  # fmt: skip
_ADDRESS, _SIZE = ctypes.c_void_p, ctypes.c_int64
_RESULT_BYTES = 256
_NEVER_CALLED = "NRT_MemInfo_call_dtor"
"""What would free an array of Numba's own: those that are passed in belong to NumPy."""
_LOADED: list[Any] = []
"""LLVM's loaders, each with the code of one function: they live as long as the process."""

Returned = str | list[str]
"""What a function returns: a number (`i8`), a flag (`b1`), nothing (no text), or a tuple of numbers and flags."""


class Made(msgspec.Struct):
    """What is kept beside the machine code of a function: its name there, what it returns, and a hash of the code."""

    symbol: str
    returns: Returned
    sha256: str


def types_of(values: Sequence[Any]) -> str:
    """The types of arguments, as text.

    >>> types_of((np.zeros((2, 3), np.uint8), 7, (True, None)))
    'u1[2CW],i8,(b1,)'
    """
    return ",".join(map(_type_of, values))


def _type_of(value: Any) -> str:
    if isinstance(value, np.ndarray):
        flags = value.flags
        order = "C" if flags.c_contiguous else "F" if flags.f_contiguous else "A"
        access = ("W" if flags.writeable else "R") + ("" if flags.aligned else "U")
        return f"{_number(value.dtype)}[{value.ndim}{order}{access}]"
    if isinstance(value, tuple):
        return f"({types_of(value)})"
    if value is None:
        return ""
    if isinstance(value, np.generic):
        return _number(value.dtype)
    if isinstance(value, int):
        return "b1" if isinstance(value, bool) else "i8" if value < 1 << 63 else "u8"
    raise TypeError(f"compiled code takes arrays, numbers and tuples of them, not {type(value).__name__}")


def _number(kind: np.dtype[Any]) -> str:
    return f"{kind.kind}{kind.itemsize}" if kind.isnative else kind.str


class Native:
    """Machine code in memory as a function of Python, for arguments of the types of these."""

    def __init__(self, address: int, returns: Returned, arguments: Sequence[Any]) -> None:
        kinds = [kind for value in arguments for kind, _ in _flat(value)]
        # as Numba calls: where the result goes, where the reason of a failure goes, the arguments field by field
        self._call = ctypes.CFUNCTYPE(ctypes.c_int32, _ADDRESS, _ADDRESS, *kinds)(address)
        self._returns = returns

    def __call__(self, *arguments: Any) -> Any:
        """Call it.

        Raises:
            IndexError: an access was outside its array.
        """
        result, reason = ctypes.create_string_buffer(_RESULT_BYTES), _ADDRESS()
        passed = [field for value in arguments for _, field in _flat(value)]
        if self._call(ctypes.addressof(result), ctypes.addressof(reason), *passed):
            raise IndexError("compiled code: an access outside its array")
        return _value(self._returns, result.raw)


def _flat(value: Any) -> Iterator[tuple[Any, Any]]:
    """The fields of an argument with their types."""
    if isinstance(value, np.ndarray):
        address = value.__array_interface__["data"][0]
        yield from ((_ADDRESS, None), (_ADDRESS, None), (_SIZE, value.size), (_SIZE, value.itemsize))
        yield _ADDRESS, address
        yield from ((_SIZE, size) for size in (*value.shape, *value.strides))
    elif isinstance(value, tuple):
        for item in value:
            yield from _flat(item)
    elif value is None:
        yield _ADDRESS, None
    else:
        yield _NUMBERS[_type_of(value)], int(value)


def _value(returned: Returned, data: bytes) -> Any:
    """The result, whose fields lie as C has them."""
    values, at = [], 0
    for name in [returned] if isinstance(returned, str) else returned:
        if not name:
            return None
        kind = _NUMBERS[name]
        at += -at % ctypes.alignment(kind)
        number = kind.from_buffer_copy(data, at).value
        values.append(bool(number & 1) if name == "b1" else number)
        at += ctypes.sizeof(kind)
    return values[0] if isinstance(returned, str) else tuple(values)


class Shelf:
    """Where the machine code of one function is kept, for the arguments that it was called with."""

    def __init__(self, function: Callable[..., Any], files: Sequence[str | Path]) -> None:
        self._stem = f"{function.__module__.rpartition('.')[2]}.{function.__qualname__}"
        self._file = function.__code__.co_filename
        self._files = dict.fromkeys((__file__, self._file, *map(str, files)))

    def holds_any(self) -> bool:
        """Whether the function was compiled before as it stands, for whatever arguments."""
        kept = f"{self._stem}-*-{self._digest}.code"
        return any(any(folder.glob(kept)) for folder in _folders(self._file))

    def find(self, arguments: Sequence[Any]) -> Native | None:
        """The function for arguments of these types, where it is kept."""
        for folder in _folders(self._file):
            with contextlib.suppress(OSError, ValueError):
                header, _, code = (folder / self._name(arguments)).read_bytes().partition(b"\n")
                made = msgspec.json.decode(header, type=Made)
                if hashlib.sha256(code).hexdigest() == made.sha256:
                    return Native(_address(code, made.symbol), made.returns, arguments)
        return None

    def keep(self, arguments: Sequence[Any], symbol: str, returns: Returned, code: bytes) -> None:
        """Keep what was made for arguments of these types, where there is a folder for it."""
        made = msgspec.json.encode(Made(symbol, returns, hashlib.sha256(code).hexdigest()))
        for folder in _folders(self._file):
            with contextlib.suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True)
                name = self._name(arguments)
                _write(folder / name, made + b"\n" + code)
                for stale in folder.glob(f"{name.rpartition('-')[0]}-*.code"):
                    if stale.name != name:
                        stale.unlink(missing_ok=True)
                return

    @functools.cached_property
    def _digest(self) -> str:
        digest = hashlib.sha256(_machine().encode())
        for file in self._files:
            digest.update(Path(file).read_bytes())
        return digest.hexdigest()[:20]

    def _name(self, arguments: Sequence[Any]) -> str:
        types = hashlib.sha256(types_of(arguments).encode()).hexdigest()[:12]
        return f"{self._stem}-{types}-{self._digest}.code"


def _folders(file: str) -> Iterator[Path]:
    """Where machine code can be kept: where the user says, else beside the function's file, else with the user."""
    own = hashlib.sha256(file.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    if said := os.environ.get("NUMBA_CACHE_DIR"):
        yield Path(said) / own
        return
    yield Path(file).parent / "__pycache__"
    with contextlib.suppress(RuntimeError):  # no home
        yield Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "email-forensics" / own


def _write(path: Path, data: bytes) -> None:
    """Write a file that is there whole or not at all."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        aside.write_bytes(data)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


@functools.cache
def _machine() -> str:
    """What machine code depends on besides its source: processor, Python, LLVM, Numba."""
    import llvmlite  # type: ignore[import-untyped]
    from llvmlite import binding

    numba = importlib.util.find_spec("numba")
    version = Path(numba.origin).with_name("_version.py").read_text("utf-8") if numba and numba.origin else ""
    features = binding.get_host_cpu_features().flatten()
    triple, processor = binding.get_process_triple(), binding.get_host_cpu_name()
    return "\n".join((sys.version, llvmlite.__version__, version, triple, processor, features))


def _address(code: bytes, symbol: str) -> int:
    """Where a function lies, once its code is in memory.

    Raises:
        ValueError: there is no such function.
    """
    from llvmlite import binding

    engine = binding.create_mcjit_compiler(binding.parse_assembly(""), _target().create_target_machine())
    engine.add_object_file(binding.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _LOADED.append(engine)
    if address := engine.get_function_address(symbol):
        return int(address)
    raise ValueError(f"{symbol}: is not in the machine code.")


@functools.cache
def _target() -> Any:
    """The kind of processor that this is, for LLVM's loader."""
    from llvmlite import binding

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    if binding.address_of_symbol(_NEVER_CALLED) is None:
        binding.add_symbol(_NEVER_CALLED, ctypes.cast(ctypes.pythonapi.Py_FatalError, ctypes.c_void_p).value)
    return binding.Target.from_default_triple()
