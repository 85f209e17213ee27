"""Names that others trust cannot be taken: those of people with rights, and of whoever hosts a live
Space. What looks the same is the same (see `confusables`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy.orm import Session

from webapp.accounts import store
from webapp.accounts.confusables import skeleton
from webapp.accounts.models import Person
from webapp.http.errors import AppError, ErrorCode


class Names:
    """`hosting` tells which of these person ids host a live Space."""

    def __init__(self, hosting: Callable[[Session, Iterable[str]], set[str]]) -> None:
        self._hosting = hosting

    def reserved(
        self, db_session: Session, names: Iterable[str], but: str | None = None
    ) -> set[str]:
        """Those of `names` that only their owner may have; `but` is the id of who asks."""
        looks = {name: skeleton(name) for name in names}
        alike = store.people_looking_like(db_session, set(looks.values()) - {""})
        others = [person for person in alike if person.id != but]
        hosting = self._hosting(db_session, [person.id for person in others])
        kept = {one.name_skeleton for one in others if one.has_rights or one.id in hosting}
        return {name for name, look in looks.items() if look in kept}

    def insist_free(self, db_session: Session, person: Person) -> None:
        """`name_taken` if the person has a name that only somebody else may have."""
        if self.reserved(db_session, [person.display_name], but=person.id):
            raise AppError(ErrorCode.NAME_TAKEN, fields=["display_name"])
