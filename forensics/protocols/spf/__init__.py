"""SPF: the record, the result for a client, and what is wrong with a domain's tree of records (RFC 7208)."""

from forensics.protocols.spf.audit import SpfAudit, audit
from forensics.protocols.spf.evaluation import check_host
from forensics.protocols.spf.inquiry import SpfClientError
from forensics.protocols.spf.lint import Problem
from forensics.protocols.spf.record import SpfRecord, Term, is_spf, parse_record
from forensics.protocols.spf.result import MAX_LOOKUPS, MAX_VOID_LOOKUPS, Outcome, Result, SpfResult, Step
from forensics.protocols.spf.syntax import SpfSyntaxError

__all__ = [
    "MAX_LOOKUPS",
    "MAX_VOID_LOOKUPS",
    "Outcome",
    "Problem",
    "Result",
    "SpfAudit",
    "SpfClientError",
    "SpfRecord",
    "SpfResult",
    "SpfSyntaxError",
    "Step",
    "Term",
    "audit",
    "check_host",
    "is_spf",
    "parse_record",
]
