"""A registration as a row, whatever kind of evidence it was read from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from forensics.protocols.registration import Registration
from forensics.schema import RegistrationRecord


def domain_row(found: Registration, name: str | None, cited: dict[str, Any]) -> RegistrationRecord:
    """The row of an answer about a domain."""
    return RegistrationRecord(
        kind="domain", name=name, status=found.status, registrar=found.registrar, holder=found.registrant,
        created_ts=nanoseconds(found.created), updated_ts=nanoseconds(found.updated),
        expires_ts=nanoseconds(found.expires), name_servers=" ".join(found.name_servers) or None,
        statuses=" ".join(found.statuses) or None, redacted=found.redacted,
        problems="; ".join(map(str, found.problems)) or None, **cited,
    )  # fmt: skip


def nanoseconds(moment: datetime | None) -> int | None:
    """A moment in nanoseconds UTC, to the second."""
    return None if moment is None else int(moment.timestamp()) * 1_000_000_000
