"""check_host(): the public suite of RFC 7208, an independent implementation, hostile trees, and what the trace says."""

import datetime as dt

import pytest
import spf as pyspf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.protocols import spf
from forensics.protocols.dns_answer import QueryBudget
from forensics.protocols.spf import SpfClientError


def test_the_suite_of_rfc7208_gets_its_first_choice_results(suite_case):
    lookup, test = suite_case
    domain = test["mailfrom"].rpartition("@")[2] or test["helo"]
    found = spf.check_host(test["host"], domain, test["mailfrom"], helo=test["helo"], lookup=lookup)
    wanted = test["result"] if isinstance(test["result"], str) else test["result"][0]
    assert found.result == wanted, found
    if "explanation" in test:
        assert found.explanation == (None if test["explanation"] == "DEFAULT" else test["explanation"])


def check(lookup, ip="192.0.2.1", domain="a.example", sender="user@a.example", **more):
    return spf.check_host(ip, domain, sender, lookup=lookup, **more)


def test_the_trace_is_the_include_tree_with_the_cost_of_each_term(zone):
    found = check(
        zone(
            {
                "a.example": {"TXT": ["v=spf1 ip4:198.51.100.1 include:b.example mx -all"]},
                "b.example": {"TXT": ["v=spf1 a:gone.example include:c.example ~all"]},
                "c.example": {"TXT": ["v=spf1 ip4:203.0.113.0/24 -all"]},
            }
        )
    )
    assert found.result == "fail"
    assert (found.lookups, found.void_lookups) == (4, 2)
    assert [str(step) for step in found.trace] == [
        "ip4:198.51.100.1: no_match",
        "include:b.example: no_match (softfail) (cost 3, 3 so far)",
        "  a:gone.example: no_match (cost 1, 2 so far): nothing found at gone.example",
        "  include:c.example: no_match (fail) (cost 1, 3 so far)",
        "    ip4:203.0.113.0/24: no_match",
        "    -all: match",
        "  ~all: match",
        "mx: no_match (cost 1, 4 so far): nothing found at a.example",
        "-all: match",
    ]
    assert found.trace[2].domain == "b.example"
    assert found.trace[2].target == "gone.example"
    assert found.record.raw == "v=spf1 ip4:198.51.100.1 include:b.example mx -all"


@pytest.mark.parametrize("failure", ["timeout", "servfail"])
def test_a_look_up_that_fails_is_temperror_and_never_not_found(zone, failure):
    no_answer = check(zone({"a.example": {"TXT": failure}}))
    assert (no_answer.result, no_answer.problem) == ("temperror", f"a.example TXT: {failure}")
    below = check(zone({"a.example": {"TXT": ["v=spf1 a:b.example -all"]}, "b.example": {"A": failure}}))
    assert (below.result, below.problem) == ("temperror", f"b.example A: {failure}")
    assert [(step.outcome, step.problem) for step in below.trace] == [("temperror", f"b.example A: {failure}")]
    assert below.void_lookups == 0


def test_a_domain_without_a_record_is_none_and_says_what_was_answered(zone):
    assert check(zone({})).problem == "no SPF record at a.example (nxdomain)"
    assert check(zone({"a.example": {"A": ["192.0.2.1"]}})).problem == "no SPF record at a.example (nodata)"
    assert check(zone({"a.example": {"TXT": ["hello"]}})).problem == "no SPF record at a.example"
    assert check(zone({})).result == "none"


def test_a_syntax_error_anywhere_is_permerror_before_anything_is_evaluated(zone):
    lookup = zone({"a.example": {"TXT": ["v=spf1 ip4:192.0.2.1 -all moo"]}})
    found = check(lookup)
    assert found.result == "permerror"
    assert found.problem == ("record of a.example: character 26 in 'moo': 'moo' is neither a mechanism nor a modifier")
    assert found.trace == ()


def test_nxdomain_and_no_data_both_count_as_void_and_the_third_ends_the_check(zone):
    found = check(
        zone(
            {
                "a.example": {"TXT": ["v=spf1 a:gone.example exists:empty.example mx:gone.example ip4:192.0.2.1 -all"]},
                "empty.example": {"TXT": ["x"]},
            }
        )
    )
    assert (found.result, found.problem) == ("permerror", "more than 2 look-ups that find nothing")
    assert found.void_lookups == 3
    assert [step.outcome for step in found.trace] == ["no_match", "no_match", "permerror"]


