"""The declared orders of day and month."""

import pytest

from forensics.protocols.whois_text.date_orders import DATE_ORDERS, date_order


@pytest.mark.parametrize(
    ("domain", "server", "order"),
    [
        ("northwind.lu", None, "day-first"),
        ("northwind.tk", None, "month-first"),
        ("northwind.com.hk", None, "day-first"),
        ("northwind.test", "whois.dns.lu", "day-first"),
        ("northwind.test", "WHOIS.DNS.LU ", "day-first"),
        ("northwind.pm", "whois.nic.pm", "day-first"),
        ("northwind.test", None, None),
        ("northwind.example", "whois.registrar.example", None),
    ],
)
def test_the_order_is_the_one_of_the_registry_that_answered(domain, server, order):
    assert date_order(domain, server) == order


def test_the_answer_of_a_registrar_is_not_read_by_the_registrys_order():
    assert date_order("northwind.lu", "whois.registrar.example") is None


def test_no_suffix_and_no_server_is_declared_twice():
    suffixes = [suffix for row in DATE_ORDERS for suffix in row.suffixes]
    servers = [server for row in DATE_ORDERS for server in row.servers]
    assert len(set(suffixes)) == len(suffixes)
    assert len(set(servers)) == len(servers)


def test_every_row_is_dated_and_shows_its_form():
    assert all(row.seen >= 2010 and ("D" in row.form and "M" in row.form) for row in DATE_ORDERS)
