"""Unleash's client specification, as it comes from npm, and how its states get into our source."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from flags.catalogue import GatedFeature, Seed, catalogue_of
from flags.sources.embedded import EmbeddedSource
from flags.sources.interface import BadEdit, Definitions, FeatureState
from flags.sources.memory import MemoryStore
from flags.sources.unleash.state_mapping import state_from
from tests.harness.flags import Clock

Json = dict[str, Any]

FOLDER = Path(__file__).parents[2] / "node_modules/@unleash/client-specification/specifications"
FILES = tuple(json.loads((FOLDER / "index.json").read_text()))

SEGMENTS = "segments other than cohorts"
UNREADABLE = "rules that the engine cannot evaluate"
PARENTS = "parents other than one that must be open"


@dataclass(frozen=True)
class Case:
    """One test of the specification. `variant` is None where the expected one is not enabled, and
    `asks_variant` tells the tests that ask for one from those that do not."""

    file: str
    text: str
    feature: str
    context: Json
    enabled: bool
    variant: str | None
    asks_variant: bool


def cases() -> Iterator[Case]:
    """All of them, file by file."""
    for file in FILES:
        whole = _read(file)
        for test in whole.get("tests", ()):
            yield Case(file, *_asked(test), test["expectedResult"], None, False)
        for test in whole.get("variantTests", ()):
            expected = test["expectedResult"]
            variant = expected["name"] if expected["enabled"] else None
            yield Case(file, *_asked(test), expected["feature_enabled"], variant, True)


def document_of_file(file: str) -> Json:
    """The state of a file, as a document of the client API.

    Two files speak Unleash's delta protocol, which the house has no use for (the open-source server
    does not offer it): what their events add up to is taken.
    """
    state: Json = _read(file)["state"]
    return _added_up(state["events"]) if "events" in state else state


class SpecifiedSource(EmbeddedSource):
    """A file's features, written into a source of ours wherever a state of ours can express them.

    The others are put into the document as they are; `given` tells them, and why.
    """

    def __init__(self, document: Json) -> None:
        self._document = document
        self.written, self.given = _sorted_out(document["features"])
        super().__init__(MemoryStore(), Clock(), catalogue_of(_gated(f) for f in self.written))
        for feature in self.written:
            state = state_from(feature, _blank(feature["name"]))
            try:
                self.put(state, "specification")
            except BadEdit:
                self.given[state.key] = UNREADABLE
        self.written = [f for f in self.written if f["name"] not in self.given]

    def definitions(self) -> Definitions:
        ours = super().definitions()
        others = [f for f in self._document["features"] if f["name"] in self.given]
        whole = {
            "version": 2,
            "features": [*ours.document["features"], *others],
            "segments": self._document.get("segments") or [],
        }
        return Definitions(ours.revision + 1, whole)


def _read(file: str) -> Json:
    whole: Json = json.loads((FOLDER / file).read_text())
    return whole


def _asked(test: Json) -> tuple[str, str, Json]:
    return test["description"], test["toggleName"], test["context"]


def _added_up(events: list[Json]) -> Json:
    features: dict[str, Json] = {}
    segments: dict[int, Json] = {}
    for event in events:
        match event["type"]:
            case "hydration":
                features = {feature["name"]: feature for feature in event["features"]}
                segments = {segment["id"]: segment for segment in event["segments"]}
            case "feature-updated":
                features[event["feature"]["name"]] = event["feature"]
            case "feature-removed":
                features.pop(event["featureName"], None)
            case "segment-updated":
                segments[event["segment"]["id"]] = event["segment"]
            case "segment-removed":
                segments.pop(event["segmentId"], None)
            case other:
                raise AssertionError(f"an event that nobody knows: {other}")
    return {"version": 2, "features": [*features.values()], "segments": [*segments.values()]}


def _sorted_out(features: list[Json]) -> tuple[list[Json], dict[str, str]]:
    """What a state of ours can express, parents first; and by name why others cannot be."""
    given = {
        feature["name"]: SEGMENTS
        for feature in features
        if any(strategy.get("segments") for strategy in feature["strategies"])
    }
    written: dict[str, Json] = {}
    left = [feature for feature in features if feature["name"] not in given]
    while ready := [feature for feature in left if _plain(feature, written)]:
        written |= {feature["name"]: feature for feature in ready}
        left = [feature for feature in left if feature["name"] not in written]
    return [*written.values()], given | {feature["name"]: PARENTS for feature in left}


def _plain(feature: Json, written: Container[str]) -> bool:
    """Such as the catalogue has them: at most one parent, which is there and must be open."""
    parents = feature.get("dependencies") or []
    return not parents or (
        len(parents) == 1
        and parents[0]["feature"] in written
        and parents[0].get("enabled") is not False
        and not parents[0].get("variants")
    )


def _gated(feature: Json) -> GatedFeature:
    parents = [dependency["feature"] for dependency in feature.get("dependencies") or []]
    return GatedFeature(
        key=feature["name"],
        owner="specification",
        purpose=feature.get("description") or "",
        parent=parents[0] if parents else None,
        expected_end=date(2027, 1, 1),
        closing_cut="",
        closing_drain="",
        seed=Seed(enabled=False, cohorts=()),
    )


def _blank(key: str) -> FeatureState:
    return FeatureState(key, enabled=False, rollout=0, cohorts=(), variants={})
