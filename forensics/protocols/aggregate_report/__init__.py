"""DMARC aggregate reports, from bytes as they come in to records with their places (RFC 7489 appendix C, RFC 9990).

A content may hold several documents behind each other: the members of an archive. A document type declaration and the
entities in it, elements nested too deep and tokens without end are refused with their document; reading goes on with
the next XML declaration. A record that lacks what it is for is `Unreadable` alone. Nothing outside is ever looked at.
"""

from forensics.protocols.aggregate_report.document import MAX_DEPTH, MAX_RECORD_BYTES
from forensics.protocols.aggregate_report.fields import MAX_COUNT, MAX_RESULTS, MAX_TEXT
from forensics.protocols.aggregate_report.reader import ReportReader, begins
from forensics.protocols.aggregate_report.values import AggregateRecord, AuthResult, Part, ReportHead, Unreadable

__all__ = [
    "MAX_COUNT",
    "MAX_DEPTH",
    "MAX_RECORD_BYTES",
    "MAX_RESULTS",
    "MAX_TEXT",
    "AggregateRecord",
    "AuthResult",
    "Part",
    "ReportHead",
    "ReportReader",
    "Unreadable",
    "begins",
]
