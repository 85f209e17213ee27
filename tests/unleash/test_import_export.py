"""From the embedded source to Unleash and back: nobody notices."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from UnleashClient import UnleashClient  # type: ignore[attr-defined]

from flags.catalogue import CATALOGUE, REACTIONS, WEB_HOSTING, WEB_LISTENING, WEB_SPEAKING
from flags.context import context_of
from flags.sdk_shims import MemoryCache
from flags.sources.embedded import EmbeddedSource
from flags.sources.interface import Closing, Source
from flags.sources.memory import MemoryStore
from flags.sources.unleash.admin_api import UnleashApi
from flags.sources.unleash.source import UnleashSource
from script.servers.unleash import UnleashServer
from tests.flags.sources.contract_source import gate_on
from tests.harness.flags import NOON, Clock, Somebody, decided, seeded_source
from tests.harness.waits import until
from tests.unleash.unleash_user import PATIENCE
from tests.webapp.feature_flags.test_import_export import typed

PEOPLE = 10_000
FEWER = 1_000
"""For comparisons beside the one that counts."""

Answers = list[tuple[bool, str | None]]


def crowd() -> list[Somebody]:
    dealt = random.Random(7)  # noqa: S311
    return [
        Somebody(
            id=f"{dealt.getrandbits(128):032x}",
            cohort=dealt.choice(["staff", "alpha", "beta", "public", "friends"]),
            followers=dealt.choice([0, 599, 600, 5000]),
            country=dealt.choice([None, "FR", "DE"]),
            platform=dealt.choice([None, "ios", "web"]),
        )
        for _ in range(PEOPLE)
    ]


def answers(source: Source, people: list[Somebody]) -> Answers:
    with gate_on(source) as gate:
        decisions = [
            decided(gate, key, person, f"space{number}")
            for number, person in enumerate(people)
            for key in CATALOGUE
        ]
    return [(decision.enabled, decision.variant) for decision in decisions]


def lived_in() -> EmbeddedSource:
    """An installation that has been used: every kind of edit, and rules made by hand."""
    source = seeded_source()
    source.set_cohort(WEB_LISTENING, "friends", True, "product")
    source.set_rollout(WEB_LISTENING, 83, "product")
    source.set_rollout(WEB_SPEAKING, 37, "product")
    source.set_cohort(WEB_SPEAKING, "beta", True, "product")
    source.turn_off(WEB_HOSTING, Closing.CUT, "product")
    source.turn_on(WEB_HOSTING, "product")
    source.set_variants(REACTIONS, {"tray": 710, "tapback": 290}, "product")
    source.set_cohort(REACTIONS, "staff", False, "product")
    by_hand = {
        "name": "flexibleRollout",
        "parameters": {"rollout": "45", "stickiness": "default", "groupId": "by-hand"},
        "constraints": [
            {"contextName": "platform", "operator": "NOT_IN", "values": ["ios"]},
            {"contextName": "followers", "operator": "NUM_LT", "value": "5000"},
        ],
        "segments": [],
        "variants": [],
    }
    source.put(replace(source.feature(WEB_SPEAKING), custom=(by_hand,)), "product")
    return source


@contextmanager
def sdk(unleash: UnleashServer) -> Iterator[UnleashClient]:
    """Unleash's own client on the real server, with nothing of ours between them."""
    client = UnleashClient(
        url=f"{unleash.url}/api",
        app_name="oracle",
        custom_headers={"Authorization": unleash.backend_token},
        cache=MemoryCache(),
        disable_metrics=True,
        disable_registration=True,
        refresh_interval=3600,
    )
    client.initialize_client()
    yield client
    client.destroy()


def sdk_answers(client: UnleashClient, prefix: str, people: list[Somebody]) -> Answers:
    def answer(key: str, context: dict[str, Any]) -> tuple[bool, str | None]:
        given = client.get_variant(prefix + key, context)
        return given["feature_enabled"], given["name"] if given["enabled"] else None

    contexts = [context_of(person, NOON) for person in people]
    return [answer(key, context) for context in contexts for key in CATALOGUE]


def _revision(api: UnleashApi) -> int:
    answer = api.client_features()
    assert answer is not None
    return answer.revision


def settled(source: UnleashSource, same: Callable[[], bool]) -> None:
    def looked() -> bool:
        source.sync()
        return same()

    until(looked, "the client API to give out what was imported", PATIENCE)


def test_there_and_back_decides_the_same_for_everybody(
    unleash: UnleashServer, api: UnleashApi, tmp_path: Path
) -> None:
    people, file = crowd(), str(tmp_path / "states.json")
    before = answers(lived_in(), people)
    open_as = {variant for enabled, variant in before if enabled}
    assert open_as >= {None, "tray", "tapback"}
    assert (False, None) in before

    assert typed(lived_in(), "export", file).exit_code == 0
    there = UnleashSource(api, MemoryStore(), Clock())
    told = typed(there, "import", file, "--dry-run")
    assert told.output.count("(new)") == len(CATALOGUE)
    assert api.feature(WEB_LISTENING) is None, "a dry run does nothing"
    done = typed(there, "import", file, "--yes")
    assert done.exit_code == 0, done.output
    assert typed(there, "import", file).output == "nothing to change\n"

    newcomer = UnleashSource(api, MemoryStore())
    newest = max(api.events(key)[0].id for key in CATALOGUE)
    settled(newcomer, lambda: _revision(api) >= newest)
    assert answers(newcomer, people) == before
    with sdk(unleash) as client:
        some = sdk_answers(client, api.prefix, people[:FEWER])
        # By whom variants go is for our engine to know: Unleash's own deals all out by person.
        assert [enabled for enabled, _ in some] == [
            enabled for enabled, _ in before[: FEWER * len(CATALOGUE)]
        ]

    back = str(tmp_path / "back.json")
    assert typed(newcomer, "export", back).exit_code == 0
    home = EmbeddedSource(MemoryStore(), Clock())
    assert typed(home, "import", back, "--yes").exit_code == 0
    assert answers(home, people[:FEWER]) == before[: FEWER * len(CATALOGUE)]
    assert typed(home, "import", back).output == "nothing to change\n"
