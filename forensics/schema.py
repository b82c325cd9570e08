"""The vocabulary: one typed record per table. The class is the table.

A column is `name: Annotated[type, meaning]`; every value may be None, which means unknown, never "no".
Times are integer nanoseconds since 1970-01-01 UTC; `_bytes`, `_s`, `_ms` name the unit. Names of hosts and
domains are lower case without the trailing dot, in presentation form (RFC 1035 section 5.1: a byte outside
printable ASCII, a dot or a backslash inside a label as `\\DDD` or `\\X`); addresses are canonical text (RFC 5952).

Every row cites its source: `evidence` (number of the piece in the case), `record_no` (1 is the first record of the
piece: a line, a frame, a message), `offset` and `length` (bytes of the content, after decompression).
Readers leave `evidence` None; the store fills it in.

A change here means reading the evidence again, never migrating: `VERSION` is part of a segment's identity.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, NamedTuple, get_args, get_type_hints

import msgspec

VERSION = 4

Int = int | None
Text = str | None
Flag = bool | None
Real = float | None


class Row(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """What every table has: the citation of the bytes a row was read from."""

    evidence: Annotated[Int, "number of the piece of evidence in the case"] = None
    record_no: Annotated[Int, "number of the record in the piece, from 1"] = None
    offset: Annotated[Int, "first byte of the record in the content"] = None
    length: Annotated[Int, "bytes of the record"] = None


class DnsQuery(Row, kw_only=True, frozen=True):
    """One DNS question, as its vantage saw it (RFC 1035 section 4.1.2)."""

    ts: Annotated[Int, "when it was seen or logged, ns UTC"] = None
    client_ip: Annotated[Text, "who asked"] = None
    client_port: Annotated[Int, "port it was asked from"] = None
    server_ip: Annotated[Text, "who was asked"] = None
    server_port: Annotated[Int, "port it was sent to"] = None
    transport: Annotated[Text, "udp, tcp, dot, doh"] = None
    msg_id: Annotated[Int, "message id"] = None
    qname: Annotated[Text, "name asked for"] = None
    qtype: Annotated[Text, "type asked for: A, MX, TYPE65280"] = None
    qclass: Annotated[Text, "class asked for: IN, CH, CLASS3"] = None
    recursion_desired: Annotated[Flag, "RD bit: a stub or forwarder asks, not a resolver"] = None
    edns: Annotated[Flag, "an OPT record came with it (RFC 6891)"] = None
    dnssec_ok: Annotated[Flag, "DO bit"] = None
    role: Annotated[Text, "side of the logging server: client (asked of it), resolver (asked by it), else None"] = None


class DnsResponse(Row, kw_only=True, frozen=True):
    """One DNS response, with its first question."""

    ts: Annotated[Int, "when it was seen or logged, ns UTC"] = None
    client_ip: Annotated[Text, "who is answered"] = None
    client_port: Annotated[Int, "port of who is answered"] = None
    server_ip: Annotated[Text, "who answers"] = None
    server_port: Annotated[Int, "port of who answers"] = None
    transport: Annotated[Text, "udp, tcp, dot, doh"] = None
    msg_id: Annotated[Int, "message id"] = None
    qname: Annotated[Text, "name asked for"] = None
    qtype: Annotated[Text, "type asked for"] = None
    qclass: Annotated[Text, "class asked for"] = None
    rcode: Annotated[Text, "NOERROR, NXDOMAIN, SERVFAIL, RCODE23"] = None
    authoritative: Annotated[Flag, "AA bit"] = None
    truncated: Annotated[Flag, "TC bit"] = None
    answer_count: Annotated[Int, "records in the answer section, as counted in the header"] = None
    rtt_ms: Annotated[Real, "time from query to response, where the source logs it"] = None
    role: Annotated[Text, "side of the logging server: client, resolver, else None"] = None


class DnsRecord(Row, kw_only=True, frozen=True):
    """One resource record that a source showed: in a response, a zone copy, a dig answer, passive DNS."""

    ts: Annotated[Int, "when it was seen (first seen, for a span), ns UTC"] = None
    last_ts: Annotated[Int, "when it was last seen, ns UTC"] = None
    owner: Annotated[Text, "name of the record"] = None
    rtype: Annotated[Text, "type: A, MX, TXT"] = None
    ttl_s: Annotated[Int, "time to live, seconds"] = None
    rdata: Annotated[Text, "data in presentation form; TXT strings joined"] = None
    section: Annotated[Text, "answer, authority, additional; zone; dig; passive"] = None
    status: Annotated[
        Text, "None for a record; nodata, nxdomain, servfail, bogus, timeout, refused for an answer without"
    ] = None
    server_ip: Annotated[Text, "who answered"] = None
    authenticated: Annotated[Flag, "AD bit of the answer: its resolver checked the signatures"] = None
    list_zone: Annotated[Text, "blocklist that was asked on purpose (RFC 5782), and answered this"] = None
    observations: Annotated[Int, "how often, where the source counts"] = None


class PolicyFile(Row, kw_only=True, frozen=True):
    """One attempt to fetch a policy file over HTTPS (RFC 8461)."""

    ts: Annotated[Int, "when it was tried, ns UTC"] = None
    host: Annotated[Text, "policy host: mta-sts.example"] = None
    url: Annotated[Text, "what was fetched"] = None
    server_ip: Annotated[Text, "who was called"] = None
    outcome: Annotated[
        Text,
        "answered (status 200); redirect, http_status, no_http, oversized; certificate (not accepted), tls, refused, "
        "unreachable, timeout, closed; no_address, address_unknown, not_public (nobody was called)",
    ] = None
    http_status: Annotated[Int, "status of the response"] = None
    media_type: Annotated[Text, "its content type, without parameters"] = None
    body: Annotated[Text, "its body, where the status is 200; bytes that are no UTF-8 as escapes"] = None
    note: Annotated[Text, "where a redirect leads, or what went wrong"] = None


class SmtpProbe(Row, kw_only=True, frozen=True):
    """One connection that an examiner made to a mail server, without a command of mail; no activity of the subject."""

    ts: Annotated[Int, "when it was begun, ns UTC"] = None
    host: Annotated[Text, "exchanger, as its MX record names it"] = None
    server_ip: Annotated[Text, "who was called"] = None
    server_port: Annotated[Int, "its port"] = None
    outcome: Annotated[
        Text,
        "done (to QUIT); certificate (not accepted), tls, refused, unreachable, timeout, closed, oversized, no_smtp; "
        "no_address, address_unknown, not_public (nobody was called)",
    ] = None
    banner_code: Annotated[Int, "code of the greeting"] = None
    banner: Annotated[Text, "its text"] = None
    ehlo_reply_code: Annotated[Int, "code of the reply to EHLO"] = None
    extensions: Annotated[Text, "extensions that it names, blank-separated"] = None
    starttls: Annotated[Text, "none, refused, accepted (RFC 3207)"] = None
    tls_version: Annotated[Text, "TLS version agreed on"] = None
    cipher: Annotated[Text, "cipher suite agreed on"] = None
    verified: Annotated[Flag, "certificate accepted by known authorities; None: not held against any"] = None
    cert_subject: Annotated[Text, "subject of the certificate (RFC 4514)"] = None
    cert_issuer: Annotated[Text, "its issuer"] = None
    cert_names: Annotated[Text, "hosts and addresses that it is for, blank-separated"] = None
    cert_not_before: Annotated[Text, "valid from, YYYY-MM-DDTHH:MM:SSZ"] = None
    cert_not_after: Annotated[Text, "valid until, likewise; of one without an end, the year 9999"] = None
    cert_sha256: Annotated[Text, "SHA-256 of the certificate"] = None
    cert_key_sha256: Annotated[Text, "SHA-256 of its public key (SubjectPublicKeyInfo)"] = None
    note: Annotated[Text, "what went wrong"] = None


class Connection(Row, kw_only=True, frozen=True):
    """One TCP connection, or flow between two ports, as its vantage saw it."""

    ts: Annotated[Int, "first packet, ns UTC"] = None
    last_ts: Annotated[Int, "last packet, ns UTC"] = None
    client_ip: Annotated[Text, "who opened it"] = None
    client_port: Annotated[Int, "its port"] = None
    server_ip: Annotated[Text, "who was called"] = None
    server_port: Annotated[Int, "its port"] = None
    transport: Annotated[Text, "tcp, udp, icmp, or the protocol's number"] = None
    state: Annotated[
        Text,
        "established (SYN, SYN/ACK and ACK seen); refused (RST to the SYN); "
        "half_open (SYN/ACK but no ACK, or reset at once); unanswered (SYN alone); "
        "midstream (data, no SYN seen); one_sided (one direction only)",
    ] = None
    client_bytes: Annotated[Int, "payload bytes from the client (flows: what the exporter counts)"] = None
    server_bytes: Annotated[Int, "payload bytes from the server"] = None
    client_packets: Annotated[Int, "packets from the client"] = None
    server_packets: Annotated[Int, "packets from the server"] = None
    service: Annotated[
        Text, "protocol recognised from the content: smtp, tls, http, ssh, dns, imap, pop3, ftp; else None"
    ] = None
    alpn: Annotated[Text, "protocol that a TLS client hello offered first (RFC 7301)"] = None
    missing_bytes: Annotated[Int, "payload bytes that the capture lacks"] = None


class Flow(Row, kw_only=True, frozen=True):
    """One flow record as its exporter wrote it: one direction unless `reply_packets` is set."""

    ts: Annotated[Int, "first packet, ns UTC"] = None
    last_ts: Annotated[Int, "last packet, ns UTC"] = None
    src_ip: Annotated[Text, "source address"] = None
    src_port: Annotated[Int, "source port"] = None
    dst_ip: Annotated[Text, "destination address"] = None
    dst_port: Annotated[Int, "destination port"] = None
    transport: Annotated[Text, "tcp, udp, icmp, or the protocol's number"] = None
    tcp_flags: Annotated[Text, "flags seen, as letters of CEUAPRSF in that order; None where not exported"] = None
    packets: Annotated[Int, "packets from source to destination"] = None
    octets: Annotated[Int, "bytes from source to destination, IP headers included"] = None
    reply_packets: Annotated[Int, "packets back, in bidirectional records"] = None
    reply_octets: Annotated[Int, "bytes back, in bidirectional records"] = None
    sampling: Annotated[Int, "one of how many packets was counted"] = None
    rejected: Annotated[Flag, "a packet filter stopped it; None where the source does not say"] = None


class SmtpSession(Row, kw_only=True, frozen=True):
    """One SMTP dialogue seen on the network (RFC 5321)."""

    ts: Annotated[Int, "first packet, ns UTC"] = None
    last_ts: Annotated[Int, "last packet, ns UTC"] = None
    session_no: Annotated[Int, "number in the piece of evidence, from 1; envelopes and recipients refer to it"] = None
    client_ip: Annotated[Text, "who opened the connection"] = None
    client_port: Annotated[Int, "its port"] = None
    server_ip: Annotated[Text, "who was called"] = None
    server_port: Annotated[Int, "its port"] = None
    state: Annotated[Text, "state of the connection, as in connection.state"] = None
    banner: Annotated[Text, "text of the greeting, without its code"] = None
    banner_code: Annotated[Int, "code of the greeting: 220, 554"] = None
    helo: Annotated[Text, "name the client gave with HELO or EHLO"] = None
    esmtp: Annotated[Flag, "EHLO rather than HELO"] = None
    starttls: Annotated[Text, "none, offered, refused, accepted (RFC 3207)"] = None
    implicit_tls: Annotated[Flag, "TLS from the first byte (RFC 8314)"] = None
    tls_version: Annotated[Text, "version the server chose, where visible"] = None
    tls_server_name: Annotated[Text, "SNI of the client hello"] = None
    auth_mechanism: Annotated[Text, "SASL mechanism (RFC 4954); never the secret"] = None
    auth_reply_code: Annotated[Int, "reply that ended AUTH"] = None
    envelopes: Annotated[Int, "transactions begun (MAIL or RCPT seen)"] = None
    recipients: Annotated[Int, "RCPT commands"] = None
    accepted: Annotated[Int, "messages with a 2xx reply after the last byte"] = None
    content: Annotated[
        Text, "clear, encrypted (from STARTTLS or the start on), partial (bytes missing or one direction only)"
    ] = None
    client_bytes: Annotated[Int, "payload bytes from the client"] = None
    server_bytes: Annotated[Int, "payload bytes from the server"] = None
    ended: Annotated[
        Text, "quit, server_closed (421 or FIN first), client_closed, reset, open (the source ends first)"
    ] = None
    last_reply_code: Annotated[Int, "last reply seen"] = None


class SmtpEnvelope(Row, kw_only=True, frozen=True):
    """One mail transaction in an SMTP dialogue; the citation is that of the reply that decided it."""

    ts: Annotated[Int, "MAIL command, ns UTC"] = None
    decided_ts: Annotated[Int, "last reply of the transaction, ns UTC"] = None
    session_no: Annotated[Int, "session in the same piece of evidence"] = None
    envelope_no: Annotated[Int, "number in the session, from 1"] = None
    client_ip: Annotated[Text, "who sent"] = None
    server_ip: Annotated[Text, "who was to accept"] = None
    server_port: Annotated[Int, "its port"] = None
    mail_from: Annotated[Text, "reverse-path; empty for the null sender"] = None
    mail_reply_code: Annotated[Int, "reply to MAIL"] = None
    rcpt_count: Annotated[Int, "RCPT commands"] = None
    rcpt_accepted: Annotated[Int, "RCPT commands with a 2xx reply"] = None
    data_command: Annotated[Text, "DATA or BDAT (RFC 3030); None where neither was sent"] = None
    data_reply_code: Annotated[Int, "reply after the last byte of the message"] = None
    data_reply_text: Annotated[Text, "its text"] = None
    accepted: Annotated[Flag, "True: 2xx after the last byte; False: refused or not completed; None: not seen"] = None
    queue_id: Annotated[Text, "id that the reply names (queued as ...)"] = None
    message_id: Annotated[Text, "Message-ID of the header sent"] = None
    message_bytes: Annotated[Int, "bytes of the message, dot-stuffing included"] = None


class SmtpRecipient(Row, kw_only=True, frozen=True):
    """One RCPT command and its reply."""

    ts: Annotated[Int, "RCPT command, ns UTC"] = None
    session_no: Annotated[Int, "session in the same piece of evidence"] = None
    envelope_no: Annotated[Int, "transaction in the session"] = None
    rcpt_to: Annotated[Text, "forward-path"] = None
    reply_code: Annotated[Int, "reply; None where none was seen"] = None
    reply_text: Annotated[Text, "its text"] = None


class TlsSession(Row, kw_only=True, frozen=True):
    """One TLS handshake outside SMTP sessions, or as a sensor logged it."""

    ts: Annotated[Int, "client hello, ns UTC"] = None
    client_ip: Annotated[Text, "client"] = None
    client_port: Annotated[Int, "its port"] = None
    server_ip: Annotated[Text, "server"] = None
    server_port: Annotated[Int, "its port"] = None
    tls_version: Annotated[Text, "version chosen: TLSv1.2, TLSv1.3"] = None
    cipher: Annotated[Text, "cipher suite chosen"] = None
    server_name: Annotated[Text, "SNI"] = None
    established: Annotated[Flag, "handshake completed"] = None


class MtaEvent(Row, kw_only=True, frozen=True):
    """One thing that a mail server's log says it did."""

    ts: Annotated[Int, "time of the line, ns UTC; None where year or zone are unknown"] = None
    host: Annotated[Text, "host that logged"] = None
    program: Annotated[Text, "daemon: smtpd, submission/smtpd, cleanup, qmgr, smtp"] = None
    pid: Annotated[Int, "process id"] = None
    queue_id: Annotated[Text, "queue id on this host"] = None
    event: Annotated[
        Text,
        "connect, disconnect, lost_connection, tls, auth_failed, accepted (a message entered the queue: from a "
        "client, or locally), message_id, queued, delivery (one recipient's outcome), reject, bounce, removed, "
        "start, stop, other",
    ] = None
    direction: Annotated[
        Text,
        "in (from the network), submission (from an authenticated or submission client), "
        "local (pickup, local delivery), out (to the network)",
    ] = None
    peer_ip: Annotated[Text, "the other side's address"] = None
    peer_name: Annotated[Text, "its name, as logged"] = None
    peer_port: Annotated[Int, "its port"] = None
    helo: Annotated[Text, "HELO name of the client"] = None
    mail_from: Annotated[Text, "envelope sender; empty for the null sender"] = None
    rcpt_to: Annotated[Text, "envelope recipient"] = None
    message_id: Annotated[Text, "Message-ID"] = None
    status: Annotated[Text, "of a delivery: sent, deferred, bounced, expired, undeliverable, deliverable"] = None
    dsn: Annotated[Text, "enhanced status code (RFC 3463)"] = None
    reply_code: Annotated[Int, "SMTP reply code given or received"] = None
    reply_text: Annotated[Text, "text of the reply or reason"] = None
    remote_queue_id: Annotated[Text, "queue id that the remote server named"] = None
    related_queue_id: Annotated[
        Text, "another queue id on this host: of the notification made (bounce), or before the message was handed back"
    ] = None
    sasl_username: Annotated[Text, "authenticated user"] = None
    tls_version: Annotated[Text, "TLS version"] = None
    size_bytes: Annotated[Int, "size of the message"] = None
    recipients: Annotated[Int, "number of recipients"] = None
    delay_s: Annotated[Real, "seconds in the queue"] = None
    envelopes: Annotated[Int, "of a disconnect: MAIL commands accepted in the session"] = None
    commands: Annotated[Int, "of a disconnect: SMTP commands in the session"] = None


