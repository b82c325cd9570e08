"""The shapes of message that the kernel reads: each gives True where the whole message fits it, else False."""

from __future__ import annotations

from forensics.formats._compiled_code import compiled
from forensics.formats.postfix_log import words as w
from forensics.formats.postfix_log.kernel import (
    Context,
    angle,
    byte,
    find,
    find_word,
    get,
    is_at,
    mark,
    number,
    number_end,
    peer,
    put,
    queue_id,
)


@compiled
def smtpd(c: Context, at: int, end: int) -> bool:
    """Connections, acceptance, refusals."""
    event, client = beginning(c, at, end)
    place = peer(c, client, end) if client >= 0 else -1
    if place < 0:
        return False
    put(c, w.CODES + w.EVENT, event)
    if event == w.ACCEPTED:
        return place == end or authenticated(c, place, end)
    if event == w.REJECT:
        return rejected(c, place, end)
    if event == w.TLS:
        return encrypted(c, place, end)
    if event == w.LOST_CONNECTION:
        mark(c, w.REPLY_TEXT, at, end)
    return place == end or (event == w.DISCONNECT and counts(c, place, end))


@compiled
def beginning(c: Context, at: int, end: int) -> tuple[int, int]:
    """What a message of smtpd is about, and where it names the client; -1 where it is none of these."""
    if is_at(c, at, end, w.CONNECT_FROM):
        return w.CONNECT, at + w.CONNECT_FROM[1]
    if is_at(c, at, end, w.DISCONNECT_FROM):
        return w.DISCONNECT, at + w.DISCONNECT_FROM[1]
    if is_at(c, at, end, w.NOQUEUE_REJECT):
        return w.REJECT, at + w.NOQUEUE_REJECT[1]
    if is_at(c, at, end, w.LOST_AFTER):
        return w.LOST_CONNECTION, lost(c, at, end)
    place = queue_id(c, at, end)
    if place < 0:
        return w.TLS, tls(c, at, end)
    return w.ACCEPTED, place + w.CLIENT[1] if is_at(c, place, end, w.CLIENT) else -1


@compiled
def counts(c: Context, at: int, end: int) -> bool:
    """` ehlo=1 mail=1 rcpt=0/1 commands=2/3` up to the end."""
    mail, commands, place = 0, -1, at
    while place < end:
        word = place + 1
        equals = find(c, word, min(end, word + 13), w.EQUALS)
        if byte(c, place) != 32 or equals <= word:
            return False
        for letter in range(word, equals):
            if not 97 <= byte(c, letter) <= 122:
                return False
        first = last = equals + 1
        first_end = last_end = number_end(c, first, end, w.UP_TO[9])
        if first_end < 0:
            return False
        if first_end < end and byte(c, first_end) == 47:
            last = first_end + 1
            last_end = number_end(c, last, end, w.UP_TO[9])
        if last_end < 0:
            return False
        if is_at(c, word, end, w.MAIL_IS):
            mail = number(c, first, first_end)
        elif is_at(c, word, end, w.COMMANDS_IS):
            commands = number(c, last, last_end)
        place = last_end
    if commands < 0 or end - at > 900:
        return False
    put(c, w.NUMBERS + w.ENVELOPES, mail)
    put(c, w.NUMBERS + w.COMMANDS, commands)
    return True


@compiled
def lost(c: Context, at: int, end: int) -> int:
    """Where `lost connection after AUTH from name[address]` names the client, or -1."""
    place = at + w.LOST_AFTER[1]
    start = place
    while place < end and (65 <= byte(c, place) <= 90 or byte(c, place) == 45):
        place += 1
    if not 0 < place - start <= 80 or not is_at(c, place, end, w.FROM):
        return -1
    return place + w.FROM[1]


@compiled
def authenticated(c: Context, at: int, end: int) -> bool:
    """`, sasl_method=PLAIN, sasl_username=ana` up to the end."""
    if not is_at(c, at, end, w.SASL_METHOD):
        return False
    place = find(c, at + 2, end, w.COMMA)
    if place < 0 or not is_at(c, place, end, w.SASL_NAME):
        return False
    user = place + w.SASL_NAME[1]
    if user >= end or find(c, user, end, w.COMMA) >= 0:
        return False
    mark(c, w.SASL_USERNAME, user, end)
    put(c, w.CODES + w.FLAGS, get(c, w.CODES + w.FLAGS) | w.HAS_SASL)
    return True


