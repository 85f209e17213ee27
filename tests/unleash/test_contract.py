"""The Unleash source does what every source does; and Unleash has what the mirror says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flags.catalogue import REACTIONS, WEB_SPEAKING
from flags.sources.interface import Closing
from flags.sources.memory import MemoryStore
from flags.sources.unleash.admin_api import UnleashApi
from flags.sources.unleash.source import UnleashSource
from tests.flags.sources.contract_source import SourceContract, chosen
from tests.harness.flags import Clock


def agrees(source: UnleashSource) -> None:
    """What somebody reads who has only Unleash is what this source says."""
    reader = UnleashSource(source.api, MemoryStore(), Clock())
    assert reader.seed() == 0
    ours, theirs = (
        [chosen(state) | {"closing": "", "cohorts": set(state.cohorts)} for state in one.features()]
        for one in (source, reader)
    )
    # What a custom state would be without its rules is nowhere in Unleash.
    for mine, read in zip(ours, theirs, strict=True):
        if mine.get("custom"):
            mine.update({name: read[name] for name in ("rollout", "cohorts", "constraints")})
    assert theirs == ours


class TestUnleashSource(SourceContract):
    @pytest.fixture
    def source(self, api: UnleashApi) -> Iterator[UnleashSource]:
        source = UnleashSource(api, MemoryStore(), Clock())
        source.seed()
        yield source
        agrees(source)

    def test_says_it_to_unleash_once(self, source: UnleashSource, api: UnleashApi) -> None:
        source.set_rollout(REACTIONS, 30, "product")
        before = api.events(REACTIONS)
        source.set_rollout(REACTIONS, 30, "product")
        source.turn_off(WEB_SPEAKING, Closing.DRAIN, "product")
        speaking = api.events(WEB_SPEAKING)
        # Only how it closes is another: that has no place in Unleash.
        source.turn_off(WEB_SPEAKING, Closing.CUT, "product")
        assert (api.events(REACTIONS), api.events(WEB_SPEAKING)) == (before, speaking)