def test_the_eleventh_look_up_is_not_sent(zone):
    names = {f"{n}.example": {"A": ["198.51.100.1"]} for n in range(20)}
    record = "v=spf1 " + " ".join(f"a:{n}.example" for n in range(11)) + " ip4:192.0.2.1 -all"
    lookup = zone(names | {"a.example": {"TXT": [record]}})
    found = check(lookup)
    assert (found.result, found.problem) == ("permerror", "more than 10 terms that look up the DNS")
    assert found.lookups == 10
    assert ("10.example", "A") not in lookup.asked


def test_an_ipv4_mapped_client_is_an_ipv4_client(zone):
    lookup = zone({"a.example": {"TXT": ["v=spf1 ip4:192.0.2.0/24 -all"]}})
    assert check(lookup, ip="::ffff:192.0.2.9").result == "pass"


def test_an_address_of_the_other_family_never_matches(zone):
    names = {"a.example": {"TXT": ["v=spf1 a/0//0 -all"], "A": ["192.0.2.1"]}}
    assert check(zone(names), ip="198.51.100.1").result == "pass"
    assert check(zone(names), ip="2001:db8::1").result == "fail"


def test_text_that_is_no_address_is_an_error_of_its_own(zone):
    with pytest.raises(SpfClientError, match="'unknown' is no IP address"):
        check(zone({}), ip="unknown")


def test_a_null_sender_is_postmaster_at_the_helo_name(zone):
    names = {
        "mail.example": {"TXT": ["v=spf1 exists:%{l}.%{o} -all"]},
        "postmaster.mail.example": {"A": ["127.0.0.2"]},
    }
    assert check(zone(names), domain="mail.example", sender="", helo="mail.example").result == "pass"


def test_a_domain_with_u_labels_is_asked_for_with_a_labels(zone):
    lookup = zone({"xn--bcher-kva.example": {"TXT": ["v=spf1 ip4:192.0.2.1 -all"]}})
    assert check(lookup, domain="Bücher.example", sender="post@Bücher.example").result == "pass"


def test_a_local_part_outside_ascii_makes_no_macro_match(zone):
    lookup = zone({"a.example": {"TXT": ["v=spf1 exists:%{l}.a.example ~all"]}})
    found = check(lookup, sender="jörg@a.example")
    assert found.result == "softfail"
    assert found.trace[0].problem == "the local-part is not ASCII, which no DNS name can hold (RFC 8616 section 4)"
    assert lookup.asked == [("a.example", "TXT")]


def test_the_time_of_the_check_is_unknown_where_none_was_given(zone):
    names = {
        "a.example": {"TXT": ["v=spf1 -all exp=why.a.example"]},
        "why.a.example": {"TXT": ["%{t} at %{r}, %{c}"]},
    }
    at = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    assert check(zone(names)).explanation == "unknown at unknown, 192.0.2.1"
    assert check(zone(names), at=at, receiver="mx.b.example").explanation == "1777593600 at mx.b.example, 192.0.2.1"


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ([], "0 TXT records at why.a.example, not 1"),
        (["one", "two"], "2 TXT records at why.a.example, not 1"),
        (["The %{x}-files"], "character 6: no macro letter here: 'x'"),
        (["50 %"], "character 3: '%' is neither text nor a macro"),
        (["\u00e9"], "character 0: 'é' is neither text nor a macro"),
        (["%{d}" * 500], "longer than 4096 characters"),
        ("timeout", "why.a.example TXT: timeout"),
    ],
)
def test_a_faulty_explanation_leaves_the_result_and_is_named(zone, texts, problem):
    names = {"a.example": {"TXT": ["v=spf1 -all exp=why.a.example"]}, "why.a.example": {"TXT": texts}}
    found = check(zone(names))
    assert (found.result, found.explanation) == ("fail", None)
    assert (found.trace[-1].outcome, found.trace[-1].problem) == ("unused", problem)
    assert found.void_lookups == 0


