"""The values of one record while they come in, and those of a document's head: named by the path of their element."""

from __future__ import annotations

import re

from forensics.protocols import address_text
from forensics.protocols.aggregate_report.values import AggregateRecord, AuthResult, ReportHead, Unreadable

MAX_TEXT = 1_000
"""Characters of one value."""
MAX_RESULTS = 100
"""DKIM signatures, SPF checks and reasons that are kept of one record."""
MAX_COUNT = (1 << 63) - 1

REPEATED = {"auth_results/dkim", "auth_results/spf", "row/policy_evaluated/reason"}
"""Elements of a record that may stand more than once."""
_NUMBER = re.compile(r"[0-9]{1,19}+")
_VALUES = {
    "row/source_ip", "row/count", "row/policy_evaluated/disposition", "row/policy_evaluated/dkim",
    "row/policy_evaluated/spf", "identifiers/header_from", "identifiers/envelope_from", "identifiers/envelope_to",
}  # fmt: skip
_HEAD = {
    "report_metadata/org_name", "report_metadata/email", "report_metadata/report_id",
    "report_metadata/date_range/begin", "report_metadata/date_range/end", "policy_published/domain",
}  # fmt: skip
_POLICY = ("discovery_method", "p", "sp", "np", "adkim", "aspf", "pct", "testing", "fo")


class HeadFields:
    """The values before the first record, and between records; of one that stands twice the first counts."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def take(self, path: list[str], value: str | None) -> None:
        """The value of an element that has ended; None where it holds others."""
        key = "/".join(path)
        known = key in _HEAD or (len(path) == 2 and path[0] == "policy_published" and path[1] in _POLICY)
        if known and value and len(value) <= MAX_TEXT:
            self._values.setdefault(key, value)

    def head(self) -> ReportHead:
        """What the document has said of itself up to here."""
        said = self._values
        policy = "; ".join(f"{tag}={said[key]}" for tag in _POLICY if (key := f"policy_published/{tag}") in said)
        return ReportHead(
            org_name=said.get("report_metadata/org_name"), email=said.get("report_metadata/email"),
            report_id=said.get("report_metadata/report_id"),
            begin=_number(said.get("report_metadata/date_range/begin")),
            end=_number(said.get("report_metadata/date_range/end")),
            domain=said.get("policy_published/domain"), policy=policy or None,
        )  # fmt: skip


class RecordFields:
    """The values of one record while they come in."""

    def __init__(self) -> None:
        self.excerpt = b""
        self._values: dict[str, str] = {}
        self._repeated: dict[str, list[dict[str, str]]] = {key: [] for key in REPEATED}
        self._group: dict[str, str] | None = None
        self._wrong: Unreadable | None = None

    def open(self) -> None:
        """Begin an element that may stand more than once."""
        self._group = {}

    def take(self, path: list[str], value: str | None) -> None:
        """The value of an element that has ended; None where it holds others."""
        key = "/".join(path).replace("identities/", "identifiers/")
        if key in REPEATED:
            if len(self._repeated[key]) < MAX_RESULTS:
                self._repeated[key].append(self._group or {})
            self._group = None
        elif value is not None and self._group is not None and "/".join(path[:-1]) in REPEATED:
            self._group.setdefault(path[-1], value[:MAX_TEXT])
        elif value is not None and key in _VALUES:
            if key in self._values:
                self._wrong = self._wrong or Unreadable(f"{path[-1]} stands twice", self.excerpt, refused=False)
            if len(value) > MAX_TEXT:
                reason = f"{path[-1]} is longer than {MAX_TEXT} characters"
                self._wrong = self._wrong or Unreadable(reason, self.excerpt, refused=True)
            self._values[key] = value

    def close(self, head: ReportHead) -> AggregateRecord | Unreadable:
        """The record, or why it is none."""
        if self._wrong is not None:
            return self._wrong
        address, number = self._values.get("row/source_ip"), self._values.get("row/count")
        source_ip = address_text.canonical(address) if address else None
        count = _number(number)
        if source_ip is None:
            return self._unreadable("source_ip is no address" if address else "a record without source_ip")
        if count is None:
            return self._unreadable("count is no number of messages" if number else "a record without count")
        evaluated, named = "row/policy_evaluated/", "identifiers/"
        return AggregateRecord(
            head=head, source_ip=source_ip, messages=count, disposition=self._said(f"{evaluated}disposition"),
            dkim=self._said(f"{evaluated}dkim"), spf=self._said(f"{evaluated}spf"),
            header_from=self._said(f"{named}header_from"), envelope_from=self._values.get(f"{named}envelope_from"),
            envelope_to=self._said(f"{named}envelope_to"), dkim_results=self._results("auth_results/dkim", "selector"),
            spf_results=self._results("auth_results/spf", "scope"),
            reasons=tuple(
                reason for group in self._repeated["row/policy_evaluated/reason"] if (reason := group.get("type"))
            ),
        )  # fmt: skip

    def _unreadable(self, reason: str) -> Unreadable:
        return Unreadable(reason, self.excerpt, refused=False)

    def _said(self, key: str) -> str | None:
        return self._values.get(key) or None

    def _results(self, key: str, detail: str) -> tuple[AuthResult, ...]:
        return tuple(
            AuthResult(group.get("domain") or None, group.get("result") or None, group.get(detail) or None)
            for group in self._repeated[key]
        )


def _number(text: str | None) -> int | None:
    number = int(text) if text and _NUMBER.fullmatch(text) else None
    return number if number is not None and number <= MAX_COUNT else None
