"""What is handed over: the evidence tree, its sheet, and the answers that the lab vouches for.

The labels come from what the lab did, never from reading the evidence. `Truth` says what happened on the wire;
`best_answers` says how much of it one vantage alone can honestly tell (METHOD, sections 1 and 2).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

QUESTIONS = ("smtp_activity", "mail_received", "mail_sent")
_NONE = dict.fromkeys(QUESTIONS, "unknown")


@dataclass(slots=True)
class Truth:
    """What happened between the subject and the network in the window.

    `in` is from the network to the subject, its own users' submissions among them; `out` is from the subject to the
    network. `sessions_*` are dialogues, `encrypted_*` those of them that went on inside TLS, and `implicit_in` those
    inside TLS from the first byte. `clear_*` are accepted messages that were readable on the wire, `hidden_*` accepted
    messages inside TLS; `envelopes` are the readable ones. `unsided_in` are sessions on a high port that is not known
    for mail: flow records do not tell which side called.
    """

    sessions_in: int = 0
    sessions_out: int = 0
    clear_in: int = 0
    clear_out: int = 0
    hidden_in: int = 0
    hidden_out: int = 0
    encrypted_in: int = 0
    encrypted_out: int = 0
    implicit_in: int = 0
    unsided_in: int = 0
    envelopes: int = 0
    other_connections_in: int = 0
    dns: bool = True

    def best_answers(self, vantage: str) -> dict[str, str]:
        """The strongest honest answers from one complete source with that vantage."""
        exact = {
            "smtp_activity": _word(self.sessions_in + self.sessions_out > 0),
            "mail_received": _word(self.clear_in + self.hidden_in > 0),
            "mail_sent": _word(self.clear_out + self.hidden_out > 0),
        }
        if vantage == "subject_mta":
            return exact
        if vantage == "subject_link":
            readable = self.sessions_in + self.sessions_out > self.implicit_in
            return {
                "smtp_activity": "yes" if readable else "unknown" if self.implicit_in else "no",
                "mail_received": _seen(self.clear_in, self.encrypted_in),
                "mail_sent": _seen(self.clear_out, self.encrypted_out),
            }
        if vantage == "subject_flows":
            opened = self.sessions_in + self.other_connections_in
            any_opened = opened + self.sessions_out
            return {"smtp_activity": "unknown" if any_opened else "no", "mail_received": "unknown" if opened else "no",
                    "mail_sent": "unknown" if self.sessions_out + self.unsided_in else "no"}  # fmt: skip
        return dict(_NONE)

    def verdict(self, answers: dict[str, str]) -> str:
        """The one verdict that these answers allow (METHOD, section 1)."""
        if "yes" in (answers["mail_received"], answers["mail_sent"]):
            return "mail_activity"
        if answers["smtp_activity"] == "no":
            return "resolver_traffic_only" if self.dns else "no_activity"
        if answers["smtp_activity"] == "yes" and answers["mail_received"] == answers["mail_sent"] == "no":
            return "smtp_without_mail"
        return "undetermined"


@dataclass(slots=True)
class Handover:
    """The folder of one story: call `add` for each piece, then `write`."""

    folder: Path
    domain: str
    servers: tuple[str, ...]
    start: datetime
    end: datetime
    truth: Truth
    claims: list[dict[str, Any]] = field(default_factory=list)
    claim_verdicts: dict[str, str] = field(default_factory=dict)
    dns_queries: dict[str, int] = field(default_factory=dict)
    _rows: list[dict[str, Any]] = field(default_factory=list)
    _views: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, source: Path | str, name: str, vantage: str, *, view: str | None = None,
            answers: dict[str, str] | None = None, sheet: dict[str, Any] | None = None) -> None:  # fmt: skip
        """Hand over a file (or text) under a name below `evidence/`.

        Args:
            view: the view that this piece belongs to; several pieces may share one.
            answers: the best answers of that view, where the vantage alone does not say them.
            sheet: what the evidence sheet says of it; without it, its vantage and that it covers the window.
        """
        target = self.folder / "evidence" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(source, Path):
            shutil.copyfile(source, target)
        else:
            target.write_text(source)
        about: dict[str, Any] = {"path": f"evidence/{name}", "vantage": vantage}
        if vantage not in ("record", "message"):
            about["covers"] = self.window()
        self._rows.append(about | (sheet or {}))
        if view:
            made = self._views.setdefault(view, {"files": [], "answers": answers or self.truth.best_answers(vantage)})
            made["files"].append(f"evidence/{name}")
            if view in self.dns_queries:
                made["counts"] = {"dns_queries": self.dns_queries[view]}

    def claim(self, verdict: str, **words: object) -> None:
        """Put a claim on the sheet, and the honest word for it into the answers."""
        self.claims.append(words)
        self.claim_verdicts[str(words["id"])] = verdict

    def window(self) -> list[str]:
        """Start and end, RFC 3339."""
        return [moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") for moment in (self.start, self.end)]

    def write(self) -> None:
        """Write `sheet.yml` and `answer.yml`."""
        sheet: dict[str, Any] = {
            "subject": {"domain": self.domain, "servers": list(self.servers)},
            "window": self.window(),
        }
        if self.claims:
            sheet["claims"] = self.claims
        _dump({**sheet, "evidence": self._rows}, self.folder / "sheet.yml")
        answers = merged(view["answers"] for view in self._views.values())
        _dump({"answers": answers, "verdict": self.truth.verdict(answers), "claims": self.claim_verdicts,
               "counts": self._counts(), "views": self._views}, self.folder / "answer.yml")  # fmt: skip

    def _counts(self) -> dict[str, int]:
        truth = self.truth
        if not any(row["vantage"] == "subject_link" for row in self._rows):
            return {}
        return {
            "smtp_sessions": truth.sessions_in + truth.sessions_out - truth.implicit_in,
            "envelopes": truth.envelopes,
            "messages_accepted": truth.clear_in + truth.clear_out,
        }


def merged(answers: Iterable[dict[str, str]]) -> dict[str, str]:
    """What sources say together that each speak for the whole window: a yes, else a no, else unknown.

    >>> merged([{"mail_sent": "no"}, {"mail_sent": "unknown"}])["mail_sent"]
    'no'
    """
    held = list(answers)
    together = {}
    for question in QUESTIONS:
        said = {one.get(question, "unknown") for one in held}
        together[question] = "yes" if "yes" in said else "no" if "no" in said else "unknown"
    return together


def now() -> datetime:
    """The present, UTC."""
    return datetime.now(UTC)


def _seen(readable: int, sealed: int) -> str:
    return "yes" if readable else "unknown" if sealed else "no"


def _word(true: bool) -> str:
    return "yes" if true else "no"


def _dump(document: dict[str, Any], path: Path) -> None:
    writer = YAML()
    writer.indent(mapping=2, sequence=4, offset=2)
    writer.width = 110
    writer.default_flow_style = False
    with path.open("w") as sink:
        writer.dump(_quoted(document), sink)


def _quoted(value: Any) -> Any:
    """The value with `yes` and `no` as quoted text: YAML 1.1 readers take the bare words for truth values."""
    if isinstance(value, dict):
        return {key: _quoted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_quoted(item) for item in value]
    return DoubleQuotedScalarString(value) if value in ("yes", "no") else value
