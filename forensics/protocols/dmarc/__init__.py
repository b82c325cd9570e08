"""DMARC: the policy record, the result of a message, and who may receive reports (RFC 9989, RFC 9990, RFC 7489)."""

from forensics.protocols.dmarc.evaluation import DmarcResult, Identifier, Result, evaluate
from forensics.protocols.dmarc.organization import registered_domain
from forensics.protocols.dmarc.record import DmarcRecord, DmarcSyntaxError, is_dmarc, parse_record, read_record
from forensics.protocols.dmarc.report_authorization import ReportDestination, authorization_name, authorize_reports
from forensics.protocols.dmarc.report_uri import ReportUri
from forensics.protocols.dmarc.rules import Policy, Rules, rules_at
from forensics.protocols.dmarc.tags import Tag, TagProblem
from forensics.protocols.dmarc.tree_walk import walk_names

__all__ = [
    "DmarcRecord",
    "DmarcResult",
    "DmarcSyntaxError",
    "Identifier",
    "Policy",
    "ReportDestination",
    "ReportUri",
    "Result",
    "Rules",
    "Tag",
    "TagProblem",
    "authorization_name",
    "authorize_reports",
    "evaluate",
    "is_dmarc",
    "parse_record",
    "read_record",
    "registered_domain",
    "rules_at",
    "walk_names",
]