def _name(n):
    return f"n{n}.example"


def _txt(*terms):
    return {"TXT": [" ".join(["v=spf1", *terms])]}


def _hosts(count):
    return {f"h{n}.example": {"A": ["203.0.113.1"]} for n in range(count)}


HOSTILE = {
    "an include loop of one": {"a.example": _txt("include:a.example")},
    "an include loop of two": {"a.example": _txt("include:b.example"), "b.example": _txt("include:a.example")},
    "a redirect loop": {"a.example": _txt("redirect=a.example")},
    "a redirect chain": {"a.example": _txt("redirect=n0.example")}
    | {_name(n): _txt(f"redirect={_name(n + 1)}") for n in range(100)},
    "an include chain": {"a.example": _txt("include:n0.example")}
    | {_name(n): _txt(f"include:{_name(n + 1)}") for n in range(100)},
    "a tree of 10 by 10": {"a.example": _txt(*(f"include:{_name(n)}" for n in range(10)))}
    | {_name(n): _txt(*(f"include:{_name(100 + 10 * n + m)}" for m in range(10))) for n in range(10)}
    | {_name(100 + n): _txt("ip4:203.0.113.1") for n in range(100)},
    "a doubling tree": {"a.example": _txt("include:n0.example", "include:n0.example")}
    | {_name(n): _txt(f"include:{_name(n + 1)}", f"include:{_name(n + 1)}") for n in range(60)},
    "a void storm": {"a.example": _txt(*(f"a:gone{n}.example" for n in range(500)))},
    "an mx bomb": {
        "a.example": _txt(*(f"mx:{_name(n)}" for n in range(10)), "-all"),
        **{_name(n): {"MX": [f"{m} h{10 * n + m}.example." for m in range(10)]} for n in range(10)},
        **_hosts(100),
    },
    "an mx of 5000 exchanges": {
        "a.example": _txt("mx") | {"MX": [f"1 h{n}.example." for n in range(5000)]},
        **_hosts(100),
    },
    "a ptr bomb": {
        "a.example": _txt(*["ptr"] * 10, "-all"),
        "1.2.0.192.in-addr.arpa": {"PTR": [f"h{n}.example." for n in range(5000)]},
        **_hosts(100),
    },
    "macros of p": {
        "a.example": _txt(*["exists:%{p}.%{p}.%{p}.a.example"] * 10, "exp=%{p}.a.example", "-all"),
        "1.2.0.192.in-addr.arpa": {"PTR": [f"h{n}.example." for n in range(5000)]},
        **_hosts(100),
    },
    "a record of nothing but macros": {"a.example": _txt("exists:" + "%{s}" * 16_000)},
    "a record of 4000 terms": {"a.example": _txt(*["a"] * 4_000)},
    "exchanges that mask an explanation": {
        "a.example": _txt(*(f"mx:{_name(n)}" for n in range(3)), "-all", "exp=why.example"),
        **{_name(n): {"MX": [f"{m} h{10 * n + m}.example." for m in range(10)]} for n in range(3)},
        **_hosts(100),
        "why.example": {"TXT": ["%{p} %{d}"]},
    },
}


@pytest.mark.parametrize("shape", HOSTILE)
@pytest.mark.parametrize("ip", ["192.0.2.1", "2001:db8::1"])
def test_a_hostile_tree_never_gets_more_than_40_questions_sent(zone, shape, ip):
    lookup = zone(HOSTILE[shape])
    found = check(lookup, ip=ip)
    assert len(lookup.asked) <= 40
    assert len(lookup.asked) == len(set(lookup.asked))
    assert found.queries == tuple(lookup.asked)
    assert found.lookups <= 10
    assert found.result in ("permerror", "temperror", "fail", "neutral")


def test_a_budget_that_is_spent_is_named_and_is_no_verdict_on_the_record(zone):
    found = check(zone(HOSTILE["an mx bomb"]))
    assert found.result == "temperror"
    assert found.problem == "the limit of 40 DNS queries is reached; not asked: h35.example A"


