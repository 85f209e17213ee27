"""What happens to people. Published after the commit; sockets and gates follow."""

from __future__ import annotations

from dataclasses import dataclass, field

from webapp.accounts.models import Person


@dataclass(frozen=True, slots=True)
class PersonChanged:
    """A name, cohort, role or property is not what it was. `revision`: of people and logins, which
    this change has made; 0 when that is not known."""

    person_id: str
    revision: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class PeopleChanged:
    """The same for several at once, or for a whole cohort: look at everybody again."""


@dataclass(frozen=True, slots=True)
class RoleChanged:
    """Somebody was given a role, or lost it (`held` is False)."""

    person: Person
    role: str
    held: bool


@dataclass(frozen=True, slots=True)
class SignInLinkMade:
    """There is a link that signs `person` in. `maker` is None for the command line."""

    person: Person
    maker: Person | None


@dataclass(frozen=True, slots=True)
class LoginEnded:
    """A device was signed out: its sockets must go."""

    login_id: str
    person_id: str
