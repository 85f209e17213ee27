"""What may happen only so often, wanted by many at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

from tests.harness.factories import House
from webapp.accounts.user_agent import Device
from webapp.http.errors import AppError

AT_ONCE = 8
PHONE = Device("Firefox, Android", "android")


def outcomes(attempt: Callable[[int], object]) -> Counter[str]:
    """Starts the attempts in the same moment; how many ended how."""
    together = Barrier(AT_ONCE)

    def run(number: int) -> str:
        together.wait(timeout=10)
        try:
            attempt(number)
        except AppError as error:
            return error.code.value
        return "in"

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return Counter(threads.map(run, range(AT_ONCE)))


def test_two_people_cannot_take_the_last_use(house: House) -> None:
    invitation = house.accounts.invitations.make("alpha", uses=3, lasting=timedelta(days=1))
    token = house.accounts.invitations.token(invitation)
    found = outcomes(lambda n: house.accounts.invitations.join(token, f"Guest {n}", PHONE))
    assert found == {"in": 3, "used_up": AT_ONCE - 3}
    assert len(house.accounts.people.all()) == 3
    assert house.accounts.invitations.all()[0].uses == 3


def test_one_time_link_lets_one_in(house: House) -> None:
    link = house.accounts.links.make(house.person().id)
    found = outcomes(lambda _: house.accounts.links.use(link, PHONE))
    assert found == {"in": 1, "used_up": AT_ONCE - 1}
