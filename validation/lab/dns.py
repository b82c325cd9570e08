"""Name servers: BIND for zones, Unbound for those who ask."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from validation.lab import zones
from validation.lab.network import HOME, Host, running, stop, wait_until
from validation.lab.zones import Zone

_DNSTAP_FLUSH_S = 2.5  # Unbound hands over its last frames within a second; ended earlier, it loses them
ROOT_NAME = "a.root.test"
# Unbound answers these itself unless told otherwise (RFC 6303, RFC 6761); in the lab they are real zones.
_SPECIAL = ("test", "2.0.192.in-addr.arpa", "100.51.198.in-addr.arpa", "113.0.203.in-addr.arpa", "10.in-addr.arpa",
            "8.b.d.0.1.0.0.2.ip6.arpa")  # fmt: skip


class QueryLog(NamedTuple):
    """How BIND writes its query log: its time, and whether category and severity come before the text."""

    time: str = "yes"  # yes, iso8601, iso8601-utc
    category: bool = False


_USUAL_LOG = QueryLog()


@contextlib.contextmanager
def authoritative(host: Host, name: str, served: Sequence[Zone], log: QueryLog = _USUAL_LOG) -> Iterator[None]:
    """Serve zones with BIND; leaves `query.log` and `auth.dnstap` in the host's folder."""
    for zone in served:
        (host.folder / f"{zone.origin}.zone").write_text(zone.text(name))
    blocks = "".join(f'zone "{z.origin}" {{ type primary; file "{z.origin}.zone"; }};\n' for z in served)
    extra = 'dnstap { auth; }; dnstap-output file "auth.dnstap"; dnstap-identity "' + name + '"; dnstap-version none;'
    with _bind(host, blocks, extra, log):
        yield


@contextlib.contextmanager
def root(host: Host, served: dict[str, tuple[str, str]]) -> Iterator[None]:
    """Serve a root zone that delegates each origin to (name server, address)."""
    (host.folder / "root.zone").write_text(zones.root(served, ROOT_NAME, host.address))
    with _bind(host, 'zone "." { type primary; file "root.zone"; };\n', "", QueryLog()):
        yield


class Resolver(NamedTuple):
    """A resolver's host, and whether it minimises names (RFC 9156)."""

    host: Host
    minimises: bool = True


@contextlib.contextmanager
def resolver(about: Resolver, root_address: str) -> Iterator[None]:
    """Resolve for everyone with Unbound; leaves `unbound.log` and `resolver.dnstap` in the host's folder."""
    host, folder = about.host, about.host.folder
    (folder / "root.hints").write_text(f". 3600000 NS {ROOT_NAME}.\n{ROOT_NAME}. 3600000 A {root_address}\n")
    config = folder / "unbound.conf"
    config.write_text(_unbound_config(about))
    with (folder / "programs.log").open("ab") as log:
        tap = host.start("fstrm_capture", "-t", "protobuf:dnstap.Dnstap", "-u", str(HOME / "dnstap.sock"),
                         "-w", str(HOME / "resolver.dnstap"), log=log)  # fmt: skip
        with running(tap):
            wait_until(lambda: (folder / "dnstap.sock").exists(), "the dnstap socket")
            server = host.start("unbound", "-d", "-c", str(HOME / config.name), log=log)
            try:
                wait_until(lambda: _answers(host, "version.server", "CH", "TXT"), f"{host.name}: unbound answers")
                yield
                time.sleep(_DNSTAP_FLUSH_S)
            finally:
                stop(server)


def copy(host: Host, origin: str) -> str:
    """A zone that this host serves, every record on a line of its own; asks nobody, so it leaves no trace in a log."""
    name = HOME / f"{origin}.zone"
    return host.run("named-compilezone", "-q", "-F", "text", "-s", "full", "-o", "-", origin, str(name))


@contextlib.contextmanager
def bind_resolver(host: Host, root_address: str, log: QueryLog = _USUAL_LOG) -> Iterator[None]:
    """Resolve for everyone with BIND; leaves `query.log` in the host's folder."""
    hints = f". 3600000 IN NS {ROOT_NAME}.\n{ROOT_NAME}. 3600000 IN A {root_address}\n"
    (host.folder / "root.hints").write_text(hints)
    with _bind(
        host,
        'zone "." { type hint; file "root.hints"; };\n',
        "allow-recursion { any; }; empty-zones-enable no; qname-minimization off;",
        log,
        recursion="yes",
    ):
        yield


def _unbound_config(about: Resolver) -> str:
    special = "".join(f'    local-zone: "{origin}." nodefault\n' for origin in _SPECIAL)
    return f"""server:
    interface: 0.0.0.0
    access-control: 0.0.0.0/0 allow
    username: ""
    chroot: ""
    directory: "{HOME}"
    pidfile: ""
    logfile: "{HOME / "unbound.log"}"
    use-syslog: no
    log-queries: yes
    log-replies: yes
    verbosity: 1
    num-threads: 1
    do-ip6: no
    module-config: "iterator"
    root-hints: "{HOME / "root.hints"}"
    qname-minimisation: {"yes" if about.minimises else "no"}
    do-not-query-localhost: no
    hide-version: no
{special}remote-control:
    control-enable: no
dnstap:
    dnstap-enable: yes
    dnstap-bidirectional: yes
    dnstap-socket-path: "{HOME / "dnstap.sock"}"
    dnstap-send-identity: yes
    dnstap-identity: "{about.host.hostname}"
    dnstap-log-client-query-messages: yes
    dnstap-log-client-response-messages: yes
    dnstap-log-resolver-query-messages: yes
    dnstap-log-resolver-response-messages: yes
"""


@contextlib.contextmanager
def _bind(host: Host, zone_blocks: str, extra: str, log: QueryLog, *, recursion: str = "no") -> Iterator[None]:
    folder = host.folder
    named = "yes" if log.category else "no"
    config = folder / "named.conf"
    config.write_text(
        f"""options {{
    directory "{HOME}"; pid-file none; session-keyfile none; lock-file none; managed-keys-directory "{HOME}";
    listen-on {{ any; }}; listen-on-v6 {{ none; }}; recursion {recursion}; allow-transfer {{ any; }};
    dnssec-validation no; minimal-responses yes; notify no; {extra}
}};
controls {{}};
logging {{
    channel asked {{ file "query.log"; print-time {log.time}; print-category {named}; print-severity {named}; }};
    channel quiet {{ file "named.log"; severity info; }};
    category queries {{ asked; }};
    category default {{ quiet; }};
}};
{zone_blocks}"""
    )
    with (folder / "programs.log").open("ab") as sink:
        server = host.start("named", "-f", "-c", str(HOME / config.name), "-n", "1", log=sink)
        try:
            wait_until(lambda: _answers(host, "version.bind", "CH", "TXT"), f"{host.name}: named answers")
            _forget_start(folder / "query.log")
            yield
        finally:
            stop(server)


def _answers(host: Host, *question: str) -> bool:
    words = ("dig", "@127.0.0.1", *question, "+time=1", "+tries=1", "+noall", "+comments")
    return "status: NOERROR" in host.run(*words, check=False)


def _forget_start(log: Path) -> None:
    """The lab's own question whether the server is up is no part of the story (named appends, so it may be cut)."""
    if log.exists():
        log.write_text("")


def dig(host: Host, server: str, *question: str) -> str:
    """Ask like a stub and give what dig prints, empty where nobody answers."""
    return host.run("dig", f"@{server}", *question, "+time=2", "+tries=1", check=False)
