import pytest

from forensics.protocols.received.origin import NameRole
from forensics.protocols.received.tokens import clauses
from forensics.protocols.received.writer import name_role


@pytest.mark.parametrize(
    ("value", "protocol", "role"),
    [
        ("from mx ([192.0.2.1]) by a with esmtp (Exim 4.96) id 1", "ESMTP", NameRole.BOTH),
        ("from jane by a with local (Exim 4.96) id 1", "local", NameRole.USER),
        ("from mx ([192.0.2.1]) by a (Horde Framework) with HTTP", "HTTP", NameRole.REVERSE),
        ("from mx ([192.0.2.1:25]) by a (ecelerity 3.6.9) with ESMTP id 1", "ESMTP", NameRole.REVERSE),
        ("from mx(192.0.2.1) via SMTP by a, id smtpd000001", None, NameRole.REVERSE),
        ("from mx (jane@192.0.2.1) by a with SMTP", "SMTP", NameRole.BOTH),
        ("from mx (192.0.2.1) by a (7.0.027) id 1", None, NameRole.BOTH),
        ("from mx (192.0.2.1) by a (192.0.2.9) with Microsoft SMTP Server id 1", "SMTP", NameRole.HELO),
        ("from mx (192.0.2.1:25) by a with [XMail 1.20 ESMTP Server] id <S1>", "ESMTP", NameRole.HELO),
        ("from mx ([192.0.2.1]) by a with esmtp", "ESMTP", NameRole.HELO),
    ],
)
def test_the_writer_tells_what_a_lone_name_is(value: str, protocol: str | None, role: NameRole) -> None:
    assert name_role(clauses(value), protocol) is role
