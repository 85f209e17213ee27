"""People, the cohorts that they try things in, and the ways in: invitations, links, logins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Connection, ForeignKey, Index, String, Table, Text, event, true
from sqlalchemy.orm import Mapped, mapped_column, validates

from flags.forced_flags import Forced
from flags.sources.interface import Actor
from webapp.accounts.confusables import LONGEST_SKELETON, skeleton
from webapp.accounts.search_key import folded
from webapp.infra.database import Base, UtcDateTime

TESTER = "tester"
PRODUCT_MANAGER = "product_manager"
QA = "qa"
ADMINISTRATOR = "administrator"
ROLES = (TESTER, PRODUCT_MANAGER, QA, ADMINISTRATOR)

FIRST_COHORTS = ("staff", "alpha", "beta", "public")
"""In every database from its first day; the product manager makes others."""

KEPT_COHORTS = ("staff", "public")
"""Keep their names: commands put people into them."""

LONGEST_NAME = 40

LINK_MADE, SIGNED_IN = "link_made", "signed_in"
"""Kinds of `AccountActivity`."""

DELETED = "deleted"
"""In place of a preview: see `Person.preview_id`."""

DELETED_NAME = "a deleted person"


class Cohort(Base):
    """A named group of beta testers."""

    __tablename__ = "cohorts"

    name: Mapped[str] = mapped_column(String(30), primary_key=True)


class Person(Base):
    """Somebody who has joined. `id` is a uuid4 in hex; gates see the id, the cohort and the
    properties, never the name."""

    __tablename__ = "people"
    __table_args__ = (
        Index("ix_people_created_at_id", "created_at", "id"),
        # A cohort is counted, and its people are listed in order, without a look at their rows.
        Index(
            "ix_people_cohort_preview_id_created_at_id",
            "cohort",
            "preview_id",
            "created_at",
            "id",
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    display_name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    search_name: Mapped[str] = mapped_column(
        String(4 * LONGEST_NAME), index=True, server_default=""
    )
    """The name as it is looked for: follows `display_name` by itself."""
    name_skeleton: Mapped[str] = mapped_column(
        String(LONGEST_SKELETON), index=True, server_default=""
    )
    """What the name looks like: see `confusables.skeleton`. Follows it by itself as well."""
    cohort: Mapped[str] = mapped_column(ForeignKey("cohorts.name"))
    roles: Mapped[list[str]] = mapped_column(JSON, default=list)
    followers: Mapped[int] = mapped_column(default=0)
    country: Mapped[str | None] = mapped_column(String(2))
    """ISO 3166 code of two capital letters."""
    platform: Mapped[str | None] = mapped_column(String(20))
    demo: Mapped[str | None] = mapped_column(String(20), unique=True)
    """Which of the demo people this is, if any."""
    preview_id: Mapped[str | None] = mapped_column(String(32))
    """Of the preview for which this person was made up, for as long as it lasts; DELETED for what
    is left of somebody who has deleted their account. Without an index: a planner would take it for
    everybody who has none."""
    forced: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What that preview forces: see `flags.forced_flags`."""
    gates_as: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """As whom gates see them in it: see `flags.context.seen_as`."""
    measured: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether their sound, and what they meet, may be measured: their own choice."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @validates("display_name")
    def _follow_name(self, _key: str, name: str) -> str:
        self.search_name = folded(name)
        self.name_skeleton = skeleton(name)
        return name

    @property
    def actor(self) -> Actor:
        """As histories name them."""
        return Actor(self.display_name, self.id)

    @property
    def has_rights(self) -> bool:
        """Whether they may do more than a tester."""
        return any(role != TESTER for role in self.roles)

    @property
    def preview(self) -> bool:
        """Whether this is nobody, but QA who looks at the product through somebody's eyes. Whatever
        counts or lists people leaves them out."""
        return self.preview_id is not None

    @property
    def overrides(self) -> Mapping[str, Forced]:
        """What is forced for them, with all that follows from it."""
        return {key: Forced(**forced) for key, forced in (self.forced or {}).items()}

    def has_role(self, role: str) -> bool:
        """An administrator may do what any role may."""
        return role in self.roles or ADMINISTRATOR in self.roles


