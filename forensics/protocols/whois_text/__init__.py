"""WHOIS answers (RFC 3912: free text) as `Registration` values: what kind of answer, which record, which dates.

Every registry writes as it likes. The package reads layouts (`lines`) with one vocabulary (`labels`), decides what kind
of answer it is before it trusts any field (`classification`), and reads a date only where its order is known
(`dates`, `date_orders`).
"""

from __future__ import annotations

from forensics.protocols.whois_text.parsing import parse

__all__ = ["parse"]
