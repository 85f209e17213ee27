"""What happens to reports."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NoteWritten:
    """QA has closed a report with a word to whoever made it."""

    person_id: str


@dataclass(frozen=True)
class ReportCame:
    """A new one is in the inbox."""

    report_id: str
