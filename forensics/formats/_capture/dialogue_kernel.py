"""SMTP dialogues as nearly all go, read at once from the bytes of whole connections by code that Numba compiles.

Plain is a dialogue that begins with a greeting of one line and a hello that is accepted, in which each of EHLO, HELO,
MAIL, RCPT, DATA, QUIT gets its reply in turn, every MAIL is agreed to and brought to its end, and nothing is half said
at the end; its lines are printable ASCII, each within one packet. What is found says what `smtp_dialogue.Dialogue`
would say; any other dialogue is left to that. Arrays are all that is reached, each access checked against its bounds.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from forensics.formats._compiled_code import compiled, kept

Whole = Any
"""A whole number: where it runs, one of 64 bits."""

EHLO, HELO, MAIL, RCPT, DATA, QUIT, END = 1, 2, 3, 4, 5, 6, 7
"""What waits for a reply; END is the end of a message."""
MOST_WAITING = 256
"""Commands and messages of one dialogue; one with more is not plain."""
MAX_LINE_BYTES = 1000
MAX_HEADER_BYTES = 1 << 16
UNSURE = -1
"""A place in a text that is not plain."""

_EHLO, _HELO, _DATA, _QUIT = (np.frombuffer(word, np.uint8) for word in (b"ehlo ", b"helo ", b"data", b"quit"))
_MAIL, _RCPT = np.frombuffer(b"mail from:<", np.uint8), np.frombuffer(b"rcpt to:<", np.uint8)
_STARTTLS, _MESSAGE_ID = np.frombuffer(b"starttls", np.uint8), np.frombuffer(b"message-id", np.uint8)
_MARK = np.frombuffer(b"\r\n.\r\n", np.uint8)


@compiled
def _text_end(data: Any, at: Whole, end: Whole) -> Whole:
    """Where the text of a line of printable ASCII ends, before its CRLF."""
    stop = min(end, at + MAX_LINE_BYTES)
    while at < stop and 0x20 <= data[at] < 0x7F:
        at += 1
    return at if at + 1 < stop and data[at] == 0x0D and data[at + 1] == 0x0A else UNSURE


@compiled
def _begins(data: Any, at: Whole, end: Whole, word: Any) -> bool:
    """Whether a word in small letters stands at a place, in letters of any size."""
    same = bool(end - at >= len(word))
    for place in range(len(word) if same else 0):
        if data[at + place] | 0x20 != word[place]:
            same = False
            break
    return same


@compiled
def _command(data: Any, at: Whole, end: Whole) -> tuple[Whole, Whole, Whole]:
    """The command of a line, where its argument begins and ends; `UNSURE` for what is not plain."""
    if _begins(data, at, end, _EHLO) or _begins(data, at, end, _HELO):
        verb = EHLO if data[at] | 0x20 == 0x65 else HELO
        at += 5
        while at < end and data[at] == 0x20:
            at += 1
        while end > at and data[end - 1] == 0x20:
            end -= 1
        return (verb, at, end) if end > at else (UNSURE, 0, 0)
    if _begins(data, at, end, _MAIL) or _begins(data, at, end, _RCPT):
        verb = MAIL if data[at] | 0x20 == 0x6D else RCPT
        at += len(_MAIL) if verb == MAIL else len(_RCPT)
        return verb, at, _closing(data, at, end)
    if end - at == 4 and _begins(data, at, end, _DATA):
        return DATA, at, at
    if end - at == 4 and _begins(data, at, end, _QUIT):
        return QUIT, at, at
    return UNSURE, 0, 0


@compiled
def _closing(data: Any, at: Whole, end: Whole) -> Whole:
    """Where the bracket of a path closes that has neither quotes nor backslashes."""
    closing: Whole = UNSURE
    for place in range(at, end):
        if data[place] == 0x22 or data[place] == 0x5C:
            return UNSURE
        if closing < 0 and data[place] == 0x3E:
            closing = place
    return closing


@compiled
def _offers_starttls(data: Any, at: Whole, end: Whole) -> bool:
    """Whether STARTTLS is one of the words of a line."""
    for place in range(at, end - len(_STARTTLS) + 1):
        behind = place + len(_STARTTLS)
        alone = (place == at or data[place - 1] == 0x20) and (behind == end or data[behind] == 0x20)
        if alone and _begins(data, place, end, _STARTTLS):
            return True
    return False


@compiled
def _message_id(data: Any, at: Whole, end: Whole, whole: bool) -> tuple[Whole, Whole]:
    """The Message-ID of the header at a place, (0, 0) without one; `whole` says that the message ends at `end`."""
    while at < end:
        stop = at
        while stop < end and data[stop] != 0x0A:
            stop += 1
        if stop == end:
            break
        text = stop - 1 if stop > at and data[stop - 1] == 0x0D else stop
        if text == at:
            return 0, 0
        for place in range(at, text):
            if data[place] == 0x0D:
                return UNSURE, UNSURE
        if _begins(data, at, text, _MESSAGE_ID):
            begin, behind = _identifier(data, at + len(_MESSAGE_ID), text)
            if begin != 0:
                return begin, behind
        at = stop + 1
    return (0, 0) if whole else (UNSURE, UNSURE)


@compiled
def _identifier(data: Any, at: Whole, end: Whole) -> tuple[Whole, Whole]:
    """What stands behind the name of a Message-ID field; (0, 0) where that is the name of another."""
    line = end - at
    while at < end and (data[at] == 0x20 or data[at] == 0x09):
        at += 1
    if at == end or data[at] != 0x3A:
        return 0, 0
    at += 1
    while at < end and (data[at] == 0x20 or data[at] == 0x09):
        at += 1
    if at < end and data[at] == 0x3C:
        at += 1
    behind = at
    while behind < end and 0x21 <= data[behind] < 0x7F and data[behind] != 0x3C and data[behind] != 0x3E:
        behind += 1
    plain = (
        behind == end or data[behind] == 0x20 or data[behind] == 0x09 or data[behind] == 0x3C or data[behind] == 0x3E
    )
    return (at, behind) if plain and behind > at and line < MAX_LINE_BYTES else (UNSURE, UNSURE)


# what is known of a dialogue so far, by its place in `state`
HEAD, TAIL, STAGE, MATCHED, SIZE, ID_BEGIN, ID_END, ENVELOPE, RECIPIENT, OPEN, FIELDS = range(11)
# stages: the client may speak, waits for the reply to DATA, sends a message of which the header is (not) read, or left
TALKS, ASKED, HEADER, BODY, LEFT = range(5)
# rows of `told`
PLAIN, GREETING, HELO_NAME, ESMTP, OFFERED, ENVELOPES, RECIPIENTS, ACCEPTED, SAID_QUIT, LAST_CODE, FIRST, TOLD = (
    0, 1, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13,
)  # fmt: skip
ENVELOPE_FIELDS, RECIPIENT_FIELDS = 14, 7


@compiled
def _hear_client(data: Any, at: Whole, end: Whole, place: Whole, state: Any, waiting: Any) -> bool:
    """Take a piece of the client; False where it is not plain."""
    while at < end:
        if state[STAGE] >= HEADER and state[STAGE] <= BODY:
            at = _hear_message(data, at, end, place, state, waiting)
            if at < 0:
                return False
            continue
        stop = _text_end(data, at, end)
        if stop < 0 or state[STAGE] != TALKS or state[TAIL] == MOST_WAITING:
            return False
        verb, begin, behind = _command(data, at, stop)
        if verb < 0 or behind < 0:
            return False
        _wait(waiting, state, verb, begin, behind, place)
        if verb == DATA:
            state[STAGE] = ASKED
        elif verb == QUIT:
            state[STAGE] = LEFT
        at = stop + 2
    return True


@compiled
def _wait(waiting: Any, state: Any, verb: Whole, begin: Whole, behind: Whole, place: Whole) -> None:
    tail = state[TAIL]
    waiting[0, tail], waiting[1, tail], waiting[2, tail], waiting[3, tail] = verb, begin, behind, place
    state[TAIL] = tail + 1


@compiled
def _hear_message(data: Any, at: Whole, end: Whole, place: Whole, state: Any, waiting: Any) -> Whole:
    """Take what of a message stands in a piece: where it ends there; `UNSURE` where its header is not plain."""
    matched, stop = state[MATCHED], at
    while stop < end and matched < len(_MARK):
        byte = data[stop]
        if byte == _MARK[matched]:
            matched += 1
        else:
            matched = 1 if byte == 0x0D else 0
        stop += 1
    whole = matched == len(_MARK)
    if state[STAGE] == HEADER:
        limit = min(stop, at + MAX_HEADER_BYTES)
        state[ID_BEGIN], state[ID_END] = _message_id(data, at, limit, whole and limit == stop)
        if state[ID_BEGIN] < 0:
            return UNSURE
        state[STAGE] = BODY
    state[SIZE] += stop - at
    state[MATCHED] = matched
    if whole:
        if state[TAIL] == MOST_WAITING:
            return UNSURE
        state[SIZE] -= 3  # dot and line end are not the message's own
        state[STAGE] = TALKS
        _wait(waiting, state, END, 0, 0, place)
    return stop


@compiled
def _hear_server(
    data: Any, at: Whole, end: Whole, place: Whole, state: Any, waiting: Any, told: Any, index: Whole, envelopes: Any,
    recipients: Any,
) -> bool:  # fmt: skip
    """Take a piece of the server; False where it is not plain."""
    while at < end:
        stop = _text_end(data, at, end)
        if stop - at < 4 or not (
            0x32 <= data[at] < 0x36 and 0x30 <= data[at + 1] < 0x3A and 0x30 <= data[at + 2] < 0x3A
        ):
            return False
        code = np.int64(data[at]) * 100 + np.int64(data[at + 1]) * 10 + np.int64(data[at + 2]) - 5328
        mark, begin, head = data[at + 3], at + 4, state[HEAD]
        at = stop + 2
        greets = told[GREETING, index] == 0
        if code == 421 or (mark != 0x20 and (mark != 0x2D or greets)):
            return False
        if greets:
            if code != 220 or state[TAIL]:
                return False
            told[GREETING, index], told[GREETING + 1, index] = begin, stop
            continue
        if head == state[TAIL]:
            return False
        verb = waiting[0, head]
        if verb <= HELO:
            told[OFFERED, index] = max(told[OFFERED, index], np.int64(_offers_starttls(data, begin, stop)))
        if mark == 0x2D:
            if verb > HELO or code != 250:
                return False
            continue
        state[HEAD] = head + 1
        told[LAST_CODE, index] = code
        if not _answer(waiting, head, code, begin, stop, place, state, told, index, envelopes, recipients):
            return False
    return True


@compiled
def _answer(
    waiting: Any, head: Whole, code: Whole, begin: Whole, stop: Whole, place: Whole, state: Any, told: Any,
    index: Whole, envelopes: Any, recipients: Any,
) -> bool:  # fmt: skip
    """Take the reply to what waited longest; False where it is not plain."""
    verb, row, agreed = waiting[0, head], state[ENVELOPE], code // 100 == 2
    if (verb == DATA) != (code == 354) or (verb != DATA and code // 100 == 3):
        return False
    if verb <= HELO:
        told[HELO_NAME, index], told[HELO_NAME + 1, index] = waiting[1, head], waiting[2, head]
        told[ESMTP, index] = np.int64(verb == EHLO)
        return code == 250 and not state[OPEN]
    if verb == MAIL:
        if not agreed or state[OPEN] or row == envelopes.shape[1]:
            return False
        envelopes[0, row], envelopes[1, row], envelopes[2, row] = waiting[1, head], waiting[2, head], waiting[3, head]
        envelopes[3, row], envelopes[4, row], envelopes[5, row], envelopes[6, row] = code, 0, 0, state[RECIPIENT]
        state[OPEN] = 1
        return True
    if verb == QUIT:
        told[SAID_QUIT, index] = 1
        return not state[OPEN]
    if not state[OPEN]:
        return False
    if verb == RCPT:
        at = state[RECIPIENT]
        if at == recipients.shape[1]:
            return False
        recipients[0, at], recipients[1, at], recipients[2, at] = waiting[1, head], waiting[2, head], waiting[3, head]
        recipients[3, at], recipients[4, at], recipients[5, at], recipients[6, at] = code, begin, stop, place
        envelopes[4, row], envelopes[5, row] = envelopes[4, row] + 1, envelopes[5, row] + np.int64(agreed)
        state[RECIPIENT] = at + 1
        return True
    if verb == DATA:
        state[STAGE], state[MATCHED], state[SIZE] = HEADER, 2, 0
        return True
    envelopes[7, row], envelopes[8, row], envelopes[9, row], envelopes[10, row] = code, begin, stop, place
    envelopes[11, row], envelopes[12, row], envelopes[13, row] = state[ID_BEGIN], state[ID_END], state[SIZE]
    told[ENVELOPES, index] += 1
    told[RECIPIENTS, index] += envelopes[4, row]
    told[ACCEPTED, index] += np.int64(agreed)
    state[OPEN], state[ENVELOPE] = 0, row + 1
    return True


@kept
def dialogues(
    data: Any, begin: Any, end: Any, client: Any, first: Any, last: Any, state: Any, waiting: Any, told: Any,
    envelopes: Any, recipients: Any,
) -> None:  # fmt: skip
    """Read the dialogues of connections, each the pieces from `first` to `last`; `client` says who sent a piece.

    `told` gets a column for each: whether it is plain; begin and end of the greeting and of the client's name; whether
    by EHLO; whether STARTTLS was offered; envelopes, recipients, messages accepted; whether QUIT was said; the last
    code; the first of its envelopes. `envelopes` gets begin and end of the sender, its piece, the code, recipients,
    those accepted, the first of them, the code of the message, begin and end of that reply and its piece, begin and
    end of the Message-ID, size; `recipients` begin and end of the address, its piece, code, begin and end of the reply
    and its piece.
    """
    for index in range(len(first)):
        envelope, recipient = state[ENVELOPE], state[RECIPIENT]
        state[:ENVELOPE] = 0
        state[OPEN] = 0
        told[:, index] = 0
        told[FIRST, index] = envelope
        plain = True
        for place in range(first[index], last[index]):
            if client[place]:
                plain = _hear_client(data, begin[place], end[place], place, state, waiting)
            else:
                plain = _hear_server(
                    data, begin[place], end[place], place, state, waiting, told, index, envelopes, recipients
                )
            if not plain:
                break
        done = state[HEAD] == state[TAIL] and (state[STAGE] == TALKS or state[STAGE] == LEFT) and not state[OPEN]
        if plain and done and told[HELO_NAME, index]:
            told[PLAIN, index] = 1
        else:
            state[ENVELOPE], state[RECIPIENT] = envelope, recipient
