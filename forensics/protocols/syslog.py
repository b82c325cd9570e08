"""The frame that syslog and journald put around a program's line: time stamp, host, program, process id, message.

Read are RFC 3164 (`Mon dd hh:mm:ss`, also with a year or a fraction), ISO 8601 and RFC 3339 time stamps (rsyslog's
default today, `journalctl -o short-iso`), `journalctl -o short-unix`, RFC 5424, and `journalctl -o json`.
What a time stamp means is settled by `forensics.protocols.syslog_time`.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import msgspec


class Frame(NamedTuple):
    """One log line taken apart.

    `time` is the time stamp as written (of the journal: `@` and microseconds since 1970); `program` is None where the
    line names none, as in "last message repeated 3 times".
    """

    time: str
    host: str | None
    program: str | None
    pid: int | None
    message: str


_RFC3164_TIME = r"[A-Z][a-z]{2}[ ][ \d]?\d[ ](?:\d{4}[ ])?\d\d:\d\d:\d\d(?:\.\d{1,9})?"
_ISO_TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_UNIX_TIME = r"\d{9,10}\.\d{1,9}"

_LINE = re.compile(
    rf"""
    (?:<\d{{1,3}}>)?                             # <22>  priority, where the raw packet was kept
    (?P<time>{_RFC3164_TIME}|{_ISO_TIME}|{_UNIX_TIME})[ ]
    (?P<host>[^\s:]{{1,255}}|[0-9a-fA-F:.]{{2,45}})[ ]   # mx1.northwind.example, or the address of a relayed host
    (?:(?P<program>[^\s:\[\]]{{1,128}})          # postfix/smtpd
       (?:\[(?P<pid>\d{{1,10}})\])?              # [4711]
       :[ ]?)?
    (?P<message>.*)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_RFC5424 = re.compile(
    r"""
    (?:<\d{1,3}>)?1[ ]                           # <22>1
    (?P<time>\S{1,64})[ ]                        # 2026-11-23T09:13:40.003Z or -
    (?P<host>\S{1,255})[ ]
    (?P<program>\S{1,128})[ ]                    # app-name
    (?P<pid>\S{1,128})[ ]                        # procid
    \S{1,32}[ ]                                  # msgid
    """,
    re.VERBOSE | re.ASCII,
)
_STAMP_5424 = re.compile(rf"-|{_ISO_TIME}", re.ASCII)


def parse(text: str) -> Frame | None:
    """Take one log line apart; None where it has no frame known here.

    >>> parse("Nov 23 09:13:40 mx1 postfix/qmgr[91]: 4E8A1: removed").program
    'postfix/qmgr'
    """
    if text.startswith("{"):
        return _journal(text)
    match = _LINE.match(text)
    if match:
        time, host, program, pid, message = match.group("time", "host", "program", "pid", "message")
        return Frame(time, host, program, int(pid) if pid else None, message)
    return _rfc5424(text)


def _rfc5424(text: str) -> Frame | None:
    """RFC 5424 section 6: header, structured data, message."""
    match = _RFC5424.match(text)
    if not match or not _STAMP_5424.fullmatch(match["time"]):
        return None
    end = _end_of_structured_data(text, match.end())
    if end is None:
        return None
    message = text[end:].removeprefix(" ").removeprefix("\ufeff")
    pid = match["pid"]
    return Frame(match["time"], _given(match["host"]), _given(match["program"]), _number(pid), message)


def _end_of_structured_data(text: str, start: int) -> int | None:
    """Where the structured data (`-` or one or more `[id name="value"]`) end; None where they are malformed."""
    if text.startswith("-", start):
        return start + 1
    at = start
    while text.startswith("[", at):
        end = _end_of_element(text, at + 1)
        if end is None:
            return None
        at = end
    return at if at > start else None


def _end_of_element(text: str, start: int) -> int | None:
    quoted, at = False, start
    while at < len(text):
        char = text[at]
        if char == "\\" and quoted:
            at += 1
        elif char == '"':
            quoted = not quoted
        elif char == "]" and not quoted:
            return at + 1
        at += 1
    return None


def _journal(text: str) -> Frame | None:
    """One entry of `journalctl -o json` (systemd.journal-fields(7))."""
    try:
        entry = msgspec.json.decode(text.encode("utf-8", "surrogatepass"))
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
    if not isinstance(entry, dict):
        return None
    time = _journal_text(entry.get("__REALTIME_TIMESTAMP"))
    message = _journal_text(entry.get("MESSAGE"))
    if time is None or not time.isascii() or not time.isdigit() or message is None:
        return None
    program = _journal_text(entry.get("SYSLOG_IDENTIFIER")) or _journal_text(entry.get("_COMM"))
    pid = _number(_journal_text(entry.get("SYSLOG_PID")) or _journal_text(entry.get("_PID")) or "")
    return Frame("@" + time, _journal_text(entry.get("_HOSTNAME")), program, pid, message)


def _journal_text(value: Any) -> str | None:
    """A field's text: a string, an array of byte values (where it is no UTF-8 text), or the first of several."""
    if isinstance(value, list) and value and isinstance(value[0], str):
        return value[0]
    if isinstance(value, list) and all(isinstance(byte, int) and 0 <= byte < 256 for byte in value):
        return bytes(value).decode("utf-8", "backslashreplace")
    return value if isinstance(value, str) else None


def _given(text: str) -> str | None:
    return None if text == "-" else text


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else None