@compiled
def rejected(c: Context, at: int, end: int) -> bool:
    """`: 554 5.7.1 ...; from=<a> to=<b> proto=ESMTP helo=<c>` up to the end."""
    text = at + 2
    if text + 4 >= end or byte(c, at) != 58 or byte(c, at + 1) != 32 or byte(c, text) == 32:
        return False
    envelope = find_word(c, text, end, w.ENVELOPE)
    if envelope <= text or byte(c, envelope - 1) == 32 or find(c, envelope + 2, end, w.SEMICOLON) >= 0:
        return False
    mark(c, w.REPLY_TEXT, text, envelope)
    if not reply(c, text, envelope) or get(c, w.NUMBERS + w.REPLY_CODE) < 0:
        return False
    return envelope_at(c, envelope + w.ENVELOPE[1], end)


@compiled
def envelope_at(c: Context, at: int, end: int) -> bool:
    """`<a> to=<b> proto=ESMTP helo=<c>` up to the end."""
    place = angle(c, at, end, w.MAIL_FROM)
    if place < 0 or not is_at(c, place, end, w.TO):
        return False
    place = angle(c, place + w.TO[1], end, w.RCPT_TO)
    if place < 0 or not is_at(c, place, end, w.PROTO):
        return False
    place += w.PROTO[1]
    while place < end and 65 <= byte(c, place) <= 90:
        place += 1
    if not is_at(c, place, end, w.HELO_IS):
        return False
    return angle(c, place + w.HELO_IS[1], end, w.HELO) == end


@compiled
def reply(c: Context, at: int, end: int) -> bool:
    """Reply code and enhanced status code where they stand; a doubtful start is False."""
    if at >= end or not 48 <= byte(c, at) <= 57:
        return True
    ends = number_end(c, at, end, w.UP_TO[3])
    if ends != at + 3 or not 50 <= byte(c, at) <= 53 or ends >= end or (byte(c, ends) != 32 and byte(c, ends) != 45):
        return False
    put(c, w.NUMBERS + w.REPLY_CODE, number(c, at, ends))
    ends = dsn_end(c, at + 4, end)
    if ends > 0 and (ends == end or byte(c, ends) == 32) and get(c, w.STARTS + w.DSN) < 0:
        mark(c, w.DSN, at + 4, ends)
    return True


@compiled
def dsn_end(c: Context, at: int, end: int) -> int:
    """The end of an enhanced status code of class 2, 4 or 5, or -1."""
    if at + 5 > end or byte(c, at) not in (50, 52, 53) or byte(c, at + 1) != 46:
        return -1
    place = number_end(c, at + 2, end, w.UP_TO[3])
    if place < 0 or place >= end or byte(c, place) != 46:
        return -1
    return number_end(c, place + 1, end, w.UP_TO[3])


@compiled
def tls(c: Context, at: int, end: int) -> int:
    """Where `Anonymous TLS connection established from name[address]` names the other side, or -1."""
    place = -1
    for trust in w.TRUSTS:
        if is_at(c, at, end, trust):
            place = at + trust[1]
    if is_at(c, place, end, w.TLS_FROM):
        return place + w.TLS_FROM[1]
    return place + w.TLS_TO[1] if is_at(c, place, end, w.TLS_TO) else -1


@compiled
def encrypted(c: Context, at: int, end: int) -> bool:
    """`: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 ...`."""
    if not is_at(c, at, end, w.TLS_V):
        return False
    version = at + 2
    stop = version + 4
    while stop < end and (48 <= byte(c, stop) <= 57 or byte(c, stop) == 46):
        stop += 1
    cipher = stop + w.WITH_CIPHER[1]
    if not 0 < stop - version - 4 <= 4 or not is_at(c, stop, end, w.WITH_CIPHER):
        return False
    mark(c, w.TLS_VERSION, version, stop)
    return cipher < end and byte(c, cipher) != 32


