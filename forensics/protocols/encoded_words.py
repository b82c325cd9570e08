"""Encoded words in header text (RFC 2047, language tags of RFC 2231 section 5), decoded in one pass.

The standard library's decoder takes quadratic time on long runs of encoded words; this one looks at each character a
bounded number of times, and decodes at most `MAX_WORDS` words of one value.
"""

from __future__ import annotations

import binascii
import codecs
import re
from encodings.aliases import aliases
from typing import NamedTuple

MAX_WORDS = 1_000
"""Encoded words of one value that are decoded; those behind stay as they are written."""

_WORD = re.compile(
    r"""=\?
    ([^?\s*]{1,60}+)      # charset             utf-8
    (?:\*[^?\s]{0,40}+)?  # its language        *en
    \?([BbQq])            # encoding            Q
    \?([^?]*+)\?=         # encoded text        caf=C3=A9
    """,
    re.VERBOSE,
)
_ESCAPE = re.compile(rb"=([0-9A-Fa-f]{2})")
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_PUNCTUATION = re.compile(r"[^a-z0-9]+")

# Not charsets of mail, and some of these codecs take quadratic time on what they are given.
_NO_CHARSETS = {"punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
_NO_TEXT = {"base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec"}
# Names seen in mail that Python's table does not hold.
_MAIL_NAMES = {
    "utf8mb4": "utf_8",
    "x_gbk": "gbk",
    "x_sjis": "shift_jis",
    "x_euc_jp": "euc_jp",
    "windows_874": "cp874",
    "windows_31j": "cp932",
    "iso_8859_8_i": "iso8859_8",
    "x_mac_roman": "mac_roman",
}
_CODECS = {
    **{name: codec for name, codec in aliases.items() if codec not in _NO_CHARSETS | _NO_TEXT},
    **{codec: codec for codec in set(aliases.values()) - _NO_CHARSETS - _NO_TEXT},
    **_MAIL_NAMES,
}


class DecodedText(NamedTuple):
    """Header text with its encoded words decoded, and what was wrong with them, each once."""

    text: str
    problems: tuple[str, ...]


class _Word(NamedTuple):
    charset: str
    octets: bytes
    written: str


def decode(value: str) -> DecodedText:
    """Decode the encoded words of an unfolded header value; all other text stays.

    Blanks between two encoded words go (RFC 2047 6.2), and neighbours of one charset are joined before they are
    decoded, since real mailers split a character between two words. A word of an unknown charset stays as written;
    octets that the charset does not have are shown as `\\xNN`. Both are named in `problems`.

    >>> decode("=?utf-8?Q?caf=C3=A9?= =?utf-8?B?IQ==?= now").text
    'café! now'
    """
    if "=?" not in value:
        return DecodedText(value, ())
    problems: dict[str, None] = {}
    parts: list[str] = []
    run: list[_Word] = []
    position = 0
    for count, match in enumerate(_WORD.finditer(value)):
        if count == MAX_WORDS:
            problems[f"more than {MAX_WORDS} encoded words"] = None
            break
        between = value[position : match.start()]
        if run and between.strip(" \t\r\n"):
            parts.append(_text_of(run, problems))
            run = []
        if not run:
            parts.append(between)
        run.append(_Word(match[1].lower(), _octets_of(match[2], match[3], problems), match[0]))
        position = match.end()
    parts.append(_text_of(run, problems))
    parts.append(value[position:])
    return DecodedText("".join(parts), tuple(problems))


def _octets_of(encoding: str, encoded: str, problems: dict[str, None]) -> bytes:
    if " " in encoded:
        problems["a blank inside an encoded word"] = None
    raw = encoded.encode("utf-8", "surrogatepass")
    if encoding in "Qq":
        return _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), raw.replace(b"_", b" "))
    digits = _NO_BASE64.sub(b"", raw)
    padded = digits + b"=" * (-len(digits) % 4)
    if padded != raw:
        problems["base64 that is not whole"] = None
    return binascii.a2b_base64(padded if len(digits) % 4 != 1 else digits[:-1])


def _text_of(run: list[_Word], problems: dict[str, None]) -> str:
    """The text of neighbouring encoded words, those of one charset joined as octets."""
    parts: list[str] = []
    start = 0
    for index, word in enumerate(run):
        if index + 1 == len(run) or run[index + 1].charset != word.charset:
            parts.append(_decode_octets(run[start : index + 1], problems))
            start = index + 1
    return "".join(parts)


def _decode_octets(words: list[_Word], problems: dict[str, None]) -> str:
    charset = words[0].charset
    codec = _CODECS.get(_PUNCTUATION.sub("_", charset))
    if codec is None:
        problems[f"charset {charset!r} is not known"] = None
        return "".join(word.written for word in words)
    octets = b"".join(word.octets for word in words)
    try:
        text = codecs.decode(octets, codec)
    except UnicodeDecodeError:
        problems[f"octets that are not {charset}"] = None
        text = codecs.decode(octets, codec, "backslashreplace")
    # UTF-7 yields halves of surrogate pairs, which no output could encode.
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
