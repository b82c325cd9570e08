"""Answers of blocklists: an error, a parked zone or silence is never a listing."""

from __future__ import annotations

import pytest

from forensics.protocols.blocklist import meaning, query_name
from forensics.protocols.dns_answer import Answer, Status


@pytest.mark.parametrize(
    ("status", "records", "meant"),
    [
        ("ok", ("127.0.0.2", "127.0.0.10"), "listed"),
        ("ok", ("127.0.1.2",), "listed"),
        ("ok", ("127.255.255.252",), "refused"),
        ("ok", ("127.0.0.2", "127.255.255.255"), "refused"),
        ("ok", ("192.0.2.80",), "no_list"),
        ("ok", ("127.0.0.2", "192.0.2.80"), "no_list"),
        ("ok", ("127.0.0.1",), "no_list"),
        ("ok", ("no address",), "no_list"),
        ("ok", (), "not_listed"),
        ("nxdomain", (), "not_listed"),
        ("nodata", (), "not_listed"),
        ("servfail", (), "unknown"),
        ("timeout", (), "unknown"),
    ],
)
def test_what_an_answer_means(status: Status, records: tuple[str, ...], meant: str) -> None:
    assert meaning(Answer(status, records)) == meant


def test_an_address_of_ipv6_is_asked_nibble_by_nibble() -> None:
    assert query_name("2001:db8::25", "bl.example") == f"5.2{'.0' * 22}.8.b.d.0.1.0.0.2.bl.example"
