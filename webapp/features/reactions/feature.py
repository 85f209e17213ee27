"""Reactions: emoji to the room, or onto somebody on stage.

Closing removes them from the page at once, whichever way it is closed.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from webapp.app.services import Core
from webapp.experiments.outcome_kinds import REACTION
from webapp.features.reactions.batching import FRAME_SECONDS, Frames
from webapp.gating.event_dispatcher import Call, Sent
from webapp.gating.model import Folder
from webapp.http.errors import AppError

KEY = "reactions"

Emoji = Literal["❤️", "👏", "😂", "🎉", "😮", "🙌", "💯", "🤔"]


class Send(Sent):
    """`to` is somebody on stage; None is the whole room."""

    emoji: Emoji
    to: str | None = Field(default=None, pattern=r"^[0-9a-f]{32}$")


def init(core: Core) -> Folder:
    """Wires the feature and describes it."""
    frames = Frames(lambda slug, frame: core.tell.space(slug, KEY, "reactions.frame", frame))

    @core.sockets.on("reactions.send", Send, KEY)
    def send(call: Call, sent: Send) -> None:
        slug = call.slug
        if sent.to is not None and not core.spaces.is_on_stage(slug, sent.to):
            raise AppError("not_on_stage")
        core.figures.outcome(call.person, REACTION, 1, slug)
        if frames.add(slug, sent.emoji, sent.to):
            core.runtime.later(FRAME_SECONDS, lambda: frames.flush(slug))

    return Folder(key=KEY, name="reactions", module="reactions.js", styles=("reactions.css",))
