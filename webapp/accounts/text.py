"""Names of people in the reader's language."""

from __future__ import annotations

from webapp.accounts.models import DELETED_NAME
from webapp.infra.i18n import t


def name_in_words(kept: str) -> str:
    """A kept name, or several in one, as it is shown: somebody who is deleted has none."""
    return kept.replace(DELETED_NAME, t("person.deleted"))
