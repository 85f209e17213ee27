"""Listening: Spaces can be opened and heard.

Cut: sound ends, the page turns into a friendly one. Drain: whoever is listening goes on.
"""

from __future__ import annotations

from webapp.core import Core
from webapp.features.listening import heard, routes, sockets, stats
from webapp.features.listening.news import News
from webapp.gating import Folder
from webapp.hls import routes as hls_pages

KEY = "web-listening"


def init(core: Core) -> Folder:
    """Wires the feature and describes it."""
    news = News(core, KEY)
    news.subscribe()
    sockets.register(core, KEY, news)
    heard.register(core, KEY)
    stats.register(core, KEY)
    core.app.register_blueprint(routes.blueprint(core, KEY))
    core.app.register_blueprint(hls_pages.blueprint(core, KEY))

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
        involved=core.everywhere.inside,
        close=close,
    )