class Invitation(Base):
    """A way in for several people of one cohort. Its link is the signed `id`."""

    __tablename__ = "invitations"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    cohort: Mapped[str] = mapped_column(ForeignKey("cohorts.name"))
    welcome: Mapped[str] = mapped_column(String(500), default="")
    max_uses: Mapped[int]
    uses: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    """None: made on the command line."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Login(Base):
    """One device of one person, until it is signed out. Its cookie is the signed `id`."""

    __tablename__ = "logins"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    device: Mapped[str] = mapped_column(String(60))
    """What its owner knows it by: "Firefox, Android"."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """Last use, to the hour."""
    signed_in_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When its person last proved who they are by something else than a login of theirs: a link
    that they make for themselves does not make this any later."""
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hands: Mapped[str] = mapped_column(Text, server_default="")
    """The ids, separated by spaces, of the other people whose hands the link came through that
    opened it, directly or by a chain of links: any of them may be at this browser."""
    told_of: Mapped[int] = mapped_column(server_default="0")
    """The last `AccountActivity` that was dismissed on this device."""
    opened_with: Mapped[str | None] = mapped_column(String(32))
    """In a preview: the login of who opened it. This one holds for as long as that one does."""

    @property
    def hand_ids(self) -> frozenset[str]:
        """`hands`, apart."""
        return frozenset(self.hands.split())


class SignInLink(Base):
    """Signs one person in, once. The link itself is not kept, only its SHA-256."""

    __tablename__ = "sign_in_links"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    made_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(32), server_default="", index=True)
    """The id of who made it; empty: the command line."""
    made_with: Mapped[str] = mapped_column(String(32), server_default="", index=True)
    """The login of who made it: the link ends with that one."""
    hands: Mapped[str] = mapped_column(Text, server_default="")
    """As `Login.hands`, and who made it."""
    signed_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """What the new login's `signed_in_at` will be; None: when the link is used."""
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AccountActivity(Base):
    """What happened to somebody's account that they must be able to see: new links, new logins.
    No address is kept."""

    __tablename__ = "account_activity"
    __table_args__ = (Index("ix_account_activity_person_id_id", "person_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(20))
    """LINK_MADE or SIGNED_IN."""
    login_id: Mapped[str] = mapped_column(String(32), server_default="")
    """The login with which it was done, or that began: that device needs not be told."""
    device: Mapped[str] = mapped_column(String(60), server_default="")
    """Of a new login: "Firefox, Android"."""
    by_id: Mapped[str] = mapped_column(String(32), server_default="")
    """Of a new link: who made it, empty for the command line."""
    by: Mapped[str] = mapped_column(String(80), server_default="")
    """Their name, as it was then."""


class AccountsRevision(Base):
    """One row that counts changes of people and logins, so that a running server notices what
    another process (the command line) has changed."""

    __tablename__ = "accounts_revision"

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    number: Mapped[int] = mapped_column(default=0)


def first_rows() -> tuple[tuple[type[Base], Sequence[dict[str, Any]]], ...]:
    """What these tables hold from the beginning: for migrations and tests alike."""
    cohorts = [{"name": name} for name in FIRST_COHORTS]
    return (Cohort, cohorts), (AccountsRevision, [{"id": 1, "number": 0}])


@event.listens_for(Base.metadata, "after_create")
def _insert_first_rows(
    _: object, connection: Connection, tables: Sequence[Table], **__: Any
) -> None:
    for model, rows in first_rows():
        if model.__table__ in tables:
            connection.execute(model.__table__.insert(), rows)  # type: ignore[attr-defined]
