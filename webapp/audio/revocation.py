"""What people hold in the sound, and the one way to end it.

Three kinds of things let somebody be heard or hear: a sound check, seats in Spaces, and addresses
of HLS streams. Whoever takes a person's access away ends all of them here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from webapp.audio.hls.service import Hls
from webapp.audio.webrtc.service import Sound
from webapp.audio.webrtc.sound_check import MIX, SoundChecks
from webapp.realtime.presence import Presence
from webapp.spaces.service import Spaces

Kind = Literal["check", "seat", "stream"]


@dataclass(frozen=True, slots=True)
class Holding:
    """One thing that somebody holds. `where`: the slug of the Space, or the mix of a check."""

    kind: Kind
    where: str


class Holdings:
    """See the module. No method raises for what Janus does not answer: it has lost that anyway."""

    def __init__(
        self, checks: SoundChecks, sound: Sound, hls: Hls, spaces: Spaces, presence: Presence
    ) -> None:
        self._checks = checks
        self._sound = sound
        self._hls = hls
        self._spaces = spaces
        self._presence = presence

    def of(self, person_id: str) -> list[Holding]:
        """Everything that a person holds now."""
        checks = [Holding("check", MIX + person_id)] if self._checks.holds(person_id) else []
        seats = [
            Holding("seat", slug)
            for slug in self._sound.places.of_person(person_id)
            if self._sound.held(slug, person_id)
        ]
        streams = [Holding("stream", slug) for slug in self._hls.spaces_of(person_id)]
        return checks + seats + streams

    def end(self, person_id: str) -> None:
        """Ends all of it, and the person's presence in those Spaces."""
        self._checks.end(person_id)
        self._end_in_spaces(person_id, lambda _slug: True)

    def end_login(self, login_id: str, person_id: str) -> None:
        """Ends what a person holds through one login: all but what a socket of another login of
        theirs holds. What is held without a socket goes: nobody can tell by which login."""

        def is_held_by_it(slug: str) -> bool:
            through = self._presence.in_space(slug, person_id)
            return through is None or through.login_id == login_id

        mine = [one for one in self._checks.under_way() if one.person.id == person_id]
        if any(one.login_id == login_id for one in mine):
            self._checks.end(person_id)
        self._end_in_spaces(person_id, is_held_by_it)

    def _end_in_spaces(self, person_id: str, which: Callable[[str], bool]) -> None:
        held = {*self._sound.places.of_person(person_id), *self._hls.spaces_of(person_id)}
        # The sound first: it must end although the database may have to be waited for.
        for slug in filter(which, sorted(held)):
            self._sound.let_go(slug, person_id)
            self._hls.end(slug, person_id)
            self._spaces.leave(slug, person_id)
