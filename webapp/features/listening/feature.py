"""Listening: Spaces can be opened and heard.

Cut: sound ends, the page turns into a friendly one. Drain: whoever is listening goes on.
"""

from __future__ import annotations

from webapp.app.services import Core
from webapp.audio.hls import routes as hls_pages
from webapp.features.listening import first_sound_metric, quality_ingest, routes, sockets
from webapp.features.listening.space_notifier import News
from webapp.gating.model import Folder

KEY = "web-listening"


def init(core: Core) -> Folder:
    """Wires the feature and describes it."""
    news = News(core, KEY)
    news.subscribe()
    sockets.register(core, KEY, news)
    first_sound_metric.register(core, KEY)
    quality_ingest.register(core, KEY)
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
