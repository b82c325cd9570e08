"""A registration as a row, whatever kind of evidence it was read from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from forensics.protocols.registration import Registration, epp_status
from forensics.schema import RegistrationRecord

MAX_LISTED = 64
"""Name servers, and status words, of one answer that are taken; no registry gives as many."""


def domain_row(found: Registration, name: str | None, cited: dict[str, Any]) -> RegistrationRecord:
    """The row of an answer about a domain."""
    over = _over("name servers", found.name_servers) + _over("status words", found.statuses)
    return RegistrationRecord(
        kind="domain", name=name, status=found.status, registrar=found.registrar, holder=found.registrant,
        created_ts=nanoseconds(found.created), updated_ts=nanoseconds(found.updated),
        expires_ts=nanoseconds(found.expires), name_servers=" ".join(found.name_servers[:MAX_LISTED]) or None,
        statuses=" ".join(map(epp_status, found.statuses[:MAX_LISTED])) or None, redacted=found.redacted,
        problems="; ".join([*found.problems, *over]) or None, **cited,
    )  # fmt: skip


def nanoseconds(moment: datetime | None) -> int | None:
    """A moment in nanoseconds UTC, to the second."""
    return None if moment is None else int(moment.timestamp()) * 1_000_000_000


def _over(what: str, items: Sequence[str]) -> list[str]:
    return [f"{len(items)} {what}; {MAX_LISTED} are taken"] if len(items) > MAX_LISTED else []
