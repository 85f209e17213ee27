"""What was edited of the personas in the file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.accounts.models import LONGEST_NAME
from webapp.infra.database import Base, UtcDateTime


class PersonaEdit(Base):
    """A persona as somebody has made it in the pages, over the one in the file, if there is one."""

    __tablename__ = "persona_edits"

    name: Mapped[str] = mapped_column(String(LONGEST_NAME), primary_key=True)
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """As made by `Persona.as_dict`; None where somebody has taken it out."""
    filed: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """The persona in the file when this was edited, None if there was none."""
    version: Mapped[int]
    by: Mapped[str] = mapped_column(String(80))
    by_id: Mapped[str] = mapped_column(String(80), server_default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
