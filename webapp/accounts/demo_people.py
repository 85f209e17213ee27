"""The people whom a first tour needs, each with a link that signs them in on this machine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from webapp.accounts.models import PRODUCT_MANAGER, QA, TESTER
from webapp.accounts.service import Accounts


@dataclass(frozen=True, slots=True)
class Part:
    """What one of the demo people is there to show."""

    key: str
    name: str
    cohort: str
    role: str = TESTER
    followers: int = 0
    country: str = "FR"


PARTS = (
    Part("host", "Hana", "alpha", followers=1200, country="CZ"),
    Part("tester", "Tomas", "alpha", followers=40, country="SK"),
    Part("listener", "Lena", "beta", followers=12, country="DE"),
    Part("outsider", "Oscar", "public", country="SE"),
    Part("product", "Priya", "staff", PRODUCT_MANAGER, country="GB"),
    Part("qa", "Quinn", "staff", QA, country="IE"),
)


def demo_people(service: Accounts) -> dict[str, str]:
    """Makes the demo people, once, and returns the path that signs each of them in."""
    for part in PARTS:
        if service.people.demo_person(part.key) is None:
            service.people.add(
                part.name,
                part.cohort,
                roles=(part.role,),
                followers=part.followers,
                country=part.country,
                platform="desktop",
                demo=part.key,
            )
    return {part.key: f"/sign-in/{service.links.demo_link(part.key)}" for part in PARTS}


def write_links(service: Accounts, base_url: str, file: Path) -> None:
    """Makes the demo people and writes their links, whole or not at all, for the owner only."""
    links = {key: base_url + path for key, path in demo_people(service).items()}
    fresh = file.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(links, indent=2) + "\n", encoding="utf-8")
    fresh.replace(file)
