"""Who is sent here by a load balancer can also take a seat."""

from __future__ import annotations

from tests.harness.house import House


def test_readyz_with_a_silent_plugin_is_not_ready(house: House) -> None:
    house.janus.silent = ("janus.plugin.audiobridge",)
    answer = house.browser().get("/readyz")
    assert (answer.status_code, answer.get_json()["janus"]) == (503, False)
    house.janus.silent = ()
    assert house.browser().get("/readyz").status_code == 200
