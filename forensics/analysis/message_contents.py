"""What a message holds: its bodies and attachments with their hashes, read by mail-parser in a process of its own."""

from __future__ import annotations

from typing import Any

import msgspec

from forensics import isolated
from forensics.model.header_report import ContentPart, MessagePart


def with_contents(judged: MessagePart, message: bytes) -> MessagePart:
    """The judged message with what its bytes hold; of a very long one they are the start."""
    problems = list(judged.problems)
    try:
        found = isolated.ask("message_parts", message)
    except isolated.IsolationError as error:
        problems.append(f"its bodies and attachments could not be read: mail-parser {error}")
        return msgspec.structs.replace(judged, problems=tuple(problems))
    problems += [f"mail-parser names a defect: {defect}" for defect in found["defects"]]
    contents = [_content("body", part) for part in found["bodies"]]
    contents += [_content("attachment", part) for part in found["attachments"]]
    return msgspec.structs.replace(judged, contents=tuple(contents), problems=tuple(problems))


def _content(role: Any, part: dict[str, Any]) -> ContentPart:
    return ContentPart(
        role=role, name=part["name"], media_type=part["type"], size_bytes=part["size_bytes"], sha256=part["sha256"]
    )
