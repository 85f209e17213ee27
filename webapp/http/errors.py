"""What can go wrong, told to people and to browsers: the one list of error codes.

Raise `AppError` anywhere. Over HTTP it becomes a page or a problem (RFC 9457), over Socket.IO the
acknowledgement `{ok: false, error: {code, message}}`; the message is in the person's language.

    AppError
      a code of ErrorCode, each with its HTTP status in STATUS
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from webapp.infra.i18n import current_language, translate


class ErrorCode(StrEnum):
    """Every error code that leaves the server."""

    # What was asked for
    UNKNOWN_EVENT = "unknown_event"
    NOT_FOUND = "not_found"
    BAD_INPUT = "bad_input"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    # Who asks
    NOT_SIGNED_IN = "not_signed_in"
    NOT_ALLOWED = "not_allowed"
    SIGN_IN_AGAIN = "sign_in_again"
    WRONG_ORIGIN = "wrong_origin"
    OLD_FORM = "old_form"
    # Ways in
    EXPIRED = "expired"
    USED_UP = "used_up"
    REVOKED = "revoked"
    FORGED = "forged"
    PREVIEW_OVER = "preview_over"
    # Spaces
    NOT_IN_SPACE = "not_in_space"
    SPACE_ENDED = "space_ended"
    HOST_ABSENT = "host_absent"
    HOST_AWAY = "host_away"
    STAGE_FULL = "stage_full"
    ALREADY_ASKED = "already_asked"
    NOT_ASKED = "not_asked"
    NOT_ON_STAGE = "not_on_stage"
    SEAT_GONE = "seat_gone"
    SOUND_UNAVAILABLE = "sound_unavailable"
    # Ours
    CONFLICT = "conflict"
    NAME_TAKEN = "name_taken"
    TRY_AGAIN = "try_again"
    INTERNAL = "internal"


STATUS: Mapping[ErrorCode, int] = MappingProxyType(
    {
        ErrorCode.UNKNOWN_EVENT: 404,
        ErrorCode.NOT_FOUND: 404,
        ErrorCode.BAD_INPUT: 400,
        ErrorCode.TOO_LARGE: 413,
        ErrorCode.TOO_MANY: 429,
        ErrorCode.NOT_SIGNED_IN: 401,
        ErrorCode.NOT_ALLOWED: 403,
        ErrorCode.SIGN_IN_AGAIN: 403,
        ErrorCode.WRONG_ORIGIN: 403,
        ErrorCode.OLD_FORM: 400,
        ErrorCode.EXPIRED: 410,
        ErrorCode.USED_UP: 410,
        ErrorCode.REVOKED: 410,
        ErrorCode.FORGED: 404,
        ErrorCode.PREVIEW_OVER: 410,
        ErrorCode.NOT_IN_SPACE: 409,
        ErrorCode.SPACE_ENDED: 410,
        ErrorCode.HOST_ABSENT: 410,
        ErrorCode.HOST_AWAY: 410,
        ErrorCode.STAGE_FULL: 409,
        ErrorCode.ALREADY_ASKED: 409,
        ErrorCode.NOT_ASKED: 409,
        ErrorCode.NOT_ON_STAGE: 409,
        ErrorCode.SEAT_GONE: 410,
        ErrorCode.SOUND_UNAVAILABLE: 503,
        ErrorCode.CONFLICT: 409,
        ErrorCode.NAME_TAKEN: 409,
        ErrorCode.TRY_AGAIN: 503,
        ErrorCode.INTERNAL: 500,
    }
)


class AppError(Exception):
    """Something that the person is told about.

    `code` is one of ErrorCode (anything else is a ValueError here and now); `message` replaces the
    code's own text, in the person's language; `fields` names what was wrong in the input, never
    with its values; `retry_after` is in how many seconds the same may be accepted.
    """

    def __init__(
        self,
        code: ErrorCode | str,
        message: str | None = None,
        *,
        fields: Sequence[str] = (),
        retry_after: int | None = None,
    ) -> None:
        self.code = ErrorCode(code)
        self.fields = tuple(fields)
        self.retry_after = retry_after
        self._message = message
        super().__init__(self.code.value)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return STATUS[self.code]

    def message(self, language: str | None = None) -> str:
        """What happened and what to do next; `language` is the request's unless given."""
        if self._message:
            return self._message
        language = language or current_language()
        if self.code is ErrorCode.TOO_MANY and self.retry_after is not None:
            minutes = -(-self.retry_after // 60)
            return translate(language, "error.too_many_until", count=minutes)
        return translate(language, f"error.{self.code}")

    def as_ack(self, language: str | None = None) -> dict[str, Any]:
        """The answer to a Socket.IO event."""
        return {"ok": False, "error": self._told(language)}

    def as_problem(self) -> dict[str, Any]:
        """The answer to an HTTP request that is not a browser's page view (RFC 9457)."""
        told = self._told(None)
        title = told.pop("message")
        return {"type": "about:blank", "title": title, "status": self.status, **told}

    def _told(self, language: str | None) -> dict[str, Any]:
        told: dict[str, Any] = {"code": self.code.value, "message": self.message(language)}
        return told | {"fields": list(self.fields)} if self.fields else told
