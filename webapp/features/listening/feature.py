"""Listening: Spaces can be opened and heard.

Cut: sound ends, the page turns into a friendly one. Drain: whoever is listening goes on.
"""

from __future__ import annotations

from collections.abc import Iterable

from webapp.accounts.models import Person
from webapp.core import Core
from webapp.features.listening import routes, sockets
from webapp.features.listening.news import News
from webapp.gating import Folder

KEY = "web-listening"


def init(core: Core) -> Folder:
    """Wires the feature and describes it."""
    news = News(core, KEY)
    news.subscribe()
    sockets.register(core, KEY, news)
    core.app.register_blueprint(routes.blueprint(core, KEY))

    def involved() -> Iterable[tuple[Person, str]]:
        return [(person, participant.slug) for participant, person in core.spaces.present()]

    def inside(person_id: str, slug: str) -> bool:
        standing = core.spaces.standing(slug, person_id)
        return standing is not None and (standing.listening or standing.role != "listener")

    def close(person_id: str, slug: str) -> None:
        core.spaces.leave(slug, person_id)

    return Folder(
        key=KEY,
        name="listening",
        module="listening.js",
        styles=("listening.css",),
        inside=inside,
        involved=involved,
        close=close,
    )
