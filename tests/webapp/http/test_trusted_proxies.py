"""Whose address and scheme a request has, behind trusted proxies and without any."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from tests.harness.factories import House
from tests.harness.factories import house as make_house
from webapp.accounts.demo_people import demo_people
from webapp.http.trusted_proxies import client_of, limited_as

TRUSTED = [ip_network("127.0.0.1"), ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


@pytest.mark.parametrize(
    ("peer", "header", "client"),
    [
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "203.0.113.7, 10.1.2.3", "203.0.113.7"),
        ("127.0.0.1", "10.9.9.9, 10.1.2.3", "10.9.9.9"),
        ("127.0.0.1", "198.51.100.1, nonsense", "127.0.0.1"),
        ("127.0.0.1", "nonsense, 203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "2001:db8::7", "2001:db8::7"),
    ],
)
def test_client_is_the_nearest_address_that_is_no_trusted_proxy(
    peer: str, header: str, client: str
) -> None:
    assert client_of({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": header}, TRUSTED) == client


def test_ipv6_client_is_limited_by_its_network() -> None:
    assert (
        limited_as("2001:db8:1:2:3::4") == limited_as("2001:db8:1:2:ffff::") == "2001:db8:1:2::/64"
    )
    assert limited_as("::ffff:203.0.113.7") == "203.0.113.7"


def guesses(house: House, client: str, peer: str = "127.0.0.1") -> int:
    """How a wrong link is answered, after 20 others from that client."""
    visitor = house.stranger(peer)
    headers = {"X-Forwarded-For": client}
    for _ in range(20):
        visitor.get("/sign-in/guess", headers=headers)
    return visitor.get("/sign-in/guess", headers=headers).status_code


def test_clients_of_a_trusted_proxy_are_limited_one_by_one(tmp_path: Path) -> None:
    with make_house(tmp_path, trusted_proxies=["127.0.0.1"]) as made:
        assert guesses(made, "203.0.113.7") == 429
        other = made.stranger("127.0.0.1")
        answer = other.get("/sign-in/guess", headers={"X-Forwarded-For": "203.0.113.8"})
        assert answer.status_code == 404


def test_others_cannot_choose_their_address(tmp_path: Path) -> None:
    with make_house(tmp_path, trusted_proxies=["127.0.0.1"]) as made:
        assert guesses(made, "203.0.113.7", peer="198.51.100.1") == 429
        other = made.stranger("198.51.100.1")
        answer = other.get("/sign-in/guess", headers={"X-Forwarded-For": "203.0.113.9"})
        assert answer.status_code == 429


@pytest.mark.parametrize(("trusted", "status"), [(["127.0.0.1"], 303), ([], 403)])
def test_scheme_is_believed_from_trusted_proxies_only(
    tmp_path: Path, trusted: list[str], status: int
) -> None:
    with make_house(tmp_path, trusted_proxies=trusted) as made:
        visitor = made.signed_in()
        visitor.address = "127.0.0.1"
        page = visitor.get("/account")
        origin = "https://127.0.0.1:5000"
        visitor._headers |= {
            "X-Forwarded-Proto": "https",
            "Origin": origin,
            "Referer": f"{origin}/account",
        }
        assert visitor.press_on(page, "Save name", display_name="Anna").status_code == status


def test_demo_link_through_a_proxy_is_not_from_this_machine(tmp_path: Path) -> None:
    with make_house(tmp_path, demo=True, trusted_proxies=["127.0.0.1"]) as made:
        path = demo_people(made.accounts)["host"]
        for headers in ({"X-Forwarded-For": "127.0.0.1"}, {"X-Forwarded-Proto": "http"}):
            assert made.stranger("127.0.0.1").get(path, headers=headers).status_code == 404
        assert made.stranger("127.0.0.1").get(path).status_code == 303
