"""The terminal: the answer first. Nothing from evidence is markup, moves the cursor or changes a colour.

Each function imports the sections that it shows, so that a few lines are shown before the others would be loaded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Protocol

from rich.text import Text

from forensics.model.case_file import CaseFile
from forensics.model.evidence import Citation, Evidence
from forensics.model.header_report import ClockPart, MessagePart
from forensics.model.plan import Plan, RegistryPlan
from forensics.model.posture import Posture
from forensics.model.registration_report import RegistrationReport
from forensics.report import blocks, screen
from forensics.report.escape import for_terminal

HEX_WIDTH = 16
MANY_PIECES = 100
"""Of more pieces that were read now, only those with something amiss are shown one by one."""


class Checked(Protocol):
    """What `show_verification` prints."""

    @property
    def custody_lines(self) -> int: ...  # noqa: D102
    @property
    def custody_head(self) -> str: ...  # noqa: D102
    @property
    def segment_files(self) -> int: ...  # noqa: D102
    @property
    def pieces(self) -> int: ...  # noqa: D102


class Reconciled(Protocol):
    """What `show_status` prints of a piece."""

    @property
    def piece(self) -> Evidence: ...  # noqa: D102
    @property
    def records(self) -> int: ...  # noqa: D102
    @property
    def read(self) -> int: ...  # noqa: D102
    @property
    def ignored(self) -> int: ...  # noqa: D102
    @property
    def unread(self) -> int: ...  # noqa: D102
    @property
    def covered_bytes(self) -> int: ...  # noqa: D102
    @property
    def balanced(self) -> bool: ...  # noqa: D102


def show(case_file: CaseFile) -> None:
    """The whole result, short."""
    from forensics.report import sections

    screen.print_blocks(sections.build(sections.SCREEN, case_file))


def show_posture(posture: Posture) -> None:
    """The mail posture of a domain."""
    from forensics.report.sections import posture as posture_section

    screen.print_blocks(posture_section.build(posture))


def show_messages(messages: Sequence[MessagePart], left_out: int = 0, clocks: Sequence[ClockPart] = ()) -> None:
    """The way of messages, and the clocks that are off."""
    from forensics.report.sections import message_headers

    screen.print_blocks(message_headers.build(messages, left_out, clocks))


def show_plan(plan: Plan) -> None:
    """What would be asked of the network; nothing was sent."""
    from forensics.protocols.dns_answer import MAX_QUERIES

    contacts: list[blocks.Block] = []
    if plan.contacts:
        contacts = [blocks.Heading("What else would be contacted"), blocks.Bullets(plan.contacts)]
    screen.print_blocks(
        [
            blocks.Heading(f"{len(plan.questions)} questions are known beforehand"),
            blocks.Table(("Name", "Type"), plan.questions, wide=0),
            blocks.Paragraph(
                "What the answers lead to is asked as well: SPF includes, DMARC parents, exchangers, their addresses "
                f"and reverse names. No more than {MAX_QUERIES} queries are sent in all."
            ),
            *contacts,
            blocks.Heading("Who would see it"),
            blocks.Bullets(plan.seen),
            blocks.Paragraph("Nothing was sent."),
        ]
    )


def show_registry_plan(plan: RegistryPlan) -> None:
    """What registries would be asked; nothing was sent."""
    screen.print_blocks(
        [
            blocks.Heading("Questions known beforehand"),
            blocks.Table(("Question", "Asked of", "Over"), plan.questions, wide=0),
            blocks.Paragraph(
                "Each protocol costs two connections at most: whom the first answer refers to is asked as well, where "
                "that is a name of a public address."
            ),
            blocks.Heading("Who would see it"),
            blocks.Bullets(plan.seen),
            blocks.Paragraph("Nothing was sent."),
        ]
    )


def show_registration(report: RegistrationReport) -> None:
    """The registration history of a domain."""
    from forensics.report.sections import registration

    screen.print_blocks(registration.build_short(report))


def show_verdict(case_file: CaseFile) -> None:
    """The answer alone."""
    from forensics.report.sections import answer

    screen.print_blocks(answer.build(case_file))


def show_findings(case_file: CaseFile) -> None:
    """Every finding."""
    from forensics.report.sections import findings

    screen.print_blocks(findings.build(case_file))


def show_rules(rules: Sequence[tuple[str, str]]) -> None:
    """Ids and titles."""
    screen.print_blocks([blocks.Table(("Rule", "Finds"), tuple(rules), wide=1)])


def show_added(pieces: Sequence[Evidence]) -> None:
    """What was read now, and what there is to say of it; of many pieces of one sort how many there are."""
    shown = pieces if len(pieces) <= MANY_PIECES else [piece for piece in pieces if piece.state != "read"]
    rows = tuple((piece.id, piece.path, piece.format or "-", piece.state, f"{piece.records:,}") for piece in shown)
    found: list[blocks.Block] = (
        [blocks.Table(("Id", "File", "Format", "State", "Records"), rows, wide=1)] if rows else []
    )
    if len(shown) < len(pieces):
        found += _summed([piece for piece in pieces if piece.state == "read"])
    nothing = blocks.Paragraph("Nothing was added: all of it is in the case already, unchanged.")
    screen.print_blocks([*found, *_notes(pieces)] if pieces else [nothing])


def _summed(pieces: Sequence[Evidence]) -> Iterator[blocks.Block]:
    """How many pieces there are of each format, and how many records they hold."""
    files, records = Counter[str](), Counter[str]()
    for piece in pieces:
        files[piece.format or "-"] += 1
        records[piece.format or "-"] += piece.records
    rows = tuple((name, f"{count:,}", f"{records[name]:,}") for name, count in sorted(files.items()))
    yield blocks.Table(("Format", "Files read", "Records"), rows, wide=0)
    yield blocks.Paragraph("`forensics case status` lists each of them.")


def show_status(reconciled: Sequence[Reconciled]) -> None:
    """Per piece: records = read + ignored + unread with the reasons, rows made, and bytes that the ledger covers."""
    pieces = [item.piece for item in reconciled]
    files = tuple((piece.id, piece.path, piece.format or "-", piece.state) for piece in pieces)
    counts = tuple(
        (
            item.piece.id, f"{item.records:,}", f"{item.read:,}", f"{item.ignored:,}", f"{item.unread:,}",
            f"{sum(item.piece.rows.values()):,}", f"{item.piece.content_bytes:,}", f"{item.covered_bytes:,}",
        )
        for item in reconciled
    )  # fmt: skip
    columns = ("Id", "Records", "Read", "Ignored", "Unread", "Rows", "Bytes", "Covered")
    odd = [item.piece.id for item in reconciled if not item.balanced]
    everything = f"Records or bytes of {', '.join(odd)} are not accounted for. Run `forensics case verify`."
    screen.print_blocks(
        [
            blocks.Table(("Id", "File", "Format", "State"), files, wide=1),
            blocks.Table(columns, counts, wide=0),
            *_notes(pieces),
            blocks.Paragraph(everything if odd else "Every record and every byte is accounted for."),
        ]
    )


def _notes(pieces: Sequence[Evidence]) -> Iterator[blocks.Block]:
    """Why records were ignored or not read, and the problems of each piece; what is true of several is said once."""
    alike: dict[tuple[str, ...], list[Evidence]] = {}
    for piece in pieces:
        reasons = [f"{count:,} ignored: {reason}" for reason, count in piece.ignored.items()]
        reasons += [f"{count:,} unread: {reason}" for reason, count in piece.unread.items()]
        alike.setdefault((*reasons, *(" ".join(problem.split()) for problem in piece.problems)), []).append(piece)
    for notes, same in alike.items():
        if notes:
            first, more = same[0], f" and {len(same) - 1:,} more" if len(same) > 1 else ""
            yield blocks.Paragraph(f"{first.id} {first.path}{more}")
            yield blocks.Bullets(notes)


def show_verification(checked: Checked) -> None:
    """That everything is as it was."""
    facts = (
        ("Custody", f"{checked.custody_lines} lines, unbroken"),
        ("Head", checked.custody_head),
        ("Segments", f"{checked.segment_files} files, unchanged"),
        ("Evidence", f"{checked.pieces} pieces, unchanged; every byte has one fate"),
    )
    screen.print_blocks([blocks.Facts(facts)])


def show_bytes(piece: Evidence, citation: Citation, data: bytes) -> None:
    """The cited bytes: as text where they are text, else as a hex dump."""
    lines = [f"{citation}  {piece.path}  {piece.sha256}"]
    text = _text(data)
    if text is not None:
        lines += text.splitlines()
    else:
        lines += [_hex_line(data, start, citation.offset or 0) for start in range(0, len(data), HEX_WIDTH)]
    console = screen.console()
    for line in lines:
        console.print(Text(for_terminal(line)), soft_wrap=True)


def _text(data: bytes) -> str | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    plain = sum(character.isprintable() or character in "\r\n\t" for character in text)
    return text if plain >= 0.9 * len(text) else None


def _hex_line(data: bytes, start: int, offset: int) -> str:
    part = data[start : start + HEX_WIDTH]
    shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
    return f"{offset + start:012x}  {part.hex(' '):<{3 * HEX_WIDTH}} {shown}"
