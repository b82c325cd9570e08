"""What a log's times left open, as sentences of the report."""

from __future__ import annotations

from forensics.formats.tally import Tally
from forensics.protocols.syslog_time import Timeline

NO_ZONE = "Its times are local and name no zone: declare time_zone on the evidence sheet."
NO_YEAR = "Its times name no year: declare the year of its first record (year) on the evidence sheet."
NO_TIME = "Lines in it carry no time at all; they cannot be placed in a window."


def report(timeline: Timeline, tally: Tally) -> None:
    """Tell the tally what must be declared, and what the order of the lines settled."""
    if "time_zone" in timeline.missing:
        tally.problem(NO_ZONE)
    if "year" in timeline.missing:
        tally.problem(NO_YEAR)
    for note, count in timeline.notes.items():
        tally.problem(f"{count} of its times: {note}.")
