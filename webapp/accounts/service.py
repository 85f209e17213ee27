"""What other parts may ask of accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.accounts.csv_import import Importing
from webapp.accounts.invitations import Invitations
from webapp.accounts.logins import Lifetimes, Logins
from webapp.accounts.names import Names
from webapp.accounts.people import People
from webapp.accounts.sign_in_links import SignInLinks
from webapp.accounts.tokens import Tokens
from webapp.infra.database import Database
from webapp.infra.event_bus import Events


@dataclass(frozen=True)
class Accounts:
    """People and cohorts, their logins, and invitations."""

    people: People
    logins: Logins
    links: SignInLinks
    invitations: Invitations
    importing: Importing

    @classmethod
    def build(
        cls,
        db: Database,
        events: Events,
        secret_key: bytes,
        clock: Callable[[], datetime],
        *,
        hosting: Callable[[Session, Iterable[str]], set[str]],
        lifetimes: Lifetimes | None = None,
        demo: bool = False,
    ) -> Accounts:
        """All of them over one database. `clock` gives aware times; `hosting` tells which of these
        person ids host a live Space."""
        tokens, names = Tokens(secret_key), Names(hosting)
        logins = Logins(db, events, tokens, clock, lifetimes or Lifetimes())
        links = SignInLinks(db, events, tokens, logins, clock, demo)
        return cls(
            People(db, events, names, logins, clock),
            logins,
            links,
            Invitations(db, tokens, names, logins, clock),
            Importing(db, events, names, links, clock),
        )