TERMS = st.sampled_from(
    [
        *("a", "a:b.example", "a/24", "a:b.example/24//64", "mx", "mx:c.example", "ptr", "ptr:b.example", "all"),
        *("exists:%{ir}.b.example", "exists:%{d2}", "exists:%{l1r-}.%{d1r}.example", "a:%{l}.%{o}"),
        *("include:b.example", "include:c.example", "redirect=c.example", "exp=why.example", "foo=%{d}"),
        *("ip4:192.0.2.0/25", "ip4:203.0.113.7", "ip6:2001:db8::/33"),
        *("ip4:192.0.2.256", "a/33", "include", "moo", "a:"),
    ]
)
RECORDS = st.lists(st.tuples(st.sampled_from(["", "", "+", "-", "~", "?"]), TERMS), max_size=6).map(
    lambda terms: " ".join(["v=spf1", *((q if "=" not in term else "") + term for q, term in terms)])
)


def _ask_pyspf(names, ip, sender, monkeypatch):
    def answer(name, qtype, strict=True, timeout=20):
        for record in names.get(name.lower(), {}).get(qtype, []):
            preference, _, exchange = record.partition(" ")
            value = {"TXT": (record.encode(),), "MX": (preference, exchange)}.get(qtype, record)
            yield (name, qtype), value

    monkeypatch.setattr(pyspf, "DNSLookup", answer)
    # It counts every empty answer, this package every term that came back empty.
    monkeypatch.setattr(pyspf, "MAX_VOID_LOOKUPS", 1000)
    return pyspf.query(i=ip, s=sender, h="helo.example", receiver="rx.example", querytime=0).check()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.tuples(RECORDS, RECORDS, RECORDS),
    st.sampled_from(["192.0.2.1", "203.0.113.7", "2001:db8::1"]),
    st.sampled_from(["user@a.example", "b-c@a.example", "@a.example"]),
)
def test_an_independent_implementation_agrees(zone, monkeypatch, records, ip, sender):
    names = {
        "a.example": {"TXT": [records[0]], "A": ["192.0.2.77"], "MX": ["10 b.example"]},
        "b.example": {"TXT": [records[1]], "A": ["192.0.2.1", "203.0.113.9"], "AAAA": ["2001:db8::1"]},
        "c.example": {"TXT": [records[2]], "MX": ["10 b.example", "20 gone.example"], "AAAA": ["2001:db8:1::1"]},
        "1.2.0.192.in-addr.arpa": {"PTR": ["b.example", "c.example"]},
        "c.b.example": {"A": ["127.0.0.2"]},
        "why.example": {"TXT": ["%{i} %{l} %{o} %{d} %{h} %{v}"]},
    }
    mine = check(zone(names), ip=ip, sender=sender, helo="helo.example")
    if mine.void_lookups > 2:
        return
    expected = _ask_pyspf(names, ip, sender, monkeypatch)
    # Two rules of its own: a record that includes itself, and an unknown modifier twice, are refused unread.
    if "trivial recursion" in expected[2] or "at most once: foo" in expected[2]:
        return
    assert mine.result == expected[0], (expected, mine.problem)
    if mine.result == "fail":
        assert (mine.explanation or pyspf.EXPLANATIONS["fail"]) == expected[2]


@given(st.lists(st.text("v=spf1 +-~?:/%{}.0123456789abcdilmnoprstx,_\n\x80"), max_size=3), st.text(max_size=30))
def test_any_record_gives_a_result(zone, records, sender):
    names = {"a.example": {"TXT": ["v=spf1 " + record for record in records], "A": ["x"], "MX": ["x", "1 y z"]}}
    found = check(zone(names), sender=sender, helo=sender)
    assert found.result in ("none", "neutral", "pass", "fail", "softfail", "temperror", "permerror")


def test_several_evaluations_can_share_one_budget(zone):
    budget = QueryBudget(zone({"a.example": {"TXT": ["v=spf1 a:b.example a:c.example -all"]}}), limit=2)
    found = check(budget)
    assert (found.result, found.problem) == (
        "temperror",
        "the limit of 2 DNS queries is reached; not asked: c.example A",
    )
    assert spf.audit("a.example", lookup=budget).complete is False
    assert budget.queries == (("a.example", "TXT"), ("b.example", "A"))
