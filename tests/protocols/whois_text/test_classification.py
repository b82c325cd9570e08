"""What kind of answer a sentence or a status is."""

import pytest

from forensics.protocols.whois_text.classification import status_statement, text_statement


@pytest.mark.parametrize(
    "line",
    [
        'No match for "NORTHWIND.TEST".',
        "No match!!",
        "NOT FOUND",
        "Not found: northwind.test",
        "%% No entries found in the REGISTRY Database.",
        "%ERROR:101: no entries found",
        "%ERROR:103: Domain is not registered",
        "%error 230 No Objects Found",
        "% No entries found for the selected source(s).",
        "DOMAIN NOT FOUND",
        '"northwind.test" not found.',
        "northwind.test is free",
        "northwind.test: no existe",
        "northwind.test no match",
        "Domain northwind.test - Available",
        ">>> Domain northwind.test is available for registration",
        "The domain northwind.test was not found!",
        "The domain northwind.test is not registered.",
        "Domain northwind.test not registred.",
        "This domain name has not been registered.",
        "Above domain name is not registered to the registry.",
        "The queried object does not exist: no matching objects found",
        "Domain Name [northwind.test] does not exist in database",
        "This Domain is not available in our whois database",
        "We do not have an entry in our database matching your query.",
        "No information available about domain name northwind.test in the Registry database.",
        "% This query returned 0 objects.",
        "*** Nothing found for this query.",
        "Nincs találat / No match",
        "No domain records were found to match",
        "% Unfortunately, No Results Were Found",
        'Sorry, but domain: "northwind.test", not found in database',
        "No_Se_Encontro_El_Objeto/Object_Not_Found",
        "상기 도메인이름은 등록되어 있지 않습니다.",
    ],
)
def test_a_sentence_that_says_not_registered_is_understood(line):
    assert text_statement(f"Welcome to the server\n\n{line}\n\nAll rights reserved.") == ("not_found", line)


@pytest.mark.parametrize(
    "line",
    [
        "WHOIS LIMIT EXCEEDED - SEE WWW.REGISTRY.EXAMPLE FOR DETAILS",
        "the WHOIS query quota for 192.0.2.1 has been exceeded",
        "and will be replenished in 82799 seconds",
        "% Error: 55000000002 Connection refused; access control limit exceeded.",
        "BLACKLISTED: You have exceeded the query limit for your network or IP address and have been blacklisted.",
        "You have been banned for abuse.",
        "% Excessive querying, grace period of 30 seconds started",
        "-1: Still in grace period, wait 24 seconds",
        "Your connection limit exceeded. Please slow down and try again later.",
        "Requests of this client are not permitted. Please use https://www.registry.example for queries.",
        "The IP address used to perform the query is not authorised or has exceeded the established limit for queries.",
        "Too many connection attempts. Please try again in a few seconds.",
        "Maximum Daily connection limit reached. Lookup refused.",
        "Lookup quota exceeded.",
        "Number of allowed queries exceeded.",
        "Whois service temporarily unavailable",
        "Invalid query",
        "ERROR: invalid domain name",
    ],
)
def test_a_sentence_that_refuses_the_question_is_understood(line):
    assert text_statement(line) == ("refused", line)


@pytest.mark.parametrize(
    "line",
    [
        "Domain is not available or is reserved by the registry.",
        "This name is reserved by the registry.",
        "Reserved by Registry",
        "The registration of this domain is restricted, as it is protected by a brand policy.",
        "The Domain Name you apply can not be registered online. Please consult your Domain Name Registrar",
        "Prohibited String - Object Cannot Be Registered",
        "reserved_name",
        "Not available for second level registration.",
    ],
)
def test_a_sentence_that_says_reserved_is_understood(line):
    assert text_statement(line) == ("reserved", line)


@pytest.mark.parametrize(
    "line",
    [
        "% is still available or not and to obtain information related to",
        "% made available to:",
        "available at http://www.registry.example/legal-notice",
        "or hiding any or all of this notice and (C) exceeding query rate or volume",
        "TERMS OF USE: You are not authorized to access or query our Whois",
        "blacklisted. All data is (c) Registry Ltd (https://www.registry.example)",
        "Access to the whois service is rate limited. For more information, please",
        "Note: Please note that the query limit is 500 per day from the same IP.",
        "NOTE: FAILURE TO LOCATE A RECORD IN THE WHOIS DATABASE IS NOT INDICATIVE",
        "the Registry may restrict or terminate your access; access denied users may appeal",
        "NOTICE: Access to the domain name's information is restricted in",
        "All rights reserved.",
        "% Restricted rights.",
    ],
)
def test_legal_prose_answers_nothing(line):
    assert text_statement(line) is None


def test_not_found_goes_before_refused_because_servers_repeat_their_limits_everywhere():
    text = "Lookup quota exceeded soon: 3 left, try again later\nNo match for northwind.test\n"
    assert text_statement(text) == ("not_found", "No match for northwind.test")


@pytest.mark.parametrize(
    ("status", "statement"),
    [
        ("free", "not_found"),
        ("AVAILABLE", "not_found"),
        ("220 Available", "not_found"),
        ("No Object Found", "not_found"),
        ("Not Registered", "not_found"),
        ("NOT AVAILABLE", None),
        ("Reserved", "reserved"),
        ("UNASSIGNABLE", "reserved"),
        ("440 Request Denied", "refused"),
        ("invalid", "refused"),
        ("200 Active", None),
        ("clientTransferProhibited", None),
        ("to be released", None),
    ],
)
def test_a_status_says_whether_the_name_is_taken(status, statement):
    assert status_statement(status) == statement
