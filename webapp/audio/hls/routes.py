"""The files of streams, where no web server in front gives them away."""

from __future__ import annotations

import re

from flask import Response, abort, send_from_directory

from media.hls_streams import PLAYLIST
from webapp.accounts.authentication import signed_in_person
from webapp.app.services import Core
from webapp.gating.http import GatedPages

PARTS = re.compile(r"init\d+\.mp4|\d+\.m4s")
PLAYLIST_TYPE, PART_TYPE = "application/vnd.apple.mpegurl", "audio/mp4"

# config/nginx gives the same headers.
FOR_PLAYLIST = "private, no-cache"
FOR_PARTS = "private, max-age=60, immutable"


def blueprint(core: Core, key: str) -> GatedPages:
    """Behind the gate of whoever listens; `key` is that feature."""
    pages = GatedPages("hls", __name__, gates=(key,))

    @pages.get("/hls/<slug>/<token>/<file>")
    def stream(slug: str, token: str, file: str) -> Response:
        is_playlist = file == PLAYLIST
        folder = core.hls.stream_of(slug, signed_in_person().id, token)
        if folder is None or not (is_playlist or PARTS.fullmatch(file)):
            abort(404)
        kind = PLAYLIST_TYPE if is_playlist else PART_TYPE
        response = send_from_directory(folder, file, mimetype=kind)
        response.headers["Cache-Control"] = FOR_PLAYLIST if is_playlist else FOR_PARTS
        return response

    return pages
