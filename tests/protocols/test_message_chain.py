"""The chain of Received fields: what is trusted, and what speaks against a hop."""

from __future__ import annotations

from forensics.protocols import message_chain, received
from forensics.protocols.message_chain import Chain

TOP = (
    "from mx.alder.example (mx.alder.example [198.51.100.18]) by mx1.northwind.example (Postfix) with ESMTPS"
    " id 26E9D3A22B8; Mon, 23 Nov 2026 09:28:53 +0000"
)
LOW = (
    "from ws12.alder.example (ws12.alder.example [10.20.30.66]) by mx.alder.example (Postfix) with ESMTP"
    " id DF9D83A2298; Mon, 23 Nov 2026 09:28:51 +0000"
)
INNER = "from mx1.northwind.example ({} [203.0.113.10]) by store.northwind.example; Mon, 23 Nov 2026 09:28:54 +0000"


def chain(*values: str, trust: tuple[str, ...] = ()) -> Chain:
    return message_chain.build([received.parse(value) for value in values], trust=trust)


def grades(found: Chain) -> list[str]:
    return [hop.grade for hop in found.hops]


def test_a_hop_that_the_one_above_names_is_consistent() -> None:
    found = chain(TOP, LOW)
    assert (found.boundary, grades(found)) == (1, ["consistent", "consistent"])


def test_an_inner_server_is_known_by_the_name_of_its_address_not_by_the_name_it_claims() -> None:
    assert chain(INNER.format("mx1.northwind.example"), TOP, LOW).boundary == 2
    assert chain(INNER.format("scan3.research.test"), TOP, LOW).boundary == 1


def test_a_field_that_names_the_receiver_is_not_trusted_below_the_boundary() -> None:
    invented = "from bank.example ([192.0.2.9]) by mx1.northwind.example id 77; Mon, 23 Nov 2026 09:28:50 +0000"
    assert chain(TOP, invented).boundary == 1


def test_hops_below_a_client_with_two_faces_are_contradicted_and_say_with_what() -> None:
    found = chain(
        "from mx.alder.example (scan3.research.test [198.51.100.202]) by mx1.northwind.example with ESMTP id 0C2A;"
        " Mon, 23 Nov 2026 09:39:58 +0000",
        "from mx.birch.test (mx.birch.test [198.51.100.34]) by mx.cedar.example with ESMTPS id 4AB1;"
        " Mon, 23 Nov 2026 09:39:51 +0000",
        "from laptop (host-10-1-1-5.lan [10.1.1.5]) by mx.birch.test with ESMTPSA id 9911;"
        " Mon, 23 Nov 2026 09:39:49 +0000",
    )
    assert grades(found) == ["consistent", "contradicted", "contradicted"]
    assert found.hops[1].reasons[1:] == (
        "hop 1 had it from mx.alder.example / scan3.research.test / 198.51.100.202; neither name is mx.cedar.example",
    )
    assert found.hops[2].reasons[1:] == ("hop 2, which alone vouches for it, is contradicted",)


def test_servers_of_one_sender_in_two_domains_are_no_contradiction() -> None:
    found = chain(TOP, LOW.replace("by mx.alder.example", "by relay.alder-mail.test"))
    assert grades(found) == ["consistent", "unverifiable"]


def test_a_wrong_clock_contradicts_its_own_hop_and_none_below() -> None:
    found = chain(TOP, LOW.replace("09:28:51", "11:28:51"), LOW.replace("by mx.alder", "by ws12.alder"))
    assert found.hops[0].delay_s == -7198
    assert grades(found) == ["consistent", "contradicted", "consistent"]


def test_a_delay_without_both_dates_is_unknown_and_never_zero() -> None:
    assert [hop.delay_s for hop in chain(TOP, LOW.partition(";")[0]).hops] == [None, None]
