"""Who is connected to this process, and where they are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from webapp.accounts.models import Person
from webapp.http.errors import AppError


@dataclass(slots=True, eq=False)
class Connection:
    """One socket of one person. `slug` is the Space that it has joined, `page` the one whose page
    it says it shows, and `page_id` that page's own name for itself, the same after each
    reconnection and another after a reload; `gates` is what its browser was last told: feature key
    -> variant. `met_in` is the Space in which it has met the answers of its gates."""

    sid: str
    person: Person
    login_id: str
    language: str
    page: str | None = None
    page_id: str | None = None
    slug: str | None = None
    met_in: str | None = None
    gates: dict[str, str | None] = field(default_factory=dict)
    told_revision: int | None = None
    rooms: frozenset[str] = frozenset()
    evaluated: bool = False
    """Whether `gates` has been worked out yet."""

    def is_same_page_as(self, other: Connection) -> bool:
        """Whether both are sockets of one page that was not reloaded in between."""
        return self is other or (self.page_id is not None and self.page_id == other.page_id)

    @property
    def where(self) -> str | None:
        """The Space in which this connection may still be finishing something."""
        return self.slug or self.page


@dataclass(frozen=True, slots=True)
class Disconnected:
    """An event: a socket has ended, and its connection is forgotten."""

    connection: Connection


class Presence:
    """All connections, by socket, person and Space."""

    def __init__(self) -> None:
        self._by_sid: dict[str, Connection] = {}
        self._by_person: dict[str, list[Connection]] = defaultdict(list)
        self._owners: dict[tuple[str, str], Connection] = {}

    def add(self, connection: Connection) -> None:
        self._by_sid[connection.sid] = connection
        self._by_person[connection.person.id].append(connection)

    def remove(self, sid: str) -> Connection | None:
        connection = self._by_sid.pop(sid, None)
        if connection is None:
            return None
        mine = self._by_person[connection.person.id]
        mine.remove(connection)
        if not mine:
            del self._by_person[connection.person.id]
        self.leave(connection)
        return connection

    def enter(self, connection: Connection, slug: str) -> Connection | None:
        """Puts a connection into a Space; returns the person's other connection that was there
        before, which this one replaces. `not_in_space` when its socket has ended meanwhile: nobody
        would ever take it out again."""
        if not self.is_connected(connection):
            raise AppError("not_in_space")
        self.leave(connection)
        before = self._owners.get((slug, connection.person.id))
        if before is not None:
            before.slug = None
        connection.slug = slug
        self._owners[(slug, connection.person.id)] = connection
        return before

    def leave(self, connection: Connection) -> None:
        if connection.slug is None:
            return
        place = (connection.slug, connection.person.id)
        if self._owners.get(place) is connection:
            del self._owners[place]
        connection.slug = None

    def is_connected(self, connection: Connection) -> bool:
        """Whether its socket is still there."""
        return self._by_sid.get(connection.sid) is connection

    def by_sid(self, sid: str) -> Connection | None:
        return self._by_sid.get(sid)

    def of_person(self, person_id: str) -> list[Connection]:
        return list(self._by_person.get(person_id, ()))

    def in_space(self, slug: str, person_id: str) -> Connection | None:
        """The connection through which a person is in a Space."""
        return self._owners.get((slug, person_id))

    def told_revision(self, person_id: str) -> int | None:
        """Of the definitions by which a browser of somebody was last told about features. None
        when none is connected."""
        told = [one.told_revision for one in self.of_person(person_id)]
        return max((revision for revision in told if revision is not None), default=None)

    def everyone(self) -> list[Connection]:
        return list(self._by_sid.values())

    def by_person(self) -> list[tuple[Connection, ...]]:
        """The same, the connections of each person together."""
        return [tuple(mine) for mine in self._by_person.values()]

    def connected(self) -> int:
        """How many connections there are."""
        return len(self._by_sid)

    def people(self) -> set[str]:
        """Ids of the people who are connected."""
        return set(self._by_person)
