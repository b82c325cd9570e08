"""What python-whois reads in a WHOIS answer: a second reading, for answers in which our own finds nothing."""

from __future__ import annotations

from typing import Any

import msgspec
from whois.exceptions import PywhoisError
from whois.parser import WhoisEntry

MAX_TEXT = 500
MAX_ITEMS = 100
_TEXTS = {"registrar": ("registrar",), "registrant": ("org", "registrant_name", "registrant", "name")}
_LISTS = {"name_servers": "name_servers", "statuses": "status"}
_DATES = {"created": "creation_date", "updated": "updated_date", "expires": "expiration_date"}


def read(question: bytes) -> dict[str, Any]:
    """The fields of an answer; `question` is JSON with `domain` and `text`.

    Dates are given as texts: how python-whois told their days from their months it does not say.
    """
    asked = msgspec.json.decode(question)
    try:
        found = WhoisEntry.load(asked["domain"], asked["text"])
    except PywhoisError as error:
        return {"failed": str(error)[:MAX_TEXT]}
    answer: dict[str, Any] = {}
    for field, names in _TEXTS.items():
        values = [text for name in names for text in _texts(found.get(name))]
        answer[field] = values[0] if values else None
    answer |= {field: _texts(found.get(name)) for field, name in _LISTS.items()}
    return answer | {field: next(iter(_texts(found.get(name))), None) for field, name in _DATES.items()}


def _texts(value: Any) -> list[str]:
    items = value if isinstance(value, (list, tuple, set)) else [value]
    return [str(item).strip()[:MAX_TEXT] for item in list(items)[:MAX_ITEMS] if item is not None and str(item).strip()]
