import pytest

from forensics.protocols.received import tls


@pytest.mark.parametrize(
    ("note", "version", "cipher"),
    [
        ("using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)", "TLSv1.3", "TLS_AES_256_GCM_SHA384"),
        ("using TLSv1", "TLSv1.0", None),
        ("version=TLS1_2, cipher=TLS_RSA_WITH_AES_128_CBC_SHA", "TLSv1.2", "TLS_RSA_WITH_AES_128_CBC_SHA"),
        ("cipher=AES256-SHA version=SSLv3 verify=NO", "SSLv3", "AES256-SHA"),
        ("version=TLSv1/SSLv3 cipher=AES256-SHA", "TLSv1/SSLv3", "AES256-SHA"),
        ("version=TLS\\Tls12 cipher=Aes256 bits=256", "TLSv1.2", "Aes256"),
        ("TLS-1.0:RSA_ARCFOUR_MD5:16", "TLSv1.0", "RSA_ARCFOUR_MD5"),
        ("Cipher TLSv1:DES-CBC3-SHA:168", "TLSv1.0", "DES-CBC3-SHA"),
        ("AUTH: LOGIN jane, SSL: TLSv1.1,128bits,RC4-MD5", "TLSv1.1", "RC4-MD5"),
        ("DHE-RSA-AES256-SHA encrypted", None, "DHE-RSA-AES256-SHA"),
        ("TLS1.3", "TLSv1.3", None),
        ("TLS", None, None),
        ("No client certificate requested", None, None),
    ],
)
def test_every_server_s_words_give_one_spelling(note: str, version: str | None, cipher: str | None) -> None:
    assert tls.read(["Postfix", note]) == (version, cipher)
