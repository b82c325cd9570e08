"""The rules: YAML files under `rules/`, loaded strictly. A rule's id is its path without the ending."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from forensics.errors import RuleError
from forensics.model.case_file import QUESTIONS
from forensics.protocols import strict_yaml
from forensics.schema import TABLES

Level = Literal["full", "partial", "none"]
T = TypeVar("T")


class Likelihood(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """P(met | hypothesis) for exclusive hypotheses, and where the numbers come from (METHOD section 4)."""

    met: dict[str, float]
    source: Literal["logical", "measured_field", "measured_lab", "published", "elicited", "assumed"]
    n: int
    corpus: str
    date: str
    group: str


class RuleText(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is said in each state; `{count}`, `{first}`, `{last}` and `{details}` are filled in."""

    met: str
    not_met: str
    not_observable: str


class Sliced(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a query over very many rows may be asked of a part of a view at a time, with the same hits in all.

    `by` is a column or made of several: what is found among rows of one value does not hang on rows of another.
    `reach_s` says instead that a hit hangs on no row before it and on none more than that many seconds after it.
    `absent` says that the query tells that there is no row of a kind: where it finds nothing in a slice, because
    there is such a row, it finds nothing in all.
    """

    view: str
    by: str | None = None
    reach_s: int | None = None
    absent: bool = False


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One rule.

    `query` selects the rows that make it met: at least evidence, record_no, "offset", length and ts where they cite
    a record, or evidence alone where they cite whole pieces; a column `detail` is shown. `reads` names the tables its
    evidence must be able to fill, `observed_by` the vantages that, covering the window undamaged, would have shown
    it, and `blind_when` selects what kept even those from seeing it. `sliced` bounds the memory of a costly query.
    """

    title: str
    observable: str
    reads: list[str]
    observed_by: list[str]
    query: str
    text: RuleText
    why: str
    id: str = ""
    answers: dict[str, Literal["yes", "no"]] = {}
    blind_when: str | None = None
    sliced: Sliced | None = None
    alternatives: list[str] = []
    references: list[str] = []
    likelihood: Likelihood | None = None


class ClaimRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One kind of claim: what it says, and the queries that support or contradict it.

    The queries may also ask claim_address(ip) and claim(since_ts, "by"). `answers` are what must hold besides.
    """

    says: str
    supported: str | None = None
    supported_answers: dict[str, Literal["yes", "no"]] = {}
    contradicted: str | None = None
    contradicted_answers: dict[str, Literal["yes", "no"]] = {}
    would_test: list[str]
    readings: list[str] = []
    id: str = ""


class Vantage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one vantage can see."""

    title: str
    note: str
    smtp_session: Level
    connection: Level
    message_accepted: Level
    dns_lookup: Level
    ptr_lookup: Level
    inside_client: Level
    dns_record: Level

    def level(self, observable: str) -> Level:
        """How well it sees an observable."""
        found: Level = getattr(self, observable)
        return found


class Visibility(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The visibility matrix (METHOD section 2); `permissions` are what can be seen and is no event."""

    observables: dict[str, str]
    permissions: dict[str, str]
    vantages: dict[str, Vantage]


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Evidence worth asking for where a question is open."""

    vantage: str
    what: str
    from_whom: str
    why: str
    settles: list[str]


class KnownError(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How often answers were wrong on labelled evidence (METHOD section 8)."""

    runs: int
    answers: int
    overclaims: int
    misses: int
    corpus: str
    date: str

    def __str__(self) -> str:
        text = (
            f"On {self.corpus}: {self.answers} answers in {self.runs} runs, {self.overclaims} stronger than the "
            f"evidence allows, {self.misses} weaker ({self.date})."
        )
        if self.overclaims:
            return text
        bound = 100 * (1 - 0.05 ** (1 / max(self.answers, 1)))
        return (
            f"{text} No error in {self.answers} trials bounds the rate below {bound:.1f} % (95 %) for such cases only."
        )


class _Registry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    hypotheses: dict[str, str]


class _Wishes(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    wishes: list[Wish]


class Rulebook(msgspec.Struct, frozen=True, kw_only=True):
    """Everything under `rules/`: the rules, claim kinds, views, matrix and hypotheses, and the hash of all files."""

    rules: tuple[Rule, ...]
    claims: dict[str, ClaimRule]
    views: str
    visibility: Visibility
    hypotheses: dict[str, str]
    wishes: tuple[Wish, ...]
    known_error: KnownError
    sha256: str
    documents: dict[str, strict_yaml.Document]


_REGISTRY = ("registry/visibility", "registry/hypotheses", "registry/next_evidence", "registry/known_error")
"""Documents that every folder of rules has."""


def rules_folder() -> Path:
    """Where the shipped rules are: inside the installed package, or beside it in a checkout."""
    shipped = Path(__file__).parent.parent / "_rules"
    return shipped if shipped.is_dir() else Path(__file__).parent.parent.parent / "rules"


def cases_folder() -> Path:
    """Where the rules' own test cases are: inside the installed package, or among the tests of a checkout."""
    shipped = Path(__file__).parent.parent / "_rule_cases"
    return shipped if shipped.is_dir() else Path(__file__).parent.parent.parent / "tests" / "rules"


@cache
def load(folder: Path | None = None) -> Rulebook:
    """Load and check all rules of a folder (the shipped ones by default).

    Raises:
        RuleError: with file, line and column.
    """
    root = folder or rules_folder()
    files = sorted(path for path in root.rglob("*") if path.suffix in (".yml", ".sql"))
    digest = hashlib.sha256()
    documents: dict[str, strict_yaml.Document] = {}
    views = ""
    for path in files:
        text = _text(path)
        identity = path.relative_to(root).with_suffix("").as_posix()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(text.encode())}\0{text}".encode())
        if path.suffix == ".sql":
            views += text
        else:
            documents[identity] = _parse(text, path)
    for identity in _REGISTRY:
        if identity not in documents:
            raise RuleError(f"{root / identity}.yml: is missing. A folder of rules holds rules, views and registry.")
    return _book(documents, views, digest.hexdigest())


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"{path}: cannot be read as UTF-8: {error}.") from error


def _book(documents: dict[str, strict_yaml.Document], views: str, sha256: str) -> Rulebook:
    visibility = _convert(documents["registry/visibility"], Visibility)
    hypotheses = _convert(documents["registry/hypotheses"], _Registry).hypotheses
    rules, claims = [], {}
    for identity, document in documents.items():
        wing = identity.split("/")[0]
        if wing == "claims":
            claims[identity.split("/", 1)[1]] = msgspec.structs.replace(_convert(document, ClaimRule), id=identity)
        elif wing != "registry":
            rule = msgspec.structs.replace(_convert(document, Rule), id=identity)
            _check(rule, document, visibility, hypotheses)
            rules.append(rule)
    return Rulebook(
        rules=tuple(rules), claims=claims, views=views, visibility=visibility, hypotheses=hypotheses,
        wishes=tuple(_convert(documents["registry/next_evidence"], _Wishes).wishes), sha256=sha256, documents=documents,
        known_error=_convert(documents["registry/known_error"], KnownError),
    )  # fmt: skip


def _check(rule: Rule, document: strict_yaml.Document, visibility: Visibility, hypotheses: dict[str, str]) -> None:
    for path, word, known in _words(rule, visibility, hypotheses):
        if word not in known:
            raise _rule_error(document, path, f'there is no "{word}" here', word, known)
    for number, vantage in enumerate(rule.observed_by):
        if visibility.vantages[vantage].level(rule.observable) == "none":
            what = f"{vantage} cannot see {rule.observable} (registry/visibility.yml)"
            raise RuleError(str(document.error(("observed_by", number), what)))
    if rule.sliced is not None and (rule.sliced.by is None) == (rule.sliced.reach_s is None):
        raise RuleError(str(document.error(("sliced",), "it is sliced either by a column or in time, with a reach_s")))
    if rule.sliced is not None and rule.sliced.absent and rule.sliced.by is None:
        raise RuleError(str(document.error(("sliced", "absent"), "what is absent is asked of a slice by a column")))


def _words(
    rule: Rule, visibility: Visibility, hypotheses: dict[str, str]
) -> Iterator[tuple[strict_yaml.Path, str, list[str]]]:
    """Every word of a rule that must be one of a list."""
    yield ("observable",), rule.observable, [*visibility.observables, *visibility.permissions]
    for number, table in enumerate(rule.reads):
        yield ("reads", number), table, list(TABLES)
    for number, vantage in enumerate(rule.observed_by):
        yield ("observed_by", number), vantage, list(visibility.vantages)
    for question in rule.answers:
        yield ("answers", question), question, list(QUESTIONS)
    for hypothesis in rule.likelihood.met if rule.likelihood else ():
        yield ("likelihood", "met", hypothesis), hypothesis, list(hypotheses)


def _rule_error(
    document: strict_yaml.Document, path: strict_yaml.Path, what: str, word: str, known: list[str]
) -> RuleError:
    return RuleError(str(document.error(path, f"{what}.{strict_yaml.did_you_mean(word, known)}")))


def _parse(text: str, path: Path) -> strict_yaml.Document:
    try:
        return strict_yaml.parse(text, str(path))
    except strict_yaml.YamlError as error:
        raise RuleError(str(error)) from error


def _convert(document: strict_yaml.Document, kind: type[T]) -> T:
    try:
        return strict_yaml.convert(document, kind)
    except strict_yaml.YamlError as error:
        raise RuleError(str(error)) from error
