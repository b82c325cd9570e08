"""Halves of surrogate pairs, which JSON and broken evidence can put into text, and no encoding can hold."""

from __future__ import annotations


def escaped(text: str) -> str:
    r"""The text with every such half shown as an escape rather than lost: UTF-8 can hold it.

    >>> escaped("a\ud800b")
    'a\\ud800b'
    """
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
