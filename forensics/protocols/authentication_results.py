"""Authentication-Results and ARC-Authentication-Results header values (RFC 8601, RFC 8617 4.1.1).

Real headers break the grammar all the time: Exchange Online leaves out the authserv-id, Yahoo ends with a semicolon,
nearly everybody forgets to quote. So everything that can be read is read, and each breach is named in `problems`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from forensics.errors import ProtocolError
from forensics.protocols import key_value_pairs
from forensics.protocols.key_value_pairs import Pair, Part
from forensics.protocols.remembered import of_short_texts

MAX_RESULTS = 500
"""Results of one header that are kept; more are named as a problem."""

_DKIM = frozenset(["none", "pass", "fail", "policy", "neutral", "temperror", "permerror"])
_PLAIN = frozenset(["none", "pass", "fail", "temperror", "permerror"])
# RFC 8601 2.7, RFC 7489 11.2, RFC 8617 10.2, RFC 8904 and draft-brand-indicators; other methods are not checked.
_RESULTS: dict[str, frozenset[str]] = {
    "arc": frozenset(("none", "pass", "fail")),
    "auth": _PLAIN,
    "bimi": frozenset(["none", "pass", "fail", "temperror", "declined", "skipped"]),
    "dkim": _DKIM,
    "dkim-adsp": frozenset(["none", "pass", "unknown", "fail", "discard", "nxdomain", "temperror", "permerror"]),
    "dkim-atps": _PLAIN,
    "dmarc": _PLAIN,
    "dnswl": frozenset(["none", "pass", "temperror", "permerror"]),
    "domainkeys": _DKIM,
    "iprev": _PLAIN,
    "rrvs": _PLAIN | {"unknown"},
    "sender-id": _DKIM | {"softfail"},
    "smime": _DKIM,
    "spf": _DKIM | {"softfail"},
    "vbr": _PLAIN,
}
_METHOD = re.compile(r"([a-z0-9](?:[a-z0-9_-]*+))(?:/([0-9]{1,9}))?", re.IGNORECASE)
_PROPERTY = re.compile(r"[a-z0-9-]++\.[a-z0-9_-]++", re.IGNORECASE)
_NAME_CHARACTER = re.compile(r"\w")
_INSTANCE = re.compile(r"[0-9]{1,9}")
# RFC 2045 5.1 token, without the tspecials; RFC 6532 adds all that is not US-ASCII.
_LEGAL_VALUE = re.compile(r"[^\x00-\x20\x7f()<>@,;:\\\"/\[\]?=]++")
_LEGAL_ADDRESS = re.compile(
    r"""(?:"(?:[^"\\]|\\.)*+"            # "jane doe"
    | [^\x00-\x20\x7f()<>@,;:\\"\[\]]*+)  # jane, or nothing
    @[^\x00-\x20\x7f()<>@,;:\\"/?=\[\]]++   # @mail.example
    """,
    re.VERBOSE,
)


class AuthenticationResultsError(ProtocolError):
    """A value without an authserv-id and without any result."""


class Properties(dict[str, str]):
    """What a result is about: `properties["smtp.mailfrom"]`, or all of one ptype: `properties["smtp"]["mailfrom"]`.

    The names are in lower case; the items are those with the full name.
    """

    def __missing__(self, ptype: str) -> dict[str, str]:
        prefix = f"{ptype}."
        found = {name.removeprefix(prefix): value for name, value in self.items() if name.startswith(prefix)}
        if not found:
            raise KeyError(ptype)
        return found


class AuthenticationResult(NamedTuple):
    """One method's result; method, result and property names in lower case, all other text as written."""

    method: str
    result: str
    reason: str | None
    properties: Properties
    method_version: int = 1
    comments: tuple[str, ...] = ()


class AuthenticationResults(NamedTuple):
    """What one server says it found; `arc_instance` is the `i=` of an ARC-Authentication-Results value.

    `authserv_id` is None where the header names none. No results: `none` was said, or `problems` tells what was.
    """

    authserv_id: str | None
    version: int
    results: tuple[AuthenticationResult, ...]
    problems: tuple[str, ...]
    arc_instance: int | None
    raw: str


@of_short_texts
def parse(value: str) -> AuthenticationResults:
    """Read one header value.

    Args:
        value: what stands behind `Authentication-Results:`, folded or not.

    Raises:
        AuthenticationResultsError: neither an authserv-id nor a result can be read.

    >>> parsed = parse("mx.mail.example; spf=pass smtp.mailfrom=mail.example; dkim=none")
    >>> parsed.authserv_id, parsed.results[0].properties["smtp.mailfrom"], parsed.results[1].result
    ('mx.mail.example', 'mail.example', 'none')
    """
    reading = _Reading()
    parts, marks = key_value_pairs.split(value)
    reading.problems.update(dict.fromkeys(marks))
    parts = reading.read_arc_instance(parts)
    reading.read_head(parts[0], value)
    for part in parts[1:]:
        reading.read_result_part(part)
    if reading.authserv_id is None and not reading.results:
        raise AuthenticationResultsError(f"no authserv-id and no result in {value[:80]!r}")
    return reading.finish(value)


class _Reading:
    """What has been read of one header."""

    def __init__(self) -> None:
        self.authserv_id: str | None = None
        self.version = 1
        self.arc_instance: int | None = None
        self.results: list[AuthenticationResult] = []
        self.said_none = False
        self.problems: dict[str, None] = {}

    def finish(self, raw: str) -> AuthenticationResults:
        if not self.results and not self.said_none:
            self._note("no result")
        if self.results and self.said_none:
            self._note("results beside `none`")
        return AuthenticationResults(
            self.authserv_id, self.version, tuple(self.results), tuple(self.problems), self.arc_instance, raw
        )

    def read_arc_instance(self, parts: list[Part]) -> list[Part]:
        """Take `i=1;` off the front."""
        first = parts[0].items
        if len(first) != 1 or not isinstance(first[0], Pair):
            return parts
        if first[0].key.lower() != "i" or _INSTANCE.fullmatch(first[0].value) is None:
            return parts
        self.arc_instance = int(first[0].value)
        return parts[1:] or [Part((), ())]

    def read_head(self, part: Part, value: str) -> None:
        """Read what stands before the first semicolon: authserv-id and version, or results where they are missing."""
        words = []
        for item in part.items:
            if isinstance(item, Pair):
                break
            words.append(item)
        if words and _NAME_CHARACTER.search(words[0]):
            self.authserv_id = words[0]
            if _LEGAL_VALUE.fullmatch(words[0]) is None and f'"{words[0]}' not in value:
                self._note(f"an authserv-id that is not quoted, and no token: {words[0][:60]!r}")
        else:
            self._note("no authserv-id")
        for word in words[1:]:
            self._read_version(word)
        rest = part.items[len(words) :]
        if rest:
            if words:
                self._note("no semicolon behind the authserv-id")
            self.read_result_part(Part(rest, part.comments))

    def read_result_part(self, part: Part) -> None:
        """Read what stands between two semicolons: one result, or several where semicolons were forgotten."""
        if not part.items:
            self._note("an empty result")
            return
        if len(part.items) == 1 and isinstance(part.items[0], str) and part.items[0].lower() == "none":
            self.said_none = True
            return
        pairs = self._pairs_of(part.items)
        starts = [index for index, pair in enumerate(pairs) if index == 0 or _begins_result(pair)]
        if len(starts) > 1:
            self._note("no semicolon between two results")
        for start, end in pairwise([*starts, len(pairs)]):
            self._read_result(pairs[start], pairs[start + 1 : end], part.comments)

    def _pairs_of(self, items: Iterable[str | Pair]) -> list[Pair]:
        pairs: list[Pair] = []
        for item in items:
            if isinstance(item, Pair):
                pairs.append(item)
            else:
                self._note(f"text that belongs to no result: {item[:60]!r}")
        return pairs

    def _read_version(self, word: str) -> None:
        if word == "1":
            return
        if _INSTANCE.fullmatch(word):
            self.version = int(word)
        self._note(f"not a known version: {word[:60]!r}")

    def _read_result(self, head: Pair, rest: list[Pair], comments: tuple[str, ...]) -> None:
        method = _METHOD.fullmatch(head.key)
        if method is None:
            self._note(f"no method: {head.key[:60]!r}")
            return
        if len(self.results) == MAX_RESULTS:
            self._note(f"more than {MAX_RESULTS} results")
            return
        name, result = method[1].lower(), head.value.lower()
        if not result:  # named as a pair without a value
            return
        if name in _RESULTS and result not in _RESULTS[name]:
            self._note(f"not a result of {name}: {result[:60]!r}")
        reason, properties = self._read_properties(rest)
        self.results.append(AuthenticationResult(name, result, reason, properties, int(method[2] or 1), comments))

    def _read_properties(self, pairs: list[Pair]) -> tuple[str | None, Properties]:
        reason: str | None = None
        properties = Properties()
        for pair in pairs:
            name = pair.key.lower()
            self._check_value(pair)
            if name == "reason" and reason is None:
                reason = pair.value
                if properties:
                    self._note("a reason behind a property")
                continue
            if _PROPERTY.fullmatch(name) is None:
                self._note(f"no property: {pair.key[:60]!r}")
            if name in properties:
                self._note(f"a property given twice: {pair.key[:60]!r}")
            properties.setdefault(name, pair.value)
        return reason, properties

    def _check_value(self, pair: Pair) -> None:
        legal = pair.quoted or _LEGAL_VALUE.fullmatch(pair.value)
        if not legal and (pair.key.lower() == "reason" or not _LEGAL_ADDRESS.fullmatch(pair.value)):
            self._note(f"not quoted, and no token: {pair.key[:60]}={pair.value[:60]!r}")

    def _note(self, problem: str) -> None:
        if len(self.problems) < MAX_RESULTS:
            self.problems[problem] = None


def _begins_result(pair: Pair) -> bool:
    """Whether a pair within a part can only be a method with its result."""
    method = _METHOD.fullmatch(pair.key)
    return method is not None and pair.value.lower() in _RESULTS.get(method[1].lower(), ())
