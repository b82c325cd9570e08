"""DKIM: the key record, the signature field, and the verdict on both (RFC 6376, 8301, 8463, 8616).

`verify` judges a message with the keys that a lookup gives; `parse_key_record` reads one key record.
"""

from forensics.protocols.dkim.key_record import DkimKey, KeyStatus, parse_key_record
from forensics.protocols.dkim.result import DkimResult, ReasonCode, Result
from forensics.protocols.dkim.verification import MAX_SIGNATURES, verify

__all__ = [
    "MAX_SIGNATURES",
    "DkimKey",
    "DkimResult",
    "KeyStatus",
    "ReasonCode",
    "Result",
    "parse_key_record",
    "verify",
]
