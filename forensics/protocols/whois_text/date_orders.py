"""Which number comes first where a registry writes a date in numbers only: declared per registry, and dated.

A row is here only where the registry says its order itself (in the answer, in its documentation) or where its answers
prove it (a first number above 12). For a registry without a row such a date is None, with a problem.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Order = Literal["day-first", "month-first"]


class DateOrder(NamedTuple):
    """One registry's order of day and month."""

    order: Order
    form: str
    """The form as the registry writes it."""
    seen: int
    """The year of the youngest answer or page that this row rests on."""
    suffixes: tuple[str, ...]
    servers: tuple[str, ...]


DATE_ORDERS: tuple[DateOrder, ...] = (
    DateOrder(
        "day-first", "DD/MM/YYYY", 2017, ("fr", "re", "pm", "tf", "wf", "yt"), ("whois.nic.fr", "whois.afnic.fr")
    ),
    DateOrder("day-first", "DD/MM/YY, DD/MM/YYYY", 2013, ("es",), ("whois.nic.es",)),
    DateOrder("day-first", "DD/MM/YYYY", 2014, ("lu",), ("whois.dns.lu",)),
    DateOrder("day-first", "DD/MM/YYYY hh:mm:ss", 2021, ("pt",), ("whois.dns.pt",)),
    DateOrder("day-first", "D.M.YYYY hh:mm:ss", 2020, ("fi",), ("whois.fi", "whois.ficora.fi")),
    DateOrder("day-first", "DD.MM.YYYY", 2019, ("ax",), ("whois.ax",)),
    DateOrder("day-first", "DD.MM.YYYY hh:mm:ss", 2019, ("rs", "xn--90a3ac"), ("whois.rnids.rs",)),
    # The FRED registries print what CZ.NIC's software prints.
    DateOrder("day-first", "DD.MM.YYYY hh:mm:ss", 2022, ("cz",), ("whois.nic.cz",)),
    DateOrder("day-first", "DD.MM.YYYY hh:mm:ss", 2021, ("cr",), ("whois.nic.cr",)),
    DateOrder("day-first", "DD.MM.YYYY hh:mm:ss", 2021, ("tz",), ("whois.tznic.or.tz",)),
    DateOrder("day-first", "DD.MM.YYYY hh:mm:ss", 2021, ("mk", "xn--d1alf"), ("whois.marnet.mk",)),
    DateOrder("day-first", "DD.MM.YYYY hh:mm:ss", 2021, ("mw",), ("whois.nic.mw",)),
    DateOrder("day-first", "DD.MM.YYYY hh:mm:ss", 2021, ("ls",), ("whois.nic.ls",)),
    DateOrder("day-first", "DD-MM-YYYY", 2019, ("hk", "xn--j6w193g"), ("whois.hkirc.hk", "whois.hknic.net.hk")),
    DateOrder("day-first", "DD-MM-YYYY", 2021, ("il", "xn--4dbrk0ce"), ("whois.isoc.org.il",)),
    DateOrder("day-first", "DD/MM/YYYY hh:mm:ss", 2021, ("im",), ("whois.nic.im",)),
    DateOrder("day-first", "DD-MM-YYYY hh:mm:ss", 2019, ("tn", "xn--pgbs0dh"), ("whois.ati.tn",)),
    DateOrder("day-first", "DD/MM/YYYY", 2014, ("sm",), ("whois.nic.sm",)),
    DateOrder("day-first", "DD/MM/YYYY hh:mm:ss", 2014, ("bg", "xn--90ae"), ("whois.register.bg",)),
    DateOrder("day-first", "DD.MM.YYYY", 2014, ("ch", "li"), ("whois.nic.ch", "whois.nic.li")),
    DateOrder(
        "month-first",
        "MM/DD/YYYY",
        2019,
        ("tk", "ml", "ga", "cf", "gq"),
        ("whois.dot.tk", "whois.dot.ml", "whois.my.ga", "whois.dot.cf", "whois.dominio.gq"),
    ),
)

_BY_SUFFIX = {suffix: row for row in DATE_ORDERS for suffix in row.suffixes}
_BY_SERVER = {server: row for row in DATE_ORDERS for server in row.servers}


def date_order(domain: str, server: str | None) -> Order | None:
    """Give the declared order of the registry that answered, or None if none is declared.

    Args:
        domain: in A-labels; its last label names the registry if `server` is not known, or lies in the same suffix.
        server: the WHOIS server that answered, if known; a registrar's server has no order here.

    >>> date_order("example.lu", None), date_order("example.lu", "whois.registrar.example")
    ('day-first', None)
    """
    suffix = domain.rpartition(".")[2]
    if server is None:
        return _order(_BY_SUFFIX.get(suffix))
    name = server.strip().lower()
    return _order(_BY_SERVER.get(name) or (_BY_SUFFIX.get(suffix) if name.endswith(f".{suffix}") else None))


def _order(row: DateOrder | None) -> Order | None:
    return None if row is None else row.order
