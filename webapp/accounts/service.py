"""What other parts may ask of accounts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.accounts.importing import Importing
from webapp.accounts.invitations import Invitations
from webapp.accounts.logins import Logins
from webapp.accounts.people import People
from webapp.accounts.tokens import Tokens
from webapp.db import Database
from webapp.events import Events


@dataclass(frozen=True)
class Accounts:
    """People and cohorts, their logins, and invitations."""

    people: People
    logins: Logins
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
        login_lasts: timedelta = timedelta(days=30),
        demo: bool = False,
    ) -> Accounts:
        """All of them over one database. `clock` gives aware times."""
        tokens = Tokens(secret_key)
        logins = Logins(db, events, tokens, clock, login_lasts, demo)
        return cls(
            People(db, events, clock),
            logins,
            Invitations(db, tokens, logins, clock),
            Importing(db, events, logins, clock),
        )