@compiled
def cleanup(c: Context, at: int, end: int) -> bool:
    """`QUEUE-ID: message-id=<...>`."""
    place = queue_id(c, at, end)
    if not is_at(c, place, end, w.MESSAGE_ID_IS) or byte(c, end - 1) != 62:
        return False
    start = place + w.MESSAGE_ID_IS[1]
    if start > end - 1:
        return False
    mark(c, w.MESSAGE_ID, start, end - 1)
    put(c, w.CODES + w.EVENT, w.MESSAGE_ID_SEEN)
    return True


@compiled
def qmgr(c: Context, at: int, end: int) -> bool:
    """`QUEUE-ID: removed`, `QUEUE-ID: from=<a>, size=1, nrcpt=1 (queue active)`."""
    place = queue_id(c, at, end)
    if is_at(c, place, end, w.REMOVED_WORD):
        put(c, w.CODES + w.EVENT, w.REMOVED)
        return place + w.REMOVED_WORD[1] == end
    if not is_at(c, place, end, w.FROM_IS):
        return False
    place = angle(c, place + w.FROM_IS[1], end, w.MAIL_FROM)
    place = count_after(c, place, end, w.SIZE_IS, w.SIZE_BYTES)
    place = count_after(c, place, end, w.NRCPT_IS, w.RECIPIENTS)
    put(c, w.CODES + w.EVENT, w.QUEUED)
    return is_at(c, place, end, w.QUEUE_ACTIVE) and place + w.QUEUE_ACTIVE[1] == end


@compiled
def count_after(c: Context, at: int, end: int, word: tuple[int, int], column: int) -> int:
    """A word and a number of up to 9 digits; where they end, or -1."""
    if not is_at(c, at, end, word):
        return -1
    ends = number_end(c, at + word[1], end, w.UP_TO[9])
    if ends >= 0:
        put(c, w.NUMBERS + column, number(c, at + word[1], ends))
    return ends


@compiled
def delivery(c: Context, at: int, end: int) -> bool:
    """`QUEUE-ID: to=<a>, relay=..., delay=..., delays=..., dsn=..., status=sent (...)`; TLS lines of smtp too."""
    place = queue_id(c, at, end)
    of_message = place >= 0
    server = recipient(c, place, end) if of_message else tls(c, at, end)
    stop = find(c, server, min(end, server + 600), w.COMMA) if of_message and server >= 0 else end
    if server < 0 or stop < 0:
        return False
    if not of_message or find(c, server, stop, w.OPENING) >= 0:
        place = peer(c, server, stop)
    else:
        place = stop
    if not of_message:
        put(c, w.CODES + w.EVENT, w.TLS)
        return place >= 0 and encrypted(c, place, end)
    put(c, w.CODES + w.EVENT, w.DELIVERY)
    return place == stop and after_relay(c, place, end)


@compiled
def recipient(c: Context, at: int, end: int) -> int:
    """`to=<a>, orig_to=<b>, relay=`; where they end, or -1."""
    if not is_at(c, at, end, w.TO_IS):
        return -1
    place = angle(c, at + w.TO_IS[1], end, w.RCPT_TO)
    if is_at(c, place, end, w.ORIG_TO):
        start, stop = get(c, w.STARTS + w.RCPT_TO), get(c, w.ENDS + w.RCPT_TO)
        place = angle(c, place + w.ORIG_TO[1], end, w.RCPT_TO)
        mark(c, w.RCPT_TO, start, stop)  # orig_to has no column
    return place + w.RELAY[1] if is_at(c, place, end, w.RELAY) else -1


