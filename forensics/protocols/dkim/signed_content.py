"""Which bytes of a message a signature speaks for (RFC 6376 sections 3.7 and 5.4.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from forensics.protocols.dkim.canonicalization import Algorithm, canonical_field
from forensics.protocols.dkim.message import HeaderField


def select_fields(fields: Sequence[HeaderField], names: Iterable[str], signature: HeaderField) -> list[HeaderField]:
    """Give the fields that `h=` names: of several of one name the lowest first, a missing one counts as empty.

    The signature's own field is never among them: it is hashed last, whatever `h=` says (section 3.5, h=).
    """
    stacks: dict[str, list[HeaderField]] = {}
    for field in fields:
        if field is not signature:
            stacks.setdefault(field.key, []).append(field)
    return [stacks[name].pop() for name in map(str.lower, names) if stacks.get(name)]


def signed_header(
    fields: Sequence[HeaderField], names: Iterable[str], signature: HeaderField, algorithm: Algorithm
) -> bytes:
    """Give the header bytes that are signed: the named fields, then the signature's own without the value of b=."""
    chosen = [*select_fields(fields, names, signature), without_signature(signature)]
    return b"\r\n".join(canonical_field(field, algorithm) for field in chosen)


def without_signature(field: HeaderField) -> HeaderField:
    r"""Give the field with the value of b= emptied, its surrounding white space too (section 3.5, b=).

    >>> without_signature(HeaderField("X", b"X: bh=cde; b=\r\n Zm9v ; t=1")).raw
    b'X: bh=cde; b=; t=1'
    """
    name, colon, value = field.raw.partition(b":")
    parts = value.split(b";")
    for index, part in enumerate(parts):
        tag, equals, _ = part.partition(b"=")
        if tag.strip(b" \t\r\n") == b"b":
            parts[index] = tag + equals
            break
    return field._replace(raw=name + colon + b";".join(parts))


def unsigned_names(fields: Sequence[HeaderField], names: Iterable[str], signature: HeaderField) -> tuple[str, ...]:
    """Name every field of the message that the signature does not cover, in order, once per instance."""
    covered = {id(field) for field in select_fields(fields, names, signature)} | {id(signature)}
    return tuple(field.name for field in fields if id(field) not in covered)
