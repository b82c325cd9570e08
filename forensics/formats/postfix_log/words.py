"""The words, columns and codes that the kernel and its caller share."""

from __future__ import annotations

import numpy as np

SLOW, FAST, OTHER_PROGRAM = 0, 1, 2

TEXT_COLUMNS = (
    "host", "program", "queue_id", "peer_ip", "peer_name", "helo", "mail_from", "rcpt_to", "message_id", "dsn",
    "reply_text", "remote_queue_id", "sasl_username", "tls_version",
)  # fmt: skip
(
    HOST, PROGRAM, QUEUE_ID, PEER_IP, PEER_NAME, HELO, MAIL_FROM, RCPT_TO, MESSAGE_ID, DSN,
    REPLY_TEXT, REMOTE_QUEUE_ID, SASL_USERNAME, TLS_VERSION,
) = range(len(TEXT_COLUMNS))  # fmt: skip
NUMBER_COLUMNS = ("pid", "peer_port", "reply_code", "size_bytes", "recipients", "envelopes", "commands")
PID, PEER_PORT, REPLY_CODE, SIZE_BYTES, RECIPIENTS, ENVELOPES, COMMANDS = range(len(NUMBER_COLUMNS))

CODE_COLUMNS = ("event", "status", "daemon", "flags")
EVENT, STATUS, DAEMON, FLAGS = range(len(CODE_COLUMNS))
IS_LOOPBACK, HAS_SASL, IS_IPV6 = 1, 2, 4

EVENTS = (
    "connect", "disconnect", "lost_connection", "tls", "accepted", "message_id", "queued", "delivery", "reject",
    "removed",
)  # fmt: skip
(
    CONNECT, DISCONNECT, LOST_CONNECTION, TLS, ACCEPTED, MESSAGE_ID_SEEN, QUEUED, DELIVERY, REJECT, REMOVED,
) = range(len(EVENTS))  # fmt: skip
STATUSES = ("sent", "deferred", "bounced")

SPACE, COMMA, COLON, SEMICOLON, LESS, EQUALS, GREATER, OPENING, CLOSING = (np.int64(byte) for byte in b" ,:;<=>[]")
UP_TO = tuple(np.int64(count) for count in range(11))
"""Numbers that functions are called with; as numbers of Python each would be compiled anew for every one of them."""

_blob = bytearray()


def word(text: str) -> tuple[int, int]:
    """Where a word stands in `WORDS`, and its length."""
    _blob.extend(text.encode())
    return len(_blob) - len(text), len(text)


POSTFIX = word("postfix/")
POSTFIX_ALONE = word("postfix")
SMTPD = word("smtpd")
CLEANUP = word("cleanup")
QMGR = word("qmgr")
SENDERS = (word("smtp"), word("lmtp"), word("virtual"), word("local"), word("pipe"), word("error"))
DAEMONS = ("smtpd", "cleanup", "qmgr", "smtp", "lmtp", "virtual", "local", "pipe", "error")
IS_SMTPD, IS_CLEANUP, IS_QMGR, FIRST_SENDER = range(4)
IS_SMTP, IS_LMTP = FIRST_SENDER, FIRST_SENDER + 1

UNKNOWN = word("unknown")
LOOPBACK = word("127.")
CONNECT_FROM = word("connect from ")
DISCONNECT_FROM = word("disconnect from ")
LOST_AFTER = word("lost connection after ")
FROM = word(" from ")
CLIENT = word("client=")
SASL_METHOD = word(", sasl_method=")
SASL_NAME = word(", sasl_username=")
NOQUEUE_REJECT = word("NOQUEUE: reject: RCPT from ")
ENVELOPE = word("; from=")
TO = word(" to=")
PROTO = word(" proto=")
HELO_IS = word(" helo=")
TRUSTS = (word("Anonymous"), word("Untrusted"), word("Trusted"), word("Verified"))
TLS_FROM = word(" TLS connection established from ")
TLS_TO = word(" TLS connection established to ")
TLS_V = word(": TLSv")
WITH_CIPHER = word(" with cipher ")
MESSAGE_ID_IS = word("message-id=<")
REMOVED_WORD = word("removed")
FROM_IS = word("from=")
SIZE_IS = word(", size=")
NRCPT_IS = word(", nrcpt=")
QUEUE_ACTIVE = word(" (queue active)")
TO_IS = word("to=")
ORIG_TO = word(", orig_to=")
RELAY = word(", relay=")
CONN_USE = word(", conn_use=")
DELAY_IS = word(", delay=")
DELAYS_ARE = word(", delays=")
TLS_IS = word(", tls=")
DSN_IS = word(", dsn=")
STATUS_IS = word(", status=")
STATUS_WORDS = tuple(word(f"{status} (") for status in STATUSES)
HOST_WORD = word("host ")
SAID = word(" said: ")
REFUSED = word(" refused to talk to me: ")
QUEUED_AS = word("queued as ")
EXIM_ID = word("OK id=")
SENDMAIL_ACCEPTED = word(" Message accepted for delivery")
COMMANDS_IS = word("commands=")
MAIL_IS = word("mail=")

WORDS = np.frombuffer(bytes(_blob) + bytes(8), np.uint8)
"""All words, one after another, then zeros, since eight bytes are read at once: the kernel is given their address, as
it is given the block's."""

_TEXTS, _NUMBERS, _CODES = len(TEXT_COLUMNS), len(NUMBER_COLUMNS), len(CODE_COLUMNS)
STARTS = 0
ENDS = STARTS + _TEXTS
NUMBERS = ENDS + _TEXTS
CODES = NUMBERS + _NUMBERS
DELAY = CODES + _CODES
DELAY_SCALE = DELAY + 1
DAY_START, DAY_END, ZONE_START, ZONE_END, OF_DAY = range(DELAY_SCALE + 1, DELAY_SCALE + 6)
CELLS = OF_DAY + 1
"""The cells in which the kernel keeps the fields of the line at hand: where each text starts (-1: None) and ends,
the numbers, the codes, the delay as a fraction, the time stamp's day, zone and nanoseconds of the day."""
LINES_AT_ONCE = 256
"""So many lines, each with cells of its own, are read and then numbered: what is found of them stays in the cache."""
LEAST_SLOTS = 1024
