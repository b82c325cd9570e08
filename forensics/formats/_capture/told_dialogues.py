"""SMTP dialogues that compiled code read at once, each to be asked as a `Dialogue` is asked that heard them."""

from __future__ import annotations

from forensics.protocols.smtp_dialogue import Envelope, Moment, Recipient, Reply, Session
from forensics.protocols.smtp_dialogue.replies import queue_id
from forensics.protocols.tcp_streams import Listed


class ToldDialogues:
    """The plain dialogues of a stretch of a capture, by the place in `Listed` at which their connections begin.

    Columns are those of `dialogue_kernel.dialogues`.
    """

    def __init__(
        self, listed: Listed, begin: list[int], told: list[list[int]], envelopes: list[list[int]],
        recipients: list[list[int]],
    ) -> None:  # fmt: skip
        self._listed = listed
        self._places = {place: index for index, place in enumerate(begin) if told[index][0]}
        self._told, self._envelopes, self._recipients = told, envelopes, recipients

    def at(self, place: int) -> ToldDialogue | None:
        """The dialogue of the connection that begins there; None where it is not plain."""
        index = self._places.get(place)
        if index is None:
            return None
        told = self._told[index]
        listed, first = self._listed, told[12]
        envelopes = [
            self._envelope(number, row) for number, row in enumerate(self._envelopes[first : first + told[7]], 1)
        ]
        session = _session(listed.data, told)._replace(shown=self._holding(place, told[2]))
        return ToldDialogue(session, tuple(envelopes))

    def _holding(self, place: int, at: int) -> Moment:
        """The packet that holds a byte, from that place on: the greeting's end is in one of the first."""
        begin, end = self._listed.begin, self._listed.end
        while not begin[place] <= at < end[place]:
            place += 1
        return self._moment(place)

    def _envelope(self, number: int, row: list[int]) -> Envelope:
        begin, end, at, code, count, accepted, first, *reply, id_begin, id_end, size = row
        data_code, data_begin, data_end, decided = reply
        data, text = self._listed.data, _text(self._listed.data, data_begin, data_end)
        took = data_code // 100 == 2
        moment = self._moment(decided)
        return Envelope(
            number, self._moment(at), moment, _text(data, begin, end), code,
            tuple([self._recipient(*recipient) for recipient in self._recipients[first : first + count]]), count,
            accepted, "DATA", Reply(data_code, text, moment), took, queue_id(text) if took else None,
            _text(data, id_begin, id_end) if id_begin else None, size,
        )  # fmt: skip

    def _recipient(self, begin: int, end: int, at: int, code: int, text: int, stop: int, answered: int) -> Recipient:
        data = self._listed.data
        return Recipient(
            _text(data, begin, end), self._moment(at), Reply(code, _text(data, text, stop), self._moment(answered))
        )

    def _moment(self, place: int) -> Moment:
        return Moment(*self._listed.at(place))


class ToldDialogue:
    """What was said in one dialogue that is over."""

    __slots__ = ("_envelopes", "_session")

    encrypted = lmtp = False
    is_smtp = True

    def __init__(self, session: Session, envelopes: tuple[Envelope, ...]) -> None:
        self._session = session
        self._envelopes = envelopes

    def finish(self, *, closed: bool) -> None:
        """No more bytes come."""

    def session(self) -> Session:
        """What is known of the dialogue."""
        return self._session

    def drain(self) -> tuple[Envelope, ...]:
        """The envelopes since the last call."""
        drained, self._envelopes = self._envelopes, ()
        return drained


def _session(data: bytes, told: list[int]) -> Session:
    _, begin, end, name, behind, esmtp, offered, envelopes, recipients, accepted, said_quit, code, _ = told
    return Session(
        banner=_text(data, begin, end), banner_code=220, helo=_text(data, name, behind), esmtp=bool(esmtp),
        starttls="offered" if offered else "none", envelopes=envelopes, recipients=recipients, accepted=accepted,
        content="clear", quit=bool(said_quit), last_reply_code=code,
    )  # fmt: skip


def _text(data: bytes, begin: int, end: int) -> str:
    return data[begin:end].decode("ascii")
