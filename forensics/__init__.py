"""An email-server forensic toolkit: mail activity or only resolver traffic, and what the evidence could not show.

>>> from forensics import Case
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forensics.case import Case
    from forensics.errors import ForensicsError
    from forensics.model.case_file import Verdict

__all__ = ["Case", "ForensicsError", "Verdict"]

_HOMES = {"Case": "forensics.case", "ForensicsError": "forensics.errors", "Verdict": "forensics.model.case_file"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'forensics' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
