"""The story of an evening: a Space is opened, heard, joined on stage, and ended."""

from __future__ import annotations

from tests.e2e.conftest import Come


def test_a_host_speaks_and_a_tester_hears_it(come: Come) -> None:
    host = come("Hana", followers=1200, speaks="host")
    host.hosts("Trains at night")

    listener = come("Lena", "beta")
    listener.opens_space("Trains at night")
    listener.presses("Start listening")

    listener.hears(host)
