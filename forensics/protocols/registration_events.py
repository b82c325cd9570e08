"""What happened to a registration between dated answers: named events, each between two answers, none on a day."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from forensics.protocols.registration_snapshot import FIELDS, SAME_DAY, Snapshot, all_later, comparable, day_of

EventKind = Literal[
    "registered", "renewal", "transfer", "registrant_changed", "name_servers_moved", "privacy_switched_on",
    "privacy_switched_off", "expiry_passed", "drop", "re_registration",
]  # fmt: skip
_MOVES: tuple[tuple[str, EventKind, str], ...] = (
    ("registrar", "transfer", "Registrar"),
    ("registrant", "registrant_changed", "Registrant"),
    ("name_servers", "name_servers_moved", "Name servers"),
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened after one answer and not later than another."""

    kind: EventKind
    after: datetime
    by: datetime
    text: str
    sources: tuple[str, ...]


def told(days: Sequence[Sequence[Snapshot]]) -> Iterator[Event]:
    """Give the events that each day's answers show, in the order of the answers."""
    return _Story().told(days)


class _Said(NamedTuple):
    """What the answers of one day say of one field: by key the value as written; the answers that said it."""

    field: str
    values: dict[Hashable, str]
    shots: tuple[Snapshot, ...]

    @property
    def first(self) -> Snapshot:
        return self.shots[0]

    @property
    def last(self) -> Snapshot:
        return self.shots[-1]

    @property
    def text(self) -> str:
        return " or ".join(self.values.values())

    def by_server(self) -> dict[str, _Said]:
        """What each server said whose name is known."""
        found: dict[str, list[Snapshot]] = {}
        for shot in self.shots:
            if shot.origin:
                found.setdefault(shot.origin, []).append(shot)
        return {origin: _of(self.field, shots) for origin, shots in found.items()}

    @property
    def dates(self) -> tuple[datetime, ...]:
        return tuple(getattr(shot, self.field) for shot in self.shots)

    @property
    def days(self) -> str:
        return " or ".join(dict.fromkeys(map(day_of, self.dates)))


def _of(field: str, stating: Sequence[Snapshot]) -> _Said:
    values: dict[Hashable, str] = {}
    for shot in stating:
        values.setdefault(comparable(field, shot), str(shot.value(field)))
    return _Said(field, values, tuple(stating))


def _stated(day: Sequence[Snapshot]) -> dict[str, _Said]:
    """By field what the answers of a day say, of the fields that any states."""
    found = {field: [shot for shot in day if getattr(shot, field) is not None] for field in (*FIELDS, "redacted")}
    return {field: _of(field, shots) for field, shots in found.items() if shots}


class _Story:
    """What each day's answers show to have happened since the last that stated the field."""

    def __init__(self) -> None:
        self._known: dict[str, _Said] = {}
        self._ended: dict[str, _Said] = {}

    def told(self, days: Sequence[Sequence[Snapshot]]) -> Iterator[Event]:
        """The events, in the order of the answers that show them."""
        for day in days:
            held = [shot for shot in day if shot.status == "registered"]
            last = self._known.get("status")
            if held and len(held) < len(day) and last is not None and last.first.status == "not_found":
                continue  # found by one answer and not by another: nothing follows but that they disagree
            new = _stated(held or day)
            turn = _turn(last, new, self._known, self._ended) if last is not None else None
            if turn is not None:
                yield turn
                self._ended, self._known = self._known, {}
            elif last is not None and held:
                yield from self._changes(new)
            self._learn(new if held else {"status": new["status"]})

    def _changes(self, new: dict[str, _Said]) -> Iterator[Event]:
        known = self._known
        before, after = _of_one_server(known.get("expires"), new.get("expires"))
        if before and after and all_later(before.dates, after.dates):
            text = f"Paid until {after.days}, before until {before.days}."
            yield _event("renewal", before, after, text)
        if after and _ran_out(after) and not (before and _ran_out(before) and not all_later(before.dates, after.dates)):
            text = f"Still held after {after.days}, the day that it was paid until."
            yield _event("expiry_passed", known["status"], after, text)
        for name, kind, label in _MOVES:
            before, after = _of_one_server(known.get(name), new.get(name))
            if before and after and not before.values.keys() & after.values.keys():
                yield _event(kind, before, after, f"{label} {before.text}, then {after.text}.")
        before, after = _of_one_server(known.get("redacted"), new.get("redacted"))
        if before and after and not before.values.keys() & after.values.keys():
            yield _privacy(before, after)

    def _learn(self, new: dict[str, _Said]) -> None:
        """Keep what is certain: where answers disagree and one of them repeats what was known, nothing is learnt."""
        for name, said in new.items():
            known = self._known.get(name)
            if known is None or not _contested(known, said):
                self._known[name] = said


def _contested(known: _Said, said: _Said) -> bool:
    """Whether answers disagree, one of them repeats what was known, and no server is seen to have changed its word."""
    if len(said.values) < 2 or said.values.keys() <= known.values.keys():
        return False
    return bool(known.values.keys() & said.values.keys()) and not _servers(known) & _servers(said)


def _servers(said: _Said) -> set[str]:
    return {shot.origin for shot in said.shots if shot.origin}


def _of_one_server(before: _Said | None, after: _Said | None) -> tuple[_Said | None, _Said | None]:
    """The same, but what one server said both times, where one did: the first that says something else now."""
    if before is None or after is None:
        return before, after
    known = before.by_server()
    pairs = [(known[origin], said) for origin, said in after.by_server().items() if origin in known]
    if not pairs:
        return before, after
    return next((pair for pair in pairs if not pair[0].values.keys() & pair[1].values.keys()), pairs[0])


def _turn(last: _Said, new: dict[str, _Said], known: dict[str, _Said], ended: dict[str, _Said]) -> Event | None:
    """A drop, a registration or a new registration between two days of answers."""
    status, created = new["status"], new.get("created")
    if last.first.status == "registered" and status.first.status == "not_found":
        return _event("drop", last, status, "The registry no longer held the name.")
    if status.first.status != "registered":
        return None
    dated = f" The registry dates it {created.days}." if created else ""
    if last.first.status == "not_found":
        earlier = ended.get("created")
        if earlier and created and not all_later(earlier.dates, created.dates):
            return _event("registered", last, status, f"Held again, as before the answer that did not find it.{dated}")
        kind: EventKind = "re_registration" if ended else "registered"
        return _event(kind, last, status, f"The name was registered.{dated}{_holders(ended, new)}")
    before = known.get("created")
    if before and created and all_later(before.dates, created.dates):
        text = f"Registered anew on {created.days}: the name had been dropped or deleted in between."
        return _event("re_registration", before, created, text + _holders(known, new))
    return None


def _holders(ended: dict[str, _Said], new: dict[str, _Said]) -> str:
    before, after = ended.get("registrant"), new.get("registrant")
    if not before or not after:
        return ""
    if before.values.keys() & after.values.keys():
        return f" The registrant is named as before: {after.text}."
    return f" Registrant {after.text}; of the registration before it, last shown, {before.text}."


def _privacy(before: _Said, after: _Said) -> Event:
    if after.first.redacted:
        text = "The registry hides what it showed before; that is no removal."
        return _event("privacy_switched_on", before, after, text)
    return _event("privacy_switched_off", before, after, "The registry shows what it hid before.")


def _event(kind: EventKind, before: _Said, after: _Said, text: str) -> Event:
    return Event(kind, before.last.at, after.first.at, text, (before.last.source, after.first.source))


def _ran_out(said: _Said) -> bool:
    return max(said.dates) + SAME_DAY < said.first.at
