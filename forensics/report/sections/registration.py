"""The registration history of a domain, as blocks."""

from __future__ import annotations

from forensics.model.registration_report import RegistrationReport
from forensics.report.blocks import Block, Bullets, Heading, Paragraph, Table

_LIMITS = (
    "Every answer speaks for its own day. What lies between two answers is not known, and a registrant is not the "
    "operator of a server."
)


def build(report: RegistrationReport) -> list[Block]:
    """The day asked for, the events, the intervals per field, and the answers that they rest on."""
    blocks: list[Block] = [Heading(f"Registration of {report.domain}"), Paragraph(_LIMITS, quiet=True)]
    if report.as_of:
        fields = tuple((found.field, found.value or "unknown", found.text) for found in report.on_the_day)
        blocks += [Heading(f"On {report.as_of}", level=2), Table(("Field", "Value", "Rests on"), fields, wide=2)]
    blocks.append(Heading("Events", level=2))
    if report.events:
        events = tuple((_day(e.after), _day(e.by), e.kind.replace("_", " "), e.text) for e in report.events)
        blocks.append(Table(("After", "Not later than", "Event", "What"), events, wide=3))
    else:
        blocks.append(Paragraph("No two dated answers show a change."))
    spans = tuple((i.field, _day(i.first_seen), _day(i.last_seen), str(len(i.gaps)), i.value) for i in report.intervals)
    if spans:
        blocks += [
            Heading("Intervals", level=2),
            Table(("Field", "First seen", "Last seen", "Gaps", "Value"), spans, wide=4),
        ]
    if report.disagreements:
        blocks += [Heading("Sources that disagree", level=2), Bullets(report.disagreements)]
    if report.networks:
        blocks += [Heading("Address blocks", level=2), Bullets(report.networks)]
    rows = tuple((a.source, _day(a.at), a.dated_by or "nothing", a.status, a.problems or "") for a in report.answers)
    if rows:
        blocks += [Heading("Answers", level=2), Table(("Source", "Of", "Dated by", "Status", "Problems"), rows, wide=4)]
    else:
        blocks.append(Paragraph("No answer about this domain is among the records."))
    return [*blocks, *([Bullets(report.notes)] if report.notes else [])]


def _day(text: str | None) -> str:
    return "-" if text is None else text[:10]
