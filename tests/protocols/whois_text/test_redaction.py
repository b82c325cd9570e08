"""What registries show in the place of what they hide."""

import pytest

from forensics.protocols.registration import Redaction
from forensics.protocols.whois_text.redaction import is_redaction, stated_redaction


@pytest.mark.parametrize(
    "value",
    [
        "REDACTED FOR PRIVACY",
        "Redacted | Registry Policy",
        "GDPR Masked",
        "Data Protected",
        "Not Disclosed",
        "NOT DISCLOSED!",
        "Not displayed due to GDPR",
        "Hidden upon user request",
        "Statutory Masking Enabled",
        "Withheld for Privacy Purposes",
        "Non-Public Data",
        "Private Person",
        "Visit whois.registry.example for Web based WhoIs",
        "Not shown, please visit www.registry.example for webbased whois.",
    ],
)
def test_a_text_of_data_protection_is_a_redaction(value):
    assert is_redaction(value)


@pytest.mark.parametrize(
    "value", ["Northwind Traders", "Privacy Proxy Services Ltd", "Masquerade Costumes", "1 Hide Street"]
)
def test_a_name_is_no_redaction_also_of_a_proxy(value):
    assert not is_redaction(value)


def test_a_sentence_about_the_whole_answer_is_a_removal():
    line = "The above results have been redacted to remove potential personal data."
    assert stated_redaction(f"Domain Name: northwind.test\n\n{line}\n") == Redaction("contacts", "removal", line)


def test_an_answer_without_such_a_sentence_states_no_redaction():
    assert stated_redaction("Domain Name: northwind.test\nRegistrant Name: Northwind Traders\n") is None