class Message(Row, kw_only=True, frozen=True):
    """One message as stored: what its header block says."""

    ts: Annotated[Int, "Date field, ns UTC; a claim of the sender"] = None
    delivered_ts: Annotated[Int, "date of the topmost Received field, ns UTC"] = None
    message_id: Annotated[Text, "Message-ID, without brackets"] = None
    return_path: Annotated[Text, "envelope sender that the delivering server wrote; empty for the null sender"] = None
    delivered_to: Annotated[Text, "Delivered-To or X-Original-To of the delivering server"] = None
    header_from: Annotated[Text, "address of the From field"] = None
    header_to: Annotated[Text, "addresses of the To field"] = None
    subject: Annotated[Text, "Subject, decoded"] = None
    hops: Annotated[Int, "Received fields"] = None
    header_bytes: Annotated[Int, "bytes of the header block"] = None
    size_bytes: Annotated[Int, "bytes of the message"] = None
    problems: Annotated[Text, "what is wrong with the header block"] = None


class MessageHop(Row, kw_only=True, frozen=True):
    """One Received field; 1 is the topmost, written last (RFC 5321 section 4.4)."""

    ts: Annotated[Int, "date of the field, ns UTC"] = None
    hop_no: Annotated[Int, "1 is the topmost"] = None
    message_id: Annotated[Text, "Message-ID of the message"] = None
    from_helo: Annotated[Text, "name the client gave"] = None
    from_rdns: Annotated[Text, "name found for the client's address"] = None
    from_ip: Annotated[Text, "client's address"] = None
    by: Annotated[Text, "server that wrote the field"] = None
    protocol: Annotated[Text, "with: SMTP, ESMTPS, LMTP, HTTP"] = None
    id: Annotated[Text, "queue id of the server that wrote it"] = None
    envelope_to: Annotated[Text, "for"] = None
    tls_version: Annotated[Text, "TLS version"] = None


