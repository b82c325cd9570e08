from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols import encoded_words


def test_both_encodings_are_decoded_and_other_text_stays() -> None:
    decoded = encoded_words.decode("Re: =?ISO-8859-1?Q?a_caf=E9?= (=?utf-8?b?w7xiZXI=?=)")
    assert decoded == ("Re: a caf\u00e9 (\u00fcber)", ())


def test_blanks_between_encoded_words_go_and_other_blanks_stay() -> None:
    decoded = encoded_words.decode("=?us-ascii?Q?a?=  =?us-ascii?Q?b?= c =?us-ascii?Q?d?=")
    assert decoded.text == "ab c d"


def test_a_language_tag_is_passed_over() -> None:
    assert encoded_words.decode("=?US-ASCII*EN?Q?Keith_Moore?=").text == "Keith Moore"


def test_a_character_split_between_two_words_is_joined() -> None:
    assert encoded_words.decode("=?utf-8?B?w7w=?= =?utf-8?Q?=C3?= =?UTF-8?Q?=BC?=") == ("\u00fc\u00fc", ())


def test_neighbours_of_two_charsets_are_decoded_apart() -> None:
    assert encoded_words.decode("=?iso-8859-1?Q?=E4?= =?koi8-r?Q?=C1?=").text == "\u00e4\u0430"


def test_an_unknown_charset_stays_as_written_and_is_named() -> None:
    assert encoded_words.decode("=?x-nowhere?Q?abc?=") == (
        "=?x-nowhere?Q?abc?=",
        ("charset 'x-nowhere' is not known",),
    )


def test_octets_outside_the_charset_are_shown_and_named() -> None:
    assert encoded_words.decode("=?utf-8?Q?a=FFb?=") == ("a\\xffb", ("octets that are not utf-8",))


def test_base64_without_its_padding_is_read_and_named() -> None:
    assert encoded_words.decode("=?utf-8?B?w7xiZXI?=") == ("\u00fcber", ("base64 that is not whole",))


def test_a_lone_base64_digit_carries_no_octet() -> None:
    assert encoded_words.decode("=?utf-8?B?YWJjZ?=") == ("abc", ("base64 that is not whole",))


def test_codecs_that_are_no_charset_of_mail_are_not_run() -> None:
    for name in ("punycode", "idna", "unicode_escape", "hex", "zlib", "rot13"):
        assert encoded_words.decode(f"=?{name}?Q?abc?=").problems == (f"charset '{name}' is not known",)


def test_half_a_surrogate_pair_is_shown_and_not_delivered() -> None:
    assert encoded_words.decode("=?utf-7?Q?+2AA-?=").text == "\\ud800"


def test_what_is_no_encoded_word_is_left_alone() -> None:
    for text in ("a =? b ?= c", "=?utf-8?X?abc?=", "=?utf-8?Q?no end", "", "plain"):
        assert encoded_words.decode(text) == (text, ())


def test_words_beyond_the_bound_stay_as_written() -> None:
    decoded = encoded_words.decode("=?utf-8?Q?a?= " * 100_000)
    assert decoded.text.startswith("a" * 1_000 + " =?utf-8?Q?a?= =?utf-8")
    assert decoded.problems == ("more than 1000 encoded words",)


@given(st.text(alphabet="=?*QButf-8 abc_+/\u00e9\r\n") | st.text())
def test_any_text_is_decoded_to_text_that_can_be_written(value: str) -> None:
    decoded = encoded_words.decode(value)
    if "=?" not in value:
        assert decoded == (value, ())
    assert all(isinstance(problem, str) for problem in decoded.problems)


@given(
    st.sampled_from(["utf-8", "utf-7", "iso-2022-jp", "gb2312", "hz", "utf-16", "euc-kr", "big5", "shift_jis"]),
    st.binary(max_size=60),
)
def test_no_octets_in_any_charset_raise(charset: str, octets: bytes) -> None:
    encoded = "".join(f"={octet:02X}" for octet in octets)
    text = encoded_words.decode(f"=?{charset}?Q?{encoded}?=").text
    assert text.encode("utf-8") is not None
