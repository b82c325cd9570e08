"""YAML as sheets and rules may use it: plain mappings, lists and scalars, each with its place in the text.

No anchors, aliases, tags, duplicate keys or second documents; bounded in size and depth. Scalars are text, integers,
floats, booleans (true, false) and null; everything that merely looks like a date or a country code stays text.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any, NamedTuple, TypeVar

import msgspec
from ruamel.yaml import YAML, error, events, nodes

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
    text: str = ""

    def indent(self, key: str) -> int:
        """How many blanks stand before the text of a block scalar under a top-level key."""
        place = self.places.get((key,))
        line = self.text.split("\n")[place.line] if place else ""
        return len(line) - len(line.lstrip(" "))

    def error(self, path: Path, what: str) -> YamlError:
        """An error that points at the part of that path, or the closest part above it."""
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
    try:
        _check_events(text, name)
        root = YAML(typ="safe", pure=True).compose(text)
    except error.YAMLError as problem:
        raise _syntax_error(problem, name) from problem
    if root is None:
        return Document(name, None, {}, text)
    places: dict[Path, Place] = {}
    return Document(name, _value(root, (), places, name), places, text)


def convert(document: Document, kind: type[T]) -> T:
    """The document as a typed record; an unknown key is an error that names the nearest one.

    Raises:
        YamlError: with line and column.
    """
    try:
        return msgspec.convert(document.value, kind)
    except msgspec.ValidationError as problem:
        path, what = _where(str(problem))
        raise document.error(*_nearest(path, what, kind)) from problem


def _check_events(text: str, name: str) -> None:
    depth = documents = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        place = f"{name}:{event.start_mark.line + 1}:{event.start_mark.column + 1}"
        if isinstance(event, events.DocumentStartEvent):
            documents += 1
        if isinstance(event, events.AliasEvent) or getattr(event, "anchor", None):
            raise YamlError(f"{place}: anchors and aliases are not allowed here. Write the value out.")
        if getattr(event, "tag", None):
            raise YamlError(f"{place}: tags such as {event.tag} are not allowed here. Write a plain value.")
        if isinstance(event, events.CollectionStartEvent):
            depth += 1
        elif isinstance(event, events.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise YamlError(f"{place}: nested deeper than {MAX_DEPTH} levels")
        if documents > 1:
            raise YamlError(f"{place}: a second document begins here; one is allowed")


def _value(node: nodes.Node, path: Path, places: dict[Path, Place], name: str) -> Any:
    places[path] = Place(node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, nodes.SequenceNode):
        return [_value(item, (*path, number), places, name) for number, item in enumerate(node.value)]
    if isinstance(node, nodes.MappingNode):
        return _mapping(node, path, places, name)
    return _scalar(str(node.value), plain=getattr(node, "style", None) is None)


def _mapping(node: nodes.MappingNode, path: Path, places: dict[Path, Place], name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        mark = f"{name}:{key_node.start_mark.line + 1}:{key_node.start_mark.column + 1}"
        if not isinstance(key_node, nodes.ScalarNode):
            raise YamlError(f"{mark}: a key must be plain text")
        key = str(key_node.value)
        if key in found:
            raise YamlError(f"{mark}: the key {key!r} stands here a second time")
        found[key] = _value(value_node, (*path, key), places, name)
    return found


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


def _nearest(path: Path, what: str, kind: type) -> tuple[Path, str]:
    unknown = re.search(r"unknown field `([^`]*)`", what)
    if not unknown:
        return path, what
    key = unknown[1]
    return (*path, key), f'unknown key "{key}".{did_you_mean(key, _field_names(kind))}'


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
