import pytest

from forensics.protocols.received import authentication


@pytest.mark.parametrize(
    ("note", "mechanism", "identity"),
    [
        ("AUTH: LOGIN jane@a.example, TLS: TLSv1.2,256bits,AES256-SHA", "LOGIN", "jane@a.example"),
        ("user=jane mech=CRAM-MD5 bits=0", "CRAM-MD5", "jane"),
        ("smtp-auth username jane, mechanism plain", "plain", "jane"),
        ("jane@192.0.2.1 with login", "login", None),
        ("Authenticated sender: jane@a.example", "authenticated", "jane@a.example"),
        ("SquirrelMail authenticated user jane", "authenticated", "jane"),
        ("authenticated as jane@a.example", "authenticated", "jane@a.example"),
        ("authenticated (0 bits)", "authenticated", None),
        ("account jane@a.example HELO [192.0.2.1]", "authenticated", "jane@a.example"),
        ("not authenticated", None, None),
        ("Postfix, from userid 1000", None, None),
    ],
)
def test_mechanism_and_account_are_read_where_they_are_said(
    note: str, mechanism: str | None, identity: str | None
) -> None:
    assert authentication.read([note]) == (mechanism, identity)
