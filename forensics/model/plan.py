"""What would be asked of the network, and who would see it."""

from __future__ import annotations

from typing import NamedTuple


class Plan(NamedTuple):
    """What is certain beforehand: questions as name and type, other contacts, and who sees what, in sentences."""

    questions: tuple[tuple[str, str], ...]
    contacts: tuple[str, ...]
    seen: tuple[str, ...]


class RegistryPlan(NamedTuple):
    """What registries would be asked: questions as text, server and protocol, and who sees what, in sentences."""

    questions: tuple[tuple[str, str, str], ...]
    seen: tuple[str, ...]
