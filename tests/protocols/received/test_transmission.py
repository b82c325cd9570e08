import pytest

from forensics.protocols.received import transmission


@pytest.mark.parametrize(
    ("words", "protocol", "auth", "cipher"),
    [
        (["esmtpsa"], "ESMTPSA", "esmtpsa", None),
        (["UTF8SMTPS"], "UTF8SMTPS", None, None),
        (["Microsoft", "SMTPSVC", "(6.0.3790.0)"], "SMTP", None, None),
        (["Microsoft", "SMTP", "Server", "(TLS)"], "SMTP", None, None),
        (["[XMail 1.20 ESMTP Server]"], "ESMTP", None, None),
        (["ESMTP/TLS/AES256-SHA"], "ESMTP", None, "AES256-SHA"),
        (["AES128-SHA", "encrypted", "SMTP"], "SMTP", None, "AES128-SHA"),
        (["local-esmtp"], "ESMTP", None, None),
        (["local"], "local", None, None),
        (["HTTP/1.1"], "HTTP", "HTTP", None),
        (["mapi"], "mapi", None, None),
        (["Internet", "Mail", "Service", "(5.5.2653.19)"], None, None, None),
        ([], None, None, None),
    ],
)
def test_the_protocol_is_found_among_the_words(
    words: list[str], protocol: str | None, auth: str | None, cipher: str | None
) -> None:
    assert transmission.read(words) == (protocol, auth, cipher)
