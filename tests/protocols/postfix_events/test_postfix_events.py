import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.postfix_events import KEYS, parse
from forensics.protocols.postfix_events.parts import split_envelope, split_queue_id

SUITE = Path(__file__).resolve().parents[3] / ".." / "shared" / "suites" / "postfix" / "cases.json"


def test_the_public_suite_is_met():
    if not SUITE.exists():
        pytest.skip("the public suites are not beside the checkout (../shared)")
    cases = json.loads(SUITE.read_text())["cases"]
    missed = []
    for case in cases:
        found = parse(case["daemon"], case["text"])
        missed += [case["name"] for key, value in case["expected"].items() if found.get(key) != value]
    assert missed == []
    assert len(cases) >= 81


CASES = [
    (
        "smtpd",
        "connect from mx.alder.example[198.51.100.18]:40112",
        {
            "event": "connect", "client_hostname": "mx.alder.example", "client_ip": "198.51.100.18",
            "client_port": "40112",
        },
    ),
    (
        "smtpd",
        "disconnect from unknown[2001:db8::7] ehlo=1 mail=2 rcpt=1/2 data=1 quit=1 commands=6/7",
        {
            "event": "disconnect", "client_hostname": "unknown", "client_ip": "2001:db8::7",
            "commands": "6/7", "envelopes": "2",
        },
    ),
    (
        "smtpd",
        "disconnect from unknown[192.0.2.7] ehlo=1 mail=0/1 quit=1 commands=2/3",
        {
            "event": "disconnect", "client_hostname": "unknown", "client_ip": "192.0.2.7",
            "commands": "2/3", "envelopes": "0",
        },
    ),
    (
        "smtpd",
        "3ZnSrQ0TQkz2fPT: client=mx.alder.example[198.51.100.18], sasl_method=PLAIN, sasl_username=ana@nw.example",
        {
            "event": "accepted", "queue_id": "3ZnSrQ0TQkz2fPT", "client_hostname": "mx.alder.example",
            "client_ip": "198.51.100.18", "sasl_method": "PLAIN", "sasl_username": "ana@nw.example",
        },
    ),
    (
        "smtpd",
        "NOQUEUE: client=mx.alder.example[198.51.100.18]",
        {
            "event": "other", "queue_id": "NOQUEUE", "client_hostname": "mx.alder.example",
            "client_ip": "198.51.100.18", "reply_text": "client=mx.alder.example[198.51.100.18]",
        },
    ),
    (
        "smtpd",
        "proxy-accept: END-OF-MESSAGE: 250 2.0.0 Ok: queued as 4E8A1B; from=<> to=<ana@northwind.example> proto=ESMTP "
        "helo=<mx.alder.example>",
        {
            "event": "accepted", "action": "proxy-accept", "stage": "END-OF-MESSAGE", "reply_code": "250",
            "reply_dsn": "2.0.0", "reply_text": "250 2.0.0 Ok: queued as 4E8A1B", "mail_from": "",
            "rcpt_to": "ana@northwind.example", "protocol": "ESMTP", "helo": "mx.alder.example",
            "remote_queue_id": "4E8A1B",
        },
    ),
    (
        "cleanup",
        "4E8A1B: milter-reject: END-OF-MESSAGE from mx.alder.example[198.51.100.18]: 5.7.1 Spam message rejected; "
        "from=<sam@alder.example> to=<ana@northwind.example> proto=ESMTP helo=<mx.alder.example>",
        {
            "event": "reject", "queue_id": "4E8A1B", "action": "milter-reject", "stage": "END-OF-MESSAGE",
            "client_hostname": "mx.alder.example", "client_ip": "198.51.100.18", "reply_dsn": "5.7.1",
            "reply_text": "5.7.1 Spam message rejected", "mail_from": "sam@alder.example",
            "rcpt_to": "ana@northwind.example", "protocol": "ESMTP", "helo": "mx.alder.example",
        },
    ),
    (
        "smtpd",
        "NOQUEUE: reject: CONNECT from unknown[192.0.2.7]: 554 5.7.1 <unknown[192.0.2.7]>: Client host rejected: "
        "Access denied; proto=SMTP",
        {
            "event": "reject", "queue_id": "NOQUEUE", "action": "reject", "stage": "CONNECT", "reply_code": "554",
            "reply_dsn": "5.7.1", "client_hostname": "unknown", "client_ip": "192.0.2.7", "protocol": "SMTP",
            "reply_text": "554 5.7.1 <unknown[192.0.2.7]>: Client host rejected: Access denied",
        },
    ),
    (
        "smtp",
        "4E8A1B: to=<pat@alder.example>, orig_to=<all@northwind.example>, relay=mx.alder.example[198.51.100.18]:25, "
        "conn_use=2, delay=0.18, delays=0.09/0/0/0.09, tls=may:ok, dsn=2.0.0, "
        "status=sent (250 2.0.0 Ok: queued as 1CAF43922FC)",
        {
            "event": "delivery", "queue_id": "4E8A1B", "rcpt_to": "pat@alder.example",
            "orig_to": "all@northwind.example", "relay": "mx.alder.example[198.51.100.18]:25",
            "relay_hostname": "mx.alder.example", "relay_ip": "198.51.100.18", "relay_port": "25", "conn_use": "2",
            "delay_s": "0.18", "delays": "0.09/0/0/0.09", "tls": "may:ok", "dsn": "2.0.0", "status": "sent",
            "response": "250 2.0.0 Ok: queued as 1CAF43922FC", "reply_code": "250", "reply_dsn": "2.0.0",
            "reply_text": "250 2.0.0 Ok: queued as 1CAF43922FC", "remote_queue_id": "1CAF43922FC",
        },
    ),
    (
        "smtp",
        "4E8A1B: to=<gone@alder.example>, relay=mx.alder.example[198.51.100.18]:25, delay=0, delays=0/0/0/0, "
        "dsn=5.1.1, status=bounced (host mx.alder.example[198.51.100.18] said: 550-5.1.1 no such user "
        "(in reply to RCPT TO))",
        {
            "event": "delivery", "queue_id": "4E8A1B", "rcpt_to": "gone@alder.example",
            "relay": "mx.alder.example[198.51.100.18]:25", "relay_hostname": "mx.alder.example",
            "relay_ip": "198.51.100.18", "relay_port": "25", "delay_s": "0", "delays": "0/0/0/0", "dsn": "5.1.1",
            "status": "bounced", "reply_code": "550", "reply_dsn": "5.1.1",
            "response": "host mx.alder.example[198.51.100.18] said: 550-5.1.1 no such user "
            "(in reply to RCPT TO)",
            "reply_text": "host mx.alder.example[198.51.100.18] said: 550-5.1.1 no such user "
            "(in reply to RCPT TO)",
        },
    ),
    (
        "lmtp",
        "4E8A1B: to=<ana@nw.example>, relay=mx1[private/dovecot-lmtp], delay=0.1, dsn=2.0.0, status=sent (250 ok)",
        {
            "event": "delivery", "queue_id": "4E8A1B", "rcpt_to": "ana@nw.example",
            "relay": "mx1[private/dovecot-lmtp]", "relay_hostname": "mx1", "relay_address": "private/dovecot-lmtp",
            "delay_s": "0.1", "dsn": "2.0.0", "status": "sent", "response": "250 ok", "reply_code": "250",
            "reply_text": "250 ok",
        },
    ),
    (
        "qmgr",
        "4E8A1B: from=<a>, size=1, nrcpt=1 (queue active)@x>, size=612, nrcpt=3 (queue active)",
        {
            "event": "queued", "queue_id": "4E8A1B", "mail_from": "a>, size=1, nrcpt=1 (queue active)@x",
            "size_bytes": "612", "nrcpt": "3",
        },
    ),
    (
        "pickup",
        "4E8A1B: uid=33 from=<www-data>",
        {"event": "accepted", "queue_id": "4E8A1B", "uid": "33", "mail_from": "www-data"},
    ),
    (
        "bounce",
        "4E8A1B: sender non-delivery notification: 4E8A2C",
        {
            "event": "bounce", "queue_id": "4E8A1B", "notification_queue_id": "4E8A2C",
            "reply_text": "sender non-delivery notification: 4E8A2C",
        },
    ),
    (
        "smtpd",
        "warning: unknown[192.0.2.7]: SASL LOGIN authentication failed: authentication failure, sasl_username=ana",
        {
            "event": "auth_failed", "client_hostname": "unknown", "client_ip": "192.0.2.7", "sasl_method": "LOGIN",
            "sasl_username": "ana",
            "reply_text": "warning: unknown[192.0.2.7]: SASL LOGIN authentication failed: authentication failure, "
            "sasl_username=ana",
        },
    ),
    (
        "smtp",
        "Verified TLS connection established to mx.alder.example[198.51.100.18]:25: TLSv1.3 with cipher "
        "TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519",
        {
            "event": "tls", "relay_hostname": "mx.alder.example", "relay_ip": "198.51.100.18", "relay_port": "25",
            "tls_version": "TLSv1.3", "tls_cipher": "TLS_AES_256_GCM_SHA384", "tls_trust": "Verified",
        },
    ),
    (
        "postscreen",
        "PREGREET 11 after 0.03 from [192.0.2.7]:4711: EHLO pool\\r\\n",
        {
            "event": "other", "client_ip": "192.0.2.7", "client_port": "4711",
            "reply_text": "PREGREET 11 after 0.03 from [192.0.2.7]:4711: EHLO pool\\r\\n",
        },
    ),
    ("master", "daemon started -- version 3.7.11, configuration /etc/postfix", {
        "event": "start", "reply_text": "daemon started -- version 3.7.11, configuration /etc/postfix",
    }),
    ("qmgr", "warning: mail for alder.example is using up 4001 of 6003 active queue entries", {
        "event": "other",
        "reply_text": "warning: mail for alder.example is using up 4001 of 6003 active queue entries",
    }),
]  # fmt: skip