@compiled
def after_relay(c: Context, at: int, end: int) -> bool:
    """`, conn_use=2, delay=..., delays=..., tls=..., dsn=..., status=sent (...)` up to the end."""
    place = at
    if is_at(c, place, end, w.CONN_USE):
        place = number_end(c, place + w.CONN_USE[1], end, w.UP_TO[9])
    place = timing(c, place, end)
    if is_at(c, place, end, w.TLS_IS):
        place = token_end(c, place + w.TLS_IS[1], end)
    if not is_at(c, place, end, w.DSN_IS):
        return False
    start = place + w.DSN_IS[1]
    place = dsn_end(c, start, end)
    mark(c, w.DSN, start, place)
    return is_at(c, place, end, w.STATUS_IS) and outcome(c, place + w.STATUS_IS[1], end)


@compiled
def token_end(c: Context, at: int, end: int) -> int:
    """The end of 1 to 200 bytes without blank and comma, or -1."""
    place = at
    while place < end and byte(c, place) != 32 and byte(c, place) != 44:
        place += 1
    return place if 0 < place - at <= 200 else -1


@compiled
def timing(c: Context, at: int, end: int) -> int:
    """`, delay=0.18, delays=0.09/0/0/0.09`; where they end, or -1."""
    if not is_at(c, at, end, w.DELAY_IS):
        return -1
    start = at + w.DELAY_IS[1]
    point = number_end(c, start, end, w.UP_TO[9])
    if point < 0 or point >= end:
        return -1
    value, scale, place = number(c, start, point), 1, point
    if byte(c, point) == 46:
        place = number_end(c, point + 1, end, w.UP_TO[6])
        if place < 0:
            return -1
        scale = 10 ** (place - point - 1)
        value = value * scale + number(c, point + 1, place)
    put(c, w.DELAY, value)
    put(c, w.DELAY_SCALE, scale)
    if not is_at(c, place, end, w.DELAYS_ARE):
        return place
    place += w.DELAYS_ARE[1]
    start = place
    while place < end and 46 <= byte(c, place) <= 57:
        place += 1
    return place if 0 < place - start <= 80 else -1


@compiled
def outcome(c: Context, at: int, end: int) -> bool:
    """`sent (250 2.0.0 Ok: queued as 1CAF4)` up to the end."""
    text = -1
    for code, status in enumerate(w.STATUS_WORDS):
        if is_at(c, at, end, status):
            put(c, w.CODES + w.STATUS, code)
            text = at + status[1]
    stop = end - 1
    if text < 0 or text >= stop or byte(c, stop) != 41 or stop - text > 1900:
        return False
    mark(c, w.REPLY_TEXT, text, stop)
    if find_word(c, text, stop, w.EXIM_ID) >= 0 or find_word(c, text, stop, w.SENDMAIL_ACCEPTED) >= 0:
        return False
    said = after_said(c, text, stop)
    return said >= 0 and reply(c, said, stop) and taken_as(c, text, stop)


@compiled
def after_said(c: Context, text: int, stop: int) -> int:
    """Where the reply begins: behind `host name[address] said: `, else at the start; -1 where in doubt."""
    if not is_at(c, text, stop, w.HOST_WORD):
        return text
    start = text + w.HOST_WORD[1]
    opening = find(c, start, min(stop, start + 256), w.OPENING)
    closing = find(c, opening, min(stop, opening + 256), w.CLOSING) if opening >= 0 else -1
    if closing <= opening + 1 or find(c, start, closing, w.SPACE) >= 0 or find(c, opening + 1, closing, w.OPENING) >= 0:
        return -1
    if (
        find(c, start, opening, w.LESS) >= 0
        or find(c, start, opening, w.GREATER) >= 0
        or find(c, start, opening, w.CLOSING) >= 0
    ):
        return -1
    return closing + 1 + w.SAID[1] if is_at(c, closing + 1, stop, w.SAID) else -1


@compiled
def taken_as(c: Context, text: int, stop: int) -> bool:
    """The remote queue id behind `queued as `, where there is one."""
    place = find_word(c, text, stop, w.QUEUED_AS)
    if place < 0:
        return True
    before = byte(c, place - 1)
    if place == text or not (before == 32 or before == 58):
        return False
    start = place + w.QUEUED_AS[1]
    ends = start
    while ends < stop and byte(c, ends) not in (32, 40, 41):
        ends += 1
    mark(c, w.REMOTE_QUEUE_ID, start, ends)
    return 0 < ends - start <= 200
