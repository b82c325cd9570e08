"""Commands whose words are taken as they stand: text, paths and switches.

typer has pydantic look at every value, which takes longer to load than most captures take to read. A word is text
already, and of a path only whether it may be read is asked; all else is left to typer.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption


class Command(TyperCommand):
    """A command that needs no pydantic for words that are text or paths."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The parameters, that of `--help` among them."""
        return _as_they_stand(super().get_params(ctx))


class Group(TyperGroup):
    """A group of commands that needs no pydantic for its own options."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The parameters that stand before the command's name."""
        return _as_they_stand(super().get_params(ctx))


class _Words:
    """Stands where typer has what checks the values of a parameter; `usual` gives the latter."""

    def __init__(self, kind: Any, usual: Callable[[], Any]) -> None:
        self._kind, self._usual = kind, usual

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value as the command gets it."""
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        if self._kind is str and isinstance(value, str):
            return value
        if self._kind == list[str] and isinstance(value, list | tuple) and all(isinstance(word, str) for word in value):
            return list(value)
        if self._kind is Path and (os.access(value, os.R_OK) or not os.path.exists(value)):  # noqa: PTH110 - of text
            return Path(value)
        return self._usual().coerce(value, param=param, ctx=ctx)


def _as_they_stand(params: list[Any]) -> list[Any]:
    for param in params:
        if isinstance(param, TyperArgument | TyperOption) and "get_runtime_param" not in vars(param):
            words = _Words(param.type_descriptor.annotation, param.get_runtime_param)
            vars(param)["get_runtime_param"] = lambda words=words: words
    return params