@pytest.mark.parametrize(("daemon", "text", "fields"), CASES, ids=[f"{case[0]} {case[1][:40]}" for case in CASES])
def test_a_message_gives_its_fields(daemon, text, fields):
    assert parse(daemon, text) == fields


def test_a_recipient_cannot_forge_its_own_delivery():
    text = (
        '4E8A1B: to=<"x>, relay=mx.evil.test[192.0.2.66]:25, delay=0, dsn=2.0.0, status=sent (ok)"@alder.example>, '
        "relay=none, delay=1, delays=1/0/0/0, dsn=4.4.1, status=deferred (connect timed out)"
    )
    found = parse("smtp", text)
    assert (found["relay"], found["status"]) == ("none", "deferred")


def test_a_rejected_recipient_cannot_forge_the_envelope():
    text = (
        'NOQUEUE: reject: RCPT from unknown[192.0.2.7]: 554 5.7.1 <"a; from=<forged@x.test> to=<b> proto=SMTP"'
        '@x.test>: Relay access denied; from=<real@y.test> to=<"a; from=<forged@x.test> to=<b> proto=SMTP"@x.test> '
        "proto=ESMTP helo=<h>"
    )
    found = parse("smtpd", text)
    assert (found["mail_from"], found["helo"], found["protocol"]) == ("real@y.test", "h", "ESMTP")