class RegistrationRecord(Row, kw_only=True, frozen=True):
    """What one saved answer of a registry says of a domain or an address block."""

    ts: Annotated[Int, "when it was asked, ns UTC, where the record says so"] = None
    kind: Annotated[Text, "domain, network"] = None
    name: Annotated[Text, "domain, or first address block in CIDR form or as a range"] = None
    server: Annotated[Text, "name of the server that was asked, where the record says so"] = None
    server_ip: Annotated[Text, "its address"] = None
    protocol: Annotated[Text, "whois, rdap, where the record says so; export: a provider's history"] = None
    status: Annotated[
        Text,
        "registered, not_found, refused (an answer that refuses), unparsed; without an answer: timeout, "
        "connection_refused, failed, not_asked",
    ] = None
    registrar: Annotated[Text, "registrar of a domain"] = None
    holder: Annotated[Text, "registrant of a domain, organisation of a block, as published"] = None
    created_ts: Annotated[Int, "registered first, ns UTC"] = None
    updated_ts: Annotated[Int, "changed last, ns UTC"] = None
    expires_ts: Annotated[Int, "runs out, ns UTC"] = None
    name_servers: Annotated[Text, "name servers, sorted, blank-separated"] = None
    statuses: Annotated[Text, "status words, blank-separated"] = None
    redacted: Annotated[Flag, "the registry says that it hides something"] = None
    problems: Annotated[Text, "what could not be read for certain"] = None


