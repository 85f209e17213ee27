"""Queries about previews. Takes a session, decides nothing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from webapp.previews.models import Preview, PreviewUse


def preview(db_session: Session, preview_id: str) -> Preview | None:
    return db_session.get(Preview, preview_id)


def latest(db_session: Session, limit: int) -> list[Preview]:
    """The last made first."""
    newest = select(Preview).order_by(Preview.made_at.desc(), Preview.id).limit(limit)
    return list(db_session.scalars(newest))


def uses(db_session: Session, preview_ids: list[str]) -> list[PreviewUse]:
    """Of these previews, the first use first."""
    of_them = select(PreviewUse).where(PreviewUse.preview_id.in_(preview_ids))
    return list(db_session.scalars(of_them.order_by(PreviewUse.opened_at)))


def opened(db_session: Session, opener_id: str | None) -> list[PreviewUse]:
    """What somebody (None: anybody) has opened in previews whose people may still be there."""
    open_ = (
        select(PreviewUse)
        .join(Preview, Preview.id == PreviewUse.preview_id)
        .where(Preview.swept_at.is_(None))
    )
    if opener_id is not None:
        open_ = open_.where(PreviewUse.opened_by == opener_id)
    return list(db_session.scalars(open_))


def unswept(db_session: Session, now: datetime) -> list[Preview]:
    """Those that are over, and whose people may still be there."""
    over = or_(Preview.expires_at <= now, Preview.revoked_at.is_not(None))
    return list(db_session.scalars(select(Preview).where(Preview.swept_at.is_(None), over)))
