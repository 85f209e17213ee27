"""The variant that a test needs: they go by Space, and no test can choose a Space's slug."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flags.catalogue import CATALOGUE, REACTIONS
from tests.harness.server import RunningApp

Dealing = Callable[[str], None]


@contextmanager
def dealing_of(app: RunningApp) -> Iterator[Dealing]:
    """`dealing("tray")`: from here on every Space has that variant of reactions, those that are
    live too."""
    usual = {variant.name: variant.weight for variant in CATALOGUE[REACTIONS].variants}

    def dealing(wanted: str) -> None:
        weights = {name: 1000 if name == wanted else 0 for name in usual}
        app.flags.set_variants(REACTIONS, weights, "a test")

    yield dealing
    app.flags.set_variants(REACTIONS, usual, "a test")
