"""The tree of records: what is an error in it, what a warning, and what each term costs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols import spf


def judge(names, zone, domain="a.example"):
    return spf.audit(domain, lookup=zone(names))


def errors(found):
    return [problem.text for problem in found.problems if problem.severity == "error"]


def warnings(found):
    return [problem.text for problem in found.problems if problem.severity == "warning"]


def test_every_record_of_the_suite_that_is_permerror_has_an_error_and_no_other(suite_case):
    lookup, test = suite_case
    wanted = test["result"] if isinstance(test["result"], str) else test["result"][0]
    found = spf.audit(test["mailfrom"].rpartition("@")[2] or test["helo"], lookup=lookup)
    assert bool(errors(found)) is (wanted == "permerror"), found.problems


def test_a_right_tree_has_no_problem_and_says_what_each_term_costs(zone):
    found = judge(
        {
            "a.example": {"TXT": ["v=spf1 mx include:b.example -all"], "MX": ["10 mx.a.example."]},
            "b.example": {"TXT": ["v=spf1 a:mail.b.example ip4:192.0.2.0/24 ~all"]},
            "mail.b.example": {"A": ["192.0.2.1"]},
        },
        zone,
    )
    assert found.problems == ()
    assert found.record.raw == "v=spf1 mx include:b.example -all"
    assert (found.lookups, found.void_lookups, found.complete) == (3, 0, True)
    assert [str(step) for step in found.trace] == [
        "mx: counted (cost 1, 1 so far)",
        "include:b.example: counted (cost 2, 3 so far)",
        "  a:mail.b.example: counted (cost 1, 3 so far)",
        "  ip4:192.0.2.0/24: counted",
        "  ~all: counted",
        "-all: counted",
    ]


def test_every_broken_term_of_the_tree_is_named_with_its_record_and_position(zone):
    found = judge(
        {
            "a.example": {"TXT": ["v=spf1 ip4:192.0.2.256 include:b.example moo -all"]},
            "b.example": {"TXT": ["v=spf1 a/33 -all"]},
        },
        zone,
    )
    assert [(p.domain, p.term, p.position) for p in found.problems if p.severity == "error"] == [
        ("a.example", "ip4:192.0.2.256", 11),
        ("a.example", "moo", 41),
        ("b.example", "a/33", 9),
    ]
    assert [str(term) for term in found.record.terms] == ["include:b.example", "-all"]


def test_a_domain_without_a_record_is_a_warning_and_an_include_without_one_an_error(zone):
    assert errors(judge({}, zone)) == []
    assert warnings(judge({}, zone)) == ["no SPF record at a.example (nxdomain)"]
    found = judge({"a.example": {"TXT": ["v=spf1 include:b.example -all"]}}, zone)
    assert errors(found) == ["no SPF record at b.example (nxdomain) (sections 5.2 and 6.1)"]


def test_two_records_are_an_error(zone):
    found = judge({"a.example": {"TXT": ["v=spf1 -all", "v=spf1 mx"]}}, zone)
    assert errors(found) == ["2 SPF records (section 4.5)"]
    assert found.record is None


def test_what_nobody_answers_is_no_error_and_leaves_the_audit_incomplete(zone):
    found = judge({"a.example": {"TXT": ["v=spf1 include:b.example -all"]}, "b.example": {"TXT": "servfail"}}, zone)
    assert errors(found) == []
    assert warnings(found) == ["not judged: b.example TXT: servfail"]
    assert found.complete is False


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ({"a.example": {"TXT": ["v=spf1 include:a.example -all"]}}, "a loop: a.example -> a.example"),
        (
            {
                "a.example": {"TXT": ["v=spf1 include:b.example -all"]},
                "b.example": {"TXT": ["v=spf1 redirect=a.example"]},
            },
            "a loop: a.example -> b.example -> a.example",
        ),
    ],
)
def test_a_loop_is_an_error_and_is_not_walked(zone, names, text):
    assert errors(judge(names, zone)) == [text]


def test_a_loop_that_nothing_reaches_is_none(zone):
    found = judge({"a.example": {"TXT": ["v=spf1 redirect=a.example -all"]}}, zone)
    assert errors(found) == []
    assert warnings(found) == ["ignored: the record has all (section 6.1)"]


HOSTS = {f"h{n}.example": {"A": ["192.0.2.1"]} for n in range(20)}


def test_an_eleventh_look_up_that_names_a_host_is_an_error(zone):
    record = "v=spf1 " + " ".join(f"a:h{n}.example" for n in range(12)) + " -all"
    found = judge(HOSTS | {"a.example": {"TXT": [record]}}, zone)
    assert errors(found) == ["12 terms look up the DNS and 10 are allowed; this one is beyond"]
    assert found.problems[0].term == "a:h10.example"
    assert found.lookups == 12


def test_an_eleventh_look_up_with_nobody_listed_behind_it_is_a_warning(zone):
    record = "v=spf1 " + " ".join(f"a:h{n}.example" for n in range(10)) + " ip4:192.0.2.9 -a:h11.example -all"
    found = judge(HOSTS | {"a.example": {"TXT": [record]}}, zone)
    assert errors(found) == []
    text = "11 terms look up the DNS and 10 are allowed; this one is beyond, but from here on nobody is listed"
    assert warnings(found) == [text]


def test_an_address_behind_the_eleventh_look_up_is_out_of_reach_and_an_error(zone):
    record = "v=spf1 " + " ".join(f"a:h{n}.example" for n in range(10)) + " -a:h11.example ip4:192.0.2.9 -all"
    found = judge(HOSTS | {"a.example": {"TXT": [record]}}, zone)
    assert errors(found) == ["11 terms look up the DNS and 10 are allowed; this one is beyond"]


def test_a_record_that_is_included_twice_costs_twice_and_is_asked_for_once(zone):
    lookup = zone(
        HOSTS
        | {
            "a.example": {"TXT": ["v=spf1 include:b.example include:c.example -all"]},
            "b.example": {"TXT": ["v=spf1 a:h1.example a:h2.example ?all"]},
            "c.example": {"TXT": ["v=spf1 include:b.example ?all"]},
        }
    )
    found = spf.audit("a.example", lookup=lookup)
    assert found.lookups == 7
    assert warnings(found) == ["b.example is followed before and costs again"]
    assert lookup.asked.count(("b.example", "TXT")) == 1


def test_the_third_look_up_that_finds_nothing_is_an_error(zone):
    names = {"a.example": {"TXT": ["v=spf1 a:x1.example mx:x2.example exists:x3.example -all"]}}
    found = judge(names, zone)
    assert errors(found) == ["more than 2 look-ups that find nothing (section 4.6.4)"]
    assert found.problems[0].term == "exists:x3.example"
    assert found.void_lookups == 3


def test_a_host_with_ipv6_only_is_found(zone):
    found = judge({"a.example": {"TXT": ["v=spf1 a -all"], "AAAA": ["2001:db8::1"]}}, zone)
    assert (found.problems, found.void_lookups) == ((), 0)


def test_more_than_ten_exchanges_are_an_error(zone):
    names = {"a.example": {"TXT": ["v=spf1 mx -all"], "MX": [f"{n} mx{n}.example." for n in range(11)]}}
    assert errors(judge(names, zone)) == ["11 mail exchanges, more than 10 (section 4.6.4)"]


def test_a_target_that_depends_on_the_client_is_counted_and_not_followed(zone):
    lookup = zone({"a.example": {"TXT": ["v=spf1 include:%{ir}.b.example exists:%{l}.%{d} a:%{h} -all"]}})
    found = spf.audit("a.example", lookup=lookup)
    assert (found.lookups, found.problems) == (3, ())
    assert {step.problem for step in found.trace} == {"depends on the client", None}
    assert lookup.asked == [("a.example", "TXT")]


def test_a_target_made_of_the_domain_is_followed(zone):
    names = {
        "a.example": {"TXT": ["v=spf1 redirect=%{d}._spf.%{d1}"]},
        "a.example._spf.example": {"TXT": ["v=spf1 include:%{o}.x.example -all"]},
        "a.example.x.example": {"TXT": ["v=spf1 ip4:192.0.2.1 -all"]},
    }
    assert judge(names, zone).problems == ()


@pytest.mark.parametrize(
    ("record", "text"),
    [
        ("v=spf1 ip4:192.0.2.1", 'neither all nor redirect=: who matches nothing gets "neutral" (section 4.7)'),
        ("v=spf1 +all", "everybody who is not listed before passes"),
        ("v=spf1 -all ip4:192.0.2.1", "never evaluated: it stands behind all (section 5.1)"),
        ("v=spf1 ptr -all", "ptr is slow and unreliable and should not be published (section 5.5)"),
        ("v=spf1 ip4:192.0.2.1/0 -all", "4294967296 addresses"),
        ("v=spf1 include=b.example -all", "an unknown modifier is ignored; the mechanism is written include:"),
        ("v=spf1 a:a..example -all", "never matches: 'a..example' is no name that can be asked for"),
        ("v=spf1 -all exp=why.example", "0 TXT records at why.example, not 1"),
        (f"v=spf1{' ip4:192.0.2.1' * 41} -all", "585 octets; beyond 450 the answer may not fit UDP (section 3.4)"),
    ],
)
def test_what_surprises_is_a_warning(zone, record, text):
    found = judge({"a.example": {"TXT": [record]}}, zone)
    assert (errors(found), warnings(found)) == ([], [text])


def test_behind_an_include_that_passes_everybody_nothing_is_reached(zone):
    names = {
        "a.example": {"TXT": ["v=spf1 include:b.example include:gone.example -all"]},
        "b.example": {"TXT": ["v=spf1 +all"]},
    }
    found = judge(names, zone)
    assert errors(found) == []
    assert [step.term.raw for step in found.trace] == ["include:b.example", "+all"]
    assert warnings(found) == ["everybody passes through it"]


WIDE = {
    "a.example": {"TXT": ["v=spf1 " + " ".join(f"include:n{n}.example" for n in range(10))]},
    **{
        f"n{n}.example": {"TXT": ["v=spf1 " + " ".join(f"include:n{n}{m}.example" for m in range(10))]}
        for n in range(10)
    },
    **{f"n{n}{m}.example": {"TXT": ["v=spf1 a:h1.example"]} for n in range(10) for m in range(10)},
}
DOUBLING = {
    "a.example": {"TXT": ["v=spf1 include:n0.example include:n0.example"]},
    **{f"n{n}.example": {"TXT": [f"v=spf1 include:n{n + 1}.example include:n{n + 1}.example"]} for n in range(60)},
}  # fmt: skip


@pytest.mark.parametrize(
    "names",
    [
        WIDE,
        DOUBLING,
        {"a.example": {"TXT": ["v=spf1 " + " ".join(f"a:gone{n}.example" for n in range(4000))]}},
        {"a.example": {"TXT": ["v=spf1 " + "moo " * 4000]}},
        {"a.example": {"TXT": ["v=spf1 " + "mx " * 4000], "MX": ["0 a.example."] * 5000}},
        {f"n{n}.example": {"TXT": [f"v=spf1 redirect=n{n + 1}.example"]} for n in range(99)}
        | {"a.example": {"TXT": ["v=spf1 redirect=n0.example"]}},
    ],
    ids=["10 by 10", "doubling", "voids", "broken terms", "mx", "chain"],
)
def test_a_hostile_tree_is_an_error_within_40_questions(zone, names):
    lookup = zone(names)
    found = spf.audit("a.example", lookup=lookup)
    assert errors(found)
    assert len(lookup.asked) <= 40
    assert len(found.problems) <= 400
    assert len(found.trace) <= 2_000 + 40


@given(st.lists(st.text("v=spf1 +-~?:/%{}.0123456789abcdilmnoprstx,_\n\x80"), max_size=3))
def test_any_record_can_be_judged(zone, records):
    names = {"a.example": {"TXT": ["v=spf1 " + record for record in records], "A": ["x"], "MX": ["x", "1 y z"]}}
    found = judge(names, zone)
    assert len(found.queries) <= 40
