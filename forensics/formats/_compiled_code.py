"""How the kernels are compiled: each access to an array checked against its bounds, without the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])
OPTIONS: dict[str, Any] = {"nogil": True, "boundscheck": True, "error_model": "numpy"}


def kept(function: Function) -> Function:
    """Compile a function, and keep the result on disk where there is a folder for it.

    Numba looks at the file of this function alone to see whether what it kept is stale.
    """
    try:
        return cast("Function", njit(cache=True, **OPTIONS)(function))
    except RuntimeError:  # there is no folder in which what is compiled could be kept
        return cast("Function", njit(**OPTIONS)(function))
