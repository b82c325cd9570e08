"""The questions of DMARC, each sent once and bounded; what could not be asked stays apart from what is not there."""

from __future__ import annotations

from typing import NamedTuple

from forensics.protocols.dmarc.record import MAX_RECORD, DmarcRecord, is_dmarc, read_record
from forensics.protocols.dmarc.rules import Rules
from forensics.protocols.dns_answer import Answer, Lookup, QueryBudget, QueryLimitError
from forensics.protocols.query_names import can_be_asked, presentation


class Fetched(NamedTuple):
    """What one name gave: `record` where there is exactly one, `found` how many, `failure` why nobody knows."""

    record: DmarcRecord | None = None
    found: int = 0
    failure: str | None = None


class Inquiry:
    """The questions of one evaluation, at most 40."""

    def __init__(self, lookup: Lookup, rules: Rules) -> None:
        self.rules = rules
        self._budget = QueryBudget(lookup)

    @property
    def queries(self) -> tuple[str, ...]:
        """The names asked for, in order."""
        return tuple(qname for qname, _ in self._budget.queries)

    def ask(self, qname: str, qtype: str) -> tuple[Answer | None, str | None]:
        """Give the answer, or why there is none; a name that no question can hold does not exist."""
        if not can_be_asked(qname):
            return Answer("nxdomain"), None
        try:
            answer = self._budget(presentation(qname), qtype)
        except QueryLimitError as error:
            return None, str(error)
        return (None, f"{qname} {qtype}: {answer.status}") if answer.failed else (answer, None)

    def fetch(self, domain: str) -> Fetched:
        """Give the policy record of a domain: TXT at _dmarc, other records and several of them set aside."""
        answer, failure = self.ask(f"_dmarc.{domain}", "TXT")
        if answer is None:
            return Fetched(failure=failure)
        found = [text for text in answer.records if is_dmarc(text)]
        if len(found) != 1:
            return Fetched(found=len(found))
        return Fetched(read_record(found[0][:MAX_RECORD], rules=self.rules), 1)