class Unread(Row, kw_only=True, frozen=True):
    """One record that could not be read, with the reason; never silence."""

    reason: Annotated[Text, "why"] = None
    excerpt: Annotated[Text, "its first bytes, escaped"] = None


class Ledger(Row, kw_only=True, frozen=True):
    """The fate of one run of bytes; the runs of a piece are disjoint and cover it from 0 to its size."""

    layer: Annotated[Text, "file (as stored) or content (after decompression)"] = None
    fate: Annotated[Text, "record, ignored, container, padding, gap, refused, undecodable"] = None
    reason: Annotated[Text, "why, where the fate needs one"] = None
    records: Annotated[Int, "records in the run"] = None


class AggregateReport(Row, kw_only=True, frozen=True):
    """What others counted over a time: mail that claims a domain (DMARC), SMTP sessions to its exchangers (TLS-RPT)."""

    ts: Annotated[Int, "where the time of the report begins, ns UTC"] = None
    last_ts: Annotated[Int, "where it ends, ns UTC"] = None
    kind: Annotated[Text, "dmarc or tls"] = None
    reporter: Annotated[Text, "organisation that reports"] = None
    report_id: Annotated[Text, "its name for the report"] = None
    domain: Annotated[Text, "domain whose policy was applied"] = None
    source_ip: Annotated[Text, "client whose mail (dmarc) or sessions (tls) were counted"] = None
    server_name: Annotated[Text, "of tls: mail exchanger that the session was with"] = None
    server_ip: Annotated[Text, "of tls: its address"] = None
    messages: Annotated[Int, "of dmarc: messages that the reporter took far enough to read their From field"] = None
    sessions: Annotated[Int, "of tls: SMTP sessions, or attempts where the result says that none came about"] = None
    result: Annotated[Text, "dmarc: none, quarantine, reject; tls: success or the type of failure (RFC 8460)"] = None
    header_from: Annotated[Text, "domain of the From field"] = None
    envelope_from: Annotated[Text, "domain of the envelope sender; empty for the null sender"] = None
    envelope_to: Annotated[Text, "domain of the recipients"] = None
    dkim: Annotated[Text, "of dmarc: aligned DKIM result"] = None
    dkim_domain: Annotated[Text, "signing domain of the first signature that passed, else of the first"] = None
    dkim_selector: Annotated[Text, "its selector"] = None
    spf: Annotated[Text, "of dmarc: aligned SPF result"] = None
    spf_domain: Annotated[Text, "domain that SPF was asked for"] = None