def test_a_queue_id_is_hexadecimal_or_base_52():
    assert split_queue_id("4E8A139E4E9: removed") == ("4E8A139E4E9", "removed")
    assert split_queue_id("3ZnSrQ0TQkz2fPT: removed") == ("3ZnSrQ0TQkz2fPT", "removed")
    assert split_queue_id("NOQUEUE: reject: x") == ("NOQUEUE", "reject: x")
    assert split_queue_id("warning: something")[0] is None
    assert split_queue_id("statistics: something")[0] is None


def test_the_envelope_is_the_one_at_the_end():
    assert split_envelope("no; from here; from=<a> to=<b>: remark") == (
        "no; from here", {"mail_from": "a", "rcpt_to": "b"},
    )  # fmt: skip
    assert split_envelope("nothing here") == ("nothing here", {})


@given(st.sampled_from([case[0] for case in CASES]), st.data())
def test_a_damaged_message_still_gives_documented_fields(daemon, data):
    text = data.draw(st.sampled_from([case[1] for case in CASES]))
    start, end = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, len(text)))
    damaged = text[:start] + data.draw(st.text(max_size=5)) + text[end:]
    found = parse(daemon, damaged)
    assert set(found) <= set(KEYS)
    assert all(isinstance(value, str) for value in found.values())


@pytest.mark.parametrize(
    "piece",
    ["to=<", ">, orig_to=<", ">, relay=", "; from=<", " from a[192.0.2.1]", '"', "\\", "client=", ", sasl_username=",
     "a=1 ", ": ", "(", "reject: RCPT from ", "0", "z", "[", "host a[1] said: ", "queued as "],
)  # fmt: skip
def test_long_lines_take_linear_time(piece):
    for daemon in ("smtp", "smtpd", "cleanup", "postscreen"):
        for start in (
            "",
            "4E8A1B: to=<",
            "NOQUEUE: reject: RCPT from a[192.0.2.1]: 5",
            "warning: a[192.0.2.1]: SASL x ",
        ):
            text = start + piece * (100_000 // len(piece))
            began = time.process_time()
            parse(daemon, text)
            assert time.process_time() - began < 0.5
