"""The kinds of outcomes: the only list of them."""

from __future__ import annotations

from typing import Final

FIRST_SOUND: Final = "first_sound_ms"
"""From the tap to the first sound, in milliseconds; once per start."""

JOIN_FAILED: Final = "join_failed"
"""Somebody wanted to hear a Space, and it failed: 1 for each time."""

LISTENING: Final = "listening_s"
SPEAKING: Final = "speaking_s"
"""Seconds in which somebody heard a Space, or was heard in it."""

REACTION: Final = "reaction"
"""1 for each emoji sent."""

DROP: Final = "drop"
"""Sound broke off for somebody who was still there: 1 for each time."""

SCORE: Final = "score"
"""How it sounded: a mean opinion score of 1 to 4.5 (see `media.emodel`)."""

KINDS = frozenset({FIRST_SOUND, JOIN_FAILED, LISTENING, SPEAKING, REACTION, DROP, SCORE})
