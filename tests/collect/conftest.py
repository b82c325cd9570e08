"""Real name servers on loopback: BIND for zones with defects, Unbound as the resolver in front of it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.name_servers import (
    ADDRESS,
    asking_for,
    bind_config,
    free_port,
    leaving_the_rest_to,
    running,
    unbound_config,
)

NORTHWIND = """\
$ORIGIN northwind.example.
$TTL 300
@ IN SOA ns1 hostmaster 1 3600 900 604800 60
@ IN NS ns1
@ IN MX 10 mx1
@ IN MX 20 alias
@ IN TXT "v=spf1 mx include:_spf.northwind.example ~all"
@ IN TXT "not spf"
@ IN CAA 0 issue "ca.example"
_spf IN TXT "v=spf1 ip4:192.0.2.0/24 incl" "ude:gone.northwind.example -all"
_dmarc IN TXT "v=DMARC1; p=none"
google._domainkey IN TXT "v=DKIM1; p="
mx1 IN A 192.168.4.4
alias IN CNAME mx1
ns1 IN A 192.0.2.194
empty IN A 192.0.2.1
outside IN CNAME www.elsewhere.example.
"""
CALLED = """\
$ORIGIN called.example.
$TTL 300
@ IN SOA ns1 hostmaster 1 3600 900 604800 60
@ IN NS ns1
ns1 IN A 192.0.2.194
@ IN MX 10 mx1
@ IN MX 20 mx2.outside
_mta-sts IN TXT "v=STSv1; id=1"
mta-sts IN A 127.0.0.1
mx1 IN A 127.0.0.1
mx2.outside IN A 192.168.4.4
_mta-sts.private IN TXT "v=STSv1; id=1"
mta-sts.private IN A 192.168.4.4
_mta-sts.without IN TXT "v=STSv1; id=1"
listed IN MX 10 mx.listed
mx.listed IN A 192.0.2.25
mx.listed IN A 192.168.4.4
25.2.0.192.bl IN A 127.0.0.4
25.2.0.192.bl IN TXT "listed for tests"
25.2.0.192.refusing IN A 127.255.255.254
25.2.0.192.refusing IN TXT "resolver not served"
25.2.0.192.parked IN A 192.0.2.80
something.clean IN A 192.0.2.1
"""
LONG = "".join(f'long IN TXT "{number:03} {"x" * 240}"\n' for number in range(30))
ZONES = {
    "northwind.example": "northwind.zone", "called.example": "called.zone", "broken.example": "missing.zone",
}  # fmt: skip


class Servers(NamedTuple):
    """Ports on loopback: of BIND, which answers only for its zones, and of the resolver, also over TLS."""

    bind: int
    unbound: int
    dot: int


class Issued(NamedTuple):
    """A certificate with its chain, and its key, as files."""

    chain: Path
    key: Path


class Authority:
    """An authority that exists for the tests alone; `ca` is its certificate."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ca, self._key, self._count = folder, folder / "ca.pem", folder / "ca.key", 0
        self._openssl(
            "req", "-x509", *NEW_KEY, "-keyout", self._key, "-out", self.ca, "-days", "9", "-subj", "/CN=Test CA",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign",
        )  # fmt: skip

    def issue(self, *names: str, days: str = "5", extra: tuple[str, ...] = ()) -> Issued:
        """A certificate for the names and addresses."""
        self._count += 1
        request, key, chain, extensions = (
            self.folder / f"{self._count}.{kind}" for kind in ("csr", "key", "pem", "ext")
        )
        alternative = ",".join(f"{'IP' if name[-1].isdigit() else 'DNS'}:{name}" for name in names)
        extensions.write_text(f"subjectAltName={alternative}\n" + "".join(f"{line}\n" for line in extra))
        self._openssl("req", *NEW_KEY, "-keyout", key, "-out", request, "-subj", f"/O=Northwind/CN={names[0]}")
        self._openssl(
            "x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self._key, "-CAcreateserial", "-days", days,
            "-extfile", extensions, "-out", chain,
        )  # fmt: skip
        return Issued(chain, key)

    def self_signed(self, *names: str) -> Issued:
        """One that nobody vouches for."""
        self._count += 1
        key, chain = self.folder / f"{self._count}.key", self.folder / f"{self._count}.pem"
        alternative = ",".join(f"DNS:{name}" for name in names)
        self._openssl(
            "req", "-x509", *NEW_KEY, "-keyout", key, "-out", chain, "-days", "9", "-subj", f"/CN={names[0]}",
            "-addext", f"subjectAltName={alternative}",
        )  # fmt: skip
        return Issued(chain, key)

    def _openssl(self, *words: str | Path) -> None:
        subprocess.run(["openssl", *words], check=True, capture_output=True)


NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("servers")
    bind, unbound, dot = free_port(), free_port(), free_port()
    (folder / "northwind.zone").write_text(NORTHWIND + LONG)
    (folder / "called.zone").write_text(CALLED)
    shown = authority.issue("resolver.example", ADDRESS)
    options = f"""\
    interface: {ADDRESS}@{dot}
    tls-port: {dot}
    tls-service-key: {shown.key}
    tls-service-pem: {shown.chain}
    local-zone: "_dmarc.example." always_nxdomain
    local-zone: "168.192.in-addr.arpa." always_nxdomain"""
    named = bind_config(folder, bind, ZONES, "minimal-responses yes;")
    resolver = unbound_config(folder, unbound, options, asking_for(ZONES, bind) + leaving_the_rest_to(bind))
    with running(named, resolver, (bind, unbound), [("northwind.example", "SOA")]):
        yield Servers(bind, unbound, dot)


@pytest.fixture(scope="session", name="free_port")
def _free_port() -> Callable[[], int]:
    return free_port
