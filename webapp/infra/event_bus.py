"""What has happened, told to whoever wants to know, after it is safely stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from webapp.infra.database import after_commit

E = TypeVar("E")


class Events:
    """Subscribers by kind of event (a dataclass). They run in the publisher's greenlet, in order
    of subscription; an error in one reaches the publisher."""

    def __init__(self) -> None:
        self._subscribers: dict[type, list[Callable[[Any], None]]] = defaultdict(list)

    def subscribe(self, kind: type[E], handler: Callable[[E], None]) -> None:
        self._subscribers[kind].append(handler)

    def publish(self, event: object) -> None:
        for handler in self._subscribers[type(event)]:
            handler(event)

    def after(self, db_session: Session, event: object) -> None:
        """Publishes `event` once the unit of work is committed."""
        after_commit(db_session, lambda: self.publish(event))
