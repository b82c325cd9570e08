"""Many alike pieces of one folder share a line; none is lost."""

from __future__ import annotations

from forensics.model.case_file import EvidencePart
from forensics.report.sections import folders

MAILDIR = "case/mail/b.example/{user}/Maildir/new/1795425694.V1I{user}M3.mx.b.example"


def piece(number: int, path: str) -> EvidencePart:
    return EvidencePart(
        id=f"E{number}", path=path, sha256=None, size_bytes=0, format=None, vantage=None, vantage_from="unknown",
        state="read", records=0, unread=0, first_ts=None, last_ts=None, covers=None, covers_window=False, sees=(),
        blind_to=(),
    )  # fmt: skip


def named(*paths: str) -> list[tuple[str, str]]:
    pieces = [piece(number, path) for number, path in enumerate(paths, 1)]
    groups = folders.grouped(pieces, lambda part: part.state, folders.common(pieces))
    assert sum(len(group.pieces) for group in groups) == len(pieces)
    return [(group.ids, group.name) for group in groups]


def test_a_few_files_of_a_folder_are_named_each() -> None:
    assert named("case/dns/a.log", "case/dns/b.log", "case/c.pcap") == [
        ("E1", "dns/a.log"), ("E2", "dns/b.log"), ("E3", "c.pcap"),
    ]  # fmt: skip


def test_three_alike_files_of_a_folder_share_a_line_with_their_ids() -> None:
    assert named("case/a.zone", "case/z/b.zone", "case/z/c.zone", "case/z/d.zone") == [
        ("E1", "a.zone"), ("E2–E4", "z/ (3 files)"),
    ]  # fmt: skip


def test_files_of_the_common_folder_itself_share_a_line_too() -> None:
    assert named("case/a", "case/b", "case/c") == [("E1–E3", "./ (3 files)")]


def test_messages_of_all_mailboxes_of_a_domain_share_a_line() -> None:
    assert named("case/a.log", MAILDIR.format(user="anna"), MAILDIR.format(user="bruno")) == [
        ("E1", "a.log"), ("E2, E3", "mail/b.example/ (2 messages)"),
    ]  # fmt: skip


def test_ids_with_gaps_are_told_as_runs() -> None:
    assert folders.ids([piece(number, "a") for number in (1, 2, 4, 5, 6, 9)]) == "E1, E2, E4–E6, E9"


def test_relative_and_absolute_paths_have_no_common_folder() -> None:
    assert folders.common([piece(1, "/var/log/a"), piece(2, "log/b")]) == ""
    assert folders.common([piece(1, "/a"), piece(2, "/b/c")]) == ""
    assert folders.common([]) == ""
