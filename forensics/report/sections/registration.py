"""The registration history of a domain, as blocks."""

from __future__ import annotations

from msgspec.structs import replace

from forensics.model.registration_report import IntervalPart, NamedPart, RegistrationReport
from forensics.report.blocks import Block, Bullets, Heading, Lane, Lanes, Mark, Paragraph, Span, Table

MOST_ROWS = 300
"""Rows of one table that a terminal shows."""
_LIMITS = (
    "Every answer speaks for its own day. What lies between two answers is not known, and a registrant is not the "
    "operator of a server."
)
_DRAWN = (
    ("status", "Status"), ("registrar", "Registrar"), ("registrant", "Registrant"), ("name_servers", "Name servers"),
    ("expires", "Paid until"), ("ns_record", "NS in DNS"), ("mx_record", "MX in DNS"),
)  # fmt: skip
_LEGEND = (
    "A tick is an answer, a bar lies between answers that agree, and what is blank is not known. An event lies between "
    "its two answers; its number is that of the table."
)
_SHOWN = {"mx": "MX ", "spf_include": "SPF ", "dkim_cname": "DKIM "}
_OTHER_NAMES = (
    "Another domain can belong to the same organisation: whose it is, only a registration of it says. A host in a "
    "rented network is mostly run by who rents it."
)
_DATES = ("created", "expires")


def build(report: RegistrationReport) -> list[Block]:
    """The day asked for, the chart, the events, the intervals per field, and the answers that they rest on."""
    blocks: list[Block] = [Heading(f"Registration of {report.domain}"), Paragraph(_LIMITS, quiet=True)]
    if report.as_of:
        fields = tuple((_name(on.field), on.value or "unknown", on.text) for on in report.on_the_day)
        blocks += [Heading(f"On {report.as_of}", level=2), Table(("Field", "Value", "Rests on"), fields, wide=2)]
    blocks += _chart(report)
    blocks += _events(report)
    spans = tuple(
        (_name(i.field), _day(i.first_seen), _day(i.last_seen), str(len(i.seen)), _gaps(i), _value(i))
        for i in report.intervals
    )
    if spans:
        columns = ("Field", "First seen", "Last seen", "Answers", "Gaps", "Value")
        blocks += [Heading("Intervals", level=2), Table(columns, spans, wide=5)]
    if report.disagreements:
        blocks += [Heading("Sources that disagree", level=2), Bullets(report.disagreements)]
    blocks += _operators(report)
    if report.networks:
        blocks += [Heading("Address blocks", level=2), Bullets(report.networks)]
    rows = tuple((a.source, _day(a.at), a.dated_by or "nothing", a.status, a.problems or "") for a in report.answers)
    if rows:
        blocks += [Heading("Answers", level=2), Table(("Source", "Of", "Dated by", "Status", "Problems"), rows, wide=4)]
    else:
        blocks.append(Paragraph("No answer about this domain is among the records."))
    return [*blocks, *([Bullets(report.notes)] if report.notes else [])]


def build_short(report: RegistrationReport) -> list[Block]:
    """The same with no more rows of a table than a terminal has room for."""
    return [shown for block in build(report) for shown in _capped(block)]


def _capped(block: Block) -> list[Block]:
    shown: Block = block
    left = 0
    if isinstance(block, Table):
        shown, left = replace(block, rows=block.rows[:MOST_ROWS]), len(block.rows) - MOST_ROWS
    elif isinstance(block, Bullets):
        shown, left = Bullets(block.items[:MOST_ROWS]), len(block.items) - MOST_ROWS
    return [shown, Paragraph(f"{left:,} more; --json has them all.")] if left > 0 else [shown]


def _chart(report: RegistrationReport) -> list[Block]:
    lanes = tuple(
        Lane(title, tuple(Span(_value(i), i.seen, i.gaps) for i in report.intervals if i.field == field))
        for field, title in _DRAWN
    )
    moments = [moment for i in report.intervals for moment in (i.first_seen, i.last_seen)]
    if not moments:
        return []
    first, last = min(moments), max(moments)
    marks = tuple(Mark(str(number), e.after, e.by) for number, e in enumerate(report.events, 1))
    shown = tuple(lane for lane in lanes if lane.spans)
    alt = (
        f"Intervals of {', '.join(lane.title for lane in shown)} from {_day(first)} to {_day(last)}, "
        "and events; the tables below say the same."
    )
    drawn = Lanes(alt, first, last, shown, marks)
    return [Heading("Over time", level=2), drawn, Paragraph(_LEGEND, quiet=True)]


def _events(report: RegistrationReport) -> list[Block]:
    heading = Heading("Events", level=2)
    if not report.events:
        return [heading, Paragraph("No two dated answers show a change.")]
    rows = tuple(
        (str(number), _day(e.after), _day(e.by), e.kind.replace("_", " "), e.text)
        for number, e in enumerate(report.events, 1)
    )
    return [heading, Table(("No", "After", "Not later than", "Event", "What"), rows, wide=4)]


def _operators(report: RegistrationReport) -> list[Block]:
    """The roles side by side; none where the case has records of the registration alone."""
    if not report.operators:
        return []
    rows = tuple(
        (part.role, "; ".join(map(_named, part.named)) or "no record in the case", part.can, part.cannot)
        for part in report.operators
    )
    return [
        Heading("Who could change what", level=2),
        Table(("Role", "By the records", "Can", "Cannot"), rows, wide=1),
        Paragraph(_OTHER_NAMES, quiet=True),
    ]


def _named(part: NamedPart) -> str:
    shown = f"{_SHOWN.get(part.kind, '')}{part.value}"
    if part.kind in ("network", "ptr", "dkim_cname") and part.owner:
        shown += f" ({part.owner})"
    if part.held_by:
        shown += f", a domain of {part.held_by}"
    span = " to ".join(dict.fromkeys(_day(text) for text in (part.first_seen, part.last_seen) if text))
    return f"{shown}, {f'seen {span}' if span else 'not dated'}"


def _gaps(interval: IntervalPart) -> str:
    return ", ".join(f"{_day(start)} to {_day(end)}" for start, end in interval.gaps) or "none"


def _value(interval: IntervalPart) -> str:
    return interval.value[:10] if interval.field in _DATES else interval.value


def _name(field: str) -> str:
    return field.replace("_", " ")


def _day(text: str | None) -> str:
    return "-" if text is None else text[:10]
