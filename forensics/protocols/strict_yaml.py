"""YAML as sheets and rules may use it: plain mappings, lists and scalars, each with its place in the text.

No anchors, aliases, tags, duplicate keys or second documents; bounded in size and depth. Scalars are text, integers,
floats, booleans (true, false) and null; everything that merely looks like a date or a country code stays text.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any, NamedTuple, TypeVar

import msgspec
from ruamel.yaml import YAML, error, events

from forensics.errors import ProtocolError

MAX_BYTES = 1 << 20
MAX_DEPTH = 20

Path = tuple[str | int, ...]
T = TypeVar("T")


class YamlError(ProtocolError):
    """Text that breaks the grammar; the message is `name:line:column: what`."""

    exit_code = 2


class Place(NamedTuple):
    """Line and column of a value, both from 1."""

    line: int
    column: int


class Document(NamedTuple):
    """The value of a text and the place of each part of it, by path."""

    name: str
    value: Any
    places: dict[Path, Place]
    keys: dict[Path, Place]
    text: str

    def indent(self, key: str) -> int:
        """How many blanks stand before the text of a block scalar under a top-level key."""
        place = self.places.get((key,))
        line = self.text.split("\n")[place.line] if place else ""
        return len(line) - len(line.lstrip(" "))

    def error(self, path: Path, what: str, *, at_key: bool = False) -> YamlError:
        """An error that points at the value of that path, or at its key, or at the closest part above it."""
        if at_key and path in self.keys:
            return YamlError(f"{self.name}:{self.keys[path].line}:{self.keys[path].column}: {what}")
        while path and path not in self.places:
            path = path[:-1]
        place = self.places.get(path, Place(1, 1))
        return YamlError(f"{self.name}:{place.line}:{place.column}: {what}")


def parse(text: str, name: str) -> Document:
    """Read one document.

    Args:
        text: the YAML.
        name: what errors call it: the file's path.

    Raises:
        YamlError: with line and column.

    >>> parse("country: NO", "x.yml").value
    {'country': 'NO'}
    """
    if len(text.encode()) > MAX_BYTES:
        raise YamlError(f"{name}:1:1: is larger than {MAX_BYTES} bytes")
    builder = _Builder(name)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
    except error.YAMLError as problem:
        raise _syntax_error(problem, name) from problem
    return Document(name, builder.value, builder.places, builder.keys, text)


def convert(document: Document, kind: type[T]) -> T:
    """The document as a typed record; an unknown key is an error that names the nearest one.

    Raises:
        YamlError: with line and column.
    """
    try:
        return msgspec.convert(document.value, kind)
    except msgspec.ValidationError as problem:
        path, what = _where(str(problem))
        unknown = re.search(r"unknown field `([^`]*)`", what)
        if unknown:
            path = (*path, unknown[1])
            what = f'unknown key "{unknown[1]}".{did_you_mean(unknown[1], _field_names(kind))}'
        raise document.error(path, what, at_key=bool(unknown)) from problem


class _Builder:
    """Values from the stream of YAML events, in one pass; refuses what the grammar above leaves out."""

    def __init__(self, name: str) -> None:
        self.value: Any = None
        self.places: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self._name = name
        self._documents = 0
        self._open: list[tuple[Path, Any]] = []
        self._key: list[str | None] = []

    def take(self, event: events.Event) -> None:
        """One more event."""
        if isinstance(event, events.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise self._error(event, "a second document begins here; one is allowed")
        if isinstance(event, events.AliasEvent) or getattr(event, "anchor", None):
            raise self._error(event, "anchors and aliases are not allowed here. Write the value out.")
        tag = getattr(event, "tag", None)
        if tag:
            raise self._error(event, f"tags such as {tag} are not allowed here. Write a plain value.")
        if isinstance(event, events.CollectionStartEvent):
            self._begin(event, {} if isinstance(event, events.MappingStartEvent) else [])
        elif isinstance(event, events.CollectionEndEvent):
            self._open.pop()
            self._key.pop()
        elif isinstance(event, events.ScalarEvent):
            self._scalar(event)

    def _begin(self, event: events.Event, collection: Any) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise self._error(event, f"nested deeper than {MAX_DEPTH} levels")
        self._open.append((self._put(event, collection), collection))
        self._key.append(None)

    def _scalar(self, event: events.ScalarEvent) -> None:
        if self._open and isinstance(self._open[-1][1], dict) and self._key[-1] is None:
            key = str(event.value)
            if key in self._open[-1][1]:
                raise self._error(event, f"the key {key!r} stands here a second time")
            self._key[-1] = key
            self.keys[(*self._open[-1][0], key)] = _place(event)
            return
        self._put(event, _scalar(str(event.value), plain=event.style is None))

    def _put(self, event: events.Event, value: Any) -> Path:
        """Put a value where it belongs; its path."""
        path: Path = ()
        if not self._open:
            self.value = value
        else:
            above, collection = self._open[-1]
            if isinstance(collection, list):
                path = (*above, len(collection))
                collection.append(value)
            else:
                key = self._key[-1]
                if key is None:
                    raise self._error(event, "a key must be plain text")
                path = (*above, key)
                collection[key] = value
                self._key[-1] = None
        self.places[path] = _place(event)
        return path

    def _error(self, event: events.Event, what: str) -> YamlError:
        mark = event.start_mark
        return YamlError(f"{self._name}:{mark.line + 1}:{mark.column + 1}: {what}")


def _place(event: events.Event) -> Place:
    return Place(event.start_mark.line + 1, event.start_mark.column + 1)


_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{1,18}(?:e[-+]?[0-9]{1,3})?")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


def _scalar(text: str, *, plain: bool) -> Any:
    if not plain:  # quoted or a block: text as it stands
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _syntax_error(problem: Exception, name: str) -> YamlError:
    mark = getattr(problem, "problem_mark", None) or getattr(problem, "context_mark", None)
    place = f"{mark.line + 1}:{mark.column + 1}" if mark else "1:1"
    what = getattr(problem, "problem", None) or str(problem).split("\n")[0]
    return YamlError(f"{name}:{place}: {what}")


_LOCATED = re.compile(r"(?s)(?P<what>.*?) - at `(?:key in )?\$(?P<path>[^`]*)`")


def _where(message: str) -> tuple[Path, str]:
    """The path and text of an error such as "Expected `str`, got `int` - at `$.evidence[0].vantage`"."""
    match = _LOCATED.fullmatch(message)
    if not match:
        return (), message
    parts = re.findall(r"\.([^.\[]+)|\[(\d+)\]", match["path"])
    return tuple(key or int(number) for key, number in parts), match["what"]


def did_you_mean(word: str, known: list[str]) -> str:
    """A hint at the known word nearest to this one, with a space before it; empty where none is near.

    >>> did_you_mean("qnam", ["qname", "qtype"])
    ' Did you mean "qname"?'
    """
    near = get_close_matches(word, known, 1, 0.4)
    return f' Did you mean "{near[0]}"?' if near else ""


def _field_names(kind: object) -> list[str]:
    """Every key that a typed record and the records inside it know."""
    found: list[str] = []
    stack: list[Any] = [msgspec.inspect.type_info(kind)]
    while stack:
        item = stack.pop()
        if isinstance(item, msgspec.inspect.StructType):
            found.extend(field.encode_name for field in item.fields)
            stack.extend(field.type for field in item.fields)
            continue
        inner = (getattr(item, name, None) for name in ("item_type", "value_type"))
        stack.extend(part for part in inner if isinstance(part, msgspec.inspect.Type))
        for name in ("types", "item_types"):
            stack.extend(getattr(item, name, None) or ())
    return found
