"""What the name behind `from` is, told by the server that wrote the field (see `origin` for the three orders)."""

from __future__ import annotations

import re

from forensics.protocols.received import address
from forensics.protocols.received.origin import NameRole
from forensics.protocols.received.tokens import Clauses, is_comment

_CRITICAL_PATH = re.compile(r"\([0-9]{1,2}\.[0-9]\.[0-9]{3}(?:\.[0-9]{1,3})?\)")  # (7.0.027)
_SMTP = re.compile(r"E?SMTPS?A?", re.IGNORECASE)


def name_role(clauses: Clauses, protocol: str | None) -> NameRole:
    """What a lone name in this field is; the RFC's HELO name where the server is not known for another order."""
    notes = [token for token in clauses.by + clauses.with_ + clauses.tls if token[0] == "("]
    for note in notes:
        if note.startswith("(Exim"):
            is_local = bool(clauses.with_) and clauses.with_[0].lower().startswith("local")
            return NameRole.USER if is_local else NameRole.BOTH
        if note.startswith("(ecelerity"):
            return NameRole.REVERSE
        if _CRITICAL_PATH.fullmatch(note):
            return NameRole.BOTH
    if protocol in ("HTTP", "HTTPS", "HTTPU") or (clauses.via and clauses.via[0].upper() == "HTTP"):
        return NameRole.REVERSE  # webmail: there was no HELO
    if clauses.via and clauses.id and clauses.id[0].startswith("smtpd"):
        return NameRole.REVERSE  # obtuse smtpd: from RDNS(IP) via SMTP by host, id smtpd000001
    return NameRole.BOTH if _is_qmail(clauses, protocol) else NameRole.HELO


def _is_qmail(clauses: Clauses, protocol: str | None) -> bool:
    """qmail and its kin write the address bare and have no queue id: from RDNS (user@IP) by host with SMTP; date."""
    if clauses.id or protocol is None or _SMTP.fullmatch(protocol) is None or any(map(is_comment, clauses.by)):
        return False
    comments = [token[1:-1] for token in clauses.from_ if is_comment(token)]
    return any(_is_bare_address(comment) for comment in comments)


def _is_bare_address(comment: str) -> bool:
    host = comment.split(" with ", 1)[0].rpartition("@")[2]
    return "[" not in host and (host.count(":") != 1) and address.read(host) is not None
