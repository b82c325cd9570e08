"""Fetching the MTA-STS policy of a domain: one HTTPS request to its policy host, kept before it is read (RFC 8461)."""

from __future__ import annotations

import base64
import ssl
import time

from msgspec import structs

from forensics.collect import host_addresses, https, links
from forensics.collect.dns_records import Recorder
from forensics.collect.reach import PUBLIC, Reach
from forensics.collect.recording import now, since
from forensics.protocols import mta_sts, policy_recording
from forensics.protocols.http_response import HEAD_BYTES
from forensics.protocols.policy_recording import FORMAT, Fetched, PolicyEntry

PATH = "/.well-known/mta-sts.txt"
TIMEOUT_S = 20.0
MAX_ADDRESSES = 2
_UNHEARD = ("refused", "unreachable", "timeout")


def host_of(domain: str) -> str:
    """The host that serves the policy of a domain."""
    return f"mta-sts.{domain}"


def url_of(domain: str) -> str:
    """Where the policy of a domain is fetched from."""
    return f"https://{host_of(domain)}{PATH}"


def fetch(
    domain: str, recorder: Recorder, trust: ssl.SSLContext, reach: Reach = PUBLIC, *, timeout_s: float = TIMEOUT_S
) -> Fetched:
    """Fetch the policy, and give what came of it; redirects are not followed (RFC 8461 section 3.3).

    Args:
        recorder: asks for the addresses, and keeps what came back.
        trust: what the certificate is held against.
        reach: which addresses may be called.
        timeout_s: seconds for all of it, whatever the server does.

    Raises:
        NetworkError: the resolver answers nothing at all.
        StorageError: the recording cannot be written.
    """
    host, ends = host_of(domain), time.monotonic() + timeout_s
    entry = PolicyEntry(format=FORMAT, asked_at=now(), host=host, url=url_of(domain), outcome="no_address")
    found = host_addresses.look_up(host, recorder, reach)
    if not found.allowed:
        return _kept(structs.replace(entry, outcome=found.lack, note=found.note), recorder)
    fetched = Fetched("no_address")
    for address in found.allowed[:MAX_ADDRESSES]:
        tried = structs.replace(entry, asked_at=now(), address=address, port=reach.https_port)
        fetched = _kept(_attempt(tried, trust, ends), recorder)
        if fetched.outcome not in _UNHEARD:
            break
    return fetched


def _attempt(entry: PolicyEntry, trust: ssl.SSLContext, ends: float) -> PolicyEntry:
    sent = https.request("GET", entry.host, entry.port or 443, PATH, accept="text/plain")
    place = https.Place(entry.address or "", entry.port or 443, entry.host)
    start = time.monotonic()
    try:
        got = https.exchange(sent, place, trust, ends, limit=HEAD_BYTES + mta_sts.MAX_BYTES)
    except OSError as error:
        return structs.replace(entry, outcome=links.kind(error), note=links.reason(error), rtt_ms=since(start))
    certificate = base64.b64encode(got.certificate or b"").decode("ascii") or None
    response = base64.b64encode(got.data).decode("ascii")
    return structs.replace(
        entry, outcome="answered", response=response, certificate=certificate, rtt_ms=since(start)
    )  # fmt: skip


def _kept(entry: PolicyEntry, recorder: Recorder) -> Fetched:
    """Write the attempt down; what it gave is read as it will be read from the recording years later."""
    fetched = policy_recording.said(entry, mta_sts.MAX_BYTES)
    recorder.keep(structs.replace(entry, outcome=fetched.outcome))
    return fetched
