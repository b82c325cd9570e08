from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.syslog import Frame, parse

FRAMES = [
    (
        "Nov  3 09:13:40 mx1 postfix/qmgr[91]: 4E8A1B: removed",
        Frame("Nov  3 09:13:40", "mx1", "postfix/qmgr", 91, "4E8A1B: removed"),
    ),
    (
        "<22>Nov 23 2026 09:13:40.003 mx1 postfix/smtpd[9]: connect from a[192.0.2.1]",
        Frame("Nov 23 2026 09:13:40.003", "mx1", "postfix/smtpd", 9, "connect from a[192.0.2.1]"),
    ),
    (
        "2026-11-23T09:13:40.003115+01:00 mx1 postfix/submission/smtpd[9]: idle",
        Frame("2026-11-23T09:13:40.003115+01:00", "mx1", "postfix/submission/smtpd", 9, "idle"),
    ),
    (
        "2026-11-23T09:13:40+0100 mx1 postfix/smtp[9]: idle",
        Frame("2026-11-23T09:13:40+0100", "mx1", "postfix/smtp", 9, "idle"),
    ),
    ("1795425220.003115 mx1 sshd[4]: x", Frame("1795425220.003115", "mx1", "sshd", 4, "x")),
    (
        "Nov 23 09:13:40 2001:db8::25 postfix/qmgr[91]: 4E8A1B: removed",
        Frame("Nov 23 09:13:40", "2001:db8::25", "postfix/qmgr", 91, "4E8A1B: removed"),
    ),
    ("Nov 23 09:13:40 mx1 kernel: eth0: up", Frame("Nov 23 09:13:40", "mx1", "kernel", None, "eth0: up")),
    (
        "Nov 23 09:13:40 mx1 policyd-spf[3]: : prepend x",
        Frame("Nov 23 09:13:40", "mx1", "policyd-spf", 3, ": prepend x"),
    ),
    (
        "Nov 23 09:13:40 mx1 last message repeated 3 times",
        Frame("Nov 23 09:13:40", "mx1", None, None, "last message repeated 3 times"),
    ),
    (
        "<22>1 2026-11-23T09:13:40.003Z mx1 postfix/smtpd 12 - - connect from a[192.0.2.1]",
        Frame("2026-11-23T09:13:40.003Z", "mx1", "postfix/smtpd", 12, "connect from a[192.0.2.1]"),
    ),
    (
        '1 - - postfix/smtpd - ID7 [a@1 b="x\\"] y"][c] \ufeffhello',
        Frame("-", None, "postfix/smtpd", None, "hello"),
    ),
    (
        '{"__REALTIME_TIMESTAMP":"1795425220003115","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"postfix/smtpd",'
        '"_PID":"12","MESSAGE":"connect from a[192.0.2.1]"}',
        Frame("@1795425220003115", "mx1", "postfix/smtpd", 12, "connect from a[192.0.2.1]"),
    ),
    (
        '{"__REALTIME_TIMESTAMP":"1","_COMM":"smtpd","MESSAGE":[104,255]}',
        Frame("@1", None, "smtpd", None, "h\\xff"),
    ),
]


def test_each_frame_is_taken_apart():
    for text, frame in FRAMES:
        assert parse(text) == frame


def test_text_without_a_frame_is_none():
    for text in (
        "",
        "connect from mx.alder.example[192.0.2.1]",
        "Nov 23 mx1 postfix/smtpd[9]: connect",
        "1 yesterday mx1 postfix/smtpd 12 - - x",
        "<22>1 2026-11-23T09:13:40Z mx1 postfix/smtpd 12 - [open x",
        '{"MESSAGE":"no time"}',
        '{"__REALTIME_TIMESTAMP":"1"}',
        '{"__REALTIME_TIMESTAMP":',
        "{" * 5000,
        "[" * 5000,
    ):
        assert parse(text) is None


@given(
    st.text()
    | st.sampled_from([text for text, _ in FRAMES]).flatmap(
        lambda text: st.integers(0, len(text)).map(lambda at: text[:at])
    )
)
def test_any_text_has_a_frame_or_none(text):
    frame = parse(text)
    assert frame is None or text.isspace() or frame.message in text or text.startswith("{")
