"""Log lines about what Postfix decided of a command or a message: reject, hold, discard, by table, milter or proxy."""

from __future__ import annotations

import re

from forensics.protocols.postfix_events.parts import Fields, endpoint, reply, split_envelope, taken_as

_REFUSALS = {"reject", "milter-reject", "proxy-reject"}
ACTIONS = (
    "reject", "reject_warning", "warn", "hold", "discard", "filter", "redirect", "prepend", "replace", "strip", "bcc",
    "info", "delay", "permit", "pass", "warning", "milter-reject", "milter-discard", "milter-hold", "milter-warning",
    "proxy-reject", "proxy-accept",
)  # fmt: skip
_ACTION = re.compile(
    r"""
    (?P<action>[a-z_-]{2,20}):[ ]
    (?P<stage>
        [A-Z][A-Z_ -]{1,30}?                                            # RCPT, END-OF-MESSAGE
      | (?:mime[ -]|nested[ -])?header | body | mime[ ]nested[ ]message
    )
    (?=[ :])
    """,
    re.VERBOSE,
)
_CLIENT_AT_END = re.compile(r" from (?P<client>\S{1,600}|local)$")


def decision(text: str) -> Fields | None:
    """`ACTION: STAGE from CLIENT: REPLY; from=<a> to=<b> proto=ESMTP helo=<c>`; None for anything else."""
    match = _ACTION.match(text)
    if not match or match["action"] not in ACTIONS:
        return None
    action, stage = match["action"], match["stage"]
    if action == "warning" and stage[0].isupper():
        return None
    about, envelope = split_envelope(text)
    rest = about[match.end() :]
    found = {"event": "reject" if action in _REFUSALS else "other", "action": action, "stage": stage}
    if stage[0].islower():
        return found | _of_content(rest, text) | envelope
    found |= _of_command(rest)
    if action == "proxy-accept":
        found |= {"event": "accepted"} | taken_as(found.get("reply_text", ""))
    elif action not in _REFUSALS:
        found["reply_text"] = text
    return found | envelope


def _of_command(rest: str) -> Fields:
    """` from name[address]: 550 5.1.1 ...`, or `: 250 ...` where no client is named."""
    found: Fields = {}
    if rest.startswith(" from "):
        read = endpoint(rest, len(" from "), "client")
        if read is None:
            return {"reply_text": rest[len(" from ") :]}
        found, end = read
        rest = rest[end:]
    return found | reply(rest.removeprefix(":").strip())


def _of_content(rest: str, text: str) -> Fields:
    """cleanup(8) on a header or body line: ` Subject: ... from name[address]`; the client is named last."""
    match = _CLIENT_AT_END.search(rest[-700:])
    read = endpoint(match["client"], 0, "client") if match else None
    return (read[0] if read else {}) | {"reply_text": text}
