"""People with the variant that a test needs: the gate chooses, so they are made until it fits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flags.catalogue import REACTIONS
from flags.gate import Gate
from tests.common.server import RunningApp, Visitor

Having = Callable[..., Visitor]


@contextmanager
def having_of(app: RunningApp) -> Iterator[Having]:
    """`having("tray", "Tomas")`: somebody of that name to whom the gate gives that variant."""
    gate = Gate(app.flags)
    gate.start()

    def having(variant: str, name: str, followers: int = 0) -> Visitor:
        while True:
            person = app.person(name, followers=followers)
            properties = {"cohort": "alpha", "followers": str(followers)}
            context = {"userId": person.id, "properties": properties}
            if gate.decide(REACTIONS, context).variant == variant:
                return person

    yield having
    gate.close()
