"""Make the story of one name's registration over ten years: dated answers of registries, and what happened, by seed.

    python -m validation.registration_story [--seed 2013] [--out sample_evidence/ten_years_of_a_name]

The life of the name is written down here first: what was so from which day on. Each answer then says what was so on its
day, in the form that a registry of that time gave. `history.yml` is written from the life, never from reading the
answers back. The same seed gives the same bytes.
"""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

NAME = "northwind.example"
SEED = 2013
OUT = Path(__file__).parents[1] / "sample_evidence" / "ten_years_of_a_name"

TIDEWATER = ("Tidewater Registrar Inc.", "9995")
HARBOUR = ("Harbour Names Ltd", "9996")
LANTERN = ("Lantern Domains LLC", "9997")
HOLDS = ("clientTransferProhibited",)


@dataclass(frozen=True)
class State:
    """What the registry holds from a day on; None: it does not hold the name."""

    registrar: tuple[str, str]
    registrant: str
    created: date
    expires: date
    name_servers: tuple[str, ...]
    statuses: tuple[str, ...] = HOLDS
    hidden: bool = False


def life() -> list[tuple[date, State | None]]:
    """What was so from which day on."""
    first = State(
        TIDEWATER, "Northwind Freight", date(2009, 3, 11), date(2014, 3, 11),
        ("ns1.tidewater-dns.example", "ns2.tidewater-dns.example"),
    )  # fmt: skip
    renewed = replace(first, expires=date(2016, 3, 11))
    moved = replace(renewed, registrar=HARBOUR, expires=date(2017, 3, 11))
    hosted = replace(moved, name_servers=("ns1.harbour-dns.example", "ns2.harbour-dns.example"))
    until_2018 = replace(hosted, expires=date(2018, 3, 11))
    until_2019 = replace(hosted, expires=date(2019, 3, 11))
    hidden = replace(until_2019, hidden=True)
    second = State(
        LANTERN, "Quiet Bay Media", date(2019, 10, 2), date(2020, 10, 2),
        ("ns1.lantern-parking.example", "ns2.lantern-parking.example"),
    )  # fmt: skip
    until_2022 = replace(second, expires=date(2022, 10, 2))
    until_2023 = replace(second, expires=date(2023, 10, 2))
    return [
        (first.created, first),
        (date(2014, 2, 20), renewed),
        (date(2015, 6, 20), moved),
        (date(2015, 11, 9), hosted),
        (date(2017, 2, 14), until_2018),
        (date(2018, 3, 2), until_2019),
        (date(2018, 5, 25), hidden),
        (date(2019, 4, 11), replace(hidden, statuses=("redemptionPeriod", "pendingDelete"))),
        (date(2019, 5, 24), None),
        (second.created, second),
        (date(2020, 9, 25), replace(second, expires=date(2021, 10, 2))),
        (date(2021, 9, 27), until_2022),
        (date(2022, 9, 30), until_2023),
        (date(2023, 3, 1), replace(until_2023, name_servers=("ns1.northwind.example", "ns2.northwind.example"))),
    ]


ANSWERS: tuple[tuple[date, str], ...] = (
    (date(2013, 2, 4), "named"), (date(2013, 9, 17), "named"), (date(2014, 3, 20), "named"),
    (date(2014, 11, 5), "whois"), (date(2015, 5, 12), "whois"), (date(2015, 7, 3), "whois"),
    (date(2015, 12, 1), "whois"), (date(2016, 8, 15), "whois"), (date(2017, 3, 2), "whois"),
    (date(2017, 6, 1), "whois"), (date(2017, 6, 1), "registrar"), (date(2018, 3, 30), "whois"),
    (date(2018, 6, 2), "whois"), (date(2019, 2, 12), "rdap"), (date(2019, 4, 19), "rdap"),
    (date(2019, 6, 10), "whois"), (date(2019, 9, 2), "whois"), (date(2019, 10, 21), "whois"),
    (date(2020, 10, 15), "whois"), (date(2022, 6, 20), "whois"), (date(2022, 11, 8), "rdap"),
    (date(2023, 5, 16), "rdap"), (date(2023, 9, 30), "rdap"),
)  # fmt: skip
"""When the name was asked for, and how: WHOIS of the registry or of the registrar, RDAP; "named" has only its name."""
STALE_HOLDER = "Northwind Freight Holding"
"""What the registrar's own server calls the holder: two sources that disagree."""


def on(day: date) -> State | None:
    """What was so on a day."""
    return [state for since, state in life() if since <= day][-1]


def write(out: Path, seed: int = SEED) -> None:
    """Write the answers and `history.yml`."""
    rng = random.Random(seed)
    evidence = out / "evidence"
    evidence.mkdir(parents=True, exist_ok=True)
    for day, kind in ANSWERS:
        moment = datetime.combine(day, time(rng.randrange(6, 20), rng.randrange(60), rng.randrange(60)), UTC)
        suffix, text = _answer(kind, on(day), moment, rng)
        (evidence / f"{day}-{kind if kind != 'named' else 'whois'}.{suffix}").write_text(text, encoding="ascii")
    (out / "history.yml").write_text(_history(), encoding="ascii")


