"""check_host(): the public suite of RFC 7208, hostile trees, and what the trace says."""

from forensics.protocols import spf


def test_the_suite_of_rfc7208_gets_its_first_choice_results(suite_case):
    lookup, test = suite_case
    domain = test["mailfrom"].rpartition("@")[2] or test["helo"]
    found = spf.check_host(test["host"], domain, test["mailfrom"], helo=test["helo"], lookup=lookup)
    wanted = test["result"] if isinstance(test["result"], str) else test["result"][0]
    assert found.result == wanted, found
    if "explanation" in test:
        assert found.explanation == (None if test["explanation"] == "DEFAULT" else test["explanation"])