TABLES: dict[str, type[Row]] = {
    "dns_query": DnsQuery,
    "dns_response": DnsResponse,
    "dns_record": DnsRecord,
    "policy_file": PolicyFile,
    "smtp_probe": SmtpProbe,
    "connection": Connection,
    "flow": Flow,
    "smtp_session": SmtpSession,
    "smtp_envelope": SmtpEnvelope,
    "smtp_recipient": SmtpRecipient,
    "tls_session": TlsSession,
    "mta_event": MtaEvent,
    "message": Message,
    "message_hop": MessageHop,
    "registration": RegistrationRecord,
    "aggregate_report": AggregateReport,
    "unread": Unread,
    "ledger": Ledger,
}


class Column(NamedTuple):
    """One column: its name, kind (`int`, `real`, `flag` or `text`) and meaning."""

    name: str
    kind: str
    meaning: str


_SQL_TYPES = {"int": "BIGINT", "real": "DOUBLE", "flag": "BOOLEAN", "text": "VARCHAR"}
_KINDS = {int: "int", float: "real", bool: "flag", str: "text"}


@cache
def columns(table: type[Row]) -> tuple[Column, ...]:
    """The columns of a table, in the order they are stored.

    >>> columns(Unread)[-1].name, columns(Unread)[-1].kind
    ('excerpt', 'text')
    """
    hints = get_type_hints(table, include_extras=True)
    return tuple(Column(name, _kind(hints[name]), get_args(hints[name])[1]) for name in table.__struct_fields__)


def sql_columns(name: str) -> str:
    """The columns of a table as SQL defines them.

    >>> sql_columns("unread").split(", ")[-1]
    '"excerpt" VARCHAR'
    """
    return ", ".join(f'"{column.name}" {_SQL_TYPES[column.kind]}' for column in columns(TABLES[name]))


@cache
def name_of(table: type[Row]) -> str:
    """The name of a table.

    >>> name_of(DnsQuery)
    'dns_query'
    """
    return next(name for name, cls in TABLES.items() if cls is table)


def _kind(hint: object) -> str:
    optional = get_args(hint)[0]
    return next(_KINDS[part] for part in get_args(optional) if part in _KINDS)