def _answer(kind: str, state: State | None, moment: datetime, rng: random.Random) -> tuple[str, str]:
    if kind == "rdap" and state is not None:
        return "json", json.dumps(_rdap(state, moment), indent=1) + "\n"
    asked = f">>> Last update of WHOIS database: {_z(moment)} <<<\r\n"
    if state is None:
        return "txt", f'No match for "{NAME.upper()}".\r\n{asked}'
    holder = STALE_HOLDER if kind == "registrar" else "REDACTED FOR PRIVACY" if state.hidden else state.registrant
    statuses = [f"Domain Status: {word} https://icann.org/epp#{word}" for word in state.statuses]
    servers = [f"Name Server: {name.upper()}" for name in rng.sample(state.name_servers, len(state.name_servers))]
    lines = [
        f"Domain Name: {NAME.upper()}", f"Registry Domain ID: D{rng.randrange(10**7, 10**8)}-EXAMPLE",
        f"Updated Date: {_z(_noon(_since(state)))}", f"Creation Date: {_z(_noon(state.created))}",
        f"Registry Expiry Date: {_z(_noon(state.expires))}", f"Registrar: {state.registrar[0]}",
        f"Registrar IANA ID: {state.registrar[1]}", *statuses, f"Registrant Organization: {holder}", *servers,
        "DNSSEC: unsigned",
    ]  # fmt: skip
    return "txt", "".join(f"{line}\r\n" for line in lines) + ("" if kind == "named" else asked)


def _rdap(state: State, moment: datetime) -> dict[str, Any]:
    events = (
        ("registration", _noon(state.created)), ("last changed", _noon(_since(state))),
        ("expiration", _noon(state.expires)), ("last update of RDAP database", moment),
    )  # fmt: skip
    holder = "" if state.hidden else state.registrant
    redacted = {
        "name": {"description": "Registrant Organization"}, "method": "emptyValue",
        "postPath": "$.entities[?(@.roles[0]=='registrant')].vcardArray[1][?(@[0]=='org')]",
    }  # fmt: skip
    return {
        "objectClassName": "domain", "rdapConformance": ["rdap_level_0", "redacted"], "ldhName": NAME,
        "status": [_SPELLED[word] for word in state.statuses],
        "events": [{"eventAction": action, "eventDate": _z(at)} for action, at in events],
        "nameservers": [{"objectClassName": "nameserver", "ldhName": name} for name in state.name_servers],
        "entities": [
            {
                "objectClassName": "entity", "roles": ["registrar"],
                "publicIds": [{"type": "IANA Registrar ID", "identifier": state.registrar[1]}],
                "vcardArray": ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", state.registrar[0]]]],
            },
            {
                "objectClassName": "entity", "roles": ["registrant"],
                "vcardArray": [
                    "vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", ""], ["org", {}, "text", holder]],
                ],
            },
        ],
        **({"redacted": [redacted]} if state.hidden else {}),
    }  # fmt: skip


_SPELLED = {
    "clientTransferProhibited": "client transfer prohibited", "redemptionPeriod": "redemption period",
    "pendingDelete": "pending delete",
}  # fmt: skip


def _since(state: State) -> date:
    return next(since for since, known in life() if known == state)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def _z(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _history() -> str:
    """What happened, each with its day, and between which answers it can be seen."""
    rows = ["# What happened, by those who made it, and the two answers between which it can be seen. Never an input.",
            "events:"]  # fmt: skip
    days = sorted({day for day, _ in ANSWERS})
    for (_, before), (day, after) in pairwise(life()):
        earlier, later = max(d for d in days if d < day), min(d for d in days if d >= day)
        rows += [f"  - {{on: {day}, kind: {kind}, after: {earlier}, by: {later}}}" for kind in _kinds(before, after)]
    widest = max(pairwise(days), key=lambda pair: pair[1] - pair[0])
    rows.append(f"longest_silence: [{widest[0]}, {widest[1]}]  # {(widest[1] - widest[0]) // timedelta(days=1)} days")
    return "\n".join(rows) + "\n"


def _kinds(before: State | None, after: State | None) -> list[str]:
    if before is None or after is None:
        return ["drop" if after is None else "re_registration"]
    told = {
        "renewal": after.expires > before.expires, "transfer": after.registrar != before.registrar,
        "name_servers_moved": after.name_servers != before.name_servers,
        "privacy_switched_on": after.hidden and not before.hidden,
    }  # fmt: skip
    return [kind for kind, so in told.items() if so]


def main() -> None:
    """Write the story."""
    parser = argparse.ArgumentParser(description="Make the story of a name's registration over ten years.")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    write(given.out, given.seed)


if __name__ == "__main__":
    main()
